package transcript_test

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	nethtml "golang.org/x/net/html"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

// tags lists the tags of a document in order, with the names of their attributes, and without texts.
func tags(t *testing.T, doc string) []string {
	t.Helper()
	var out []string
	z := nethtml.NewTokenizer(strings.NewReader(doc))
	for {
		switch z.Next() {
		case nethtml.ErrorToken:
			return out
		case nethtml.CommentToken:
			out = append(out, "<!---->")
		case nethtml.DoctypeToken:
			out = append(out, "<!doctype>")
		case nethtml.EndTagToken:
			out = append(out, "</"+z.Token().Data+">")
		case nethtml.StartTagToken, nethtml.SelfClosingTagToken:
			tok := z.Token()
			s := "<" + tok.Data
			for _, a := range tok.Attr {
				s += " " + a.Key
			}
			out = append(out, s+">")
		}
	}
}

// elements gives all elements of a document.
func elements(t *testing.T, doc string) []*nethtml.Node {
	t.Helper()
	root, err := nethtml.Parse(strings.NewReader(doc))
	require.NoError(t, err)
	var out []*nethtml.Node
	for n := range root.Descendants() {
		if n.Type == nethtml.ElementNode {
			out = append(out, n)
		}
	}
	return out
}

func attribute(n *nethtml.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// requireValid checks that a parser finds nothing to mend: reading and writing the document gives the very same tags. It also checks
// what every transcript promises: nothing that runs or is fetched, ids without repeats, and the policy.
func requireValid(t *testing.T, doc string) {
	t.Helper()
	root, err := nethtml.Parse(strings.NewReader(doc))
	require.NoError(t, err)
	var again strings.Builder
	require.NoError(t, nethtml.Render(&again, root))
	require.Equal(t, tags(t, doc), tags(t, again.String()))

	ids := map[string]bool{}
	for _, n := range elements(t, doc) {
		switch n.Data {
		case "script", "iframe", "object", "embed", "form", "input", "button", "svg", "math", "link", "base", "template", "video", "audio":
			t.Errorf("element %s", n.Data)
		case "img":
			require.Regexp(t, `^data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$`, attribute(n, "src"))
		}
		for _, a := range n.Attr {
			require.NotRegexp(t, `^(on.*|style|srcset|background|action|formaction|ping)$`, a.Key)
			switch a.Key {
			case "href":
				require.Regexp(t, `^(https?://|mailto:|tel:|#m\d+$)`, a.Val)
			case "id":
				require.False(t, ids[a.Val], "id %s stands there twice", a.Val)
				ids[a.Val] = true
			case "http-equiv":
				require.Equal(t, transcript.ContentSecurityPolicy(), attribute(n, "content"))
			}
		}
	}
}

func TestHTMLIsValidAndSelfContained(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"de", "en"} {
		for _, notes := range []bool{false, true} {
			doc := render(t, transcript.HTML, desk(), options(lang, notes))
			requireValid(t, doc)
			for _, n := range elements(t, doc) {
				if n.Data == "html" {
					require.Equal(t, lang, attribute(n, "lang"))
				}
			}
		}
	}
}

// The hash in the policy is that of the style sheet as a browser reads it out of the document.
func TestPolicyFitsTheStyle(t *testing.T) {
	t.Parallel()
	styles := 0
	for _, n := range elements(t, render(t, transcript.HTML, desk(), options("de", true))) {
		if n.Data != "style" {
			continue
		}
		styles++
		sum := sha256.Sum256([]byte(n.FirstChild.Data))
		require.Equal(t, "default-src 'none'; img-src data:; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+
			"'; base-uri 'none'; form-action 'none'", transcript.ContentSecurityPolicy())
	}
	require.Equal(t, 1, styles)
}

func TestHTMLFoldsQuotesAndEvents(t *testing.T) {
	t.Parallel()
	var folded []string
	for _, n := range elements(t, render(t, transcript.HTML, desk(), options("en", true))) {
		if n.Data == "details" {
			require.Empty(t, attribute(n, "open"))
			folded = append(folded, attribute(n, "class"))
		}
	}
	require.Equal(t, []string{"events", "formatted", "events", "events", "events", "quoted", "events"}, folded)
}

// A very long run of events is folded in parts, so that it is not held in memory.
func TestHTMLFoldsLongHistoriesInParts(t *testing.T) {
	t.Parallel()
	var events []ticket.Event
	for n := range int64(250) {
		events = append(events, event(n+1, at(8, 0), ticket.EventClaimed, mira, nil, nil))
	}
	s := transcript.Source{Ticket: ticket.Ticket{ID: "t-1", Number: 1}, Events: each(events...)}
	doc := render(t, transcript.HTML, s, transcript.Options{IncludeNotes: true, Lang: "en"})
	require.Equal(t, 2, strings.Count(doc, "100 events"))
	require.Equal(t, 1, strings.Count(doc, ">50 events"))
	require.Contains(t, doc, "End of transcript: 0 messages, 250 events.")
}

