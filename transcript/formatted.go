package transcript

import (
	"encoding/base64"
	"html/template"
	"strings"

	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxFormatted bounds the HTML of a message that is shown beside its text. Longer ones are newsletters, of which the text says enough.
const maxFormatted = 512 << 10

// formatted makes sanitized HTML fit to stand inside the document: its tags become balanced, so that nothing of it can end the element
// it stands in; images are those of inside (by Content-ID) or part of the HTML itself, within the budget; and others become a word.
// What cannot be parsed gives "": the text of the message is shown in any case.
func (r *htmlRenderer) formatted(source string, inside map[string]string) template.HTML {
	if source == "" || len(source) > maxFormatted {
		return ""
	}
	nodes, err := nethtml.ParseFragment(strings.NewReader(source), &nethtml.Node{Type: nethtml.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		return ""
	}
	var out strings.Builder
	for _, n := range nodes {
		r.tidy(n, inside)
		if r.foreign(n) {
			continue
		}
		if err := nethtml.Render(&out, n); err != nil {
			return ""
		}
	}
	// Sanitized by htmltext before, and rendered from a tree of nothing but plain elements and texts.
	return template.HTML(out.String()) //nolint:gosec // see above
}

// foreign reports what sanitized HTML never has: comments, and elements of SVG and MathML.
func (r *htmlRenderer) foreign(n *nethtml.Node) bool {
	return n.Type != nethtml.ElementNode && n.Type != nethtml.TextNode || n.Namespace != ""
}

// tidy cleans texts and settles images, in n and below. The parser refuses trees deeper than 512 elements, so recursion is bounded.
func (r *htmlRenderer) tidy(n *nethtml.Node, inside map[string]string) {
	if n.Type == nethtml.TextNode {
		n.Data = cleanInside(n.Data)
		return
	}
	if n.DataAtom == atom.Img {
		r.settle(n, inside)
		return
	}
	for i := range n.Attr {
		n.Attr[i].Val = cleanInside(n.Attr[i].Val)
	}
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if r.foreign(c) {
			n.RemoveChild(c)
		} else {
			r.tidy(c, inside)
		}
		c = next
	}
}

// cleanInside is clean but keeps the white space at the end, which parts words.
func cleanInside(s string) string {
	if strings.IndexFunc(s, suspicious) < 0 {
		return s
	}
	return strings.Map(visible, lineEnds.Replace(s))
}

// settle gives an image its bytes, or turns it into a word that says why it has none.
func (r *htmlRenderer) settle(img *nethtml.Node, inside map[string]string) {
	attrs := map[string]string{}
	for _, a := range img.Attr {
		attrs[a.Key] = a.Val
	}
	alt, src := cleanLine(attrs["alt"]), attrs["src"]
	if id, ok := strings.CutPrefix(src, "cid:"); ok {
		src = inside[id]
	} else if !r.afford(src) {
		src = ""
	}
	if src == "" {
		word := r.t("transcript.image_missing")
		if attrs["data-src"] != "" {
			word = r.t("transcript.image_remote")
		}
		if alt != "" {
			word += " " + alt
		}
		*img = nethtml.Node{Type: nethtml.TextNode, Data: word, Parent: img.Parent, PrevSibling: img.PrevSibling, NextSibling: img.NextSibling}
		return
	}
	kept := []nethtml.Attribute{{Key: "src", Val: src}, {Key: "alt", Val: alt}}
	for _, k := range [...]string{"width", "height"} {
		if attrs[k] != "" {
			kept = append(kept, nethtml.Attribute{Key: k, Val: attrs[k]})
		}
	}
	img.Attr = kept
}

// afford takes an image that stands in the HTML itself from the budget, if it is one and fits.
func (r *htmlRenderer) afford(src string) bool {
	head, data, ok := strings.Cut(src, ";base64,")
	typ, isData := strings.CutPrefix(head, "data:")
	n := base64.StdEncoding.DecodedLen(len(data))
	if !ok || !isData || n > min(r.o.InlineLimit, r.budget) {
		return false
	}
	for _, safe := range safeImages {
		if typ == safe {
			r.budget -= n
			return true
		}
	}
	return false
}
