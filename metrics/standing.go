package metrics

import (
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ticketkit/ticketkit/observe"
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("ticketkit_"+name, help, append([]string{"desk"}, labels...), nil)
}

// What is read from a desk when it is scraped.
var (
	up        = desc("up", "Whether the desk's database could be asked at the last scrape that asked it.")
	countTook = desc("counting_seconds", "How long the database took to count what is shown here.")
	tickets   = desc("tickets", "Tickets by the category of their state.", "state")
	jobAge    = desc("oldest_due_job_age_seconds", "Age of the oldest job that should have run by now; 0 when none waits.")
	deadJobs  = desc("dead_jobs", "Jobs that were given up and wait for somebody to look at them, by kind.", "kind")
	slaLate   = desc("sla_overdue_tickets", "Tickets with a clock of a service level that was missed and still runs.")
	slaBy     = desc("sla_lateness_seconds", "How long ago the clock was missed that is overdue longest; 0 when none is.")
	backupAge = desc("backup_age_seconds", "Age of the newest good backup; absent when there is none.")
	backupAny = desc("backup_exists", "Whether there is a good backup.")

	channelUp = desc("channel_running", "Whether the adapter of a channel runs.", "channel")
	restarts  = desc("channel_restarts_total", "How often an adapter failed and was started again.", "channel")
	received  = desc("channel_received_items_total", "Items that a channel brought in, without repeats.", "channel")
	parked    = desc("channel_parked_items_total", "Items of a channel that could not become a ticket and were parked.", "channel")

	mailLag     = desc("mailbox_lag_seconds", "Age of the oldest mail that is known to be in a mailbox and not in the desk; 0 when all are in.", "mailbox")
	mailState   = desc("mailbox_state", "1 for the state that a mailbox is in, 0 for the others.", "mailbox", "state")
	mailContact = desc("mailbox_contact_age_seconds", "Time since a mailbox last answered; absent before it ever did.", "mailbox")
	gateway     = desc("gateway_state", "1 for the state that the connection to a chat is in, 0 for the others.", "channel", "state")

	clients = desc("live_clients", "Browsers that follow live updates.")
	drops   = desc("live_dropped_clients_total", "Live streams that were ended because their clients read too slowly.")

	poolMax  = desc("db_pool_max_connections", "Connections that a pool may have; 0 is no bound.", "pool")
	poolOpen = desc("db_pool_connections", "Connections of a pool.", "pool", "state")
	poolN    = desc("db_pool_waits_total", "How often somebody waited for a connection of a pool.", "pool")
	poolWait = desc("db_pool_wait_seconds_total", "Time that was waited for connections of a pool.", "pool")
)

var descs = []*prometheus.Desc{up, countTook, tickets, jobAge, deadJobs, slaLate, slaBy, backupAge, backupAny, channelUp, restarts, received, parked,
	mailLag, mailState, mailContact, gateway, clients, drops, poolMax, poolOpen, poolN, poolWait}

// categories of states, so that one without tickets is shown as 0.
var categories = []string{"new", "open", "pending", "snoozed", "resolved", "closed", "merged", "spam"}

// sourceStates are the states of mailboxes and gateways.
var sourceStates = []string{"connecting", "ready", "busy", "standby", "waiting", "stopped"}

// standing collects how the watched desks stand.
type standing struct{ m *Metrics }

func (s standing) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range descs {
		ch <- d
	}
}

func (s standing) Collect(ch chan<- prometheus.Metric) {
	s.m.mu.Lock()
	desks := maps.Clone(s.m.desks)
	s.m.mu.Unlock()
	for _, name := range slices.Sorted(maps.Keys(desks)) {
		w := desks[name]
		p := page{ch: ch, desk: name, now: s.m.cfg.Now()}
		counts, took, err := w.count(&s.m.cfg)
		p.gauge(up, yes(err == nil))
		if err == nil {
			p.gauge(countTook, took.Seconds())
			p.counts(&counts)
		}
		p.state(w.source.State())
		if b, ok := w.source.(BackupSource); ok {
			p.backup(b)
		}
	}
}

// page is one desk of a scrape.
type page struct {
	ch   chan<- prometheus.Metric
	desk string
	now  time.Time
}

func (p *page) gauge(d *prometheus.Desc, v float64, labels ...string) {
	p.ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, append([]string{p.desk}, labels...)...)
}

func (p *page) counter(d *prometheus.Desc, v float64, labels ...string) {
	p.ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, append([]string{p.desk}, labels...)...)
}

// since is the age of something in seconds; 0 for nothing.
func (p *page) since(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return max(p.now.Sub(t).Seconds(), 0)
}

func (p *page) counts(c *observe.Counts) {
	for _, name := range categories {
		p.gauge(tickets, float64(c.Tickets[name]), name)
	}
	p.gauge(jobAge, p.since(c.DueSince))
	for _, kind := range slices.Sorted(maps.Keys(c.Dead)) {
		p.gauge(deadJobs, float64(c.Dead[kind]), kind)
	}
	if len(c.Dead) == 0 {
		p.gauge(deadJobs, 0, "")
	}
	p.gauge(slaLate, float64(c.Late))
	p.gauge(slaBy, p.since(c.LateSince))
}

func (p *page) state(s observe.State) {
	for _, c := range s.Channels {
		p.gauge(channelUp, yes(c.Running), c.Name)
		p.counter(restarts, float64(c.Restarts), c.Name)
		p.counter(received, float64(c.Received), c.Name)
		p.counter(parked, float64(c.Parked), c.Name)
	}
	seen := map[string]bool{} // two mailboxes may have one address, and a metric must not come twice
	for _, src := range s.Sources {
		name, state := src.Name, mailState
		if !src.Mailbox {
			name, state = src.Channel, gateway
		}
		if seen[src.Channel+"\x00"+name] {
			continue
		}
		seen[src.Channel+"\x00"+name] = true
		for _, st := range sourceStates {
			p.gauge(state, yes(src.State == st), name, st)
		}
		if !src.Mailbox {
			continue
		}
		p.gauge(mailLag, src.Lag.Seconds(), name)
		if !src.LastContact.IsZero() {
			p.gauge(mailContact, p.since(src.LastContact), name)
		}
	}
	p.gauge(clients, float64(s.Live.Clients))
	p.counter(drops, float64(s.Live.Dropped))
	for _, pool := range s.Pools {
		p.gauge(poolMax, float64(pool.Max), pool.Name)
		p.gauge(poolOpen, float64(pool.InUse), pool.Name, "in_use")
		p.gauge(poolOpen, float64(pool.Open-pool.InUse), pool.Name, "idle")
		p.counter(poolN, float64(pool.Waits), pool.Name)
		p.counter(poolWait, pool.Waited.Seconds(), pool.Name)
	}
}

func (p *page) backup(b BackupSource) {
	at, err := b.LastBackup()
	if err != nil {
		p.ch <- prometheus.NewInvalidMetric(backupAge, err)
		return
	}
	p.gauge(backupAny, yes(!at.IsZero()))
	if !at.IsZero() {
		p.gauge(backupAge, p.since(at))
	}
}

func yes(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