func TestFormattedVersion(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, has, lacks string }{
		"unbalanced end tags":   {`</div></details></article></main><p>x`, `<p>x</p>`, ""},
		"unbalanced start tags": {`<table><tr><td><div><b>x`, `<b>x</b></div></td></tr></tbody></table></div>`, ""},
		"script":                {`<p>a<script>alert(1)</script></p>`, `<p>a</p>`, "alert"},
		"style":                 {`<style>article{display:none}</style><p style="position:fixed" class="note">a</p>`, `<p>a</p>`, "display:none}</style>"},
		"handler":               {`<img src=x onerror=alert(1)><b onclick=alert(1)>a</b>`, `<b>a</b>`, "alert"},
		"javascript link":       {`<a href="javascript:alert(1)">a</a>`, `a`, "javascript"},
		"remote image":          {`<p><img src="https://tracker.example/x.gif" alt="Werbung"></p>`, `<p>[Image from the internet, not loaded] Werbung</p>`, "tracker.example"},
		"missing image":         {`<img src="cid:nothing@x.example">`, `[Image not included]`, "cid:"},
		"svg in data":           {`<img src="data:image/svg+xml;base64,PHN2Zz4=">`, ``, "svg+xml"},
		"image in data":         {`<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">`, `<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt=""/>`, ""},
		"comment":               {`<p>a<!-- secret --></p>`, `<p>a</p>`, "secret"},
		"bidi":                  {"<p>a\u202eb</p>", `<p>ab</p>`, "\u202e"},
		"forged end":            {`<footer><p>Ende</p></footer></body></html>`, `Ende`, "<p>Ende</p></footer></body></html>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := onlyMessage(ticket.Message{N: 1, ID: "m", Kind: ticket.Public, Text: "Text", HasHTML: true, CreatedAt: at(8, 0)})
			s.HTML = func(context, ticket.MessageID) (string, error) { return c.in, nil }
			doc := render(t, transcript.HTML, s, transcript.Options{Lang: "en"})
			requireValid(t, doc)
			_, formatted, _ := strings.Cut(doc, `<div class="paper">`)
			require.Contains(t, formatted, c.has)
			if c.lacks != "" {
				require.NotContains(t, doc, c.lacks)
			}
			require.Contains(t, doc, `<div class="text" dir="auto">Text</div>`)
		})
	}
}

func TestFormattedVersionCanBeLeftOut(t *testing.T) {
	t.Parallel()
	for name, html := range map[string]string{
		"too long": strings.Repeat("<p>a</p>", 100_000),
		"too deep": strings.Repeat("<div>", 5_000),
		"empty":    "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := onlyMessage(ticket.Message{N: 1, ID: "m", Kind: ticket.Public, Text: "Text", HasHTML: true})
			s.HTML = func(context, ticket.MessageID) (string, error) { return html, nil }
			doc := render(t, transcript.HTML, s, transcript.Options{})
			require.NotContains(t, doc, `class="paper"`)
			require.Contains(t, doc, ">Text</div>")
		})
	}
}

// HTML is asked for only where there is some.
func TestHTMLIsNotAskedForInVain(t *testing.T) {
	t.Parallel()
	s := onlyMessage(ticket.Message{N: 1, ID: "m", Kind: ticket.Public, Text: "Text"})
	s.HTML = func(context, ticket.MessageID) (string, error) {
		t.Error("asked")
		return "", nil
	}
	for _, f := range transcript.Formats() {
		render(t, f, s, transcript.Options{})
	}
}

func FuzzFormatted(f *testing.F) {
	for _, s := range []string{"<p>a", "</div><b>", "<table><a><tr><td>", "<img src=cid:x><img src='data:image/png;base64,AA=='>", "<pre>\n\na", "<ul><li><a href=https://a.example><a>",
		"<font><p><font><table><b>", "<blockquote type=cite>a</blockquote>", "<dl><dd><dt><h1><h2>", "<col><caption><td>x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, html string) {
		s := onlyMessage(ticket.Message{N: 1, ID: "m", Kind: ticket.Public, Text: "Text", HasHTML: true})
		s.HTML = func(context, ticket.MessageID) (string, error) { return html, nil }
		doc := render(t, transcript.HTML, s, transcript.Options{Lang: "en"})
		for _, n := range elements(t, doc) {
			if n.Data == "footer" { // still where it belongs
				require.Equal(t, "body", n.Parent.Data)
				return
			}
		}
		t.Fatal("no footer")
	})
}
