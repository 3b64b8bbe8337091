package transcript

import (
	"context"
	"fmt"
	"strings"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

// markdownRenderer writes CommonMark. Whatever is not the document's own structure goes through markdownLine where a block may begin,
// and through markdownText behind something else.
type markdownRenderer struct {
	*printer
	inList bool
}

func (r *markdownRenderer) line(format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, format+"\n", args...) // body looks for failed writes
}

// lines writes s, escaped, behind a prefix on each line; lines of one paragraph end with a hard break.
func (r *markdownRenderer) lines(prefix, s string) {
	all := strings.Split(s, "\n")
	for i, l := range all {
		l = markdownLine(l)
		if l != "" && i+1 < len(all) && strings.TrimSpace(all[i+1]) != "" {
			if head, ok := strings.CutSuffix(l, `\\`); ok { // three in a row are not read alike by all parsers
				l = head + "&#92;"
			}
			l += `\`
		}
		r.line("%s", strings.TrimRight(prefix+l, " "))
	}
}

func (r *markdownRenderer) head() error {
	r.line("# %s\n", markdownText(r.subject()))
	title := r.title()
	if r.o.Brand.Name != "" {
		title = r.o.Brand.Name + " – " + title
	}
	r.line("%s\n", markdownLine(title))
	for _, w := range r.rows() {
		r.line("- **%s:** %s", markdownText(w.Label), markdownText(w.Value))
	}
	if r.o.IncludeNotes {
		r.line("\n**%s**", markdownText(r.t("transcript.internal")))
	}
	if g := r.generated(); g != "" {
		r.line("\n%s", markdownLine(g))
	}
	r.line("\n## %s", markdownText(r.t("transcript.conversation")))
	return nil
}

func (r *markdownRenderer) message(_ context.Context, m *ticket.Message) error {
	v := r.view(m)
	r.inList = false
	who := v.Author
	if v.Address != "" {
		who += " <" + v.Address + ">"
	}
	r.line("\n---\n\n### %d · %s", v.N, markdownText(who))
	var facts []string
	for _, s := range append([]string{v.Badge}, v.Remarks...) {
		facts = append(facts, "**"+markdownText(s)+"**")
	}
	facts = append(facts, markdownText(v.Time))
	r.line("\n%s", strings.Join(facts, " · "))
	if v.To != "" {
		r.line("\n%s: %s", markdownText(r.t("transcript.to")), markdownText(v.To))
	}
	if d := v.Delivery; d != nil {
		r.line("\n%s", markdownLine(d.line()))
	}
	if v.Text != "" {
		r.line("")
		r.lines("", v.Text)
	}
	if v.Quoted != "" {
		r.line("\n%s:\n", markdownText(r.t("transcript.quoted")))
		r.lines("> ", v.Quoted)
	}
	if len(v.Files) > 0 {
		r.line("\n%s:\n", markdownText(r.t("attachments", i18n.Args{"count": len(v.Files)})))
		for _, f := range v.Files {
			r.line("- %s (%s)", markdownLine(f.Name), markdownText(f.facts()))
		}
	}
	return nil
}

func (r *markdownRenderer) event(e *ticket.Event) error {
	if !r.inList {
		r.line("")
	}
	r.inList = true
	v := r.tell(e)
	r.line("* *%s* · %s", markdownText(v.Time), markdownText(v.line()))
	return nil
}

func (r *markdownRenderer) tail(complete bool) error {
	r.line("\n---\n")
	if !complete {
		r.line("**%s:** %s", markdownText(r.t("transcript.incomplete")), markdownText(r.t("transcript.incomplete_why")))
		return nil
	}
	r.line("%s", markdownLine(r.end()))
	for _, l := range r.links() {
		r.line("\n[%s](<%s>)", markdownText(l.Label), l.Value)
	}
	return nil
}

// markdownText escapes a text within a line so that CommonMark and its usual extensions (GitHub's, footnotes, definition lists,
// attributes, emoji, mathematics) see nothing but text.
func markdownText(s string) string { return markdownEscape(strings.Trim(s, " \t"), -1) }

// markdownLine is markdownText for a whole line: what means something only at the beginning is escaped too, and indentation is kept by
// spaces that do not count as such.
func markdownLine(s string) string {
	body := strings.TrimLeft(s, " \t")
	lead := strings.NewReplacer(" ", "&nbsp;", "\t", "&nbsp;&nbsp;&nbsp;&nbsp;").Replace(s[:len(s)-len(body)])
	body = strings.TrimRight(body, " \t")
	if body == "" {
		return ""
	}
	digits := 0 // a number and a dot make a list
	for digits < len(body) && digit(body[digits]) {
		digits++
	}
	first := -1
	if digits < len(body) && digits > 0 && (body[digits] == '.' || body[digits] == ')') {
		first = digits
	} else if strings.IndexByte("-+=%:", body[0]) >= 0 {
		first = 0
	}
	return lead + markdownEscape(body, first)
}

// markdownEscape escapes whatever is markup anywhere, and the byte at first.
func markdownEscape(s string, first int) string {
	var out strings.Builder
	for i := range len(s) {
		c, next, prev := s[i], byte(0), byte(0)
		if i+1 < len(s) {
			next = s[i+1]
		}
		if i > 0 {
			prev = s[i-1]
		}
		escape := i == first
		switch c {
		case '\\', '`', '*', '_', '{', '}', '[', ']', '<', '>', '#', '~', '|', '&', '$', '^', '@':
			escape = true
		case '=', '+', '%':
			escape = escape || next == c || prev == c
		case '.':
			escape = escape || i >= 3 && strings.EqualFold(s[i-3:i], "www")
		case ':':
			escape = escape || next != ' ' && next != 0 && (!digit(prev) || !digit(next)) // times stay readable
		}
		if escape {
			out.WriteByte('\\')
		}
		out.WriteByte(c)
	}
	return out.String()
}

func digit(c byte) bool { return c >= '0' && c <= '9' }
