package htmltext_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	nethtml "golang.org/x/net/html"

	"github.com/ticketkit/ticketkit/internal/htmltext"
)

func TestText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"plain", "just words", "just words"},
		{"white space", " a \n\t b&nbsp;&nbsp;c ", "a b c"},
		{"paragraphs", "<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"},
		{"divs", "<div>one</div><div>two</div><div><br></div><div>three</div>", "one\ntwo\n\nthree"},
		{"head", "<html><head><title>T</title><style>p{}</style><script>x()</script></head><body>b</body></html>", "b"},
		{"open head", "<head><p>kept", "kept"},
		{"open script ends the text", "a<script>b", "a"},
		{"list", "<ul><li>a<li>b<ul><li>c</ul></ul><p>d", "- a\n- b\n  - c\n\nd"},
		{"ordered", `<ol start=3><li>a</li><li>b</li></ol>`, "3. a\n4. b"},
		{"item with lines", "<ul><li>a<br>b</li></ul>", "- a\n  b"},
		{"link", `see <a href="https://desk.example/x">the page</a>, please`, "see the page <https://desk.example/x>, please"},
		{"link in a block", `<a href="https://desk.example/x"><div>the page</div></a><p>next`, "the page <https://desk.example/x>\n\nnext"},
		{"link shows itself", `<a href="https://desk.example/">desk.example</a>`, "desk.example"},
		{"mailto", `<a href="mailto:a@desk.example">a@desk.example</a> <a href="mailto:b@desk.example">Bea</a>`, "a@desk.example Bea <mailto:b@desk.example>"},
		{"script link", `<a href="javascript:x()">the page</a>`, "the page"},
		{"image link", `<a href="https://desk.example/x"><img src="cid:a"></a>`, "<https://desk.example/x>"},
		{"open link", `<a href="https://desk.example/x">the page`, "the page <https://desk.example/x>"},
		{"image", `<img alt="Logo" src=x> text`, "[Logo] text"},
		{"table", "<table><tr><th>Name</th><th>Room</th></tr><tr><td>Ann</td><td>12</td></tr></table>after", "Name | Room\nAnn | 12\n\nafter"},
		{"paragraphs in cells", "<table><tr><td><p>Ann</p></td><td><p>12</p></td></tr></table>", "Ann | 12"},
		{"rows with paragraphs", "<table><tr><td><p>a</p></td><td><p>b</p></td></tr><tr><td><p>c</p></td></tr></table>", "a | b\nc"},
		{"empty cell", "<table><tr><td></td><td>a</td><td></td><td>b</td></tr></table>", "a |  | b"},
		{"quote", "<p>new</p><blockquote>old<br>older<blockquote>oldest</blockquote></blockquote>", "new\n\n> old\n> older\n>\n> > oldest"},
		{"pre", "<pre>a  b\n\n  c</pre>d", "a  b\n\n  c\n\nd"},
		{"entities", "5 &lt; 6 &amp; &euro;", "5 < 6 & €"},
		{"broken", "<p <b>>x</i></table></ul></a></blockquote>y", ">x\n\ny"},
		{"not UTF-8", "a\xffb\x00", "a\uFFFDb"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, htmltext.Text(c.in))
		})
	}
}

func TestTextQuoted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, new, old string }{
		{"no mark", "<p>a</p><blockquote>b</blockquote>", "", ""},
		{"Gmail", `<div>new</div><div class="gmail_quote"><div class="gmail_attr">On Monday wrote:<br></div><blockquote class="gmail_quote">old</blockquote></div>`, "new", "On Monday wrote:\n\n> old"},
		{"Gmail, answer below", `<div class="gmail_quote">old</div><div>new</div>`, "", ""},
		{"Outlook", `<div>new</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> A</div><div>old</div>`, "new", "----------------------------------------\nFrom: A\nold"},
		{"Apple", `new<br><blockquote type="cite">old</blockquote>`, "new", "> old"},
		{"Thunderbird", `new<div class="moz-cite-prefix">Am 1.1. schrieb A:<br></div><blockquote type="cite">old</blockquote><p></p>`, "new", "Am 1.1. schrieb A:\n\n> old"},
		{"Thunderbird, answer below", `<div class="moz-cite-prefix">A:</div><blockquote type="cite">old</blockquote><p>new</p>`, "", ""},
		{"Yahoo", `new<div class="yahoo_quoted"><div>old</div></div>`, "new", "old"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text, at := htmltext.TextQuoted(c.in)
			require.Equal(t, htmltext.Text(c.in), text)
			if c.new == "" {
				require.Equal(t, -1, at)
				return
			}
			require.Equal(t, c.new, strings.TrimSpace(text[:at]))
			require.Equal(t, c.old, strings.TrimSpace(text[at:]))
		})
	}
}

