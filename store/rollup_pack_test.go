package store

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

func drawFact(rt *rapid.T) report.FactRow {
	number := rapid.OneOf(rapid.Int64Range(-3, 300), rapid.SampledFrom([]int64{math.MinInt64, math.MaxInt64}))
	text := rapid.SampledFrom([]string{"", "imap", "web", "vip", "größer"})
	r := report.FactRow{Number: number.Draw(rt, "number"), Kind: report.FactKind(rapid.IntRange(0, 9).Draw(rt, "kind")), At: number.Draw(rt, "at"),
		Cycle: rapid.IntRange(0, 500).Draw(rt, "cycle"), Seconds: number.Draw(rt, "seconds"), Business: number.Draw(rt, "business"), UndoneAt: number.Draw(rt, "undone"),
		Rating: rapid.IntRange(0, ticket.MaxRating).Draw(rt, "rating"), OneTouch: rapid.Bool().Draw(rt, "one touch"), Actor: ticket.AccountID(text.Draw(rt, "actor")), Queue: ticket.QueueID(text.Draw(rt, "queue")),
		Channel: text.Draw(rt, "channel"), Priority: ticket.Priority(text.Draw(rt, "priority"))}
	if n := rapid.IntRange(0, 3).Draw(rt, "tags"); n > 0 {
		r.Tags = rapid.SliceOfN(text, n, n).Draw(rt, "tag")
	}
	return r
}

// TestPackedFacts: what is packed comes out as it was, and nothing that was cut off is taken for whole.
func TestPackedFacts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(drawFact), 0, 20).Draw(rt, "rows")
		b := pack(rows)
		got := make([]report.FactRow, 0, len(rows))
		keep := func(r *report.FactRow) { got = append(got, *r) }
		require.NoError(rt, unpack(b, keep))
		require.Equal(rt, append([]report.FactRow{}, rows...), got)
		require.ErrorIs(rt, unpack(b[:rapid.IntRange(0, len(b)-1).Draw(rt, "cut")], keep), errPacked)
		require.ErrorIs(rt, unpack(append(b, 0), keep), errPacked)
	})
}

func FuzzUnpack(f *testing.F) {
	f.Add(pack(nil))
	f.Add(pack([]report.FactRow{{Number: 1, Kind: report.FactResolved, At: 1, UndoneAt: 2, Queue: "q", Tags: []string{"a", "b"}}, {Number: 2, Kind: report.FactCreated, At: 3}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		n := 0
		if unpack(b, func(*report.FactRow) { n++ }) == nil {
			require.LessOrEqual(t, n, len(b))
		}
	})
}
