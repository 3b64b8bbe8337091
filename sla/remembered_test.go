package sla

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// TestRemembered: a state comes back for the same bytes only, and not more than so many are kept.
func TestRemembered(t *testing.T) {
	t.Parallel()
	m := &remembered{}
	raw := func(n int64) []byte {
		b, err := json.Marshal(TicketState{N: n, At: time.Unix(n, 0).UTC(), Records: []Record{{Clock: Resolution, Cycle: 1, State: Running}}})
		require.NoError(t, err)
		return b
	}
	first, err := m.decode("a", raw(1))
	require.NoError(t, err)
	again, err := m.decode("a", raw(1))
	require.NoError(t, err)
	require.Same(t, first, again)
	for _, n := range []int64{2, 1} { // it goes on, and a restored backup goes back
		st, err := m.decode("a", raw(n))
		require.NoError(t, err)
		require.Equal(t, n, st.N)
		require.Equal(t, time.Unix(n, 0).UTC(), st.At)
	}
	_, err = m.decode("a", []byte("{"))
	require.Error(t, err)
	st, err := m.decode("a", raw(1))
	require.NoError(t, err, "what cannot be read leaves what is known")
	require.EqualValues(t, 1, st.N)
	for n := range int64(3 * maxRemembered) {
		_, err := m.decode(ticket.ID(ticket.NewID(time.Unix(n, 0))), raw(n))
		require.NoError(t, err)
		require.LessOrEqual(t, len(m.states), maxRemembered)
	}
}

// BenchmarkDecode is one ticket of a list, with two clocks: read anew, and remembered.
func BenchmarkDecode(b *testing.B) {
	due := time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC)
	rec := Record{Clock: FirstResponse, Cycle: 1, State: Running, Target: 14400, Start: due.Add(-4 * time.Hour), Due: &due, Remaining: 14400,
		PolicyID: "default", PolicyVersion: 1, CalendarID: "default", CalendarVersion: 1}
	second := rec
	second.Clock = Resolution
	raw, err := json.Marshal(TicketState{N: 1, At: rec.Start, Status: "new", Category: "new", Priority: "normal", Records: []Record{rec, second}})
	require.NoError(b, err)
	for name, fresh := range map[string]bool{"anew": true, "remembered": false} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			m := &remembered{}
			for b.Loop() {
				if fresh {
					m = &remembered{}
				}
				if _, err := m.decode("a", raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
