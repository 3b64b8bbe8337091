package sla_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

// tester is a *testing.T or a *rapid.T.
type tester interface {
	require.TestingT
	Helper()
}

// desk is a whole desk on SQLite with a clock of its own, and a worker that runs when told.
type desk struct {
	t       tester
	ctx     context.Context
	path    string
	now     time.Time
	store   *store.Store
	tickets *ticket.Service
	sla     *sla.Service
	worker  *sla.Worker
	told    []sla.Notification
	queues  []ticket.QueueID
	other   ticket.ID
	n       int
}

var (
	system = ticket.SystemActor("test")
	anna   = ticket.AccountActor("anna", "Anna") // may do everything
	bert   = ticket.AccountActor("bert", "Bert") // works in the second queue only
	vera   = ticket.AccountActor("vera", "Vera") // may read tickets, and nothing about service levels
	monday = time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
)

// people is the policy and the directory.
type people struct{ d *desk }

func (p people) Grant(_ context.Context, _ ticket.Reader, a ticket.Actor, op ticket.Op) (ticket.Grant, error) {
	switch {
	case a.Account == "anna":
		return ticket.Grant{All: true}, nil
	case a.Account == "bert" && op != ticket.OpSLAManage:
		return ticket.Grant{Queues: p.d.queues[1:]}, nil
	case a.Account == "vera" && op == ticket.OpTicketRead:
		return ticket.Grant{All: true}, nil
	}
	return ticket.Grant{}, nil
}

func (p people) Account(_ context.Context, _ ticket.Reader, id ticket.AccountID) (ticket.Account, error) {
	for _, a := range []ticket.Account{{ID: "anna", Username: "anna@desk.example", Name: "Anna", Active: true}, {ID: "bert", Username: "bert@desk.example", Name: "Bert", Active: true}} {
		if a.ID == id {
			return a, nil
		}
	}
	return ticket.Account{}, ticket.Errorf(ticket.NotFound, "nobody")
}

func (p people) Accounts(ctx context.Context, r ticket.Reader) ([]ticket.Account, error) {
	a, _ := p.Account(ctx, r, "anna")
	b, _ := p.Account(ctx, r, "bert")
	return []ticket.Account{a, b}, nil
}

// Notify drops repeats by their key, as a mail program does.
func (d *desk) Notify(_ context.Context, n sla.Notification) error {
	if !slices.ContainsFunc(d.told, func(o sla.Notification) bool { return o.Key == n.Key }) {
		d.told = append(d.told, n)
	}
	return nil
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := openDesk(t.Context(), t, filepath.Join(t.TempDir(), "desk.db"), monday)
	t.Cleanup(func() { require.NoError(t, d.store.Close()) })
	return d
}

func openDesk(ctx context.Context, t tester, path string, now time.Time) *desk {
	t.Helper()
	d := &desk{t: t, ctx: ctx, path: path, now: now}
	clock := func() time.Time { return d.now }
	var err error
	d.store, err = sqlite.Open(ctx, path, sqlite.Options{Now: clock})
	require.NoError(t, err)
	require.NoError(t, d.store.Migrate(ctx))
	hook := sla.NewHook(nil)
	d.tickets, err = ticket.NewService(ticket.Config{Store: d.store, Policy: people{d}, Directory: people{d}, ChainKey: bytes.Repeat([]byte{1}, 32),
		TokenKey: bytes.Repeat([]byte{2}, 32), Now: clock, ChangeHooks: []ticket.ChangeHook{hook.Change},
		States: []ticket.State{{Status: "waiting_supplier", Category: ticket.Pending}}})
	require.NoError(t, err)
	d.sla, err = sla.New(sla.Config{Tickets: d.tickets, Store: d.store, Hook: hook, Now: clock, Channels: []sla.ActionType{sla.NotifyAssignee, sla.NotifyQueue, sla.NotifyMail}})
	require.NoError(t, err)
	d.worker, err = sla.NewWorker(sla.WorkerConfig{Tickets: d.tickets, Store: d.store, Now: clock, Locale: "en",
		Notifiers: map[sla.ActionType]sla.Notifier{sla.NotifyAssignee: d, sla.NotifyQueue: d, sla.NotifyMail: d}})
	require.NoError(t, err)
	qs, err := d.tickets.Queues(ctx, system)
	require.NoError(t, err)
	for _, q := range qs {
		d.queues = append(d.queues, q.ID)
	}
	for i := len(d.queues); i < 2; i++ {
		q, err := d.tickets.CreateQueue(ctx, system, fmt.Sprintf("Queue %d", i))
		require.NoError(t, err)
		d.queues = append(d.queues, q.ID)
	}
	return d
}

// pass lets time go by without a worker.
func (d *desk) pass(t time.Duration) { d.now = d.now.Add(t) }

