// Package webform is the public contact form: a page that works without scripts, in German and English, and a JSON call for pages of a
// host's own. It is the smallest adapter that listens.
//
// The handler that Routes gives serves both. A desk mounts it at /api/intake/webform, and once more at /contact, with these prefixes
// stripped; the page at /contact posts to the former. Nobody signs in: what comes in is claimed, never proven.
package webform

import (
	"cmp"
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/netip"
	"regexp"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/ticket"
)

//go:embed de.json en.json page.html style.css
var assets embed.FS

// Config is what a Form is made of. Every field has a useful zero value.
type Config struct {
	Name   string         // of the adapter; "" is "webform"
	Title  string         // of the desk, as visitors see it; "" is "Support"
	Locale string         // "de" or "en" when the visitor's browser asks for neither; "" is "de"
	Logo   string         // URL path of a logo on the same host; "" shows none
	Colour string         // main colour, "#rrggbb"; "" is a blue
	Queue  ticket.QueueID // of the tickets; "" is the default queue
	// Look, if not nil, is asked for each page what the desk's admins have set, and called concurrently. What is empty in it, or has not the
	// form that the fields above must have, is as they say; so is all after an error, which is logged.
	Look func(ctx context.Context) (Look, error)

	// Action is the path that the page posts to, where Routes is mounted. "" is api/intake/<name> beside the page, wherever both
	// are.
	Action string
	// Origins are other sites, such as https://www.example.org, whose own forms may post here.
	Origins []string

	MaxFiles int   // files of one message; 0 is 5, negative none
	MaxBytes int64 // bytes of all files together; 0 is 10 MiB. A message waits in memory while it is taken in

	// PerHour is how many messages one address may send in an hour (one /64 network with IPv6); 0 is 20, negative is no limit. Four
	// times as often it may try: what is refused counts as an attempt, and before any of it is read.
	PerHour int
	Burst   int // of them at once; 0 is 5
	// ClientAddr tells who makes a request, where proxies stand in front; nil is the peer.
	ClientAddr func(r *http.Request) netip.Addr

	// Captcha, if not nil, looks at each message before it is taken in; an error refuses it. The fields can be read with
	// r.PostFormValue, those of a JSON body too. It is called concurrently.
	Captcha func(ctx context.Context, r *http.Request) error
	// CaptchaHTML is shown above the button, as it is; CaptchaOrigins are the sites that it may load scripts and frames from.
	CaptchaHTML    template.HTML
	CaptchaOrigins []string

	Now func() time.Time // nil is time.Now
	Log *slog.Logger     // nil is silent
}

// Look is how the desk presents itself to visitors.
type Look struct {
	Title, Logo, Colour string // as in Config
	Locale              string // as in Config
	Icon                string // of the page in the browser, a path as Logo is; "" is the logo
	Imprint, Privacy    string // addresses of pages, http or https; "" leaves out the link
}

// Form is the adapter. All methods may be called concurrently.
type Form struct {
	cfg   Config
	texts *i18n.Catalog
	page  *template.Template
	style []byte // with places for colours
	csp   string
	guard *http.CrossOriginProtection

	attempts *limiter // whatever is posted
	limiter  *limiter // messages that could be taken in
}

var (
	colour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	origin = regexp.MustCompile(`^https?://[A-Za-z0-9.-]+(:[0-9]+)?$`)
)

// New checks the configuration and makes a Form.
func New(cfg Config) (*Form, error) {
	cfg.Name, cfg.Title = cmp.Or(cfg.Name, "webform"), cmp.Or(cfg.Title, "Support")
	cfg.Locale, cfg.Colour = cmp.Or(cfg.Locale, i18n.German), cmp.Or(cfg.Colour, "#1d4ed8")
	cfg.MaxFiles, cfg.MaxBytes = cmp.Or(cfg.MaxFiles, 5), cmp.Or(cfg.MaxBytes, 10<<20)
	cfg.PerHour, cfg.Burst = cmp.Or(cfg.PerHour, 20), cmp.Or(cfg.Burst, 5)
	switch {
	case !adapters.ValidName(cfg.Name):
		return nil, fmt.Errorf("webform: %q is no name for an adapter", cfg.Name)
	case cfg.Locale != i18n.German && cfg.Locale != i18n.English:
		return nil, fmt.Errorf("webform: Config.Locale is %q, must be de or en", cfg.Locale)
	case !colour.MatchString(cfg.Colour):
		return nil, fmt.Errorf("webform: Config.Colour is %q, must be like #1d4ed8", cfg.Colour)
	case cfg.Logo != "" && !onHost(cfg.Logo):
		return nil, errors.New("webform: Config.Logo must be a path on the same host")
	case cfg.MaxBytes < 0 || cfg.Burst < 0:
		return nil, errors.New("webform: Config.MaxBytes and Burst must not be negative")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	f := &Form{cfg: cfg, guard: http.NewCrossOriginProtection(),
		attempts: newLimiter(cfg.PerHour*attemptsPerMessage, cfg.Burst*attemptsPerMessage), limiter: newLimiter(cfg.PerHour, cfg.Burst)}
	for _, o := range cfg.Origins {
		if err := f.guard.AddTrustedOrigin(o); err != nil {
			return nil, fmt.Errorf("webform: Config.Origins: %w", err)
		}
	}
	for _, o := range cfg.CaptchaOrigins {
		if !origin.MatchString(o) {
			return nil, fmt.Errorf("webform: Config.CaptchaOrigins: %q is not an origin such as https://captcha.example", o)
		}
	}
	return f, f.prepare()
}

// Name implements adapters.Adapter.
func (f *Form) Name() string { return f.cfg.Name }

// Run implements adapters.Adapter. Everything comes in by Routes; there is nothing to do but wait.
func (f *Form) Run(ctx context.Context, _ adapters.Intake) error {
	<-ctx.Done()
	return nil
}

// Answering is a Form that carries the answers to its messages out itself, instead of leaving them to the desk's own mail.
type Answering struct {
	*Form
	adapters.Sender
}

// Answering gives the same form with a Sender, such as mailout's with another sender address. The desk gets what Answering returns in
// place of the Form.
func (f *Form) Answering(s adapters.Sender) *Answering { return &Answering{f, s} }

// Retry implements adapters.Retrier: somebody has decided that what looked like a program was a person.
func (f *Form) Retry(ctx context.Context, in adapters.Intake, p adapters.Parked) error {
	var s submission
	if err := json.Unmarshal(p.Raw, &s); err != nil {
		return fmt.Errorf("read parked form: %w", err)
	}
	it := f.incoming(&s)
	it.Key = p.Key
	return in.Receive(ctx, it)
}

// newKey makes the key that one page, shown once, posts with.
func newKey() string { return rand.Text() }
