package transcript

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strconv"
	"sync"

	"github.com/ticketkit/ticketkit/internal/htmltext"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

//go:embed style.css
var style string

//go:embed page.html
var pageSource string

// page is parsed at the first use. Each of its templates is one item of the document, so that none has to hold all of it.
var page = sync.OnceValues(func() (*template.Template, error) { return template.New("page").Parse(pageSource) })

// ContentSecurityPolicy is the policy that an HTML transcript states about itself (Content Security Policy Level 3): no scripts, no
// requests, images from the document alone and its one style sheet, by hash. Who serves it over HTTP sends the same header, and may
// add frame-ancestors, which only a header can say.
func ContentSecurityPolicy() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; img-src data:; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; base-uri 'none'; form-action 'none'"
}

// maxEventGroup bounds the events that are held back to count them before they are folded.
const maxEventGroup = 100

// htmlRenderer writes one HTML file. Events between two messages are folded together.
type htmlRenderer struct {
	*printer
	page   *template.Template
	budget int // bytes of images that may still be put in
	group  []eventView
}

func newHTMLRenderer(p *printer) (*htmlRenderer, error) {
	t, err := page()
	if err != nil {
		return nil, err
	}
	return &htmlRenderer{printer: p, page: t, budget: p.o.InlineTotal}, nil
}

type htmlHead struct {
	Lang, CSP string
	Style     template.CSS
	Brand     Brand
	Number    string
	Title     string
	Subject   string
	Rows      []row
	Generated string
	Internal  string
	Heading   string
}

func (r *htmlRenderer) head() error {
	sheet := template.CSS(style) //nolint:gosec // our own file
	h := htmlHead{Lang: r.lang, CSP: ContentSecurityPolicy(), Style: sheet, Brand: r.o.Brand, Title: r.title(), Subject: r.subject(),
		Number: "#" + strconv.FormatInt(r.src.Ticket.Number, 10), Rows: r.rows(), Generated: r.generated(), Heading: r.t("transcript.conversation")}
	if r.o.IncludeNotes {
		h.Internal = r.t("transcript.internal")
	}
	return r.page.ExecuteTemplate(r.out, "head", h)
}

type htmlMessage struct {
	messageView
	Labels    map[string]string
	Pictures  []picture
	Listed    []listed
	Formatted template.HTML
}

type picture struct {
	Name string
	Data template.URL
}

type listed struct {
	fileView
	Damaged bool
}

func (r *htmlRenderer) message(ctx context.Context, m *ticket.Message) error {
	if err := r.flush(); err != nil {
		return err
	}
	v := htmlMessage{messageView: r.view(m), Labels: map[string]string{
		"to": r.t("transcript.to"), "quoted": r.t("transcript.quoted"), "formatted": r.t("transcript.formatted"),
		"files": r.t("attachments", i18n.Args{"count": len(m.Attachments)}), "damaged": r.t("transcript.file_damaged")}}
	source, err := r.html(ctx, m)
	if err != nil {
		return err
	}
	inside := map[string]string{} // data: URIs by Content-ID
	for i := range m.Attachments {
		a := &m.Attachments[i]
		image, damaged, err := r.inline(ctx, a)
		if err != nil {
			return fmt.Errorf("attachment %s: %w", a.ID, err)
		}
		f := listed{fileView: v.Files[i], Damaged: damaged}
		v.Listed = append(v.Listed, f)
		switch {
		case image == "":
		case a.Inline && a.ContentID != "" && source != "": // a logo of a signature is no picture that somebody sent
			inside[a.ContentID] = image
		default:
			// The type was found in the bytes and the rest is base64, so the address can do nothing but show them.
			v.Pictures = append(v.Pictures, picture{Name: f.Name, Data: template.URL(image)}) //nolint:gosec // see above
		}
	}
	v.Formatted = r.formatted(source, inside)
	return r.page.ExecuteTemplate(r.out, "message", v)
}

// html gives the sanitized HTML of a message, or "" when there is none to be had.
func (p *printer) html(ctx context.Context, m *ticket.Message) (string, error) {
	if !m.HasHTML || p.src.HTML == nil {
		return "", nil
	}
	s, err := p.src.HTML(ctx, m.ID)
	if kind := ticket.KindOf(err); kind == ticket.NotFound || kind == ticket.Denied {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("html of message %s: %w", m.ID, err)
	}
	return htmltext.Sanitize(s), nil
}

func (r *htmlRenderer) event(e *ticket.Event) error {
	r.group = append(r.group, r.tell(e))
	if len(r.group) < maxEventGroup {
		return nil
	}
	return r.flush()
}

// flush writes the events held back.
func (r *htmlRenderer) flush() error {
	if len(r.group) == 0 {
		return nil
	}
	g := struct {
		Summary, First, Last string
		Events               []eventView
	}{r.t("transcript.events", i18n.Args{"count": len(r.group)}), r.group[0].Time, "", r.group}
	if last := r.group[len(r.group)-1].Time; last != g.First {
		g.Last = last
	}
	r.group = r.group[:0]
	return r.page.ExecuteTemplate(r.out, "events", g)
}

func (r *htmlRenderer) tail(complete bool) error {
	if err := r.flush(); err != nil {
		return err
	}
	t := struct {
		Incomplete, Why, End, Title string
		Links                       []row
	}{Title: r.title(), Links: r.links()}
	if complete {
		t.End = r.end()
	} else {
		t.Incomplete, t.Why = r.t("transcript.incomplete"), r.t("transcript.incomplete_why")
	}
	return r.page.ExecuteTemplate(r.out, "tail", t)
}
