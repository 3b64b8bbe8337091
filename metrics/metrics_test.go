package metrics_test

import (
	"context"
	"errors"
	"maps"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/metrics"
	"github.com/ticketkit/ticketkit/observe"
)

// fake is a desk that says what it is told to.
type fake struct {
	counts observe.Counts
	state  observe.State
	backup time.Time
	err    error
	asked  int
	slow   time.Duration
}

func (f *fake) Counts(context.Context) (observe.Counts, error) {
	f.asked++
	time.Sleep(f.slow) // of a synctest's clock
	return f.counts, f.err
}
func (f *fake) State() observe.State           { return f.state }
func (f *fake) LastBackup() (time.Time, error) { return f.backup, nil }

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func whole() *fake {
	return &fake{
		counts: observe.Counts{Tickets: map[string]int64{"open": 3, "closed": 40}, DueSince: now.Add(-90 * time.Second), Dead: map[string]int64{"deliver": 2}, Late: 1, LateSince: now.Add(-time.Hour)},
		state: observe.State{
			Channels: []observe.Channel{{Name: "imap", Running: true, Restarts: 1, Received: 7, Parked: 2}},
			Sources: []observe.Source{{Channel: "imap", Name: "support@desk.example", Mailbox: true, State: "ready", Lag: 4 * time.Second, LastContact: now.Add(-time.Second)},
				{Channel: "imap", Name: "support@desk.example", Mailbox: true, State: "stopped"}, {Channel: "discord", Name: "Shop", State: "waiting"}},
			Pools: []observe.Pool{{Name: "all", Max: 8, Open: 5, InUse: 2, Waits: 11, Waited: 1500 * time.Millisecond}},
			Live:  observe.Live{Clients: 6, Dropped: 1},
		},
		backup: now.Add(-26 * time.Hour),
	}
}

func scrape(t *testing.T, m *metrics.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	require.Equal(t, 200, w.Code, w.Body.String())
	return w.Body.String()
}

func TestEverythingIsShown(t *testing.T) {
	t.Parallel()
	m := metrics.New(metrics.Config{Now: func() time.Time { return now }, Version: "v1.2.3"})
	m.Watch("", whole())
	got := scrape(t, m)
	for _, line := range []string{
		`ticketkit_up{desk=""} 1`, `ticketkit_tickets{desk="",state="open"} 3`, `ticketkit_tickets{desk="",state="new"} 0`, `ticketkit_tickets{desk="",state="closed"} 40`,
		`ticketkit_oldest_due_job_age_seconds{desk=""} 90`, `ticketkit_dead_jobs{desk="",kind="deliver"} 2`, `ticketkit_sla_overdue_tickets{desk=""} 1`, `ticketkit_sla_lateness_seconds{desk=""} 3600`,
		`ticketkit_mailbox_lag_seconds{desk="",mailbox="support@desk.example"} 4`, `ticketkit_mailbox_state{desk="",mailbox="support@desk.example",state="ready"} 1`,
		`ticketkit_mailbox_contact_age_seconds{desk="",mailbox="support@desk.example"} 1`,
		`ticketkit_gateway_state{channel="discord",desk="",state="waiting"} 1`, `ticketkit_gateway_state{channel="discord",desk="",state="ready"} 0`,
		`ticketkit_live_clients{desk=""} 6`, `ticketkit_live_dropped_clients_total{desk=""} 1`, `ticketkit_db_pool_wait_seconds_total{desk="",pool="all"} 1.5`,
		`ticketkit_db_pool_waits_total{desk="",pool="all"} 11`, `ticketkit_db_pool_connections{desk="",pool="all",state="idle"} 3`, `ticketkit_backup_age_seconds{desk=""} 93600`, `ticketkit_backup_exists{desk=""} 1`,
		`ticketkit_channel_running{channel="imap",desk=""} 1`, `ticketkit_channel_restarts_total{channel="imap",desk=""} 1`, `ticketkit_channel_received_items_total{channel="imap",desk=""} 7`, `ticketkit_channel_parked_items_total{channel="imap",desk=""} 2`,
		`ticketkit_build_info{version="v1.2.3"} 1`,
	} {
		require.Contains(t, got, line+"\n")
	}
}

