package transcript_test

import (
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

// confidential is a ticket where everything that only agents may see contains "geheim".
func confidential() transcript.Source {
	doubtful := false
	var events []ticket.Event
	for i, typ := range []ticket.EventType{ticket.EventCreated, ticket.EventReceived, ticket.EventReplied, ticket.EventNoted, ticket.EventDelivered,
		ticket.EventDeliveryFailed, ticket.EventClaimed, ticket.EventUnclaimed, ticket.EventAssigned, ticket.EventEscalated, ticket.EventPriorityChanged,
		ticket.EventStatusChanged, ticket.EventClosed, ticket.EventReopened, ticket.EventSnoozed, ticket.EventTagged, ticket.EventSubjectChanged,
		ticket.EventQueueChanged, ticket.EventFieldsChanged, ticket.EventAttached, ticket.EventTimer, "host.geheim"} {
		data := object("from", "geheim_from", "to", "geheim_to", "from_category", "open", "to_category", "pending", "cause", "geheim_cause",
			"queue_id", "geheim_queue", "assignee_id", "geheim_assignee", "name", "geheim_timer", "until", "geheim_until", "level", "geheim_level",
			"channel", "geheim_channel", "attachment_id", "geheim_attachment")
		private := object("reason", "geheim reason", "name", "geheim.pdf", "from", "geheim from", "to", "geheim to", "added", []string{"geheim"},
			"assignee", "geheim assignee")
		e := event(int64(i+1), at(8, i), typ, mira, data, private)
		e.Actor.ID = "geheim-account"
		events = append(events, e)
	}
	return transcript.Source{
		Ticket: ticket.Ticket{ID: "t-1", Number: 9, Subject: "Frage", Status: "geheim_status", Category: ticket.Pending, Priority: "geheim_priority",
			Queue: ticket.QueueRef{ID: "geheim", Name: "geheim queue"}, Channel: "geheim_channel", Source: "geheim_source",
			Requester: ticket.ContactRef{ID: "c-1", Name: erika.Name}, Assignee: &ticket.AccountRef{ID: "geheim", Name: "geheim assignee"},
			Tags: []string{"geheim"}, Fields: map[string]any{"geheim_field": "geheim"}, MergedInto: "geheim", CreatedAt: at(8, 0), SnoozedUntil: at(9, 0)},
		Events: each(events...),
		Messages: each(
			ticket.Message{N: 1, Kind: ticket.Note, Author: mira, Text: "geheim note", CreatedAt: at(8, 0)},
			ticket.Message{N: 2, Kind: ticket.Notice, Author: mira, Text: "geheim notice", CreatedAt: at(8, 1)},
			ticket.Message{N: 3, Kind: "geheim_kind", Author: mira, Text: "geheim kind", CreatedAt: at(8, 2)},
			ticket.Message{N: 4, Kind: ticket.Public, Author: ticket.Author{Type: ticket.ActorAccount, ID: "geheim", Name: "Mira Holm", Email: "geheim@desk.example"},
				Text: "öffentlich", Verified: &doubtful, RawSHA256: "geheim", CreatedAt: at(8, 3),
				Delivery: &ticket.Delivery{State: ticket.Failed, Reason: "geheim reason", At: at(8, 4)}}),
	}
}

func TestTheRequesterSeesNothingInternal(t *testing.T) {
	t.Parallel()
	for _, f := range transcript.Formats() {
		for _, lang := range []string{"de", "en"} {
			doc := render(t, f, confidential(), options(lang, false))
			require.NotContains(t, strings.ToLower(doc), "geheim", string(f))
			for _, word := range []string{"Interne Notiz", "Internal note", "Interne Fassung", "Internal version", "nicht bestätigt", "not verified"} {
				require.NotContains(t, doc, word)
			}
			require.Contains(t, doc, "öffentlich")

			internal := render(t, f, confidential(), options(lang, true))
			for _, word := range []string{"geheim note", "geheim notice", "geheim kind", "geheim reason", "geheim assignee", "geheim queue"} {
				require.Contains(t, internal, word, string(f))
			}
		}
	}
}

// In the requester's version messages are counted without gaps, so that none seems lost.
func TestNumbersHaveNoGapsForTheRequester(t *testing.T) {
	t.Parallel()
	require.Contains(t, render(t, transcript.Text, confidential(), options("de", false)), "\n[1] Mira Holm")
	require.Contains(t, render(t, transcript.Text, confidential(), options("de", true)), "\n[4] Mira Holm")
}

func TestNotesAreDistinct(t *testing.T) {
	t.Parallel()
	note := ticket.Message{N: 1, Kind: ticket.Note, Author: mira, Text: "Text"}
	o := transcript.Options{Lang: "de", IncludeNotes: true}
	for f, want := range map[transcript.Format]string{
		transcript.HTML:     `<article class="note" id="m1"`,
		transcript.Markdown: "**Interne Notiz** · **Nur für das Team sichtbar**",
		transcript.Text:     "*** INTERNE NOTIZ *** · Nur für das Team sichtbar",
		transcript.JSON:     `"kind":"note"`,
	} {
		require.Contains(t, render(t, f, onlyMessage(note), o), want)
		require.NotContains(t, render(t, f, onlyMessage(ticket.Message{N: 1, Kind: ticket.Public, Author: mira, Text: "Text"}), o), want)
	}
}

// readChain gives the events of an internal JSON document and the head that it states. It leaves the names of actors out: a name belongs to
// the private part, which cannot be checked without its salt, and a document never holds a salt. What stands for it is the private hash.
func readChain(t *testing.T, doc string) ([]ticket.Event, ticket.Head) {
	t.Helper()
	var got struct {
		Ticket struct {
			ID   ticket.ID
			Head struct {
				Count int64
				MAC   string
			}
		}
		Items []struct {
			Type, Event, MAC string
			ID               ticket.EventID
			N                int64
			At               time.Time
			Data             json.RawMessage
			PrivateHash      string `json:"private_hash"`
			Actor            struct{ Type, ID string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(doc), &got))
	bytes := func(s string) []byte {
		b, err := hex.DecodeString(s)
		require.NoError(t, err)
		if len(b) == 0 {
			return nil
		}
		return b
	}
	var events []ticket.Event
	for _, i := range got.Items {
		if i.Type == "event" {
			events = append(events, ticket.Event{ID: i.ID, TicketID: got.Ticket.ID, N: i.N, Type: ticket.EventType(i.Event), At: i.At, Data: i.Data,
				PrivateHash: bytes(i.PrivateHash), MAC: bytes(i.MAC),
				Actor: ticket.EventActor{Type: ticket.ActorKind(i.Actor.Type), ID: i.Actor.ID}})
		}
	}
	return events, ticket.Head{Count: got.Ticket.Head.Count, MAC: bytes(got.Ticket.Head.MAC)}
}

// The internal JSON holds what is needed to check the history with the desk's key.
func TestTheChainCanBeCheckedFromJSON(t *testing.T) {
	t.Parallel()
	chain, err := ticket.NewChain([]byte(strings.Repeat("k", 32)))
	require.NoError(t, err)
	s := desk()
	var head ticket.Head
	var sealed []ticket.Event
	for e, err := range s.Events {
		require.NoError(t, err)
		head = chain.Seal(head, &e)
		sealed = append(sealed, e)
	}
	s.Events, s.Ticket.Head = each(sealed...), head

	doc := render(t, transcript.JSON, s, options("de", true))
	events, end := readChain(t, doc)
	require.Len(t, events, 22)
	require.NoError(t, chain.Verify(events, end))

	forged := strings.Replace(doc, `"level":1`, `"level":2`, 1)
	require.NotEqual(t, doc, forged)
	events, end = readChain(t, forged)
	require.Error(t, chain.Verify(events, end))
	require.NotContains(t, doc, "salt")
}

func TestSentences(t *testing.T) {
	t.Parallel()
	erased := event(1, at(8, 0), ticket.EventAssigned, ticket.Author{Type: ticket.ActorAccount, ID: "a-1"}, object("assignee_id", "a-2"), nil)
	erased.PrivateHash = []byte{1}
	for want, e := range map[string]ticket.Event{
		"Deleted person assigned the ticket to Deleted person":                                    erased,
		"Support team claimed the ticket":                                                         event(1, at(8, 0), ticket.EventClaimed, ticket.Author{Type: ticket.ActorAccount}, nil, nil),
		"No name claimed the ticket":                                                              event(1, at(8, 0), ticket.EventClaimed, ticket.Author{}, nil, nil),
		"Mira Holm snoozed the ticket until 20 Nov 2026, 12:00 CET":                               event(1, at(8, 0), ticket.EventSnoozed, mira, object("until", at(11, 0)), nil),
		"Mira Holm changed the status from – to –":                                                event(1, at(8, 0), ticket.EventStatusChanged, mira, json.RawMessage(`[broken`), nil),
		"Mira Holm changed the status from New to waiting":                                        event(1, at(8, 0), ticket.EventStatusChanged, mira, object("from", "new", "to", "waiting"), nil),
		"Mira Holm escalated the ticket to level 2 (Reason: eilig)":                               event(1, at(8, 0), ticket.EventEscalated, mira, object("level", 2), object("reason", "eilig")),
		"Mira Holm changed the tags (Added: a; Removed: b, c)":                                    event(1, at(8, 0), ticket.EventTagged, mira, nil, object("added", []string{"a"}, "removed", []string{"b", "c"})),
		"Mira Holm changed some fields (alt: –; neu: 1, x; ort: {\"plz\":\"20095\"}; stimmt: No)": event(1, at(8, 0), ticket.EventFieldsChanged, mira, nil, object("neu", []any{1, "x"}, "ort", map[string]any{"plz": "20095"}, "alt", nil, "stimmt", false)),
		"Mira Holm attached a file (File: a.pdf)":                                                 event(1, at(8, 0), ticket.EventAttached, mira, nil, object("name", "a.pdf")),
		"Overdue: Resolution":                                                                     event(1, at(8, 0), "sla.breached", mira, object("clock", "resolution"), nil),
		"Due soon: –":                                                                             event(1, at(8, 0), "sla.warned", mira, nil, nil),
		"host.something":                                                                          event(1, at(8, 0), "host.something", mira, nil, nil),
	} {
		doc := render(t, transcript.Text, transcript.Source{Events: each(e)}, transcript.Options{Lang: "en", IncludeNotes: true, Zone: berlin})
		require.Contains(t, doc, "* 20 Nov 2026, 09:00 CET · "+want+"\n")
	}
}

func TestLanguageAndZone(t *testing.T) {
	t.Parallel()
	s := onlyMessage(ticket.Message{N: 1, Kind: ticket.Public, Text: "Text", CreatedAt: time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC)})
	newYork, err := time.LoadLocation("America/New_York")
	require.NoError(t, err)
	saoPaulo, err := time.LoadLocation("America/Sao_Paulo")
	require.NoError(t, err)
	for _, c := range []struct {
		locale string
		o      transcript.Options
		want   string
	}{
		{"", transcript.Options{}, "01.07.2026, 22:30 UTC"},
		{"en", transcript.Options{}, "1 Jul 2026, 22:30 UTC"},
		{"en", transcript.Options{Lang: "de", Zone: berlin}, "02.07.2026, 00:30 MESZ"},
		{"de", transcript.Options{Lang: "en", Zone: berlin}, "2 Jul 2026, 00:30 CEST"},
		{"de", transcript.Options{Lang: "de-AT", Zone: newYork}, "01.07.2026, 18:30 EDT"},
		{"de", transcript.Options{Lang: "en-GB", Zone: time.FixedZone("", 3600)}, "1 Jul 2026, 23:30 UTC+01:00"},
		{"de", transcript.Options{Zone: saoPaulo}, "01.07.2026, 19:30 UTC-03:00"},
	} {
		s.Ticket.Locale = c.locale
		require.Contains(t, render(t, transcript.Text, s, c.o), c.want)
	}
	// JSON is for programs: UTC whatever the zone.
	require.Contains(t, render(t, transcript.JSON, s, transcript.Options{Zone: berlin}), `"at":"2026-07-01T22:30:00Z"`)
}

func TestZeroOptionsAndSource(t *testing.T) {
	t.Parallel()
	for _, f := range transcript.Formats() {
		doc := render(t, f, transcript.Source{}, transcript.Options{})
		require.NotContains(t, doc, "Erstellt am")
		require.NotContains(t, doc, "generated_at")
		if f == transcript.HTML {
			requireValid(t, doc)
		}
	}
}

func TestBrandTakesOnlyWebAddresses(t *testing.T) {
	t.Parallel()
	o := transcript.Options{Brand: transcript.Brand{Name: "Laden", URL: "javascript:alert(1)", ImprintURL: "data:text/html,x", PrivacyURL: "https://laden.example/a b>c"}}
	for _, f := range transcript.Formats() {
		doc := render(t, f, desk(), o)
		require.NotContains(t, doc, "alert(1)")
		require.NotContains(t, doc, "data:text")
		require.Contains(t, doc, "https://laden.example/a%20b%3Ec")
	}
}

func TestContentTypes(t *testing.T) {
	t.Parallel()
	for _, f := range transcript.Formats() {
		require.True(t, f.Valid())
		require.NotEqual(t, "application/octet-stream", f.ContentType())
	}
	require.False(t, transcript.Format("").Valid())
	require.Equal(t, "application/octet-stream", transcript.Format("pdf").ContentType())
}

func TestTextsExistInBothLanguages(t *testing.T) {
	t.Parallel()
	c, err := i18n.Load(transcript.TextFiles)
	require.NoError(t, err)
	require.Empty(t, i18n.Parity(c))
}