// work runs every job that is due, in order, until there is none. Each timer is run twice, as after a crash that forgot to note its end.
func (d *desk) work() {
	d.t.Helper()
	for {
		due, err := d.store.ClaimJobs(d.ctx, []string{ticket.JobTimer, sla.JobNotify, sla.JobRecompute}, d.now, time.Minute, 1)
		require.NoError(d.t, err)
		if len(due) == 0 {
			return
		}
		for range 2 {
			d.run(due[0])
		}
		if err := d.store.CompleteJob(d.ctx, due[0].ID, due[0].LeaseToken, d.now); err != nil {
			require.ErrorIs(d.t, err, jobs.ErrLeaseLost) // the timer took its own job away
		}
	}
}

func (d *desk) run(j jobs.Job) {
	d.t.Helper()
	if j.Kind == ticket.JobTimer {
		var p ticket.TimerPayload
		require.NoError(d.t, json.Unmarshal(j.Payload, &p))
		require.NoError(d.t, d.tickets.Fire(d.ctx, ticket.SystemActor("timer"), p))
		return
	}
	require.NoError(d.t, d.worker.Handlers()[j.Kind](d.ctx, j))
}

// open makes a ticket of a customer.
func (d *desk) open(change ...func(*ticket.NewTicket)) *ticket.Ticket {
	d.t.Helper()
	d.n++
	n := ticket.NewTicket{Subject: "Printer", Body: "It burns.", Queue: d.queues[0],
		Requester: ticket.Person{Name: "Kim", Identity: ticket.Identity{Value: fmt.Sprintf("kim%d@customer.example", d.n)}}}
	for _, f := range change {
		f(&n)
	}
	t, err := d.tickets.Open(d.ctx, system, n)
	require.NoError(d.t, err)
	return t
}

// write is a message of the customer.
func (d *desk) write(t *ticket.Ticket) {
	d.t.Helper()
	d.n++
	_, err := d.tickets.Receive(d.ctx, system, ticket.Incoming{Channel: "x", Key: fmt.Sprint(d.n), Token: d.tickets.ReplyToken(t.ID), Text: "Well?",
		From: ticket.Person{Identity: ticket.Identity{Kind: "email", Value: t.Requester.Email}}})
	require.NoError(d.t, err)
}

func (d *desk) reply(t *ticket.Ticket, st ticket.Status) {
	d.t.Helper()
	_, err := d.tickets.Reply(d.ctx, anna, t.ID, 0, ticket.NewMessage{Body: "Water.", Status: st})
	require.NoError(d.t, err)
}

// policy keeps a policy for the clocks with targets in minutes.
func (d *desk) policy(targets map[sla.Clock]int64, change ...func(*sla.Policy)) sla.Policy {
	d.t.Helper()
	p := sla.Policy{Name: "P", Targets: map[sla.Clock]sla.Target{}}
	for c, m := range targets {
		p.Targets[c] = sla.Target{All: m * 60}
	}
	for _, f := range change {
		f(&p)
	}
	k, err := d.sla.SavePolicy(d.ctx, anna, p.ID, 0, p)
	require.NoError(d.t, err)
	d.pass(time.Microsecond) // it is in force from the next instant on
	return k.Value
}

func (d *desk) clocks(t *ticket.Ticket) []sla.Record {
	d.t.Helper()
	c, err := d.sla.Ticket(d.ctx, anna, t.ID)
	require.NoError(d.t, err)
	return c.Records
}

// clock is the newest cycle of one clock.
func (d *desk) clock(t *ticket.Ticket, c sla.Clock) sla.Record {
	d.t.Helper()
	var out sla.Record
	for _, r := range d.clocks(t) {
		if r.Clock == c {
			out = r
		}
	}
	return out
}

func (d *desk) row(t *ticket.Ticket) *sla.Row {
	d.t.Helper()
	r, _, err := d.store.Clocks(d.ctx, t.ID)
	require.NoError(d.t, err)
	return r
}

func (d *desk) history(t *ticket.Ticket) (es []ticket.Event) {
	d.t.Helper()
	for e, err := range d.tickets.AllHistory(d.ctx, system, t.ID) {
		require.NoError(d.t, err)
		es = append(es, e)
	}
	return es
}

// steps are what the ladder left in the history.
func (d *desk) steps(t *ticket.Ticket) (out []string) {
	d.t.Helper()
	for _, e := range d.history(t) {
		switch e.Type {
		case sla.EventWarned, sla.EventBreached, sla.EventEscalated:
			var f struct{ Clock, Level string }
			require.NoError(d.t, json.Unmarshal(e.Data, &f))
			out = append(out, f.Clock+" "+f.Level)
		}
	}
	return out
}
