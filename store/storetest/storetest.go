// Package storetest holds the conformance suite of the ports that keep a desk: ticket.Store, and beside it rbac.Store, jobs.Store,
// adapters.State and report.Store. Every store passes the same suite, so that the rest of the program need not know which one it has.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/faulttest"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/internal/jobs/jobstest"
	"github.com/ticketkit/ticketkit/internal/once"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// Harness is what is to be tested. Store is required; the tests of a port that is nil are left out. All ports of one Harness look at the
// same desk.
type Harness struct {
	Store    ticket.Store
	Accounts rbac.Store
	Jobs     jobs.Store
	State    adapters.State
	Reports  report.Store
	SLA      sla.Store

	// Reopen leaves everything above behind as a crash would, without closing it, and opens the same desk again. Nil for a store
	// that keeps nothing over a restart. It is called by the goroutine of the test.
	Reopen func(t *testing.T) Harness
}

// Run checks that what open gives keeps the contracts of its ports. open is called once for each of the parallel subtests; it returns
// an empty desk that nobody else sees, and registers its own cleanup on t.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	run(t, open, []part{
		{"Tickets", ticketTests, func(h Harness) bool { return h.Store != nil }},
		{"Messages", messageTests, func(h Harness) bool { return h.Store != nil }},
		{"Lists", listTests, func(h Harness) bool { return h.Store != nil }},
		{"Search", searchTests, func(h Harness) bool { return h.Store != nil }},
		{"People", contactTests, func(h Harness) bool { return h.Store != nil }},
		{"Intake", intakeTests, func(h Harness) bool { return h.Store != nil }},
		{"Events", eventTests, func(h Harness) bool { return h.Store != nil }},
		{"Presence", presenceTests, func(h Harness) bool { return h.Store != nil }},
		{"Transactions", txTests, func(h Harness) bool { return h.Store != nil }},
		{"Concurrency", concurrencyTests, func(h Harness) bool { return h.Store != nil }},
		{"Locks", lockTests, func(h Harness) bool { return h.Store != nil }},
		{"Relations", relationTests, func(h Harness) bool { return h.Store != nil }},
		{"Mail", mailTests, func(h Harness) bool { return h.Store != nil }},
		{"Contacts", peopleTests, func(h Harness) bool { return h.Store != nil }},
		{"Saved", savedTests, func(h Harness) bool { return h.Store != nil }},
		{"Numbers", numberTests, func(h Harness) bool { return h.Reports != nil }},
		{"Ranking", rankingTests, func(h Harness) bool { return h.Reports != nil && h.SLA != nil }},
		{"NumbersOfBefore", fillTests, func(h Harness) bool { _, ok := h.Reports.(report.FillStore); return ok }},
		{"RollUps", rollupTests, func(h Harness) bool { _, ok := h.Reports.(RollUpStore); return ok }},
		{"Metrics", metricTests, func(h Harness) bool { _, ok := h.Store.(counter); return ok && h.SLA != nil && h.Jobs != nil }},
		{"Service", serviceTests, func(h Harness) bool { return h.Store != nil }},
		{"Erasure", erasureTests, func(h Harness) bool { return h.Store != nil && h.State != nil && h.Jobs != nil }},
		{"Timers", timerTests, func(h Harness) bool { return h.Jobs != nil }},
		{"Accounts", accountTests, func(h Harness) bool { return h.Accounts != nil }},
		{"Calls", callTests, func(h Harness) bool { _, ok := h.Store.(once.Store); return ok && h.Accounts != nil && h.State != nil }},
		{"SigningKeys", signingKeyTests, func(h Harness) bool { _, ok := h.Store.(signingKeys); return ok }},
		{"State", stateTests, func(h Harness) bool { return h.State != nil }},
		{"Shared", sharedTests, func(h Harness) bool { _, ok := h.State.(adapters.Shared); return ok }},
		{"Mailboxes", mailboxTests, func(h Harness) bool { _, ok := h.State.(adapters.MailboxStore); return ok }},
		{"Panels", panelTests, func(h Harness) bool { _, ok := h.State.(adapters.PanelStore); return ok }},
		{"Reports", reportTests, func(h Harness) bool { return h.Reports != nil }},
		{"SLA", slaTests, func(h Harness) bool { return h.SLA != nil }},
		{"Exact", exactTests, func(h Harness) bool { return h.Store != nil }},
		{"ExactJobs", exactJobTests, func(h Harness) bool { return h.Jobs != nil }},
		{"ExactAccounts", exactAccountTests, func(h Harness) bool { return h.Accounts != nil }},
		{"ExactState", exactStateTests, func(h Harness) bool { return h.State != nil }},
		{"Restart", restartTests, func(h Harness) bool { return h.Store != nil && h.Jobs != nil && h.Reopen != nil }},
		{"Lengths", lengthTests, func(h Harness) bool { return h.Store != nil }},
		{"LengthsJobs", lengthJobTests, func(h Harness) bool { return h.Jobs != nil }},
		{"LengthsAccounts", lengthAccountTests, func(h Harness) bool { return h.Accounts != nil }},
		{"LengthsState", lengthStateTests, func(h Harness) bool { return h.State != nil }},
		{"Times", timeTests, func(h Harness) bool { return h.Store != nil }},
		{"TimesJobs", timeJobTests, func(h Harness) bool { return h.Jobs != nil }},
		{"TimesAccounts", timeAccountTests, func(h Harness) bool { return h.Accounts != nil }},
		{"TimesState", timeStateTests, func(h Harness) bool { return h.State != nil }},
	})
	t.Run("Jobs", func(t *testing.T) {
		if open(t).Jobs == nil {
			t.Skip("this harness has no such port")
		}
		jobstest.Run(t, func(t *testing.T) jobs.Store { return open(t).Jobs })
	})
}