func TestSanitize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", ""},
		{"formatting", "<p>a <b>b</b> <em>c</em></p>", "<p>a <b>b</b> <em>c</em></p>"},
		{"script", "a<script>alert(1)</script>b", "ab"},
		{"style", "a<style>p{}</style>b", "ab"},
		{"form", `<form action="https://bad.example"><input name=a>x</form>`, "x"},
		{"handler", `<p onclick="x()" style="color:red">a</p>`, "<p>a</p>"},
		{"script link", `<a href="javascript:alert(1)">a</a>`, "a"},
		{"hidden script link", "<a href=\" java\tscript:alert(1)\">a</a>", "a"},
		{"data link", `<a href="data:text/html;base64,PGI+">a</a>`, "a"},
		{"cid link", `<a href="cid:x">a</a>`, "a"},
		{"link", `<a href="https://desk.example/x?a=1&amp;b=2">a</a>`, `<a href="https://desk.example/x?a=1&amp;b=2" rel="noreferrer noopener" target="_blank">a</a>`},
		{"cid", `<img src="cid:a@b" onerror=x>`, `<img src="cid:a@b">`},
		{"web image", `<img src="https://desk.example/a b.png">`, `<img data-src="https://desk.example/a%20b.png">`},
		{"image without scheme", `<IMG SRC=//desk.example/a.png>`, `<img data-src="https://desk.example/a.png">`},
		{"data image", `<img src="data:image/png;base64,iVBORw0KGgo=">`, `<img src="data:image/png;base64,iVBORw0KGgo=">`},
		{"svg image", `<img src="data:image/svg+xml;base64,iVBORw0KGgo=">`, ""},
		{"srcset", `<img srcset="https://desk.example/a.png 2x" src="cid:a">`, `<img src="cid:a">`},
		{"svg", `<svg onload=x><a href="javascript:x">y</a></svg>`, "y"},
		{"iframe", `<iframe src="https://bad.example">x</iframe>y`, "y"},
		{"table", `<table border="1"><tr><td colspan="2" background="https://bad.example/x">a</td></tr></table>`, `<table border="1"><tr><td colspan="2">a</td></tr></table>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, htmltext.Sanitize(c.in))
			requireSafe(t, htmltext.Sanitize(c.in))
		})
	}
}

func TestPreview(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"", 5, ""},
		{"abc", 0, ""},
		{"abc", -1, ""},
		{"abc", 1, "…"},
		{"abc", 3, "abc"},
		{"abcd", 3, "ab…"},
		{"ab cd", 4, "ab…"},
		{"Grüße\n\n> alt\nneu", 100, "Grüße alt neu"},
		{"see the page <https://desk.example/x> now", 100, "see the page now"},
		{"a\u200b\u202eb\x00 \ufeff c", 100, "ab c"},
		{"äöü", 2, "ä…"},
	} {
		require.Equal(t, c.want, htmltext.Preview(c.in, c.n), "%q %d", c.in, c.n)
	}
}

// TestHostileSizes feeds what makes parsers quadratic or deep. A quadratic algorithm would take hours here and run into
// the limit of the test binary.
func TestHostileSizes(t *testing.T) {
	t.Parallel()
	const size = 512 << 10
	for name, unit := range map[string]string{
		"div":        "<div>",
		"blockquote": "<blockquote>a",
		"list":       "<ul><li>a",
		"table":      "<table><tr><td>a",
		"link":       `<a href="https://desk.example">a`,
		"inline":     "<b><i>a",
		"open tag":   "<a ",
		"less":       "<",
		"amp":        "&",
		"comment":    "<!--",
		"image":      `<img src="https://desk.example/a.png">`,
		"cells":      "<td>",
		"words":      "word ",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := strings.Repeat(unit, size/len(unit))
			text := htmltext.Text(in)
			require.LessOrEqual(t, len(text), 6*size)
			safe := htmltext.Sanitize(in)
			require.LessOrEqual(t, len(safe), 8*size)
		})
	}
}

// requireSafe parses what a browser would get and looks for anything that acts.
func requireSafe(t *testing.T, out string) {
	t.Helper()
	require.True(t, utf8.ValidString(out))
	z := nethtml.NewTokenizer(strings.NewReader(out))
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			return
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			tok := z.Token()
			switch tok.Data {
			case "script", "style", "iframe", "object", "embed", "form", "input", "svg", "math", "link", "meta", "base", "frame",
				"template", "noscript", "textarea", "button", "select", "video", "audio", "source", "body", "html":
				t.Fatalf("element %s in %q", tok.Data, out)
			}
			for _, a := range tok.Attr {
				key, val := strings.ToLower(a.Key), strings.ToLower(strings.TrimSpace(a.Val))
				require.False(t, strings.HasPrefix(key, "on") || key == "style" || key == "srcset" || key == "background", "%s in %q", key, out)
				if key == "href" {
					require.Regexp(t, `^(https?://|mailto:|tel:)`, val)
				}
				if key == "src" {
					require.Regexp(t, `^(cid:|data:image/(png|jpeg|gif|webp);base64,)`, val)
				}
				if key == "data-src" {
					require.Regexp(t, `^https?://`, val)
				}
			}
		}
	}
}

