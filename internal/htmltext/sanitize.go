// Package htmltext makes the HTML of strangers harmless and readable.
//
// Sanitize keeps what is safe to show, Text turns a document into plain text, and Preview shortens a text to one
// line. All functions are pure, may run concurrently, never panic, and need time proportional to their input: they
// read tokens and build no tree, so deep nesting costs nothing.
package htmltext

import (
	"html"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	nethtml "golang.org/x/net/html"
)

// maxPasses bounds how often Sanitize repeats itself until nothing changes any more. Honest mail needs one pass and
// one to see that it was enough.
const maxPasses = 4

// policy is built at the first use and never changed afterwards; bluemonday allows concurrent use then.
var policy = sync.OnceValue(newPolicy)

// Sanitize returns the part of a mail's HTML that is safe to show inside another page.
//
// It keeps formatting, tables, lists, links and images. Links may be http, https, mailto and tel, open in a new page
// and tell that page nothing (rel noopener, noreferrer). Images may be cid: and base64 data: of PNG, JPEG, GIF and
// WebP. An image from the web loses its src; its address moves to the attribute data-src, so that nothing is fetched
// until the reader asks for it. Scripts, styles, forms, frames, SVG, MathML, event handlers and every other attribute
// are dropped.
//
// Sanitize(Sanitize(x)) equals Sanitize(x). Tags of the result need not be balanced: show it in a frame or parse it
// into an element of its own. The empty string gives the empty string.
func Sanitize(src string) string {
	cur := strings.ReplaceAll(strings.ToValidUTF8(src, "\uFFFD"), "\x00", "")
	for range maxPasses {
		next := policy().Sanitize(deferImages(cur))
		if next == cur {
			return cur
		}
		cur = next
	}
	// No fixed point: whatever this is, it is no mail. Its text is always safe, and escaping text that needs no
	// second escape is the fixed point by construction.
	plain := Text(cur)
	return "<pre>" + html.EscapeString(strings.NewReplacer("<", "", ">", "", "&", "").Replace(plain)) + "</pre>"
}

func newPolicy() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "div", "span", "br", "hr", "pre", "blockquote", "center", "h1", "h2", "h3", "h4", "h5", "h6",
		"b", "strong", "i", "em", "u", "s", "strike", "del", "ins", "sub", "sup", "small", "big", "code", "kbd", "samp",
		"var", "tt", "mark", "abbr", "cite", "q", "address", "font", "wbr", "figure", "figcaption",
		"ul", "ol", "li", "dl", "dt", "dd",
		"table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td")

	word := regexp.MustCompile(`^[a-zA-Z]{1,20}$`)
	length := regexp.MustCompile(`^[0-9]{1,5}(%|px)?$`)
	number := regexp.MustCompile(`^[0-9]{1,3}$`)
	colour := regexp.MustCompile(`^(#[0-9a-fA-F]{3,8}|[a-zA-Z]{1,30})$`)
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`^(?i:ltr|rtl|auto)$`)).Globally()
	p.AllowAttrs("lang").Matching(regexp.MustCompile(`^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$`)).Globally()
	p.AllowAttrs("title").Matching(regexp.MustCompile(`^[^<>]{0,500}$`)).OnElements("a", "img", "abbr")
	p.AllowAttrs("align").Matching(word).OnElements("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tr", "td",
		"th", "img", "hr", "col", "colgroup", "thead", "tbody", "tfoot", "caption")
	p.AllowAttrs("valign").Matching(word).OnElements("tr", "td", "th", "col", "colgroup", "thead", "tbody", "tfoot")
	p.AllowAttrs("bgcolor").Matching(colour).OnElements("table", "tr", "td", "th")
	p.AllowAttrs("width", "height").Matching(length).OnElements("table", "td", "th", "img", "col", "colgroup", "hr")
	p.AllowAttrs("border", "cellpadding", "cellspacing").Matching(number).OnElements("table")
	p.AllowAttrs("colspan", "rowspan", "span").Matching(number).OnElements("td", "th", "col", "colgroup")
	p.AllowAttrs("start").Matching(number).OnElements("ol")
	p.AllowAttrs("color").Matching(colour).OnElements("font")
	p.AllowAttrs("size").Matching(regexp.MustCompile(`^[+-]?[0-9]$`)).OnElements("font")
	p.AllowAttrs("type").Matching(regexp.MustCompile(`^(?i:cite)$`)).OnElements("blockquote")

	p.AllowURLSchemes("http", "https", "mailto", "tel", "cid")
	p.AllowDataURIImages()
	p.RequireParseableURLs(true)
	p.AllowAttrs("href").Matching(regexp.MustCompile(`^\s*(?i:https?://|mailto:|tel:)`)).OnElements("a")
	p.AddTargetBlankToFullyQualifiedLinks(true)
	p.RequireNoReferrerOnLinks(true)
	p.RequireNoReferrerOnFullyQualifiedLinks(true)

	p.AllowAttrs("src").Matching(regexp.MustCompile(`^(?i:cid:|data:image/(?:png|jpeg|gif|webp);base64,)`)).OnElements("img")
	p.AllowAttrs("data-src").Matching(regexp.MustCompile("^(?i:https?)://[^\\s\"'<>`]+$")).OnElements("img")
	p.AllowAttrs("alt").Matching(regexp.MustCompile(`^[^<>]{0,500}$`)).OnElements("img")
	return p
}

