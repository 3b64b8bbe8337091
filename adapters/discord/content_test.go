package discord_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord"
	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
	"github.com/ticketkit/ticketkit/ticket"
)

type obj = map[string]any

func (w *world) find(id ticket.ID, text string) *ticket.Message {
	w.t.Helper()
	var found *ticket.Message
	w.eventually("there is a message with "+text, func() bool {
		for _, m := range w.messages(id) {
			if strings.Contains(m.Text, text) {
				found = &m
			}
		}
		return found != nil
	})
	return found
}

// TestWhatDiscordShowsInOtherFormsIsText has mentions, stickers, polls, forwarded messages and embeds come in.
func TestWhatDiscordShowsInOtherFormsIsText(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.otto)
	_, err := w.otto.Write(ch.ID, "one <@"+w.anna.ID+"> and <@&"+w.support+"> in <#"+w.help.ID+"> <a:party:123456789> at <t:1767225600:F> by </ticket close:42>, <@999> stays, 1 < 2 > 0")
	require.NoError(t, err)
	require.Equal(t, "one @anna and @support in #help :party: at 2026-01-01 00:00 UTC by /ticket close, <@999> stays, 1 < 2 > 0", w.find(tk.ID, "one ").Text)
	for text, fields := range map[string]obj{
		"[sticker: Wave]": {"sticker_items": []any{obj{"id": "1", "name": "Wave", "format_type": 1}}},
		"[poll: Pizza? – yes / no]": {"poll": obj{"question": obj{"text": "Pizza?"}, "answers": []any{obj{"answer_id": 1, "poll_media": obj{"text": "yes"}}, obj{"answer_id": 2, "poll_media": obj{"text": "no"}}},
			"allow_multiselect": false, "expiry": nil, "layout_type": 1}},
		"[forwarded]\n> what somebody\n> else wrote": {"message_snapshots": []any{obj{"message": obj{"type": 0, "content": "what somebody\nelse wrote", "mentions": []any{}, "attachments": []any{}, "embeds": []any{},
			"timestamp": "2026-01-01T00:00:00+00:00", "edited_timestamp": nil, "flags": 0, "components": []any{}, "mention_roles": []any{}}}}},
		"Title\nWhat it is about\nState: red\nhttps://status.example/": {"embeds": []any{obj{"type": "rich", "title": "Title", "description": "What it is about", "url": "https://status.example/",
			"fields": []any{obj{"name": "State", "value": "red", "inline": false}}}}},
		"[content that only Discord can show]": {"novelty": obj{"a": 1}},
	} {
		_, err := w.otto.WriteWith(ch.ID, "", fields)
		require.NoError(t, err)
		require.Equal(t, text, w.find(tk.ID, text).Text)
	}
	// A part in a form that nobody expected loses nothing else of the message.
	_, err = w.otto.WriteWith(ch.ID, "all the same", obj{"sticker_items": "many", "poll": 7, "embeds": []any{"x", obj{"title": 5}}, "message_snapshots": obj{}})
	require.NoError(t, err)
	require.Equal(t, "all the same", w.find(tk.ID, "all the same").Text)
}

func TestAnswersQuoteWhatTheyAnswer(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.otto)
	asked, err := w.otto.Write(ch.ID, "Which cable?\nThe blue one?")
	require.NoError(t, err)
	said, err := w.anna.Reply(ch.ID, asked.ID, "The red one")
	require.NoError(t, err)
	require.Equal(t, "> otto: Which cable?\n> The blue one?\n\nThe red one", w.find(tk.ID, "The red one").Text)
	_, err = w.otto.Reply(ch.ID, said.ID, "I see")
	require.NoError(t, err)
	m := w.find(tk.ID, "I see")
	require.Equal(t, "I see", m.Text)
	require.Equal(t, "> anna: The red one", m.Quoted)
}

// TestFilesAreFetchedFromDiscordOnly: an address of somebody's own makes this machine fetch nothing.
func TestFilesAreFetchedFromDiscordOnly(t *testing.T) {
	t.Parallel()
	w := setup(t)
	var hits atomic.Int32
	inside := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		hits.Add(1)
		_, _ = rw.Write([]byte("secret of the network"))
	}))
	t.Cleanup(inside.Close)
	tk, ch := w.open(w.otto)
	host := strings.TrimPrefix(w.d.URL(), "http://")
	for n, address := range []string{inside.URL + "/a", "http://169.254.169.254/latest", "file:///etc/passwd", "http://" + host + "@" + strings.TrimPrefix(inside.URL, "http://") + "/", "https://cdn.discordapp.com.evil.example/x", "::",
		"http://cdn.discordapp.com/x"} {
		text := "look at this " + string(rune('a'+n))
		_, err := w.otto.WriteWith(ch.ID, text, obj{"attachments": []any{obj{"id": "5", "filename": "x.png", "size": 3, "url": address, "proxy_url": address, "content_type": "image/png"}}})
		require.NoError(t, err)
		m := w.find(tk.ID, text)
		require.Contains(t, m.Text, "[The file x.png is not kept by Discord and was not fetched.]")
		require.Empty(t, m.Attachments)
	}
	// Nor does a file server of Discord's name send it elsewhere.
	w.d.Fail(discordtest.Fault{Route: "GET /attachments/", Redirect: inside.URL + "/b"})
	_, err := w.otto.Write(ch.ID, "and this", discordtest.File{Name: "y.png", ContentType: "image/png", Data: []byte("y")})
	require.NoError(t, err)
	require.Contains(t, w.find(tk.ID, "and this").Text, "was not fetched")
	require.Zero(t, hits.Load())

	// What is larger than it says is not kept either, and everything else keeps its bytes.
	big := make([]byte, 26<<20)
	_, err = w.otto.Write(ch.ID, "large", discordtest.File{Name: "big.bin", ContentType: "application/octet-stream", Data: big}, discordtest.File{Name: "ü small.txt", ContentType: "text/plain", Data: []byte("kept")})
	require.NoError(t, err)
	m := w.find(tk.ID, "large")
	require.Contains(t, m.Text, "big.bin")
	require.Len(t, m.Attachments, 1)
	require.True(t, slices.ContainsFunc(m.Attachments, func(a ticket.Attachment) bool { return a.Name == "ü small.txt" && a.Size == 4 }))
}

// TestFilesThatAreNotKept: who sends one hears why, in the language of the ticket; everything else arrives.
func TestFilesThatAreNotKept(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *discord.Config) { c.RefusedFiles = []string{"exe", "bat"} })
	tk, ch := w.open(w.erika)
	_, err := w.erika.Write(ch.ID, "three files", discordtest.File{Name: "game.EXE", Data: []byte("MZ")}, discordtest.File{Name: "run.bat", Data: []byte("@echo")},
		discordtest.File{Name: "small.txt", ContentType: "text/plain", Data: []byte("kept")})
	require.NoError(t, err)
	said := w.hears(ch.ID, "game.EXE")
	require.Equal(t, "Dateien wie game.EXE nimmt das Team nicht an.\nDateien wie run.bat nimmt das Team nicht an.\nDer Rest deiner Nachricht ist angekommen.", said.Content)
	require.Empty(t, said.Pinged)
	got := w.find(tk.ID, "three files")
	require.Len(t, got.Attachments, 1)
	require.Equal(t, "small.txt", got.Attachments[0].Name)
	require.Contains(t, got.Text, "game.EXE", "the team sees that there was one")
}
