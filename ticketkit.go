// Package ticketkit is a ticket desk for a Go program: tickets, agents, mail and other channels, an HTTP API and pages, over the
// host's own database handle, mux and logger.
//
// New wires the parts together and does no I/O. Handler serves the API below /api, the pages and the contact form. Run does the work
// that does not wait for a request: it runs the adapters, delivers replies and fires timers until its context ends. Nothing runs
// before Run, and nothing of the library reads flags or the environment.
//
// A program that opens tickets in its own transaction calls Desk.In:
//
//	tx, err := db.BeginTx(ctx, nil)
//	// … the host's own rows …
//	_, err = desk.In(tx).Open(ctx, ticket.SystemActor("shop"), ticket.NewTicket{…})
//	err = tx.Commit() // or Rollback, and there is no ticket
package ticketkit

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/internal/htmltext"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/internal/jobs/cron"
	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/observe"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
	"github.com/ticketkit/ticketkit/transcript"
)

// Config is what a Desk is made of. Store and Secret are required; every other field has a useful zero value.
type Config struct {
	// Store keeps the desk: sqlite.Open's, or store.New's over the host's own handle. Its tables must have been made by Migrate.
	Store *store.Store
	// Secret is the one secret of the desk, at least 32 bytes; every key derives from it. PreviousSecret still verifies tokens and
	// reply addresses that were made before the secret was changed.
	Secret, PreviousSecret []byte

	// Blobs keeps attachments and original mails, e.g. store.NewFileBlobs; nil: attachments are refused.
	Blobs ticket.Blobs
	// Adapters are the channels. A channel that is an adapters.Sender carries the answers to what it brought in.
	Adapters []adapters.Adapter
	// Mail carries replies to mail addresses for tickets whose own channel cannot send, e.g. those opened by API; nil: such replies
	// fail visibly.
	Mail adapters.Sender
	// Mailboxes are looked after by the API when not nil; an adapter reads them.
	Mailboxes *adapters.Mailboxes
	// Panels are looked after by the API when not nil; an adapter for a chat shows them.
	Panels *adapters.Panels
	// Hooks look at every event in its transaction and may veto it.
	Hooks []ticket.Hook
	// SLA makes a built-in policy: within how much working time the desk promises to answer and to resolve. The zero value promises
	// nothing; policies made through the API hold either way. The zone of its hours is Zone, whatever it says itself.
	SLA sla.Settings
	// Webhooks are what the policies of service levels can call, by name; nil: none.
	Webhooks map[string]Webhook
	// States are states beside the built-in ones.
	States []ticket.State
	// OnClosedReply says what a message to a closed ticket does; "" reopens it.
	OnClosedReply ticket.ClosedReply
	// MaxOpenPerRequester bounds the active tickets of one requester; see ticket.Config. 0 is no bound.
	MaxOpenPerRequester int
	// MaxOpenByChannel replaces it for tickets of some channels; see ticket.Config.
	MaxOpenByChannel map[string]int
	// Upkeep is what the desk does by itself with tickets that lie still; the zero value is nothing.
	Upkeep ticket.Upkeep
	// Notices is what the desk mails by itself, through Mail. Mails nil means: a receipt to whoever opens a ticket from outside, the transcript
	// when it is closed, and to colleagues what is assigned to them and which of their answers came back. An empty map mails none of these.
	// Rules of the desk and of queues, made through the API, come first either way. Addresses that Mail writes from are Own by themselves.
	Notices ticket.Notices

	// Daily is work of the host by the clock of Zone, once a day for all processes on the database, such as a backup.
	Daily []Daily

	Name   string         // of the desk, as people see it; "" is "ticketkit"
	Locale string         // "de" (the zero value) or "en": for pages, mails and transcripts unless a person prefers the other
	Zone   *time.Location // where days begin and end; nil is Europe/Berlin if known, else UTC
	Logo   string         // URL path of a logo on the same host; "" shows the name
	Colour string         // main colour of pages and mails, "#rrggbb"; "" is a blue

	// PlainPages serves pages that need no JavaScript instead of the panel. Sign-in, password and transcripts are such pages either way.
	PlainPages bool
	// BasePath is the prefix below which Handler is mounted, e.g. "/desk"; "" is the root.
	BasePath string
	// Authenticator is the host's own login; nil: accounts and passwords of the desk.
	Authenticator  httpapi.Authenticator
	AllowedHosts   []string // names that the desk answers for; empty is any
	CORSOrigins    []string
	TrustedProxies []netip.Prefix
	RateLimit      httpapi.RateLimit

	// Observer hears of each request, job, delivery and item, e.g. for metrics and traces; nil is nobody.
	Observer observe.Observer
	// Now is the clock; nil is time.Now. An import of history or a demonstration sets it to when things happened.
	Now func() time.Time
	Log *slog.Logger // nil is silent
}

