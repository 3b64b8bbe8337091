package pages

import (
	"cmp"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/said"
	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/observe"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
	"github.com/ticketkit/ticketkit/transcript"
)

// Config is what the pages are made of. Service and Accounts are required; every other field has a useful zero value.
type Config struct {
	Service  *ticket.Service
	Accounts *rbac.Accounts
	// Reports computes the numbers above the list; nil: there are none.
	Reports report.Store
	// SLA reads the clocks of tickets; nil: none are shown.
	SLA *sla.Service
	// Parked looks after what could not become a ticket; *adapters.Hub is one. nil: there is no such page.
	Parked httpapi.Parked
	// Seal signs transcripts; nil: they are not signed.
	Seal *transcript.Seal
	// Authenticator is the host's own login; nil: the accounts of the desk, with the page /login.
	Authenticator httpapi.Authenticator

	// Panel takes the place of every page behind sign-in; *panel.Panel of package panel is one. Sign-in, password and transcripts stay here.
	// nil: the server renders all of them.
	Panel Panel

	Name   string           // of the desk; "" is "ticketkit"
	Locale string           // "de" (the zero value) or "en", for who prefers neither
	Zone   *time.Location   // for times that people read; nil is UTC
	Logo   string           // URL of a logo on the same host; "" shows the name alone
	Colour string           // main colour, "#rrggbb"; "" is a blue
	Brand  transcript.Brand // for transcripts; an empty Name is the Name above

	// BasePath is the prefix that was taken off before the handler is called, e.g. "/desk"; "" is the root. Every link and cookie
	// carries it.
	BasePath string
	// AllowedHosts are the names that the pages answer for: exact, or *.example.org for all below. Empty, or "*", is any.
	AllowedHosts []string
	// TrustedProxies may say with X-Forwarded-For and X-Forwarded-Proto for whom and over what they ask; nobody else is believed.
	TrustedProxies []netip.Prefix
	// RateLimit bounds how often somebody may ask for a page, counted apart from the API.
	RateLimit httpapi.RateLimit

	// Observer hears of each request; nil is nobody.
	Observer observe.Observer
	Now      func() time.Time // nil is time.Now
	Log      *slog.Logger     // nil is silent
}

// DefaultColour is the main colour of a desk that names none.
const DefaultColour = "#1f5fd6"

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static/style.css
var styleSheet []byte

//go:embed de.json en.json
var textFiles embed.FS

// site is the handler's inside. It is immutable but for its limiter.
type site struct {
	cfg       Config
	service   *ticket.Service
	accounts  *rbac.Accounts
	texts     *i18n.Catalog
	templates templates
	assets    assets
	hosts     web.Hosts
	limiter   *web.Limiter
	log       *slog.Logger
	states    map[ticket.Status]ticket.Category
}

var (
	colourForm   = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
	basePathForm = regexp.MustCompile(`^(/[A-Za-z0-9._~-]+)*$`)
)

// New checks cfg and makes the handler. It does no I/O. The handler wants BasePath stripped from the path, answers every path below it
// and may be called concurrently.
func New(cfg Config) (http.Handler, error) {
	if cfg.Service == nil {
		return nil, ticket.InvalidField("service", "is required")
	}
	if cfg.Accounts == nil {
		return nil, ticket.InvalidField("accounts", "is required")
	}
	cfg.Name, cfg.Locale, cfg.Colour = cmp.Or(cfg.Name, "ticketkit"), cmp.Or(cfg.Locale, i18n.German), cmp.Or(cfg.Colour, DefaultColour)
	cfg.Brand.Name = cmp.Or(cfg.Brand.Name, cfg.Name)
	if cfg.Locale != i18n.German && cfg.Locale != i18n.English {
		return nil, ticket.InvalidField("locale", "must be de or en")
	}
	if !colourForm.MatchString(cfg.Colour) {
		return nil, ticket.InvalidField("colour", "must be of the form #1f5fd6")
	}
	cfg.BasePath = strings.TrimSuffix(cfg.BasePath, "/")
	if !basePathForm.MatchString(cfg.BasePath) {
		return nil, ticket.InvalidField("base_path", "must be of the form /desk")
	}
	if cfg.Zone == nil {
		cfg.Zone = time.UTC
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &site{cfg: cfg, service: cfg.Service, accounts: cfg.Accounts, log: cfg.Log, states: map[ticket.Status]ticket.Category{}}
	for _, st := range cfg.Service.States() {
		s.states[st.Status] = st.Category
	}
	var err error
	if s.hosts, err = web.NewHosts(cfg.AllowedHosts); err != nil {
		return nil, err
	}
	if s.texts, err = loadTexts(textFiles); err != nil {
		return nil, err
	}
	if s.templates, err = parseTemplates(templateFiles); err != nil {
		return nil, err
	}
	s.assets = newAssets(cfg.Colour)
	s.limiter = web.NewLimiter(cfg.RateLimit.PerSecond, cfg.RateLimit.Burst)
	return s.entry(s.router()), nil
}

func loadTexts(own fs.FS) (*i18n.Catalog, error) { return i18n.Load(said.Files(), own) }

func (s *site) now() time.Time { return s.cfg.Now() }

// path is a path of the site as a browser asks for it.
func (s *site) path(p string) string { return s.cfg.BasePath + p }
