package pages_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
)

// rawKey is what a key of a text looks like when there is no text for it.
var rawKey = regexp.MustCompile(`^(?:said|fault|done|kpi|view|login|password|filter|sort|ticket|talk|compose|clash|detail|event|kind|users|user|parked|audit|profile|token|short|day|mark|empty|new|nav|field|status|priority|role|actor|message|delivery|error|age|input|theme|pager)(?:\.[a-z0-9_]+)+$`)

// check holds every page to what all pages promise. Each page that a test fetches runs through it.
func (p *page) check() {
	p.Helper()
	var err error
	p.doc, err = html.Parse(strings.NewReader(p.body))
	require.NoError(p, err)
	require.Equal(p, "no-store", p.head.Get("Cache-Control"))
	require.Equal(p, "nosniff", p.head.Get("X-Content-Type-Options"))
	require.Equal(p, "same-origin", p.head.Get("Referrer-Policy"))
	csp := p.head.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		require.Contains(p, csp, part)
	}
	require.NotContains(p, csp, "unsafe")
	require.NotEmpty(p, p.head.Get("X-Request-Id"))

	ids, headings, labelled := map[string]int{}, 0, map[string]bool{}
	for n := range p.doc.Descendants() {
		if n.Type == html.ElementNode {
			if id := attr(n, "id"); id != "" {
				ids[id]++
			}
			if n.Data == "h1" {
				headings++
			}
			if n.Data == "label" {
				labelled[attr(n, "for")] = true
			}
		}
	}
	require.Equal(p, 1, headings, "a page has one h1")
	for id, n := range ids {
		require.Equal(p, 1, n, "id %s", id)
	}
	for n := range p.doc.Descendants() {
		switch n.Type {
		case html.TextNode:
			require.NotRegexp(p, rawKey, strings.TrimSpace(n.Data))
		case html.ElementNode:
			p.element(n, ids, labelled)
		}
	}
}

// element checks one element: nothing inline, links that stay below the prefix, fields that have a name for everybody.
func (p *page) element(n *html.Node, ids map[string]int, labelled map[string]bool) {
	p.Helper()
	require.NotContains(p, []string{"script", "style", "base", "object", "embed", "applet"}, n.Data)
	for _, a := range n.Attr {
		require.False(p, strings.HasPrefix(a.Key, "on"), "<%s %s>", n.Data, a.Key)
		require.NotEqual(p, "style", a.Key, "<%s style>", n.Data)
		if a.Key == "title" || a.Key == "alt" || a.Key == "placeholder" || a.Key == "aria-label" {
			require.NotRegexp(p, rawKey, a.Val)
		}
		switch a.Key {
		case "href", "src", "action", "formaction", "poster", "data", "srcset":
			p.address(n, a.Val)
		case "for", "aria-labelledby", "aria-describedby", "popovertarget":
			require.Contains(p, ids, a.Val, "<%s %s=%q>", n.Data, a.Key, a.Val)
		}
	}
	switch n.Data {
	case "html":
		require.Contains(p, []string{"de", "en"}, attr(n, "lang"))
		require.Contains(p, []string{"auto", "light", "dark"}, attr(n, "data-theme"))
	case "img":
		require.True(p, hasAttr(n, "alt"))
	case "iframe":
		require.True(p, hasAttr(n, "sandbox"))
		require.NotContains(p, attr(n, "sandbox"), "allow-scripts")
		require.NotContains(p, attr(n, "sandbox"), "allow-same-origin")
	case "input", "select", "textarea":
		if t := attr(n, "type"); t == "hidden" || attr(n, "aria-hidden") == "true" {
			return
		}
		inside := false
		for up := n.Parent; up != nil; up = up.Parent {
			inside = inside || up.Data == "label"
		}
		require.True(p, inside || labelled[attr(n, "id")], "<%s name=%s> has no label", n.Data, attr(n, "name"))
	case "form":
		if strings.EqualFold(attr(n, "method"), "post") {
			require.NotEmpty(p, attr(n, "action"))
		}
	case "a":
		if attr(n, "target") == "_blank" {
			require.Contains(p, attr(n, "rel"), "noopener")
		}
	}
}

func (p *page) address(n *html.Node, v string) {
	p.Helper()
	u, err := url.Parse(v)
	require.NoError(p, err, "<%s> %q", n.Data, v)
	switch u.Scheme {
	case "":
		require.Empty(p, u.Host, "<%s> leads to another host: %q", n.Data, v)
		require.True(p, strings.HasPrefix(v, "/desk/") || v == "/desk" || strings.HasPrefix(v, "#"), "<%s> leaves the prefix: %q", n.Data, v)
	case "mailto":
		require.Equal(p, "a", n.Data)
	case "http", "https":
		require.Equal(p, "a", n.Data, "only links of a text lead elsewhere")
		require.True(p, slices.Contains(strings.Fields(attr(n, "rel")), "noreferrer"))
	default:
		require.Failf(p, "a dangerous address", "<%s> %q", n.Data, v)
	}
}
