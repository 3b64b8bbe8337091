package httpapi

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/once"
	"github.com/ticketkit/ticketkit/internal/said"
	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/observe"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
	"github.com/ticketkit/ticketkit/transcript"
)

// Config is what the API is made of. Service and Accounts are required; every other field has a useful zero value.
type Config struct {
	Service  *ticket.Service
	Accounts *rbac.Accounts
	// Reports computes the numbers; nil: GET kpi answers 404.
	Reports report.Store
	// SLA reads clocks and looks after policies; nil: the calls about service levels answer 404, and tickets show none.
	SLA *sla.Service
	// Parked looks after what could not become a ticket; *adapters.Hub is one. nil: the calls about parked items answer 404.
	Parked Parked
	// Channels tells how the adapters fare; *adapters.Hub does. nil: the call about them answers 404.
	Channels Channels
	// Mailboxes looks after mailboxes that are set up at the desk; nil: the calls about them answer 404.
	Mailboxes *adapters.MailboxDesk
	// Panels looks after messages in chats by which tickets are opened; nil: the calls about them answer 404.
	Panels *adapters.PanelDesk
	// Live tells clients what happens; see NewLive. nil: GET events answers 503.
	Live *Live
	// Heartbeat is how often a live stream is written to when nothing happens, so that proxies keep it; 0 is 15 seconds.
	Heartbeat time.Duration
	// Brand is what transcripts say about the desk; the zero Brand says nothing.
	Brand transcript.Brand
	// Seal signs transcripts and checks them; nil: they are not signed, and the calls about signatures answer 404.
	Seal *transcript.Seal
	// Intakes are the handlers of adapters by name, as adapters.Hub.Routes gives them; they authenticate their callers themselves.
	Intakes map[string]http.Handler
	// Authenticator is the host's own login; nil: bearer tokens, API tokens and the cookie of package rbac.
	Authenticator Authenticator

	// Repeats remembers changes that came with an Idempotency-Key; *store.Store does. nil: the header is checked and has no effect.
	// RepeatsKey, at least 32 bytes, keeps what it remembers of requests unreadable.
	Repeats    once.Store
	RepeatsKey []byte

	ServiceName string // what GET health calls the desk; "" is "ticketkit"
	// AllowedHosts are the names that the desk answers for: exact, *.example.org for all below that, .example.org for both. Empty, or
	// "*", is any.
	AllowedHosts []string
	// CORSOrigins are the origins whose scripts may read answers, such as https://intranet.example. They send bearer tokens: a cookie
	// never counts for them.
	CORSOrigins []string
	// TrustedProxies may say with X-Forwarded-For for whom they ask; nobody else is believed.
	TrustedProxies []netip.Prefix
	RateLimit      RateLimit
	Limits         Limits

	Zone *time.Location // where "today" begins; nil is UTC
	// Ready says why the desk cannot work, for GET health; nil is always ready. It is called within two seconds.
	Ready func(ctx context.Context) error
	// Observer hears of each request; nil is nobody.
	Observer observe.Observer
	Now      func() time.Time // nil is time.Now
	Log      *slog.Logger     // nil is silent
}

// Limits bound what a request may bring. A zero field is its default.
type Limits struct {
	Body   int64 // bytes of a JSON body; 1 MiB
	Upload int64 // bytes of an upload; 25 MiB
	// Streams and AddressStreams bound the live streams that are open at a time, of one account and of one address; 20 and 1000. A negative
	// one is no limit.
	Streams, AddressStreams int
}

// Authenticator identifies who makes a request. It is called once for each request that needs somebody, concurrently. Nobody is an
// error of kind Unauthenticated; any other error means that the answer is not known. A host with a login of its own calls
// rbac.Accounts.EnsureExternal. What it accepts without a header Authorization counts as a cookie: a browser of another site may not
// use it to change anything.
type Authenticator interface {
	Authenticate(r *http.Request) (rbac.Principal, error)
}

