package text_test

import (
	"fmt"
	"html/template"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/text"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestPreview(t *testing.T) {
	t.Parallel()
	family := "👩\u200d👩\u200d👧"
	for _, c := range []struct {
		in   ticket.Message
		n    int
		want string
	}{
		{ticket.Message{}, 5, ""},
		{ticket.Message{Text: "abc"}, 0, ""},
		{ticket.Message{Text: "abc"}, 3, "abc"},
		{ticket.Message{Text: "abcd"}, 3, "ab…"},
		{ticket.Message{Text: "one two three"}, 10, "one two…"},
		{ticket.Message{Text: "one two three"}, 8, "one two…"},
		{ticket.Message{Text: "Donaudampfschifffahrt"}, 6, "Donau…"},
		{ticket.Message{Text: " Guten Tag,\r\n\r\n  es\tbrennt. "}, 100, "Guten Tag, es brennt."},
		{ticket.Message{Text: "a\u202eb\x00c"}, 10, "abc"},
		{ticket.Message{Text: "e\u0301e\u0301e\u0301"}, 2, "e\u0301…"},
		{ticket.Message{Text: family + family}, 2, family + family},
		{ticket.Message{Text: family + family + family}, 2, family + "…"},
		{ticket.Message{Text: "🇩🇪🇫🇷🇮🇹"}, 2, "🇩🇪…"},
		{ticket.Message{Text: "👍🏽👍🏽👍🏽"}, 2, "👍🏽…"},
		{ticket.Message{HTML: "<p>a &lt; b</p><script>x</script><p>&auml;</p>"}, 10, "a < b ä"},
		{ticket.Message{Text: "text", HTML: "<p>html</p>"}, 10, "text"},
	} {
		require.Equal(t, c.want, text.Preview(&c.in, c.n), "%+v", c)
	}
	require.Empty(t, text.Preview(nil, 5))
}

func TestPreviewProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, n := rapid.String().Draw(t, "s"), rapid.IntRange(1, 40).Draw(t, "n")
		got := text.Preview(&ticket.Message{Text: s}, n)
		require.True(t, utf8.ValidString(got))
		require.NotContains(t, got, "\n")
		require.LessOrEqual(t, len(got), (n+2)*16*4)
	})
}

func TestFull(t *testing.T) {
	t.Parallel()
	require.Empty(t, text.Full(nil))
	require.Equal(t, template.HTML("a &lt;b&gt;<br>\n<a href=\"https://desk.example/x?a=1&amp;b=2\" rel=\"noopener noreferrer nofollow\" target=\"_blank\">https://desk.example/x?a=1&amp;b=2</a>."),
		text.Full(&ticket.Message{Text: "a <b>\nhttps://desk.example/x?a=1&b=2.\n"}))
	for _, evil := range []string{`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `<a href="javascript:alert(1)">x</a>`, `<form action="https://evil.example"><input></form>`} {
		got := strings.ToLower(string(text.Full(&ticket.Message{HTML: "<p>ok</p>" + evil})))
		require.Contains(t, got, "<p>ok</p>")
		for _, bad := range []string{"<script", "onerror", "javascript:", "<form"} {
			require.NotContains(t, got, bad, evil)
		}
	}
}

func ExamplePreview() {
	m := &ticket.Message{HTML: "<p>Guten Tag,</p><p>der Drucker &amp; das Papier brennen.</p>"}
	fmt.Println(text.Preview(m, 24))
	// Output: Guten Tag, der Drucker…
}

func ExampleFull() {
	fmt.Println(text.Full(&ticket.Message{Text: "See <b>\nagain."}))
	// Output:
	// See &lt;b&gt;<br>
	// again.
}

func ExampleFuncMap() {
	page := template.Must(template.New("page").Funcs(text.FuncMap()).Parse("<h2>{{render_note_preview . 12}}</h2>\n<div>{{render_note .}}</div>\n"))
	_ = page.Execute(os.Stdout, &ticket.Message{Text: "It burns & smokes."})
	// Output:
	// <h2>It burns &amp;…</h2>
	// <div>It burns &amp; smokes.</div>
}
