// Package metrics shows desks to Prometheus. A program makes one Metrics, gives its Observer to each desk, and lets it watch the desks:
//
//	m := metrics.New(metrics.Config{})
//	desk, err := ticketkit.New(ticketkit.Config{Observer: m.Observer(""), …})
//	m.Watch("", desk)
//	mux.Handle("GET /metrics", m.Handler())
//
// Every metric has the label desk, which is empty when a program has one desk only. Labels come from small sets that the program knows: patterns of
// routes, kinds of jobs, names of channels and of the desk's own mailboxes; nothing that somebody outside can choose is one.
package metrics

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ticketkit/ticketkit/observe"
)

// Source is what is watched; *ticketkit.Desk is one. Its methods are called concurrently.
type Source interface {
	// Counts asks the database. An error means that nothing is known now: the metrics are left out, and ticketkit_up is 0.
	Counts(ctx context.Context) (observe.Counts, error)
	// State does no I/O.
	State() observe.State
}

// BackupSource is optional for a Source: it knows when the newest good backup was made; the zero time means that there is none.
type BackupSource interface {
	LastBackup() (time.Time, error)
}

// Config is what a Metrics is made of; its zero value is useful.
type Config struct {
	// Fresh is for how long what a database counted is shown again without asking, at least: 0 means 10 seconds. What took long is shown for
	// fifty times as long as it took, so that scrapes, however many, cost a database at most a fiftieth of its time.
	Fresh time.Duration
	// Patience bounds one question to a database; 0 means 5 seconds. One that takes longer counts as failed.
	Patience time.Duration
	// Process adds the metrics of the Go runtime and of the process.
	Process bool
	// Version is shown by ticketkit_build_info; "" leaves that out.
	Version string
	Now     func() time.Time // nil is time.Now
	Log     *slog.Logger     // nil is silent
}

// rest is for how many times as long as it took a count is good.
const rest = 50

// Metrics collects. Make it with New; its methods may be called concurrently.
type Metrics struct {
	cfg      Config
	registry *prometheus.Registry
	work     work

	mu    sync.Mutex
	desks map[string]*watched
}

// New makes a Metrics with a registry of its own.
func New(cfg Config) *Metrics {
	cfg.Fresh, cfg.Patience = cmp.Or(cfg.Fresh, 10*time.Second), cmp.Or(cfg.Patience, 5*time.Second)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	m := &Metrics{cfg: cfg, registry: prometheus.NewRegistry(), desks: map[string]*watched{}, work: newWork()}
	m.registry.MustRegister(standing{m})
	m.registry.MustRegister(m.work.collectors()...)
	if cfg.Process {
		m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	if cfg.Version != "" {
		info := prometheus.NewGauge(prometheus.GaugeOpts{Name: "ticketkit_build_info", Help: "Always 1; the label says which version runs.",
			ConstLabels: prometheus.Labels{"version": cfg.Version}})
		info.Set(1)
		m.registry.MustRegister(info)
	}
	return m
}

// Watch shows a desk from now on, under a name that is "" for an only one. A name that is watched already is replaced.
func (m *Metrics) Watch(desk string, s Source) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.desks[desk] = &watched{source: s}
}

// Forget shows a desk no more. Its counters are gone with it.
func (m *Metrics) Forget(desk string) {
	m.mu.Lock()
	delete(m.desks, desk)
	m.mu.Unlock()
	m.work.forget(desk)
}

// Observer is what ticketkit.Config.Observer of a desk is to be.
func (m *Metrics) Observer(desk string) observe.Observer { return observer{m, desk} }

// Gatherer is for a host that serves these metrics beside its own; see prometheus.Gatherers.
func (m *Metrics) Gatherer() prometheus.Gatherer { return m.registry }

// Handler answers with the metrics in whatever format the scraper asks for, text by default. At most four answers are made at a time.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{MaxRequestsInFlight: 4, ErrorHandling: promhttp.ContinueOnError,
		ErrorLog: slog.NewLogLogger(m.cfg.Log.Handler(), slog.LevelError)})
}

// watched is a desk, with what its database counted last.
type watched struct {
	source Source

	mu     sync.Mutex
	counts observe.Counts
	err    error
	took   time.Duration
	at     time.Time // zero before the first count
}

// count gives what the database knows, as fresh as Config allows. Of several scrapes at once one asks and the others wait for it.
func (w *watched) count(cfg *Config) (observe.Counts, time.Duration, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := cfg.Now(); w.at.IsZero() || now.Sub(w.at) >= max(cfg.Fresh, rest*w.took) || now.Before(w.at) {
		ctx, cancel := context.WithTimeout(context.Background(), cfg.Patience)
		defer cancel()
		w.counts, w.err = w.source.Counts(ctx)
		w.at = cfg.Now()
		w.took = max(w.at.Sub(now), 0)
		if w.err != nil {
			cfg.Log.Warn("metrics: the database cannot be asked", "error", w.err)
		}
	}
	return w.counts, w.took, w.err
}
