package transcript

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/ticket"
)

// Format names a kind of document. Its text is also the usual ending of a file name.
type Format string

// The formats.
const (
	HTML     Format = "html" // one file with everything in it, for reading and printing
	Markdown Format = "md"   // CommonMark
	Text     Format = "txt"  // UTF-8 without markup
	JSON     Format = "json" // one object, for programs
)

// Formats lists all formats.
func Formats() []Format { return []Format{HTML, Markdown, Text, JSON} }

// Valid reports whether f is one of the four formats.
func (f Format) Valid() bool { return slices.Contains(Formats(), f) }

// ContentType is the media type for HTTP and mail; for an unknown format it is "application/octet-stream".
func (f Format) ContentType() string {
	switch f {
	case HTML:
		return "text/html; charset=utf-8"
	case Markdown:
		return "text/markdown; charset=utf-8"
	case Text:
		return "text/plain; charset=utf-8"
	case JSON:
		return "application/json"
	}
	return "application/octet-stream"
}

// Source is where a transcript comes from. FromService makes one with the rights of an actor; the zero value of each field but Ticket
// means that there is none of it.
//
// Render reads each sequence at most once, both at the same time, and calls HTML and Open between two messages, never concurrently.
type Source struct {
	Ticket       ticket.Ticket
	Participants []ticket.Participant
	// Messages yields the conversation in order of N. The first error ends it.
	Messages iter.Seq2[ticket.Message, error]
	// Events yields the history in order of N. The first error ends it.
	Events iter.Seq2[ticket.Event, error]
	// HTML gives the HTML of a message that has some; "" shows its text alone. It is sanitized once more. Nil: texts only.
	HTML func(ctx context.Context, id ticket.MessageID) (string, error)
	// Open gives the bytes of an attachment, for images that become part of an HTML document. Render closes the reader. Nil: no
	// images.
	//
	// An error of kind NotFound or Denied, of HTML or Open, leaves the thing out; any other ends the transcript.
	Open func(ctx context.Context, a ticket.Attachment) (io.ReadCloser, error)
}

// Brand is the desk as its customers know it. Empty fields are left out, and so are addresses that are not http or https.
type Brand struct {
	Name       string
	URL        string
	ImprintURL string
	PrivacyURL string
}

// With is the Brand as the desk's admins have set it; what they have left out stays as it is.
func (b Brand) With(own *ticket.Branding) Brand {
	b.Name, b.ImprintURL, b.PrivacyURL = cmp.Or(own.Name, b.Name), cmp.Or(own.ImprintURL, b.ImprintURL), cmp.Or(own.PrivacyURL, b.PrivacyURL)
	return b
}

// Options say how a transcript looks. The zero Options give the requester's version in the ticket's language, in UTC.
type Options struct {
	Lang  string         // "de" or "en", other language tags become the nearer of them; "" is the ticket's Locale, or German without one
	Zone  *time.Location // for times that people read; nil is UTC. JSON has UTC always
	Brand Brand

	// InlineLimit bounds the bytes of an image that is put into an HTML document, InlineTotal those of all its images. Zero means
	// 200 KiB and 5 MiB; a negative number allows none. Images beyond are listed like other files.
	InlineLimit int
	InlineTotal int

	// IncludeNotes makes the internal version. Without it messages that are not public are left out even if the source yields them,
	// and so are internal events, reasons, tags, custom fields, names of states and whatever else only agents see.
	IncludeNotes bool

	Now time.Time // when the document is made; zero leaves that out

	// Signer signs the document, so that Verify finds any change; nil leaves it unsigned. One that is incomplete is not signed. See Seal.
	Signer *keys.Signer
}

// Defaults of Options.
const (
	defaultInlineLimit = 200 << 10
	defaultInlineTotal = 5 << 20
)

// renderer writes one format. Its methods are called in the order head, any number of message and event, tail.
type renderer interface {
	head() error
	message(ctx context.Context, m *ticket.Message) error
	event(e *ticket.Event) error
	// tail ends the document; complete is false when something could not be read.
	tail(complete bool) error
	// shows tells whether an event has a place of its own in the document.
	shows(e *ticket.Event) bool
}