// RunSearch runs only the tests of words and tags, for a store that can be set up to find tickets in more than one way.
func RunSearch(t *testing.T, open func(t *testing.T) Harness) {
	run(t, open, []part{{"Search", searchTests, func(Harness) bool { return true }}})
}

// part is a group of tests, and what it needs.
type part struct {
	name  string
	tests []test
	has   func(Harness) bool
}

func run(t *testing.T, open func(t *testing.T) Harness, parts []part) {
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) {
			for _, c := range part.tests {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					h := open(t)
					if !part.has(h) {
						t.Skip("this harness has no such port")
					}
					c.run(t, newDesk(t, h))
				})
			}
		})
	}
}

type test struct {
	name string
	run  func(*testing.T, *desk)
}

// desk is a store with the shortcuts that the tests need. Its two queues are made by newDesk.
type desk struct {
	Harness
	t        *testing.T
	all      ticket.Scope
	now      time.Time
	queues   [2]ticket.Queue
	policy   grants
	chainKey []byte
	last     atomic.Int64 // of ids
}

// grants is a Policy that gives each account and contact one grant for everything.
type grants map[string]ticket.Grant

func (g grants) Grant(_ context.Context, _ ticket.Reader, a ticket.Actor, _ ticket.Op) (ticket.Grant, error) {
	return g[string(a.Account)+string(a.Contact)], nil
}

func newDesk(t *testing.T, h Harness) *desk {
	d := &desk{Harness: h, t: t, now: time.Date(2026, 3, 9, 10, 11, 12, 345678000, time.UTC), policy: grants{},
		chainKey: []byte("0123456789abcdef0123456789abcdef")}
	d.all = d.scope(ticket.SystemActor("test"))
	for i, name := range []string{"Billing", "Support"} {
		d.queues[i] = ticket.Queue{ID: ticket.QueueID(d.id()), Name: name, Default: i == 1, CreatedAt: d.now}
		d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.InsertQueue(ctx, &d.queues[i]) })
	}
	return d
}

// scope gives the scope of an actor by the desk's policy.
func (d *desk) scope(a ticket.Actor) ticket.Scope {
	d.t.Helper()
	svc, err := ticket.NewService(ticket.Config{Store: d.Store, Policy: d.policy, ChainKey: d.chainKey})
	require.NoError(d.t, err)
	sc, err := svc.Scope(d.t.Context(), a, ticket.OpTicketRead)
	if ticket.KindOf(err) == ticket.Denied {
		return ticket.Scope{}
	}
	require.NoError(d.t, err)
	return sc
}

// accountScope gives the scope of an account with a grant.
func (d *desk) accountScope(id ticket.AccountID, g ticket.Grant) ticket.Scope {
	d.t.Helper()
	d.policy[string(id)] = g
	return d.scope(ticket.AccountActor(id, ""))
}

// contactScope gives the scope of a contact that reaches the tickets it has requested.
func (d *desk) contactScope(id ticket.ContactID) ticket.Scope {
	d.t.Helper()
	d.policy[string(id)] = ticket.Grant{Own: true}
	return d.scope(ticket.Actor{Kind: ticket.ActorContact, Contact: id})
}

// id makes an id; a later one is greater.
func (d *desk) id() string {
	return fmt.Sprintf("01900000-0000-7000-8000-%012x", d.last.Add(1))
}

// update runs fn in a transaction that must succeed.
func (d *desk) update(fn func(context.Context, ticket.Tx) error) {
	d.t.Helper()
	require.NoError(d.t, d.try(fn))
}

