package transcript_test

import (
	stdcontext "context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

// follower notes the number of the last marked message that was written.
type follower struct {
	last int
	size int64
	rest string
}

var marked = regexp.MustCompile(`marker-(\d{6})`)

func (f *follower) Write(b []byte) (int, error) {
	f.size += int64(len(b))
	f.rest += string(b)
	if all := marked.FindAllStringSubmatch(f.rest, -1); len(all) > 0 {
		f.last, _ = strconv.Atoi(all[len(all)-1][1])
	}
	f.rest = f.rest[max(0, len(f.rest)-len("marker-000000")):]
	return len(b), nil
}

// Ten thousand messages and as many events are written while they are read, and let go of once they are written.
func TestStreamsInConstantMemory(t *testing.T) {
	t.Parallel()
	const count, buffered = 10_000, 200
	for _, f := range transcript.Formats() {
		t.Run(string(f), func(t *testing.T) {
			t.Parallel()
			var out follower
			var alive []weak.Pointer[bool] // each message owns a bool that nothing else points at
			s := transcript.Source{Ticket: ticket.Ticket{ID: "t-1", Number: 1, Subject: "Viel"}}
			s.Messages = func(yield func(ticket.Message, error) bool) {
				for n := 1; n <= count; n++ {
					if behind := n - 1 - out.last; behind > buffered {
						t.Errorf("message %d was read when %d had not been written", n, behind)
						return
					}
					if n%2_500 == 0 {
						runtime.GC()
						held := 0
						for _, p := range alive {
							if p.Value() != nil {
								held++
							}
						}
						if held > buffered {
							t.Errorf("%d messages are held at message %d", held, n)
							return
						}
					}
					own := n%2 == 0
					alive = append(alive, weak.Make(&own))
					m := ticket.Message{ID: ticket.MessageID(strconv.Itoa(n)), N: n, Kind: ticket.Public, Author: erika, Verified: &own,
						Text: fmt.Sprintf("marker-%06d %s", n, strings.Repeat("wort ", 20)), CreatedAt: at(8, 0).Add(time.Duration(n) * time.Second)}
					if !yield(m, nil) {
						return
					}
				}
			}
			s.Events = func(yield func(ticket.Event, error) bool) {
				for n := int64(1); n <= count; n++ {
					if !yield(event(n, at(8, 0).Add(time.Duration(n)*time.Second), ticket.EventClaimed, mira, nil, nil), nil) {
						return
					}
				}
			}
			require.NoError(t, transcript.Render(t.Context(), &out, f, s, transcript.Options{IncludeNotes: true}))
			require.Equal(t, count, out.last)
			require.Greater(t, out.size, int64(count*100))
		})
	}
}

var incomplete = map[transcript.Format]string{transcript.HTML: `<p class="incomplete" role="alert"><strong>Incomplete.</strong>`,
	transcript.Markdown: "**Incomplete:**", transcript.Text: "*** INCOMPLETE ***", transcript.JSON: `"complete":false}`}

var complete = map[transcript.Format]string{transcript.HTML: "<p>End of transcript: 1 message, 0 events.</p>",
	transcript.Markdown: "End of transcript: 1 message, 0 events.", transcript.Text: "End of transcript: 1 message, 0 events.",
	transcript.JSON: `"messages":1,"events":0,"complete":true}`}

func TestACompleteDocumentSaysSo(t *testing.T) {
	t.Parallel()
	for _, f := range transcript.Formats() {
		doc := render(t, f, onlyMessage(ticket.Message{N: 1, Kind: ticket.Public, Text: "Text"}), transcript.Options{Lang: "en"})
		require.Contains(t, doc, complete[f])
		require.NotContains(t, doc, incomplete[f])
	}
}

func TestABrokenSourceLeavesAMark(t *testing.T) {
	t.Parallel()
	gone := errors.New("the database is gone")
	first := ticket.Message{N: 1, ID: "m-1", Kind: ticket.Public, Text: "erste", CreatedAt: at(8, 0)}
	withHTML := ticket.Message{N: 2, ID: "m-2", Kind: ticket.Public, Text: "zweite", CreatedAt: at(9, 0), HasHTML: true}
	base := transcript.Source{Ticket: ticket.Ticket{ID: "t-1", Number: 1, Subject: "Frage"}}
	broken := map[string]func(s *transcript.Source){
		"messages": func(s *transcript.Source) { s.Messages = failing(gone, first) },
		"events": func(s *transcript.Source) {
			s.Messages, s.Events = each(first), failing(gone, event(1, at(7, 0), ticket.EventCreated, erika, nil, nil))
		},
		"html": func(s *transcript.Source) {
			s.Messages, s.HTML = each(first, withHTML), func(context, ticket.MessageID) (string, error) { return "", gone }
		},
	}
	for what, change := range broken {
		for _, f := range transcript.Formats() {
			if what == "html" && (f == transcript.Markdown || f == transcript.Text) {
				continue // they ask for none
			}
			t.Run(what+" "+string(f), func(t *testing.T) {
				t.Parallel()
				s := base
				change(&s)
				var out strings.Builder
				err := transcript.Render(t.Context(), &out, f, s, transcript.Options{Lang: "en"})
				require.ErrorIs(t, err, gone)
				require.ErrorContains(t, err, "t-1")
				require.Contains(t, out.String(), incomplete[f])
				require.NotContains(t, out.String(), "End of transcript")
				if what != "events" {
					require.Contains(t, out.String(), "erste")
				}
				switch f {
				case transcript.HTML:
					requireValid(t, out.String())
				case transcript.JSON:
					require.True(t, json.Valid([]byte(out.String())), out.String())
				}
			})
		}
	}
}

func TestNothingIsWrittenBeforeTheFirstError(t *testing.T) {
	t.Parallel()
	denied := ticket.Errorf(ticket.Denied, "no")
	for _, f := range transcript.Formats() {
		for _, s := range []transcript.Source{{Messages: failing[ticket.Message](denied)}, {Events: failing[ticket.Event](denied)}} {
			var out strings.Builder
			err := transcript.Render(t.Context(), &out, f, s, transcript.Options{})
			require.Equal(t, ticket.Denied, ticket.KindOf(err))
			require.Empty(t, out.String())
		}
	}
	var out strings.Builder
	err := transcript.Render(t.Context(), &out, "pdf", desk(), transcript.Options{})
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "format"})
	require.Empty(t, out.String())
}

