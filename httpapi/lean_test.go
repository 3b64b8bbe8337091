package httpapi

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/ticket"
)

// TestLeanIsWhatReflectionWrites: for whatever a ticket holds. A property that is added to the shape alone is missed here.
func TestLeanIsWhatReflectionWrites(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "Müller & Söhne <a@b.example>", "line\nline\t\"x\"\\", "a\u2028b\u2029", "\xff\xfe", "\x00\x1f\x7f", "日本 😀", "</script>"}))
		word := func(name string) string { return text.Draw(t, name) }
		at := func(name string) stamp {
			return stamp(time.UnixMicro(rapid.Int64Range(-1e15, 1e16).Draw(t, name)).In(time.FixedZone("", 7200)))
		}
		maybe := func(name string) *stamp {
			s := at(name)
			return rapid.SampledFrom([]*stamp{nil, &s}).Draw(t, name+"?")
		}
		one := func() ticketDTO {
			d := ticketDTO{ID: ticket.ID(word("id")), Number: rapid.Int64().Draw(t, "number"), Subject: word("subject"), Status: ticket.Status(word("status")),
				Category: ticket.Category(word("category")), Priority: ticket.Priority(word("priority")), Queue: word("queue"), QueueID: ticket.QueueID(word("queue_id")),
				Channel: word("channel"), Source: word("source"), Requester: personDTO{ticket.ContactID(word("r")), word("rn"), word("re")},
				Tags: rapid.SliceOf(text).Draw(t, "tags"), Preview: word("preview"), Escalation: rapid.Int().Draw(t, "escalation"), CreatedAt: at("created"),
				UpdatedAt: at("updated"), FirstResponseAt: maybe("first"), ResolvedAt: maybe("resolved"), SnoozedUntil: maybe("snoozed"),
				Demo: rapid.Bool().Draw(t, "demo"), Version: ticket.Version(rapid.Int64().Draw(t, "version")),
				SLA: slaDTO{State: word("state"), Clock: word("clock"), DueAt: maybe("due"), SoonAt: maybe("soon"), Breached: rapid.Bool().Draw(t, "breached")}}
			if rapid.Bool().Draw(t, "assigned") {
				d.Assignee = &assigneeDTO{ticket.AccountID(word("a")), word("an")}
			}
			if rapid.Bool().Draw(t, "merged") {
				into := ticket.ID(word("into"))
				d.MergedInto = &into
			}
			if rapid.Bool().Draw(t, "remaining?") {
				n := rapid.Int64().Draw(t, "remaining")
				d.SLA.Remaining = &n
			}
			switch rapid.IntRange(0, 2).Draw(t, "fields") {
			case 1:
				d.Fields = map[string]any{}
			case 2:
				d.Fields = map[string]any{"b": word("field"), "a": []string{word("item")}, "n": 1.5, "x": nil}
			}
			return d
		}
		list := page[ticketDTO]{}
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			list.Items = append(list.Items, one())
		}
		if rapid.Bool().Draw(t, "more") {
			next := word("cursor")
			list.Next = &next
		}
		for _, v := range []any{one(), list, page[ticketDTO]{Items: []ticketDTO{}}} {
			var want bytes.Buffer
			require.NoError(t, json.NewEncoder(&want).Encode(v))
			got, ok, err := leanly(v)
			require.True(t, ok)
			require.NoError(t, err)
			require.Equal(t, want.String(), string(got))
		}
	})
	_, ok, err := leanly(ticketDTO{CreatedAt: stamp(time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC))})
	require.True(t, ok)
	require.Error(t, err)
	_, ok, err = leanly(healthDTO{})
	require.False(t, ok)
	require.NoError(t, err)
}