var seeds = []string{
	"", "a", "<p>a", "<a href='https://desk.example/%zz'>x</a>", "<img src=http://desk.example/a&b>", "&amp;amp;lt;", "<img src=cid:a data-src=javascript:x>",
	"<scr<script>ipt>x</scr</script>ipt>", "<a href=\"ht\ntps://desk.example\">", "<svg><style><img src=x onerror=x>", "<noscript><p title=\"</noscript><img src=x onerror=x>\">",
	"<![CDATA[<script>x</script>]]>", "<!--><script>x</script>-->", "<title><a title=\"</title><script>x</script>\">", "<xmp><p></xmp><script>",
	"<plaintext><script>x", "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=x&gt;\">",
	"\xff\xfe<\x00script>", "<a href=tel:+49&#0;1>x", "<blockquote type=cite>x</blockquote>y", "<pre>\r\n x", "<table><tr><td>a<td>b<tr><td>c",
	"<img src='data:image/png;base64,AA==\n'>", "<font color=red size=+1>x</font>", "<a href=https://a.example:99999999/>x</a>", "<img src=\"https://a.example/<script>\">",
}

func FuzzSanitize(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		once := htmltext.Sanitize(in)
		requireSafe(t, once)
		require.Equal(t, once, htmltext.Sanitize(once))
	})
}

func FuzzText(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		text, at := htmltext.TextQuoted(in)
		require.True(t, utf8.ValidString(text))
		require.NotContains(t, text, "\x00")
		require.Less(t, at, len(text)+1)
		if at >= 0 {
			require.True(t, utf8.ValidString(text[:at]))
		}
		line := htmltext.Preview(text, 80)
		require.NotContains(t, line, "\n")
		require.LessOrEqual(t, utf8.RuneCountInString(line), 80)
	})
}

func ExampleText() {
	fmt.Println(htmltext.Text(`<p>Hello,</p><ul><li>one<li>two</ul><p>see <a href="https://desk.example/help">our help</a></p>`))
	// Output:
	// Hello,
	//
	// - one
	// - two
	//
	// see our help <https://desk.example/help>
}