func TestACancelledTranscriptIsIncomplete(t *testing.T) {
	t.Parallel()
	for _, f := range transcript.Formats() {
		ctx, cancel := stdcontext.WithCancel(t.Context())
		s := transcript.Source{Ticket: ticket.Ticket{ID: "t-1"}, Messages: func(yield func(ticket.Message, error) bool) {
			for n := 1; ; n++ { // ends only because nobody wants more
				if n == 5 {
					cancel()
				}
				if !yield(ticket.Message{N: n, Kind: ticket.Public, Text: "Text"}, nil) {
					return
				}
			}
		}}
		var out strings.Builder
		require.ErrorIs(t, transcript.Render(ctx, &out, f, s, transcript.Options{Lang: "en"}), stdcontext.Canceled)
		require.Contains(t, out.String(), incomplete[f])

		// Messages that are left out do not keep it going either.
		ctx, cancel = stdcontext.WithCancel(t.Context())
		s.Messages = func(yield func(ticket.Message, error) bool) {
			for n := 1; yield(ticket.Message{N: n, Kind: ticket.Note}, nil); n++ {
				if n == 5 {
					cancel()
				}
			}
		}
		require.ErrorIs(t, transcript.Render(ctx, io.Discard, f, s, transcript.Options{}), stdcontext.Canceled)
		cancel()
	}
}

type fullDisk struct{ left int }

var errFull = errors.New("no space left")

func (d *fullDisk) Write(b []byte) (int, error) {
	n := min(len(b), d.left)
	d.left -= n
	if n < len(b) {
		return n, errFull
	}
	return n, nil
}

