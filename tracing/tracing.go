// Package tracing sends what the desk does to an OpenTelemetry collector: one span for each request, job, delivery and item that comes in. Spans
// carry ids, kinds and numbers, as package observe has them; nothing of a ticket's text, no address and no secret. What happens within a piece
// of work is its child: a delivery within its job.
//
//	t, err := tracing.New(ctx, tracing.Config{Endpoint: "http://127.0.0.1:4318", Service: "ticketkit"})
//	desk, err := ticketkit.New(ticketkit.Config{Observer: t.Observer(""), Log: slog.New(tracing.LogHandler(handler)), …})
//	defer t.Shutdown(ctx)
package tracing

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ticketkit/ticketkit/observe"
)

// Config is what a Tracing is made of. Endpoint or Exporter is required.
type Config struct {
	// Endpoint is the base address of a collector that takes OTLP over HTTP, such as http://127.0.0.1:4318; spans go to /v1/traces below it.
	Endpoint string
	// Exporter is used instead of Endpoint when not nil, and spans then reach it as soon as they end, e.g. one in memory for tests.
	Exporter sdk.SpanExporter
	Service  string // "" is "ticketkit"
	Version  string
	// OnError hears that spans could not be sent; nil is nobody. Spans that cannot be sent are dropped.
	OnError func(error)
}

// Tracing makes spans. Make it with New; its methods may be called concurrently.
type Tracing struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// CheckEndpoint says what is wrong with an Endpoint.
func CheckEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("is not the address of a collector such as http://127.0.0.1:4318")
	}
	return nil
}

// New makes a Tracing. It connects to nothing: a collector that does not answer costs its spans and nothing else. It reads no variables of the
// environment but those of OpenTelemetry's own exporter, for headers and certificates.
func New(ctx context.Context, cfg Config) (*Tracing, error) {
	exporter := cfg.Exporter
	if exporter == nil {
		if err := CheckEndpoint(cfg.Endpoint); err != nil {
			return nil, fmt.Errorf("tracing: endpoint: %w", err)
		}
		var err error
		exporter, err = otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(strings.TrimSuffix(cfg.Endpoint, "/")+"/v1/traces"), otlptracehttp.WithTimeout(5*time.Second))
		if err != nil {
			return nil, fmt.Errorf("tracing: %w", err)
		}
	}
	exporter = told{exporter, cfg.OnError}
	how := sdk.WithBatcher(exporter, sdk.WithExportTimeout(5*time.Second))
	if cfg.Exporter != nil {
		how = sdk.WithSyncer(exporter)
	}
	name := []attribute.KeyValue{attribute.String("service.name", cmp.Or(cfg.Service, "ticketkit"))}
	if cfg.Version != "" {
		name = append(name, attribute.String("service.version", cfg.Version))
	}
	p := sdk.NewTracerProvider(how, sdk.WithResource(resource.NewSchemaless(name...)))
	return &Tracing{p, p.Tracer("github.com/ticketkit/ticketkit")}, nil
}

// Shutdown sends what waits, until ctx ends. No span is made any more.
func (t *Tracing) Shutdown(ctx context.Context) error { return t.provider.Shutdown(ctx) }

// told is an exporter whose failures are told here, and not to the package's global handler.
type told struct {
	sdk.SpanExporter
	on func(error)
}

func (e told) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	err := e.SpanExporter.ExportSpans(ctx, spans)
	if err == nil || e.on == nil {
		return err
	}
	e.on(err)
	return nil
}

// Observer is what ticketkit.Config.Observer of a desk is to be, alone or joined with others. desk names it in the spans; "" does not.
func (t *Tracing) Observer(desk string) observe.Observer { return observer{t.tracer, desk} }

type observer struct {
	tracer trace.Tracer
	desk   string
}

// Begin implements observe.Observer.
func (o observer) Begin(ctx context.Context, w observe.Work) (context.Context, func(observe.Result)) {
	kind := map[observe.Kind]trace.SpanKind{observe.Request: trace.SpanKindServer, observe.Job: trace.SpanKindConsumer, observe.Delivery: trace.SpanKindClient,
		observe.Intake: trace.SpanKindServer}[w.Kind]
	attrs := make([]attribute.KeyValue, 0, 6)
	add := func(key, value string) {
		if value != "" {
			attrs = append(attrs, attribute.String(key, value))
		}
	}
	add("ticketkit.desk", o.desk)
	name := string(w.Kind)
	switch w.Kind {
	case observe.Request:
		add("http.request.method", w.Method)
		add("ticketkit.request.id", w.ID)
	case observe.Job:
		name += " " + w.Name
		add("ticketkit.job.kind", w.Name)
		add("ticketkit.job.id", w.ID)
		attrs = append(attrs, attribute.Int("ticketkit.job.attempt", w.Attempt))
	case observe.Delivery:
		name += " " + w.Name
		add("ticketkit.channel", w.Name)
		add("ticketkit.message.id", w.ID)
	case observe.Intake:
		name += " " + w.Name
		add("ticketkit.channel", w.Name)
	}
	ctx, span := o.tracer.Start(ctx, name, trace.WithSpanKind(kind), trace.WithAttributes(attrs...))
	return ctx, func(r observe.Result) {
		if w.Kind == observe.Request {
			if r.Name != "" {
				span.SetName(w.Method + " " + r.Name)
				span.SetAttributes(attribute.String("http.route", r.Name))
			}
			span.SetAttributes(attribute.Int("http.response.status_code", r.Status))
		}
		span.SetAttributes(attribute.String("ticketkit.outcome", r.Outcome))
		if r.Ticket != "" {
			span.SetAttributes(attribute.String("ticketkit.ticket.id", r.Ticket))
		}
		if r.Outcome == observe.Failed || r.Outcome == observe.Dead {
			span.SetStatus(codes.Error, r.Outcome)
		}
		span.End()
	}
}

// LogHandler gives each line that is written within a span its trace_id.
func LogHandler(h slog.Handler) slog.Handler { return logHandler{h} }

type logHandler struct{ slog.Handler }

func (l logHandler) Handle(ctx context.Context, r slog.Record) error {
	if s := trace.SpanContextFromContext(ctx); s.IsValid() {
		r = r.Clone()
		r.AddAttrs(slog.String("trace_id", s.TraceID().String()))
	}
	return l.Handler.Handle(ctx, r)
}

func (l logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{l.Handler.WithAttrs(attrs)}
}

func (l logHandler) WithGroup(name string) slog.Handler { return logHandler{l.Handler.WithGroup(name)} }