// Names, units and help texts are as Prometheus recommends.
func TestLint(t *testing.T) {
	t.Parallel()
	m := metrics.New(metrics.Config{Process: true, Version: "v1", Now: func() time.Time { return now }})
	m.Watch("", whole())
	for _, w := range []observe.Work{{Kind: observe.Request, Method: "GET"}, {Kind: observe.Job, Name: "timer"}, {Kind: observe.Delivery, Name: "imap"}, {Kind: observe.Intake, Name: "imap"}} {
		_, end := m.Observer("").Begin(t.Context(), w)
		end(observe.Result{Status: 200, Outcome: observe.OK})
	}
	problems, err := promlint.New(strings.NewReader(scrape(t, m))).Lint()
	require.NoError(t, err)
	require.Empty(t, problems)
	problems, err = testutil.GatherAndLint(m.Gatherer())
	require.NoError(t, err)
	require.Empty(t, problems)
}

func TestDesksHaveTheirOwnNumbers(t *testing.T) {
	t.Parallel()
	m := metrics.New(metrics.Config{})
	m.Watch("shop", &fake{counts: observe.Counts{Tickets: map[string]int64{"new": 1}}})
	m.Watch("law", &fake{err: errors.New("no connection")})
	_, end := m.Observer("shop").Begin(t.Context(), observe.Work{Kind: observe.Intake, Name: "webform"})
	end(observe.Result{Outcome: observe.OK})
	got := scrape(t, m)
	for _, line := range []string{`ticketkit_tickets{desk="shop",state="new"} 1`, `ticketkit_up{desk="law"} 0`, `ticketkit_live_clients{desk="law"} 0`, `ticketkit_backup_exists{desk="law"} 0`,
		`ticketkit_intake_duration_seconds_count{channel="webform",desk="shop",outcome="ok"} 1`} {
		require.Contains(t, got, line+"\n")
	}
	require.NotContains(t, got, `ticketkit_tickets{desk="law"`)
	require.NotContains(t, got, `ticketkit_backup_age_seconds`)
	m.Forget("shop")
	require.NotContains(t, scrape(t, m), `desk="shop"`)
}

// Labels come from small sets, whatever a client sends.
func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	m := metrics.New(metrics.Config{})
	for _, r := range []struct {
		method, route string
		status        int
	}{{"GET", "/tickets/{id}", 204}, {"BREW", "", 405}, {"HACK", "", 404}, {"GET", "", 0}, {"GET", "", 999}} {
		_, end := m.Observer("").Begin(t.Context(), observe.Work{Kind: observe.Request, Method: r.method, ID: "request-1"})
		end(observe.Result{Name: r.route, Status: r.status})
	}
	_, end := m.Observer("").Begin(t.Context(), observe.Work{Kind: observe.Request, Method: "GET"})
	require.Contains(t, scrape(t, m), `ticketkit_work_in_progress{desk="",kind="request"} 1`)
	end(observe.Result{Name: "/events", Status: 200, Stream: true})
	got := scrape(t, m)
	require.Contains(t, got, `ticketkit_work_in_progress{desk="",kind="request"} 0`)
	counts := regexp.MustCompile(`(?m)^ticketkit_http_request_duration_seconds_count\{(.*)\} (\d+)$`).FindAllStringSubmatch(got, -1)
	seen := map[string]string{}
	for _, c := range counts {
		seen[c[1]] = c[2]
	}
	require.Equal(t, map[string]string{
		`desk="",method="GET",route="/tickets/{id}",status="2xx"`: "1", `desk="",method="other",route="other",status="4xx"`: "2", `desk="",method="GET",route="other",status="none"`: "2",
	}, seen, "a live stream is left out: %v", slices.Collect(maps.Keys(seen)))
	require.NotContains(t, got, "request-1")
}

// However often somebody scrapes, a database is asked rarely, and the rarer the longer it takes.
func TestScrapesAreCheap(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		quick, slow := &fake{}, &fake{slow: 2 * time.Second}
		m := metrics.New(metrics.Config{})
		m.Watch("quick", quick)
		m.Watch("slow", slow)
		for range 60 {
			scrape(t, m)
			time.Sleep(time.Second)
		}
		require.InDelta(t, 6, quick.asked, 1)
		require.Equal(t, 1, slow.asked)
		time.Sleep(100 * time.Second)
		scrape(t, m)
		require.Equal(t, 2, slow.asked)
	})
}