// deferImages moves the src of images from the web to data-src. It runs before the policy, which has the last word
// on every byte.
func deferImages(src string) string {
	if !containsFold(src, "<img") && !containsFold(src, "<image") {
		return src
	}
	var out strings.Builder
	out.Grow(len(src))
	z := nethtml.NewTokenizer(strings.NewReader(src))
	for {
		kind := z.Next()
		if kind == nethtml.ErrorToken {
			out.Write(z.Raw())
			return out.String()
		}
		raw := string(z.Raw()) // Token may reuse the buffer
		if kind != nethtml.StartTagToken && kind != nethtml.SelfClosingTagToken {
			out.WriteString(raw)
			continue
		}
		name, _ := z.TagName()
		if string(name) != "img" && string(name) != "image" {
			out.WriteString(raw)
			continue
		}
		out.WriteString(image(z))
	}
}

// image writes the tag the tokenizer stands on anew, with a src from the web moved to data-src.
func image(z *nethtml.Tokenizer) string {
	tok := nethtml.Token{Type: nethtml.StartTagToken, Data: "img"}
	remote := ""
	for {
		key, val, more := z.TagAttr()
		k, v := string(key), string(val)
		switch trimmed := strings.TrimSpace(v); {
		case k == "":
		case k == "src" && strings.HasPrefix(trimmed, "//"):
			remote = "https:" + trimmed
		case k == "src" && (hasPrefixFold(trimmed, "http://") || hasPrefixFold(trimmed, "https://")):
			remote = trimmed
		case k == "data-src":
			if remote == "" {
				remote = trimmed
			}
		case k == "src":
			tok.Attr = append(tok.Attr, nethtml.Attribute{Key: k, Val: trimmed})
		default:
			tok.Attr = append(tok.Attr, nethtml.Attribute{Key: k, Val: v})
		}
		if !more {
			break
		}
	}
	if remote != "" {
		remote = strings.NewReplacer(" ", "%20", `"`, "%22", "'", "%27", "<", "%3C", ">", "%3E", "`", "%60").Replace(remote)
		tok.Attr = append(tok.Attr, nethtml.Attribute{Key: "data-src", Val: remote})
	}
	return tok.String()
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// containsFold reports whether s contains the ASCII string sub in any case. sub must start with '<'.
func containsFold(s, sub string) bool {
	for {
		i := strings.IndexByte(s, sub[0])
		if i < 0 {
			return false
		}
		s = s[i:]
		if hasPrefixFold(s, sub) {
			return true
		}
		s = s[1:]
	}
}
