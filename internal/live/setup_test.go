package live_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/live"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/tickettest"
)

var system = ticket.SystemActor("test")

// desk is a desk in memory with the queues one and two.
type desk struct {
	t      testing.TB
	svc    *ticket.Service
	store  *tickettest.Store
	source *counting
	hub    *live.Hub
	cancel context.CancelFunc
	done   chan error
	queues [2]ticket.QueueID
	n      int
}

// people: one and two work in the queue of their name, anna everywhere, and vera reads everything but notes.
type people struct{ d *desk }

func (p people) Grant(_ context.Context, _ ticket.Reader, a ticket.Actor, op ticket.Op) (ticket.Grant, error) {
	switch a.Account {
	case "anna":
		return ticket.Grant{All: true}, nil
	case "one":
		return ticket.Grant{Queues: p.d.queues[:1], Own: true}, nil
	case "two":
		return ticket.Grant{Queues: p.d.queues[1:], Own: true}, nil
	case "vera":
		return ticket.Grant{All: op == ticket.OpTicketRead}, nil
	}
	return ticket.Grant{}, nil
}

func (people) Account(_ context.Context, _ ticket.Reader, id ticket.AccountID) (ticket.Account, error) {
	if id == "gone" {
		return ticket.Account{}, ticket.Errorf(ticket.NotFound, "no such account")
	}
	return ticket.Account{ID: id, Username: string(id), Name: "Name of " + string(id), Active: true}, nil
}

func (people) Accounts(context.Context, ticket.Reader) ([]ticket.Account, error) { return nil, nil }

// counting counts what a hub asks for, and fails when it is told to.
type counting struct {
	*ticket.Service

	mu      sync.Mutex
	follows int
	fail    error
}

func (c *counting) Follow(ctx context.Context, a ticket.Actor, after int64, limit int) ([]ticket.Followed, error) {
	c.mu.Lock()
	c.follows++
	err := c.fail
	c.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return c.Service.Follow(ctx, a, after, limit)
}

func (c *counting) set(err error) (follows int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = err
	return c.follows
}

// setup makes a desk whose hub runs until the test ends or stop is called.
func setup(t testing.TB, change ...func(*live.Config)) *desk {
	t.Helper()
	d := &desk{t: t, done: make(chan error, 1)}
	d.store = tickettest.New()
	cfg := ticket.Config{Store: d.store, Policy: people{d}, Directory: people{d}, ChainKey: bytes.Repeat([]byte{7}, 32), Changed: func() { d.hub.Wake() }}
	var err error
	d.svc, err = ticket.NewService(cfg)
	require.NoError(t, err)
	d.source = &counting{Service: d.svc}
	d.hub = d.newHub(change...)
	for i, name := range []string{"one", "two"} {
		q, err := d.svc.CreateQueue(t.Context(), system, name)
		require.NoError(t, err)
		d.queues[i] = q.ID
	}
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	go func() { d.done <- d.hub.Run(ctx) }()
	t.Cleanup(d.stop)
	for !d.hub.Stats().Running {
		runtime.Gosched()
	}
	return d
}

func (d *desk) newHub(change ...func(*live.Config)) *live.Hub {
	d.t.Helper()
	cfg := live.Config{Source: d.source}
	for _, f := range change {
		f(&cfg)
	}
	hub, err := live.New(cfg)
	require.NoError(d.t, err)
	return hub
}

// stop ends the hub, once.
func (d *desk) stop() {
	if d.cancel != nil {
		d.cancel()
		require.NoError(d.t, <-d.done)
		d.cancel = nil
	}
}

// open makes a ticket in a queue, which is one event.
func (d *desk) open(queue int) *ticket.Ticket {
	d.t.Helper()
	d.n++
	t, err := d.svc.Open(context.Background(), system, ticket.NewTicket{Subject: fmt.Sprint("s", d.n), Body: "b", Queue: d.queues[queue],
		Requester: ticket.Person{Identity: ticket.Identity{Value: "kim@customer.example"}}})
	require.NoError(d.t, err)
	return t
}

func (d *desk) move(id ticket.ID, queue int) {
	d.t.Helper()
	_, err := d.svc.Edit(context.Background(), system, id, 0, ticket.Edit{Queue: &d.queues[queue]})
	require.NoError(d.t, err)
}

// client is somebody who is connected.
type client struct {
	*live.Stream
	t     testing.TB
	seqs  []int64
	saw   []string // sight and type of each event, with its ticket
	batch live.Batch
	reset bool
	check bool
	at    live.Position
}

func (d *desk) connect(account ticket.AccountID, change ...func(*live.Subscription)) *client {
	d.t.Helper()
	return d.connectTo(d.hub, account, change...)
}

func (d *desk) connectTo(hub *live.Hub, account ticket.AccountID, change ...func(*live.Subscription)) *client {
	d.t.Helper()
	audience, err := d.svc.Audience(context.Background(), ticket.AccountActor(account, ""))
	require.NoError(d.t, err)
	sub := live.Subscription{Audience: audience, Account: account}
	for _, f := range change {
		f(&sub)
	}
	s, err := hub.Subscribe(context.Background(), sub)
	require.NoError(d.t, err)
	d.t.Cleanup(s.Close)
	return &client{Stream: s, t: d.t, at: s.Position()}
}

func after(p live.Position) func(*live.Subscription) {
	return func(s *live.Subscription) { s.After = p.String() }
}

// take takes everything that there is without waiting; an error is what ended the stream.
func (c *client) take() error {
	for {
		b, err := c.Take(context.Background())
		if err != nil {
			return err
		}
		c.reset, c.check = c.reset || b.Reset, c.check || b.Check
		for _, e := range b.Events {
			c.seqs = append(c.seqs, e.Event.Seq)
			sight := map[ticket.Sight]string{ticket.Seen: "seen", ticket.Left: "left"}[e.Sight]
			c.saw = append(c.saw, fmt.Sprint(sight, " ", e.Event.Type, " ", e.Number))
		}
		c.batch, c.at = b, b.At
		if !b.More {
			return nil
		}
	}
}

// until takes until the client has got to a place.
func (c *client) until(seq int64) {
	c.t.Helper()
	for c.Position().Seq < seq {
		select {
		case <-c.Ready():
		case <-time.After(2 * time.Minute):
			require.Fail(c.t, "nothing comes", "at %v", c.Position())
		}
		require.NoError(c.t, c.take())
	}
	require.NoError(c.t, c.take())
}

func (d *desk) newest() int64 {
	d.t.Helper()
	es, err := d.svc.Follow(context.Background(), system, -1, 1)
	require.NoError(d.t, err)
	return es[0].Event.Seq
}

var errBroken = errors.New("the database is away")

func (d *desk) put(p ticket.Presence) error {
	return d.store.Update(context.Background(), func(tx ticket.Tx) error { return tx.PutPresence(context.Background(), p, time.Time{}) })
}

// desk appends an event to the desk's own chain.
func (d *desk) desk(typ ticket.EventType, data string) {
	d.t.Helper()
	require.NoError(d.t, d.store.Update(context.Background(), func(tx ticket.Tx) error {
		return d.svc.Chain().AppendDesk(context.Background(), tx, &ticket.Event{ID: ticket.EventID(ticket.NewID(time.Now())), Type: typ, At: time.Now(), Data: []byte(data)})
	}))
	d.hub.Wake()
}
