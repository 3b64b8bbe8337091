package metrics

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ticketkit/ticketkit/observe"
)

// work is what observers have seen.
type work struct {
	requests, jobs, deliveries, items *prometheus.HistogramVec
	busy                              *prometheus.GaugeVec
}

// The buckets end where the bounds of a request and of a job lie.
var (
	requestBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}
	jobBuckets     = []float64{.005, .025, .1, .25, 1, 2.5, 10, 30, 120}
)

func newWork() work {
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "ticketkit_" + name, Help: help, Buckets: buckets}, append([]string{"desk"}, labels...))
	}
	return work{
		requests: histogram("http_request_duration_seconds", "Time from a request to the end of its answer, by the pattern of its path; live streams are left out.",
			requestBuckets, "route", "method", "status"),
		jobs:       histogram("job_duration_seconds", "Time of one run of a job.", jobBuckets, "kind", "outcome"),
		deliveries: histogram("delivery_duration_seconds", "Time of one attempt to hand a message to its channel.", jobBuckets, "channel", "outcome"),
		items:      histogram("intake_duration_seconds", "Time to take in one item that a channel brought.", jobBuckets, "channel", "outcome"),
		busy:       prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "ticketkit_work_in_progress", Help: "Requests, jobs, deliveries and items that are worked on now."}, []string{"desk", "kind"}),
	}
}

func (w *work) collectors() []prometheus.Collector {
	return []prometheus.Collector{w.requests, w.jobs, w.deliveries, w.items, w.busy}
}

func (w *work) forget(desk string) {
	of := prometheus.Labels{"desk": desk}
	for _, v := range []*prometheus.HistogramVec{w.requests, w.jobs, w.deliveries, w.items} {
		v.DeletePartialMatch(of)
	}
	w.busy.DeletePartialMatch(of)
}

type observer struct {
	m    *Metrics
	desk string
}

// Begin implements observe.Observer.
func (o observer) Begin(ctx context.Context, w observe.Work) (context.Context, func(observe.Result)) {
	began := time.Now()
	busy := o.m.work.busy.WithLabelValues(o.desk, string(w.Kind))
	busy.Inc()
	return ctx, func(r observe.Result) {
		busy.Dec()
		took := time.Since(began).Seconds()
		switch w.Kind {
		case observe.Request:
			if !r.Stream {
				o.m.work.requests.WithLabelValues(o.desk, cmp.Or(r.Name, "other"), method(w.Method), class(r.Status)).Observe(took)
			}
		case observe.Job:
			o.m.work.jobs.WithLabelValues(o.desk, w.Name, r.Outcome).Observe(took)
		case observe.Delivery:
			o.m.work.deliveries.WithLabelValues(o.desk, w.Name, r.Outcome).Observe(took)
		case observe.Intake:
			o.m.work.items.WithLabelValues(o.desk, w.Name, r.Outcome).Observe(took)
		}
	}
}

// method keeps whoever invents methods from making labels.
func method(m string) string {
	if slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}, m) {
		return m
	}
	return "other"
}

// class is the hundred of a status; "none" for a request that was never answered.
func class(status int) string {
	if status < 100 || status > 599 {
		return "none"
	}
	return strconv.Itoa(status/100) + "xx"
}
