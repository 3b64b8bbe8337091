package transcript_test

import (
	"bytes"
	stdcontext "context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

type context = stdcontext.Context

// each makes a sequence of a slice.
func each[T any](items ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range items {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// failing yields items and then an error.
func failing[T any](err error, items ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range items {
			if !yield(v, nil) {
				return
			}
		}
		var none T
		yield(none, err)
	}
}

var berlin = func() *time.Location {
	l, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return l
}()

// at is a time on the day of the hand-made ticket.
func at(hour, minute int) time.Time { return time.Date(2026, 11, 20, hour, minute, 0, 0, time.UTC) }

// blobs holds the files of a ticket by their SHA-256.
type blobs map[string][]byte

func (b blobs) put(data []byte) (sha string, size int64) {
	sum := sha256.Sum256(data)
	sha = hex.EncodeToString(sum[:])
	b[sha] = data
	return sha, int64(len(data))
}

func (b blobs) open(_ context, a ticket.Attachment) (io.ReadCloser, error) {
	data, ok := b[a.SHA256]
	if !ok {
		return nil, ticket.Errorf(ticket.NotFound, "the file is gone")
	}
	return io.NopCloser(bytes.NewReader(data)), nil
}

func (b blobs) file(name, typ string, data []byte) ticket.Attachment {
	sha, size := b.put(data)
	return ticket.Attachment{ID: ticket.AttachmentID("file-" + name), TicketID: "t-1", Name: name, ContentType: typ, Size: size, SHA256: sha}
}

// pixels is a small PNG of one colour.
func pixels(w, h int, c color.Color) []byte {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func object(pairs ...any) json.RawMessage {
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i].(string)] = pairs[i+1]
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return b
}

var (
	erika = ticket.Author{Type: ticket.ActorContact, ID: "c-1", Name: "Erika Probst", Email: "erika.probst@kunde.example"}
	jonas = ticket.Author{Type: ticket.ActorContact, ID: "c-2", Name: "Jonas Weidt", Email: "jonas@kunde.example"}
	mira  = ticket.Author{Type: ticket.ActorAccount, ID: "a-1", Name: "Mira Holm"}
	robot = ticket.Author{Type: ticket.ActorSystem}
)

func event(n int64, when time.Time, typ ticket.EventType, who ticket.Author, data, private json.RawMessage) ticket.Event {
	mac := sha256.Sum256(fmt.Appendf(nil, "event %d", n))
	e := ticket.Event{ID: ticket.EventID(fmt.Sprintf("e-%d", n)), TicketID: "t-1", N: n, Type: typ, At: when, Data: data, Private: private, MAC: mac[:],
		Actor: ticket.EventActor{Type: who.Type, ID: who.ID, Name: who.Name}}
	if data == nil {
		e.Data = json.RawMessage("{}")
	}
	if who.Name != "" || private != nil {
		e.Salt, e.PrivateHash = []byte("0123456789abcdef"), mac[:8]
	}
	return e
}

// desk is the hand-made ticket of the golden files: everything that can happen to one, in a morning.
func desk() transcript.Source {
	files := blobs{}
	photo := files.file("Lieferung.png", "image/png", pixels(32, 20, color.RGBA{R: 0x25, G: 0x63, B: 0xa8, A: 0xff}))
	invoice := files.file("Rechnung 2026-118.pdf", "application/pdf", []byte("%PDF-1.7\n% made by hand\n"))
	logo := files.file("logo.png", "image/png", pixels(8, 8, color.RGBA{R: 0xa8, G: 0x65, A: 0xff}))
	logo.Inline, logo.ContentID = true, "logo@kunde.example"
	drawing := files.file("Skizze.svg", "image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`))

	proven, doubtful := true, false
	to := []ticket.Identity{{Kind: ticket.KindEmail, Value: erika.Email}, {Kind: ticket.KindEmail, Value: jonas.Email}}
	messages := []ticket.Message{
		{N: 1, ID: "m-1", Kind: ticket.Public, Author: erika, Channel: "imap", CreatedAt: at(8, 5), Verified: &proven, HasHTML: true,
			ExternalID: "1@kunde.example", RawSHA256: strings.Repeat("ab", 32), Attachments: []ticket.Attachment{photo, invoice, logo},
			Text: "Guten Tag,\n\nvon den bestellten zwölf Lampen sind nur zehn angekommen – siehe Foto.\nDie Rechnung liegt bei:\n\n" +
				"- Pos. 1: 12 Stück\n- Pos. 2: 1 Karton\n\nKönnen Sie die fehlenden nachschicken?\n\nViele Grüße\nErika Probst"},
		{N: 2, ID: "m-2", Kind: ticket.Public, Author: robot, Channel: "imap", CreatedAt: at(8, 5), To: to[:1],
			Text:     "Ihre Nachricht ist angekommen. Wir melden uns bald.",
			Delivery: &ticket.Delivery{State: ticket.Sent, At: at(8, 6)}},
		{N: 3, ID: "m-3", Kind: ticket.Note, Author: mira, Channel: "imap", CreatedAt: at(8, 40),
			Text: "Lager fragen: die Palette war schon offen. Kunde ist wichtig, bitte kulant sein."},
		{N: 4, ID: "m-4", Kind: ticket.Public, Author: mira, Channel: "imap", CreatedAt: at(9, 15), To: to,
			Text:     "Guten Tag Frau Probst,\n\ndas tut uns leid. Die zwei fehlenden Lampen gehen heute noch raus.\n\nFreundliche Grüße\nMira Holm",
			Delivery: &ticket.Delivery{State: ticket.Failed, At: at(9, 20), Reason: "550 5.1.1 mailbox unavailable at mx.kunde.example"}},
		{N: 5, ID: "m-5", Kind: ticket.Public, Author: jonas, Channel: "imap", CreatedAt: at(9, 30), Machine: true, Verified: &doubtful,
			Text: "Ich bin bis zum 30. November nicht im Büro."},
		{N: 6, ID: "m-6", Kind: ticket.Public, Author: erika, Channel: "imap", CreatedAt: at(10, 2), Verified: &proven,
			Attachments: []ticket.Attachment{drawing},
			Text:        "Vielen Dank! Bitte an das Tor 3 liefern, die Skizze hängt an.",
			Quoted:      "Am 20.11.2026 um 10:15 schrieb Mira Holm:\n> das tut uns leid. Die zwei fehlenden Lampen gehen heute noch raus."},
		{N: 7, ID: "m-7", Kind: ticket.Notice, Author: mira, Channel: "imap", CreatedAt: at(11, 30), Text: "Nachlieferung ist unterwegs."},
	}
	events := []ticket.Event{
		event(1, at(8, 5), ticket.EventCreated, erika, object("status", "new", "priority", "normal", "number", 1042), object("subject", "Zwei Lampen fehlen")),
		event(2, at(8, 5), ticket.EventReceived, erika, object("message_id", "m-1", "machine", false), nil),
		event(3, at(8, 6), ticket.EventDelivered, robot, object("message_id", "m-2"), nil),
		event(4, at(8, 30), ticket.EventClaimed, mira, object("assignee_id", "a-1"), object("assignee", "Mira Holm")),
		event(5, at(8, 31), ticket.EventPriorityChanged, mira, object("from", "normal", "to", "high"), nil),
		event(6, at(8, 32), ticket.EventTagged, mira, nil, object("added", []string{"lampen", "teillieferung"}, "removed", []string{})),
		event(7, at(8, 33), ticket.EventFieldsChanged, mira, nil, object("bestellung", "B-2026-77")),
		event(8, at(8, 40), ticket.EventNoted, mira, object("message_id", "m-3"), nil),
		event(9, at(8, 45), ticket.EventEscalated, mira, object("level", 1), object("reason", "Teillieferung an Großkunden")),
		event(10, at(9, 15), ticket.EventReplied, mira, object("message_id", "m-4", "human", true), nil),
		event(11, at(9, 15), ticket.EventStatusChanged, mira,
			object("from", "new", "from_category", "new", "to", "waiting_customer", "to_category", "pending", "cause", "agent"), nil),
		event(12, at(9, 20), ticket.EventDeliveryFailed, robot, object("message_id", "m-4"), object("reason", "550 5.1.1 mailbox unavailable")),
		event(13, at(9, 30), ticket.EventReceived, jonas, object("message_id", "m-5", "machine", true), nil),
		event(14, at(10, 2), ticket.EventReceived, erika, object("message_id", "m-6"), nil),
		event(15, at(10, 5), ticket.EventSnoozed, mira, object("from", "waiting_customer", "from_category", "pending", "until", at(11, 0)), nil),
		event(16, at(11, 0), ticket.EventReopened, robot, object("from", "snoozed", "from_category", "snoozed", "to", "open", "to_category", "open"), nil),
		event(17, at(11, 5), ticket.EventQueueChanged, mira, object("from_id", "q-1", "to_id", "q-2"), object("from", "Allgemein", "to", "Versand")),
		event(18, at(11, 6), ticket.EventAssigned, mira, object("from_id", "a-1", "assignee_id", "a-2"), object("from", "Mira Holm", "assignee", "Tariq Senn")),
		event(19, at(11, 10), ticket.EventAssigned, mira, object("from_id", "a-2", "assignee_id", ""), object("from", "Tariq Senn")),
		event(20, at(11, 12), ticket.EventSubjectChanged, mira, nil, object("from", "Lampen", "to", "Zwei Lampen fehlen")),
		event(21, at(11, 20), ticket.EventTimer, robot, object("name", "reminder", "due", at(11, 20)), nil),
		event(22, at(11, 30), ticket.EventClosed, mira, object("from", "open", "from_category", "open", "to", "closed", "to_category", "closed"),
			object("reason", "Nachlieferung ist unterwegs.")),
	}
	return transcript.Source{
		Ticket: ticket.Ticket{ID: "t-1", Number: 1042, Subject: "Zwei Lampen fehlen", Status: "closed", Category: ticket.Closed, Priority: ticket.High,
			Queue: ticket.QueueRef{ID: "q-2", Name: "Versand"}, Channel: "imap", Source: "email", Locale: "de",
			Requester: ticket.ContactRef{ID: "c-1", Name: erika.Name, Email: erika.Email}, Assignee: &ticket.AccountRef{ID: "a-1", Name: "Mira Holm"},
			Tags: []string{"lampen", "teillieferung"}, Fields: map[string]any{"bestellung": "B-2026-77", "garantie": true, "stück": 12.0},
			CreatedAt: at(8, 5), UpdatedAt: at(11, 30), ResolvedAt: at(11, 30), FirstResponseAt: at(9, 15), Version: 22, MessageCount: 7,
			Head: ticket.Head{Count: 22, MAC: events[21].MAC}},
		Participants: []ticket.Participant{{Contact: ticket.ContactRef{ID: "c-2", Name: jonas.Name, Email: jonas.Email}, Role: "cc"}},
		Messages:     each(messages...),
		Events:       each(events...),
		HTML: func(_ context, id ticket.MessageID) (string, error) {
			if id != "m-1" {
				return "", ticket.Errorf(ticket.NotFound, "the message does not exist")
			}
			return `<p>Guten Tag,</p><p>von den bestellten <b>zwölf</b> Lampen sind nur zehn angekommen – siehe Foto.<p>Die Rechnung liegt bei:` +
				`<table border="1" cellpadding="4"><tr><th>Pos. 1</th><td>12 Stück</td></tr><tr><th>Pos. 2</th><td>1 Karton</td></tr></table>` +
				`<p>Können Sie die fehlenden <a href="https://laden.example/lampen?art=7&amp;n=2">nachschicken</a>?</p>` +
				`<img src="cid:logo@kunde.example" alt="Logo" width="8"><img src="https://zaehler.example/p.gif" alt="">`, nil
		},
		Open: files.open,
	}
}

func options(lang string, notes bool) transcript.Options {
	return transcript.Options{Lang: lang, Zone: berlin, IncludeNotes: notes, Now: at(12, 0),
		Brand: transcript.Brand{Name: "Lichthaus Nord", URL: "https://lichthaus.example", ImprintURL: "https://lichthaus.example/impressum"}}
}

func render(t *testing.T, f transcript.Format, s transcript.Source, o transcript.Options) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, transcript.Render(t.Context(), &out, f, s, o))
	return out.String()
}

// onlyMessage is a source of one message.
func onlyMessage(m ticket.Message) transcript.Source {
	return transcript.Source{Ticket: ticket.Ticket{ID: "t-1", Number: 7, Subject: "Frage", Status: "open", Category: ticket.Open}, Messages: each(m)}
}