func TestAFailedWriteEndsIt(t *testing.T) {
	t.Parallel()
	for _, f := range transcript.Formats() {
		for _, space := range []int{0, 100_000} {
			read := 0
			s := transcript.Source{Ticket: ticket.Ticket{ID: "t-1"}, Messages: func(yield func(ticket.Message, error) bool) {
				for read = 1; yield(ticket.Message{N: read, Kind: ticket.Public, Text: "Text"}, nil); read++ {
				}
			}}
			require.ErrorIs(t, transcript.Render(t.Context(), &fullDisk{space}, f, s, transcript.Options{}), errFull)
			require.Less(t, read, 10_000)
		}
	}
	// The end of a small document is written at the very end, and that error counts as well.
	require.ErrorIs(t, transcript.Render(t.Context(), &fullDisk{10}, transcript.Text, desk(), transcript.Options{}), errFull)
}

func TestOrder(t *testing.T) {
	t.Parallel()
	message := func(n int, when time.Time) ticket.Message {
		return ticket.Message{N: n, ID: ticket.MessageID(fmt.Sprintf("m-%d", n)), Kind: ticket.Public, CreatedAt: when}
	}
	change := func(n int64, when time.Time, typ ticket.EventType, about string) ticket.Event {
		data := json.RawMessage(nil)
		if about != "" {
			data = object("message_id", about)
		}
		return event(n, when, typ, mira, data, nil)
	}
	for name, c := range map[string]struct {
		messages []ticket.Message
		events   []ticket.Event
		want     string
	}{
		"by time": {[]ticket.Message{message(1, at(8, 0)), message(2, at(10, 0))},
			[]ticket.Event{change(1, at(7, 0), ticket.EventCreated, ""), change(2, at(9, 0), ticket.EventClaimed, ""), change(3, at(11, 0), ticket.EventClosed, "")},
			"e1 m1 e2 m2 e3"},
		"one transaction": {[]ticket.Message{message(1, at(8, 0))},
			[]ticket.Event{change(1, at(8, 0), ticket.EventCreated, ""), change(2, at(8, 0), ticket.EventReceived, "m-1"), change(3, at(8, 0), ticket.EventStatusChanged, "")},
			"e1 e2 m1 e3"},
		"nobody tells of it": {[]ticket.Message{message(1, at(8, 0))},
			[]ticket.Event{change(1, at(8, 0), ticket.EventClosed, ""), change(2, at(8, 0), ticket.EventTagged, "")}, "e1 e2 m1"},
		"clock went back": {[]ticket.Message{message(1, at(9, 0)), message(2, at(8, 0)), message(3, at(10, 0))},
			[]ticket.Event{change(1, at(8, 30), ticket.EventCreated, "")}, "e1 m1 m2 m3"},
		"messages only": {[]ticket.Message{message(1, at(9, 0))}, nil, "m1"},
		"events only":   {nil, []ticket.Event{change(1, at(8, 30), ticket.EventCreated, "")}, "e1"},
		"nothing":       {nil, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := render(t, transcript.JSON, transcript.Source{Messages: each(c.messages...), Events: each(c.events...)},
				transcript.Options{IncludeNotes: true})
			var got struct {
				Items []struct {
					Type string
					N    int
				}
			}
			require.NoError(t, json.Unmarshal([]byte(doc), &got))
			var order []string
			for _, i := range got.Items {
				order = append(order, fmt.Sprintf("%c%d", i.Type[0], i.N))
			}
			require.Equal(t, c.want, strings.Join(order, " "))
		})
	}
}

// What people read leaves out the event that a message speaks for, and yet the rest of its transaction follows the message.
func TestOrderWithEventsLeftOut(t *testing.T) {
	t.Parallel()
	s := transcript.Source{
		Messages: each(ticket.Message{N: 1, ID: "m-1", Kind: ticket.Public, Text: "Antwort", CreatedAt: at(8, 0)}),
		Events: each(event(1, at(8, 0), ticket.EventCreated, erika, nil, nil), event(2, at(8, 0), ticket.EventReplied, mira, object("message_id", "m-1"), nil),
			event(3, at(8, 0), ticket.EventClosed, mira, object("from_category", "open", "to_category", "closed"), nil)),
	}
	require.Regexp(t, `(?s)Erika Probst opened.*Antwort.*Mira Holm closed`, render(t, transcript.Text, s, transcript.Options{Lang: "en"}))
}