// Desk is a desk, wired. Its methods may be called concurrently; Run once.
type Desk struct {
	cfg      Config
	service  *ticket.Service
	accounts *rbac.Accounts
	clocks   *sla.Hook
	numbers  *report.Hook
	sla      *sla.Service
	slaWork  *sla.Worker
	hub      *adapters.Hub
	runner   *jobs.Runner
	live     *httpapi.Live
	cron     *cron.Cron
	seal     *transcript.Seal
	handler  http.Handler
	log      *slog.Logger
}

// New checks the configuration and wires a desk. It does no I/O and starts nothing.
func New(cfg Config) (*Desk, error) {
	if cfg.Store == nil {
		return nil, ticket.InvalidField("store", "is required")
	}
	ring, err := keys.New(cfg.Secret)
	if err != nil {
		return nil, fmt.Errorf("secret: %w", err)
	}
	if len(cfg.PreviousSecret) > 0 {
		if ring, err = ring.WithPrevious(cfg.PreviousSecret); err != nil {
			return nil, fmt.Errorf("previous secret: %w", err)
		}
	}
	cfg.Name, cfg.Locale = cmp.Or(cfg.Name, "ticketkit"), cmp.Or(cfg.Locale, "de")
	cfg.Colour = cmp.Or(cfg.Colour, "#1d4ed8")
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.Log = slog.New(web.LogHandler(cfg.Log.Handler()))
	if cfg.Zone == nil {
		if cfg.Zone, err = time.LoadLocation("Europe/Berlin"); err != nil {
			cfg.Zone = time.UTC
		}
	}
	d := &Desk{cfg: cfg, log: cfg.Log}
	for _, step := range []func(*keys.Ring) error{d.people, d.tickets, d.levels, d.channels, d.web} {
		if err := step(ring); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func (d *Desk) people(ring *keys.Ring) (err error) {
	jwt := []rbac.Key{{ID: ring.KeyID(keys.LabelJWT), Secret: ring.Key(keys.LabelJWT)}}
	if old, ok := ring.Previous(keys.LabelJWT); ok {
		jwt = append(jwt, rbac.Key{ID: keys.ID(old), Secret: old})
	}
	d.accounts, err = rbac.New(rbac.Config{Store: d.cfg.Store, ChainKey: ring.Key(keys.LabelEventChain), JWTKeys: jwt, Now: d.cfg.Now, Log: d.log})
	return err
}

func (d *Desk) tickets(ring *keys.Ring) (err error) {
	d.clocks = sla.NewHook(d.log)
	d.numbers = report.NewHook(d.workHours)
	c := ticket.Config{
		Store: d.cfg.Store, Policy: d.accounts.Policy(), Directory: d.accounts.Policy(), Blobs: d.cfg.Blobs, Sanitizer: htmltext.Sanitize,
		ChainKey: ring.Key(keys.LabelEventChain), TokenKey: ring.Key(keys.LabelReplyToken), Hooks: d.hooks(), ChangeHooks: []ticket.ChangeHook{d.clocks.Change, d.numbers.Change}, States: d.cfg.States,
		Locale: d.cfg.Locale, OnClosedReply: d.cfg.OnClosedReply, MaxOpenPerRequester: d.cfg.MaxOpenPerRequester, MaxOpenByChannel: d.cfg.MaxOpenByChannel, Upkeep: d.cfg.Upkeep, Notices: d.notices(), Now: d.cfg.Now, Log: d.log,
		Copies: d.keepsSent, Revises: d.revises, Wake: func() { d.runner.Wake() }, Changed: func() { d.live.Wake() },
	}
	c.PreviousTokenKey, _ = ring.Previous(keys.LabelReplyToken)
	c.PreviousChainKey, _ = ring.Previous(keys.LabelEventChain)
	if d.service, err = ticket.NewService(c); err != nil {
		return err
	}
	sequence := func(ctx context.Context) error {
		_, err := d.cfg.Store.Sequence(ctx)
		return err
	}
	d.live, err = httpapi.NewLive(httpapi.LiveConfig{Source: d.service, Sequence: sequence, Log: d.log})
	return err
}

func (d *Desk) channels(*keys.Ring) (err error) {
	d.hub, err = adapters.New(adapters.Config{Service: d.service, State: d.cfg.Store, Blobs: d.cfg.Blobs, Adapters: d.cfg.Adapters, Observer: d.cfg.Observer, Log: d.log})
	if err != nil {
		return err
	}
	delivery, err := adapters.NewDelivery(adapters.DeliveryConfig{Service: d.service, Adapters: d.cfg.Adapters,
		Fallback: map[string]adapters.Sender{ticket.KindEmail: d.cfg.Mail}, Observer: d.cfg.Observer, Log: d.log})
	if err != nil {
		return err
	}
	if d.cron, err = d.clock(); err != nil {
		return err
	}
	handlers := delivery.Handlers()
	dead := delivery.Dead
	if d.cfg.Mail != nil {
		notices, err := adapters.NewNotices(adapters.NoticesConfig{Service: d.service, Mail: d.cfg.Mail, Transcript: d.transcript, Now: d.cfg.Now, Log: d.log})
		if err != nil {
			return err
		}
		maps.Copy(handlers, notices.Handlers())
		copies, err := d.copies(delivery, notices)
		if err != nil {
			return err
		}
		if copies != nil {
			maps.Copy(handlers, copies.Handlers())
		}
		dead = func(ctx context.Context, job jobs.Job, cause error) {
			delivery.Dead(ctx, job, cause)
			notices.Dead(ctx, job, cause)
		}
	}
	maps.Copy(handlers, d.cron.Handlers())
	maps.Copy(handlers, d.slaWork.Handlers())
	for _, c := range d.commanders() {
		c.BindDesk(d.service, d.accounts)
		if s, ok := c.(clockShower); ok {
			s.BindSLA(d.sla)
		}
		maps.Copy(handlers, c.Handlers())
	}
	d.holdable(handlers)
	handlers[keepUpJob] = d.keepUp
	handlers[measureJob] = d.measure
	d.runner, err = jobs.New(jobs.Config{Store: d.cfg.Store, Handlers: handlers, OnDead: dead, Observer: d.cfg.Observer, Now: d.cfg.Now, Log: d.log})
	return err
}

// Tickets is the one way to change tickets.
func (d *Desk) Tickets() *ticket.Service { return d.service }

// In is Tickets inside the host's own transaction, which must belong to the database of Config.Store. What it leaves to be done is seen
// by Run within ten seconds of the host's commit, or at once after Wake. For the isolation that tx needs see store.Store.InTx.
func (d *Desk) In(tx *sql.Tx) *ticket.Service { return d.service.On(d.cfg.Store.InTx(tx)) }

// Wake hints that there may be something to deliver or to show, e.g. after the commit of a transaction that used In. It never blocks.
func (d *Desk) Wake() {
	d.runner.Wake()
	d.live.Wake()
}

// Accounts are the people who work at the desk.
func (d *Desk) Accounts() *rbac.Accounts { return d.accounts }

// Channels looks after the adapters and what could not become a ticket.
func (d *Desk) Channels() *adapters.Hub { return d.hub }

// Handler serves the desk: the API below /api, pages at /, the contact form at /contact when there is a web form. It may be
// mounted below Config.BasePath on any mux, with or without the prefix stripped.
func (d *Desk) Handler() http.Handler { return d.handler }

// intakePatience is how long the worker goes on at the end while an adapter does not stop.
const intakePatience = 2 * time.Second

// Run runs the adapters, the worker that delivers and fires timers, and the live updates of GET /api/events, until ctx ends; then it stops
// intake, lets what runs finish or gives it back, ends the live streams last, which says to clients when to come back, and returns nil: within
// eight seconds, mostly at once. Several processes on one database may run at the same time.
func (d *Desk) Run(ctx context.Context) error {
	if err := d.ApplySLA(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("service level: %w", err)
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	var others sync.WaitGroup
	others.Go(func() { d.cron.Run(ctx) })
	others.Go(func() { d.rotate(ctx) })
	others.Go(func() { d.renewUpkeep(ctx) })
	others.Go(func() { d.renewNumbers(ctx) })
	done, streams := make(chan error, 1), make(chan error, 1)
	watch, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	go func() { streams <- d.live.Run(watch) }()
	go func() { done <- d.runner.Run(work) }()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(intakePatience, stop) })()
	err := d.hub.Run(ctx) // returns when intake has stopped
	stop()
	err = errors.Join(err, <-done)
	end()
	err = errors.Join(err, <-streams)
	others.Wait()
	return err
}
