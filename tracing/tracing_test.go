package tracing_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/ticketkit/ticketkit/observe"
	"github.com/ticketkit/ticketkit/tracing"
)

func TestSpans(t *testing.T) {
	t.Parallel()
	kept := tracetest.NewInMemoryExporter()
	tr, err := tracing.New(t.Context(), tracing.Config{Exporter: kept, Version: "v1"})
	require.NoError(t, err)
	var out bytes.Buffer
	log := slog.New(tracing.LogHandler(slog.NewTextHandler(&out, nil)))

	o := tr.Observer("shop")
	ctx, job := o.Begin(t.Context(), observe.Work{Kind: observe.Job, Name: "deliver", ID: "job-1", Attempt: 2})
	log.InfoContext(ctx, "inside")
	log.Info("outside")
	_, delivery := o.Begin(ctx, observe.Work{Kind: observe.Delivery, Name: "email", ID: "message-1"})
	delivery(observe.Result{Outcome: observe.Dead, Ticket: "ticket-1"})
	job(observe.Result{Outcome: observe.Dead})
	_, request := o.Begin(t.Context(), observe.Work{Kind: observe.Request, Method: "GET", ID: "request-1"})
	request(observe.Result{Name: "/tickets/{id}", Status: 200, Outcome: observe.OK})

	spans := kept.GetSpans()
	require.Len(t, spans, 3)
	d, j, r := spans[0], spans[1], spans[2]
	require.Equal(t, []string{"delivery email", "job deliver", "GET /tickets/{id}"}, []string{d.Name, j.Name, r.Name})
	require.Equal(t, j.SpanContext.SpanID(), d.Parent.SpanID())
	require.NotEqual(t, j.SpanContext.TraceID(), r.SpanContext.TraceID())
	attrs := map[string]string{}
	for _, s := range spans {
		for _, a := range s.Attributes {
			attrs[s.Name+" "+string(a.Key)] = a.Value.Emit()
		}
	}
	require.Equal(t, map[string]string{
		"delivery email ticketkit.desk": "shop", "delivery email ticketkit.channel": "email", "delivery email ticketkit.message.id": "message-1", "delivery email ticketkit.ticket.id": "ticket-1",
		"delivery email ticketkit.outcome": "dead", "job deliver ticketkit.desk": "shop", "job deliver ticketkit.job.kind": "deliver", "job deliver ticketkit.job.id": "job-1",
		"job deliver ticketkit.job.attempt": "2", "job deliver ticketkit.outcome": "dead", "GET /tickets/{id} ticketkit.desk": "shop", "GET /tickets/{id} http.request.method": "GET",
		"GET /tickets/{id} ticketkit.request.id": "request-1", "GET /tickets/{id} http.route": "/tickets/{id}", "GET /tickets/{id} http.response.status_code": "200", "GET /tickets/{id} ticketkit.outcome": "ok",
	}, attrs)
	require.Contains(t, out.String(), "msg=inside trace_id="+j.SpanContext.TraceID().String())
	require.Contains(t, out.String(), "msg=outside\n")
}

// A collector gets the spans over OTLP, and one that is away is told of and hurts nobody.
func TestOverHTTP(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		var in collector.ExportTraceServiceRequest
		if r.URL.Path != "/v1/traces" || proto.Unmarshal(b, &in) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		for _, rs := range in.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				for _, s := range ss.Spans {
					got = append(got, rs.Resource.Attributes[0].Value.GetStringValue()+": "+s.Name)
				}
			}
		}
	}))
	defer srv.Close()
	tr, err := tracing.New(t.Context(), tracing.Config{Endpoint: srv.URL, Service: "desk"})
	require.NoError(t, err)
	_, end := tr.Observer("").Begin(t.Context(), observe.Work{Kind: observe.Intake, Name: "smtpd"})
	end(observe.Result{Outcome: observe.OK})
	require.NoError(t, tr.Shutdown(t.Context()))
	require.Equal(t, []string{"desk: intake smtpd"}, got)

	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer refuses.Close()
	var failures []error
	tr, err = tracing.New(t.Context(), tracing.Config{Endpoint: refuses.URL, OnError: func(err error) { failures = append(failures, err) }})
	require.NoError(t, err)
	_, end = tr.Observer("").Begin(t.Context(), observe.Work{Kind: observe.Intake, Name: "smtpd"})
	end(observe.Result{Outcome: observe.OK})
	require.NoError(t, tr.Shutdown(t.Context()))
	require.Len(t, failures, 1)
}

func TestEndpointIsChecked(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "127.0.0.1:4318", "ftp://127.0.0.1", "http://", "http://user:secret@127.0.0.1", "http://x.example/?a=b"} {
		_, err := tracing.New(t.Context(), tracing.Config{Endpoint: bad})
		require.Error(t, err, bad)
	}
}