// Render writes the transcript of s to w.
//
// Invalid options and errors of the source before its first message or event are returned before anything is written. If reading
// fails later, Render ends the document with a visible mark that it is incomplete and returns the error, wrapped. The same happens when
// ctx ends. An error of w is returned as soon as it is met. Render may be called concurrently with different sources; w is written to
// from the calling goroutine only.
func Render(ctx context.Context, w io.Writer, f Format, s Source, o Options) error {
	if !f.Valid() {
		return ticket.InvalidField("format", "must be html, md, txt or json")
	}
	texts, err := catalog()
	if err != nil {
		return fmt.Errorf("transcript: %w", err)
	}
	to := &sink{w: w}
	seen := &summing{w: to, sum: sha256.New()}
	out := bufio.NewWriterSize(seen, 16<<10)
	p := newPrinter(out, to, texts, s, o)
	var r renderer
	switch f {
	case HTML:
		if r, err = newHTMLRenderer(p); err != nil {
			return fmt.Errorf("transcript: %w", err)
		}
	case Markdown:
		r = &markdownRenderer{printer: p}
	case Text:
		r = &textRenderer{printer: p}
	case JSON:
		r = &jsonRenderer{printer: p}
	}

	in := newMerger(s, p.seesMessage, r.shows)
	defer in.stop()
	err = in.start(ctx)
	if err != nil {
		return p.failed(err)
	}
	if err = r.head(); err == nil {
		err = p.body(ctx, r, in)
	}
	if to.err != nil {
		return p.failed(to.err)
	}
	if tailErr := errors.Join(r.tail(err == nil), out.Flush()); tailErr != nil {
		err = errors.Join(err, tailErr)
	}
	if err == nil && o.Signer != nil {
		err = p.sign(seen, f)
	}
	return p.failed(err)
}

// body writes all entries in order, until in says that ctx has ended.
func (p *printer) body(ctx context.Context, r renderer, in *merger) error {
	for {
		if p.sink.err != nil {
			return p.sink.err
		}
		m, e := in.peek()
		switch {
		case m != nil:
			if err := r.message(ctx, m); err != nil {
				return err
			}
			p.messages++
		case e != nil:
			if err := r.event(e); err != nil {
				return err
			}
			p.events++
		default:
			return nil
		}
		if err := in.advance(ctx); err != nil {
			return err
		}
	}
}

func (p *printer) failed(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("transcript of ticket %s: %w", p.src.Ticket.ID, err)
}

// sink remembers that writing failed, to tell it from errors of the source.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	if err != nil {
		s.err = fmt.Errorf("write: %w", err)
		return n, s.err
	}
	return n, nil
}

// printer is what the renderers have in common.
type printer struct {
	out   *bufio.Writer
	sink  *sink // below out; the renderers may leave its error to body
	texts *i18n.Catalog
	src   Source
	o     Options
	lang  string
	zone  *time.Location

	messages, events int // written so far
}

func newPrinter(out *bufio.Writer, to *sink, texts *i18n.Catalog, s Source, o Options) *printer {
	if o.Lang == "" {
		o.Lang = s.Ticket.Locale
	}
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	def := func(n *int, v int) {
		if *n == 0 {
			*n = v
		}
	}
	def(&o.InlineLimit, defaultInlineLimit)
	def(&o.InlineTotal, defaultInlineTotal)
	for _, u := range []*string{&o.Brand.URL, &o.Brand.ImprintURL, &o.Brand.PrivacyURL} {
		*u = webURL(*u)
	}
	o.Brand.Name = cleanLine(o.Brand.Name)
	return &printer{out: out, sink: to, texts: texts, src: s, o: o, lang: i18n.Match(o.Lang, i18n.German), zone: o.Zone}
}

// webURL gives an address in its normal spelling if it is one of the web, else "".
func webURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return u.String()
}

func (p *printer) t(key string, args ...any) string { return p.texts.T(p.lang, key, args...) }

// seesMessage tells whether a message belongs into this version.
func (p *printer) seesMessage(m *ticket.Message) bool {
	return p.o.IncludeNotes || m.Kind == ticket.Public
}

// publicEvents are those that a requester could notice from outside.
var publicEvents = [...]ticket.EventType{ticket.EventCreated, ticket.EventReceived, ticket.EventReplied, ticket.EventDelivered,
	ticket.EventDeliveryFailed, ticket.EventBounced, ticket.EventStatusChanged, ticket.EventClosed, ticket.EventReopened}

// seesEvent tells whether an event belongs into this version.
func (p *printer) seesEvent(e *ticket.Event) bool {
	return p.o.IncludeNotes || slices.Contains(publicEvents[:], e.Type)
}

// shows is the answer of the formats that people read: what a message says by itself needs no line of its own.
func (p *printer) shows(e *ticket.Event) bool {
	switch e.Type {
	case ticket.EventReceived, ticket.EventReplied, ticket.EventNoted, ticket.EventDelivered:
		return false
	}
	return p.seesEvent(e)
}
