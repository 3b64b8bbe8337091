package htmltext

import (
	"strconv"
	"strings"

	nethtml "golang.org/x/net/html"
)

// open handles a start tag.
func (w *writer) open(tok nethtml.Token) {
	w.markQuote(tok)
	switch tok.Data {
	case "script", "style", "title", "iframe", "noembed", "noframes":
		w.skipText = true // the tokenizer gives their whole content as one text token
	case "br":
		w.lineEnd()
	case "hr":
		w.block(1)
		w.word("----------------------------------------")
		w.block(1)
	case "p", "h1", "h2", "h3", "h4", "h5", "h6", "dl", "figure", "center", "fieldset":
		w.block(2)
	case "div", "section", "article", "header", "footer", "address", "main", "nav", "aside", "form", "dt", "dd", "figcaption", "caption":
		w.block(1)
	case "pre":
		w.block(2)
		w.pre++
	case "blockquote":
		w.block(2)
		w.quote++
	case "ul", "ol":
		w.openList(tok)
	case "li":
		w.openItem()
	case "table":
		w.block(1)
	case "tr":
		w.block(1)
		w.cells, w.rowBreaks = 0, 0
		w.rowText = w.out.Len()
	case "td", "th":
		w.openCell()
	case "a":
		w.openLink(tok)
	case "img", "image":
		if alt := strings.TrimSpace(attr(tok, "alt")); alt != "" && len(alt) <= 200 {
			w.text("[" + alt + "]")
		}
	}
}

// close handles an end tag.
func (w *writer) close(name string) {
	if w.quoteAt >= 0 && name == w.quoteTag && w.quoteDepth > 0 {
		w.quoteDepth--
	}
	switch name {
	case "p", "h1", "h2", "h3", "h4", "h5", "h6", "dl", "figure", "center", "fieldset":
		w.block(2)
	case "div", "section", "article", "header", "footer", "address", "main", "nav", "aside", "form", "dt", "dd", "figcaption",
		"caption", "li":
		w.block(1)
	case "td", "th", "tr":
		w.block(1)
		w.breaks = 1 // a paragraph in the last cell parts no rows
	case "table":
		w.cells, w.rowBreaks = 0, 0
		w.block(2)
	case "pre":
		w.block(2)
		w.pre = max(w.pre-1, 0)
	case "blockquote":
		w.block(2)
		w.quote = max(w.quote-1, 0)
		if w.quoted == within && w.quote == w.quoteBase {
			w.quoted = below
		}
	case "ul", "ol":
		w.closeList()
	case "a":
		w.endLink()
	}
}

func (w *writer) openList(tok nethtml.Token) {
	if w.listDepth == 0 {
		w.block(2)
	} else {
		w.block(1)
	}
	w.listDepth++
	if w.listDepth > maxList {
		return
	}
	l := list{ordered: tok.Data == "ol"}
	if n, err := strconv.Atoi(attr(tok, "start")); err == nil && n > 0 && n < 1_000_000 {
		l.n = n - 1
	}
	w.lists = append(w.lists, l)
}

func (w *writer) closeList() {
	w.bullet = ""
	if w.listDepth == 0 {
		return
	}
	w.listDepth--
	if w.listDepth < len(w.lists) {
		w.lists = w.lists[:w.listDepth]
	}
	if w.listDepth == 0 {
		w.block(2)
	} else {
		w.block(1)
	}
}

func (w *writer) openItem() {
	w.block(1)
	w.bullet = "- "
	if len(w.lists) == 0 {
		return
	}
	if l := &w.lists[len(w.lists)-1]; l.ordered {
		l.n++
		w.bullet = strconv.Itoa(l.n) + ". "
	}
}

// openCell joins the cell to the row instead of breaking the line, also when the cell before ended with a paragraph
// (Outlook puts one into every cell). A row's first text starts on its own line.
func (w *writer) openCell() {
	if w.out.Len() > w.rowText {
		w.cells++
		w.space = false
		return
	}
	w.block(1)
	if w.rowBreaks == 0 {
		w.rowBreaks = w.breaks
	}
}

// openLink also ends the link before, as browsers do.
func (w *writer) openLink(tok nethtml.Token) {
	w.endLink()
	w.link = link{href: strings.TrimSpace(attr(tok, "href")), start: w.out.Len()}
}

