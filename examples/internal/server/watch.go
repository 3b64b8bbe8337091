package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/metrics"
	"github.com/ticketkit/ticketkit/observe"
	"github.com/ticketkit/ticketkit/store/backup"
	"github.com/ticketkit/ticketkit/tracing"
)

// watch is what looks over the desks of a process: metrics at METRICS_ADDR, traces to OTEL_EXPORTER_OTLP_ENDPOINT, each only when it is set. A nil
// watch looks at nothing.
type watch struct {
	metrics *metrics.Metrics
	tracing *tracing.Tracing
	listen  net.Listener
	log     *slog.Logger
}

// watching reads the configuration of the process and opens the listener for metrics, so that a port that is taken stops the start.
func (p *program) watching(c *Config, log *slog.Logger) (*watch, error) {
	w := &watch{log: log}
	version := buildVersion().version
	if c.OTLPEndpoint != "" {
		var err error
		w.tracing, err = tracing.New(p.ctx, tracing.Config{Endpoint: c.OTLPEndpoint, Service: "ticketkit", Version: version,
			OnError: func(err error) { log.Warn("traces cannot be sent", "error", err) }})
		if err != nil {
			return nil, p.env.bad("OTEL_EXPORTER_OTLP_ENDPOINT", "%v", err)
		}
	}
	if c.MetricsAddr != "" {
		var err error
		if w.listen, err = p.listen(p.ctx, "METRICS_ADDR", c.MetricsAddr); err != nil {
			return nil, err
		}
		w.metrics = metrics.New(metrics.Config{Process: true, Version: version, Log: log})
		log.Info("metrics", "at", "http://"+w.listen.Addr().String()+"/metrics")
	}
	return w, nil
}

// observer is who hears of what a desk does. An only desk has the name "".
func (w *watch) observer(desk string) observe.Observer {
	if w == nil {
		return nil
	}
	var list []observe.Observer
	if w.tracing != nil {
		list = append(list, w.tracing.Observer(desk))
	}
	if w.metrics != nil {
		list = append(list, w.metrics.Observer(desk))
	}
	return observe.Join(list...)
}

// watchedDesk is a desk and its backups, which belong to the program.
type watchedDesk struct {
	*ticketkit.Desk
	backups *backup.Backups
}

// LastBackup implements metrics.BackupSource.
func (d watchedDesk) LastBackup() (time.Time, error) {
	list, err := d.backups.List()
	if err != nil || len(list) == 0 {
		return time.Time{}, err
	}
	return list[0].At, nil
}

// show begins to show a desk. Without backups nothing is said of them.
func (w *watch) show(name string, desk *ticketkit.Desk, backups *backup.Backups) {
	switch {
	case w == nil || w.metrics == nil:
	case backups == nil:
		w.metrics.Watch(name, desk)
	default:
		w.metrics.Watch(name, watchedDesk{desk, backups})
	}
}

// hide ends that, when a desk is closed.
func (w *watch) hide(name string) {
	if w != nil && w.metrics != nil {
		w.metrics.Forget(name)
	}
}

// serve answers scrapes until ctx ends.
func (w *watch) serve(ctx context.Context) error {
	if w == nil || w.listen == nil {
		return nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", w.metrics.Handler())
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(w.log.Handler(), slog.LevelDebug)}
	stop := context.AfterFunc(ctx, func() { _ = srv.Close() })
	defer stop()
	if err := srv.Serve(w.listen); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// addr is where metrics are; "" is nowhere.
func (w *watch) addr() string {
	if w == nil || w.listen == nil {
		return ""
	}
	return w.listen.Addr().String()
}

// close sends the spans that wait, within two seconds.
func (w *watch) close() {
	if w == nil {
		return
	}
	if w.listen != nil {
		_ = w.listen.Close()
	}
	if w.tracing == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	if err := w.tracing.Shutdown(ctx); err != nil {
		w.log.Warn("some traces were not sent", "error", err)
	}
}
