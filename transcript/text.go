package transcript

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

// textRenderer writes plain text. What people wrote is indented, so that it cannot pass for a line of the document.
type textRenderer struct {
	*printer
	afterEvent bool
}

const indent = "    "

func (r *textRenderer) line(format string, args ...any) {
	_, _ = fmt.Fprintf(r.out, format+"\n", args...) // body looks for failed writes
}

// indented writes every line of s behind a prefix, and nothing else on empty lines.
func (r *textRenderer) indented(prefix, s string) {
	for l := range strings.SplitSeq(s, "\n") {
		r.line("%s", strings.TrimRight(prefix+l, " \t"))
	}
}

func (r *textRenderer) head() error {
	title := r.title()
	if r.o.Brand.Name != "" {
		title = r.o.Brand.Name + " – " + title
	}
	r.line("%s\n%s\n", title, strings.Repeat("=", utf8.RuneCountInString(title)))
	rows := append([]row{{r.t("field.subject"), r.subject()}}, r.rows()...)
	if g := r.generated(); g != "" {
		rows = append(rows, row{"", g})
	}
	width := 0
	for _, w := range rows {
		width = max(width, utf8.RuneCountInString(w.Label))
	}
	for _, w := range rows {
		if w.Label == "" {
			r.line("\n%s", w.Value)
			continue
		}
		r.line("%s:%s %s", w.Label, strings.Repeat(" ", width-utf8.RuneCountInString(w.Label)), w.Value)
	}
	if r.o.IncludeNotes {
		r.line("\n%s", r.t("transcript.internal"))
	}
	return nil
}

func (r *textRenderer) message(_ context.Context, m *ticket.Message) error {
	v := r.view(m)
	r.afterEvent = false
	who := v.Author
	if v.Address != "" {
		who += " <" + v.Address + ">"
	}
	r.line("\n%s", strings.Repeat("-", 72))
	r.line("[%d] %s · %s", v.N, who, v.Time)
	badge := v.Badge
	if v.Kind != ticket.Public {
		badge = "*** " + strings.ToUpper(badge) + " ***"
	}
	r.line("%s", strings.Join(append([]string{badge}, v.Remarks...), " · "))
	if v.To != "" {
		r.line("%s: %s", r.t("transcript.to"), v.To)
	}
	if d := v.Delivery; d != nil {
		r.line("%s", d.line())
	}
	if v.Text != "" {
		r.line("")
		r.indented(indent, v.Text)
	}
	if v.Quoted != "" {
		r.line("\n%s:", r.t("transcript.quoted"))
		r.indented(indent+"> ", v.Quoted)
	}
	if len(v.Files) > 0 {
		r.line("\n%s:", r.t("attachments", i18n.Args{"count": len(v.Files)}))
		for _, f := range v.Files {
			r.line("  - %s (%s)", f.Name, f.facts())
		}
	}
	return nil
}

// Summary is how far the message has come, and since when.
func (d *deliveryView) Summary() string { return joined(" · ", d.Label, d.Time) }

func (d *deliveryView) line() string { return joined(" · ", d.Summary(), d.Reason) }

// joined puts sep between those parts that are not empty.
func joined(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), sep)
}

// facts is everything about a file beside its name.
func (f fileView) facts() string {
	sum := f.SHA256
	if sum != "" {
		sum = "SHA-256 " + sum
	}
	return joined(", ", f.Type, f.Size, sum)
}

func (r *textRenderer) event(e *ticket.Event) error {
	if !r.afterEvent {
		r.line("")
	}
	r.afterEvent = true
	v := r.tell(e)
	r.line("* %s · %s", v.Time, v.line())
	return nil
}

func (r *textRenderer) tail(complete bool) error {
	r.line("\n%s", strings.Repeat("=", 72))
	if !complete {
		r.line("*** %s ***\n%s", strings.ToUpper(r.t("transcript.incomplete")), r.t("transcript.incomplete_why"))
		return nil
	}
	r.line("%s", r.end())
	for _, l := range r.links() {
		r.line("%s: %s", l.Label, l.Value)
	}
	return nil
}

// links are the addresses of the brand, with what they lead to.
func (p *printer) links() []row {
	var out []row
	for _, l := range []row{{p.o.Brand.Name, p.o.Brand.URL}, {p.t("transcript.imprint"), p.o.Brand.ImprintURL},
		{p.t("transcript.privacy"), p.o.Brand.PrivacyURL}} {
		if l.Value == "" {
			continue
		}
		if l.Label == "" {
			l.Label = "Web"
		}
		out = append(out, l)
	}
	return out
}