func (w *writer) endLink() {
	l := w.link
	w.link = link{}
	web := hasPrefixFold(l.href, "http://") || hasPrefixFold(l.href, "https://")
	if !web && !hasPrefixFold(l.href, "mailto:") && !hasPrefixFold(l.href, "tel:") {
		return
	}
	if strings.ContainsFunc(l.href, isSpace) {
		return
	}
	shown := strings.TrimSpace(w.out.String()[l.start:])
	if shown == "" && !web || strings.Contains(shown, l.href) || bare(shown) == bare(l.href) {
		return
	}
	if shown != "" {
		// The address belongs to the words before it, whatever is pending after them.
		w.space, w.breaks, w.cells = true, 0, 0
	}
	w.word("<" + l.href + ">")
}

// bare is the part of an address that people write: without scheme, leading "www." and trailing slash.
func bare(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, scheme := range []string{"http://", "https://", "mailto:", "tel:"} {
		s = strings.TrimPrefix(s, scheme)
	}
	return strings.TrimSuffix(strings.TrimPrefix(s, "www."), "/")
}

// markQuote notes where a mail program says that the quoted history begins. Only the first mark counts.
func (w *writer) markQuote(tok nethtml.Token) {
	if w.quoteAt >= 0 {
		switch {
		case w.quoteDepth > 0 && tok.Data == w.quoteTag:
			w.quoteDepth++
		case w.quoteDepth > 0 && tok.Data == "blockquote" && w.quoted == unquoted:
			w.quoted = within
		case w.quoteDepth == 0 && w.citePrefix && tok.Data == "blockquote":
			w.quoteTag, w.quoteDepth, w.citePrefix = tok.Data, 1, false
		}
		return
	}
	id := strings.TrimPrefix(strings.ToLower(attr(tok, "id")), "x_")
	switch id {
	case "divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container", "ms-outlook-mobile-reference-message",
		"olk_src_body_section", "replysplit", "isforwardcontent", "zwchr", "isreplycontent":
		w.quoteAt = w.out.Len() // what follows the mark is the quotation, to the end
		return
	}
	if tok.Data == "div" && outlookRule(attr(tok, "style")) {
		w.quoteAt = w.out.Len()
		return
	}
	quoted := tok.Data == "div" && (attr(tok, "name") == "quote" || strings.HasPrefix(id, "yahoo_quoted")) || attr(tok, "data-marker") == "__QUOTED_TEXT__" || tok.Data == "blockquote" && strings.EqualFold(attr(tok, "type"), "cite")
	answerable := false // what is quoted stands in a blockquote of the element; below that, within the element, people write their answers
	for class := range strings.FieldsSeq(strings.ToLower(attr(tok, "class"))) {
		if strings.HasPrefix(class, "ydp") && strings.HasSuffix(class, "yahoo_quoted") { // it puts a prefix of its own before everything
			class = "yahoo_quoted"
		}
		switch class = strings.TrimPrefix(class, "x_"); class {
		case "gmail_quote", "gmail_quote_container", "yahoo_quoted", "protonmail_quote", "tutanota_quote", "zmail_extra", "aol_quoted", "freshdesk_quote", "spark_quote", "mail_ru_quote", "mailru-blockquote", "front-blockquote",
			"moz-cite-prefix", "ms-outlook-mobile-reference-message":
			quoted = true
			answerable = tok.Data == "div" && (strings.HasPrefix(class, "gmail_quote") || class == "protonmail_quote" || class == "spark_quote")
		}
	}
	if !quoted {
		return
	}
	w.quoteAt = w.out.Len()
	w.quoteTag, w.quoteDepth, w.quoteBase = tok.Data, 1, w.quote
	if answerable {
		w.quoted = unquoted
	}
	// Thunderbird marks the line "On … wrote:"; the quotation is the blockquote after it.
	w.citePrefix = strings.Contains(strings.ToLower(attr(tok, "class")), "moz-cite-prefix")
}

// outlookRule knows the line that Outlook draws above the mail that is answered, whatever the language of what stands below it.
func outlookRule(style string) bool {
	style = strings.ReplaceAll(strings.ToLower(style), " ", "")
	return strings.Contains(style, "border:none;") && strings.Contains(style, "border-top:solid#") && strings.Contains(style, "padding:3")
}

func attr(tok nethtml.Token, key string) string {
	for _, a := range tok.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}