// Parked looks after what could not become a ticket. *adapters.Hub implements it; each method decides whether the actor may.
type Parked interface {
	ListParked(ctx context.Context, a ticket.Actor, before string, limit int) ([]adapters.Parked, error)
	OpenParked(ctx context.Context, a ticket.Actor, id string) (p *adapters.Parked, raw io.ReadCloser, item bool, err error)
	RetryParked(ctx context.Context, a ticket.Actor, id string) error
	DeleteParked(ctx context.Context, a ticket.Actor, id string) error
}

// api is the handler's inside. It is immutable but for its limiter.
type api struct {
	cfg      Config
	service  *ticket.Service
	accounts *rbac.Accounts
	auth     Authenticator
	limits   Limits
	limiter  *web.Limiter
	streams  *streams
	hosts    web.Hosts
	guard    *http.CrossOriginProtection
	router   *chi.Mux
	document []byte
	texts    *i18n.Catalog // of problems
	log      *slog.Logger
}

// New checks cfg and makes the handler. It does no I/O. The handler may be mounted below any prefix, by http.StripPrefix or by
// chi's Mount, and called concurrently.
func New(cfg Config) (http.Handler, error) {
	if cfg.Service == nil {
		return nil, ticket.InvalidField("service", "is required")
	}
	if cfg.Accounts == nil {
		return nil, ticket.InvalidField("accounts", "is required")
	}
	if cfg.Repeats != nil && len(cfg.RepeatsKey) < 32 {
		return nil, ticket.InvalidField("repeats_key", "must have at least 32 bytes")
	}
	if cfg.ServiceName == "" {
		cfg.ServiceName = "ticketkit"
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
	if cfg.Heartbeat <= 0 {
		cfg.Heartbeat = 15 * time.Second
	}
	if cfg.Limits.Body <= 0 {
		cfg.Limits.Body = 1 << 20
	}
	if cfg.Limits.Upload <= 0 {
		cfg.Limits.Upload = 25 << 20
	}
	hosts, err := web.NewHosts(cfg.AllowedHosts)
	if err != nil {
		return nil, err
	}
	for _, o := range cfg.CORSOrigins {
		u, err := url.Parse(o)
		if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.Scheme+"://"+u.Host != o {
			return nil, ticket.InvalidField("cors_origins", "%q is not an origin such as https://intranet.example", o)
		}
	}
	for name := range cfg.Intakes {
		if !adapters.ValidName(name) {
			return nil, ticket.InvalidField("intakes", "%q is not the name of an adapter", name)
		}
	}
	a := &api{cfg: cfg, service: cfg.Service, accounts: cfg.Accounts, auth: cfg.Authenticator, limits: cfg.Limits,
		limiter: newLimiter(cfg.RateLimit), streams: newStreams(cfg.Limits), hosts: hosts, guard: http.NewCrossOriginProtection(), log: cfg.Log}
	if a.auth == nil {
		a.auth = tokens{cfg.Accounts}
	}
	if a.texts, err = i18n.Load(said.Files()); err != nil {
		return nil, err
	}
	rows := table()
	if a.document, err = document(rows); err != nil {
		return nil, err
	}
	a.router = a.routes(rows)
	return a.entry(a.router), nil
}

func (a *api) now() time.Time { return a.cfg.Now() }

// routes builds the router from the table. HEAD is what GET is, without the body.
func (a *api) routes(rows []route) *chi.Mux {
	m := chi.NewRouter()
	m.NotFound(a.notFound)
	m.MethodNotAllowed(a.methodNotAllowed)
	for _, row := range rows {
		h := a.handler(row)
		m.Method(row.method, row.path, h)
		if row.method == http.MethodGet {
			m.Method(http.MethodHead, row.path, h)
		}
	}
	m.Handle("/intake/{name}", http.HandlerFunc(a.intake))
	m.Handle("/intake/{name}/*", http.HandlerFunc(a.intake))
	return m
}