func (d *desk) try(fn func(context.Context, ticket.Tx) error) error {
	ctx := d.t.Context()
	return d.Store.Update(ctx, func(tx ticket.Tx) error { return fn(ctx, tx) })
}

// contact makes a contact with a mail address.
func (d *desk) contact(name, mail string) *ticket.Contact {
	d.t.Helper()
	c := &ticket.Contact{ID: ticket.ContactID(d.id()), Name: name, CreatedAt: d.now}
	if mail != "" {
		c.Identities = []ticket.Identity{{Kind: ticket.KindEmail, Value: mail}}
	}
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.InsertContact(ctx, c) })
	return c
}

// ticket makes a ticket of a new contact.
func (d *desk) ticket(change ...func(*ticket.Ticket)) *ticket.Ticket {
	d.t.Helper()
	return d.ticketOf(d.contact("Anna Kunde", d.id()+"@firma.example"), change...)
}

func (d *desk) ticketOf(c *ticket.Contact, change ...func(*ticket.Ticket)) *ticket.Ticket {
	d.t.Helper()
	t := d.draft(c)
	for _, f := range change {
		f(t)
	}
	d.update(func(ctx context.Context, tx ticket.Tx) (err error) {
		if t.Number, err = tx.NextNumber(ctx); err != nil {
			return err
		}
		return tx.InsertTicket(ctx, t)
	})
	return t
}

// draft is a ticket that is not written yet.
func (d *desk) draft(c *ticket.Contact) *ticket.Ticket {
	mail, _ := c.Identity(ticket.KindEmail)
	return &ticket.Ticket{
		ID: ticket.ID(d.id()), Subject: "Drucker druckt nicht", Status: "new", Category: ticket.New, Priority: ticket.Normal,
		Queue: ticket.QueueRef{ID: d.queues[1].ID, Name: d.queues[1].Name}, Channel: "api", Source: "api",
		Requester: ticket.ContactRef{ID: c.ID, Name: c.Name, Email: mail.Value},
		CreatedAt: d.now, UpdatedAt: d.now, Version: 1,
	}
}

// message adds a message to a ticket.
func (d *desk) message(t *ticket.Ticket, change ...func(*ticket.Message)) *ticket.Message {
	d.t.Helper()
	t.MessageCount++
	m := &ticket.Message{
		ID: ticket.MessageID(d.id()), TicketID: t.ID, N: t.MessageCount, Kind: ticket.Public,
		Author:  ticket.Author{Type: ticket.ActorContact, ID: string(t.Requester.ID), Name: t.Requester.Name, Email: t.Requester.Email},
		Channel: "api", Text: "Guten Tag", CreatedAt: d.now,
	}
	for _, f := range change {
		f(m)
	}
	m.HasHTML = m.HTML != ""
	for i := range m.Attachments {
		m.Attachments[i].TicketID, m.Attachments[i].MessageID = t.ID, m.ID
	}
	d.update(func(ctx context.Context, tx ticket.Tx) error { return tx.InsertMessage(ctx, m) })
	return m
}

// same requires two tickets to be equal, whatever is nil or empty.
func same(t *testing.T, want, got *ticket.Ticket) {
	t.Helper()
	w, g := *want, *got
	for _, x := range []*ticket.Ticket{&w, &g} {
		if len(x.Tags) == 0 {
			x.Tags = nil
		}
		if len(x.Fields) == 0 {
			x.Fields = nil
		}
		if len(x.Head.MAC) == 0 {
			x.Head.MAC = nil
		}
	}
	require.Equal(t, w, g)
}

func (d *desk) read(id ticket.ID) *ticket.Ticket {
	d.t.Helper()
	got, err := d.Store.Ticket(d.t.Context(), d.all, id)
	require.NoError(d.t, err)
	return got
}

func requireKind(t *testing.T, kind ticket.Kind, err error, msg ...any) {
	t.Helper()
	require.Error(t, err, msg...)
	require.Equal(t, kind, ticket.KindOf(err), err.Error())
}

func ids(list []ticket.Ticket) []ticket.ID {
	out := []ticket.ID{}
	for _, t := range list {
		out = append(out, t.ID)
	}
	return out
}

// examples is rapid.Check. The race detector, which looks for something else, is content with every fifth example.
func examples(t *testing.T, fn func(*rapid.T)) {
	t.Helper()
	drawn := 0
	rapid.Check(t, func(rt *rapid.T) {
		if drawn++; !faulttest.Race || faulttest.All() || drawn%5 == 0 {
			fn(rt)
		}
	})
}

var errAbort = errors.New("abort")
