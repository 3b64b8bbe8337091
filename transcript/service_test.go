package transcript_test

import (
	"bytes"
	"image/color"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/htmltext"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/tickettest"
	"github.com/ticketkit/ticketkit/transcript"
)

// Put, Open and Delete make blobs a ticket.Blobs for one goroutine.
func (b blobs) Put(_ context, r io.Reader) (string, int64, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return "", 0, err
	}
	sha, size := b.put(data)
	return sha, size, nil
}

func (b blobs) Open(ctx context, sha string) (io.ReadCloser, error) {
	return b.open(ctx, ticket.Attachment{SHA256: sha})
}

func (b blobs) Delete(_ context, sha string) error {
	delete(b, sha)
	return nil
}

// grants says how far each permission of an account reaches.
type grants map[ticket.AccountID]map[ticket.Op]ticket.Grant

func (g grants) Grant(_ context, _ ticket.Reader, a ticket.Actor, op ticket.Op) (ticket.Grant, error) {
	return g[a.Account][op], nil
}

var everyRead = []ticket.Op{ticket.OpTranscriptRead, ticket.OpTicketRead, ticket.OpMessageRead, ticket.OpNoteRead, ticket.OpAttachmentRead}

// but gives every permission to read but some.
func but(lacking ...ticket.Op) map[ticket.Op]ticket.Grant {
	out := map[ticket.Op]ticket.Grant{}
	for _, op := range everyRead {
		if !slices.Contains(lacking, op) {
			out[op] = ticket.Grant{All: true}
		}
	}
	return out
}

func service(t *testing.T) (*ticket.Service, ticket.ID) {
	t.Helper()
	everything := but()
	for _, op := range []ticket.Op{ticket.OpNoteWrite, ticket.OpMessageWrite, ticket.OpTicketClose, ticket.OpTicketCreate} {
		everything[op] = ticket.Grant{All: true}
	}
	elsewhere := but()
	elsewhere[ticket.OpTranscriptRead] = ticket.Grant{Queues: []ticket.QueueID{"another"}}
	now := at(8, 0)
	svc, err := ticket.NewService(ticket.Config{Store: tickettest.New(), Blobs: blobs{}, ChainKey: bytes.Repeat([]byte("k"), 32), Sanitizer: htmltext.Sanitize,
		Now: func() time.Time { now = now.Add(time.Minute); return now },
		Policy: grants{"all": everything, "no-notes": but(ticket.OpNoteRead), "no-files": but(ticket.OpAttachmentRead), "no-html": but(ticket.OpMessageRead),
			"no-transcripts": but(ticket.OpTranscriptRead), "no-tickets": but(ticket.OpTicketRead), "elsewhere": elsewhere}})
	require.NoError(t, err)
	got, err := svc.Receive(t.Context(), ticket.SystemActor("imap"), ticket.Incoming{Channel: "imap", Key: "1", Subject: "Lampe",
		From: ticket.Person{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: erika.Email}, Name: erika.Name},
		Text: "Sie flackert.", HTML: "<p>Sie <b>flackert</b>.</p>",
		Uploads: []ticket.Upload{{Name: "lampe.png", ContentType: "image/png", Body: bytes.NewReader(pixels(4, 4, color.White))}}})
	require.NoError(t, err)
	id := got.TicketID
	all := ticket.AccountActor("all", "Mira Holm")
	_, err = svc.Note(t.Context(), all, id, 0, ticket.NewMessage{Body: "Serie ist bekannt."})
	require.NoError(t, err)
	_, err = svc.Reply(t.Context(), all, id, 0, ticket.NewMessage{Body: "Wir tauschen sie."})
	require.NoError(t, err)
	_, err = svc.Close(t.Context(), all, id, 0, "getauscht")
	require.NoError(t, err)
	return svc, id
}

func fromService(t *testing.T, f transcript.Format, svc *ticket.Service, id ticket.ID, account ticket.AccountID, kinds ...ticket.MessageKind) string {
	t.Helper()
	s, err := transcript.FromService(t.Context(), svc, ticket.AccountActor(account, ""), id, kinds...)
	require.NoError(t, err)
	return render(t, f, s, transcript.Options{Lang: "de", IncludeNotes: true})
}

func TestFromService(t *testing.T) {
	t.Parallel()
	svc, id := service(t)
	for _, f := range transcript.Formats() {
		doc := fromService(t, f, svc, id, "all")
		for _, word := range []string{"Sie flackert.", "Serie ist bekannt.", "Wir tauschen sie.", "getauscht", "lampe.png"} {
			require.Contains(t, doc, word, string(f))
		}
	}
	page := fromService(t, transcript.HTML, svc, id, "all")
	requireValid(t, page)
	require.Contains(t, page, "<p>Sie <b>flackert</b>.</p>")
	require.Contains(t, page, `<img src="data:image/png;base64,`)

	events, head := readChain(t, fromService(t, transcript.JSON, svc, id, "all"))
	require.NotEmpty(t, events)
	require.NoError(t, svc.Chain().Verify(events, head))

	// A Source may be rendered again.
	s, err := transcript.FromService(t.Context(), svc, ticket.AccountActor("all", ""), id)
	require.NoError(t, err)
	require.Equal(t, render(t, transcript.JSON, s, transcript.Options{}), render(t, transcript.JSON, s, transcript.Options{}))
}

func TestFromServiceKeepsTheRights(t *testing.T) {
	t.Parallel()
	svc, id := service(t)
	for account, kind := range map[ticket.AccountID]ticket.Kind{"no-transcripts": ticket.Denied, "no-tickets": ticket.Denied, "nobody": ticket.Denied,
		"elsewhere": ticket.NotFound} {
		_, err := transcript.FromService(t.Context(), svc, ticket.AccountActor(account, ""), id)
		require.Equal(t, kind, ticket.KindOf(err), "%s: %v", account, err)
	}
	_, err := transcript.FromService(t.Context(), svc, ticket.Actor{}, id)
	require.Equal(t, ticket.Unauthenticated, ticket.KindOf(err))
	_, err = transcript.FromService(t.Context(), svc, ticket.AccountActor("all", ""), ticket.ID(ticket.NewID(at(8, 0))))
	require.Equal(t, ticket.NotFound, ticket.KindOf(err))

	for _, f := range transcript.Formats() {
		doc := fromService(t, f, svc, id, "no-notes")
		require.NotContains(t, doc, "Serie ist bekannt.")
		require.Contains(t, doc, "Wir tauschen sie.")
		doc = fromService(t, f, svc, id, "all", ticket.Public)
		require.NotContains(t, doc, "Serie ist bekannt.")
	}
	require.NotContains(t, fromService(t, transcript.HTML, svc, id, "no-files"), "<img")
	require.Contains(t, fromService(t, transcript.HTML, svc, id, "no-files"), "lampe.png")
	require.NotContains(t, fromService(t, transcript.HTML, svc, id, "no-html"), "<b>flackert</b>")
	require.Contains(t, fromService(t, transcript.HTML, svc, id, "no-html"), "Sie flackert.")
}

// A right that is taken away while reading ends the transcript.
func TestFromServiceAsksAgain(t *testing.T) {
	t.Parallel()
	svc, id := service(t)
	s, err := transcript.FromService(t.Context(), svc, ticket.AccountActor("all", ""), id)
	require.NoError(t, err)
	require.NoError(t, svc.Delete(t.Context(), ticket.SystemActor("test"), id, 0))
	var out strings.Builder
	require.Equal(t, ticket.NotFound, ticket.KindOf(transcript.Render(t.Context(), &out, transcript.HTML, s, transcript.Options{})))
	require.Empty(t, out.String())
}
