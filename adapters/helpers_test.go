package adapters_test

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/htmltext"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

var system = ticket.SystemActor("test")

// policy lets the account called agent do everything, and everybody else nothing.
type policy struct{}

func (policy) Grant(_ context.Context, _ ticket.Reader, a ticket.Actor, _ ticket.Op) (ticket.Grant, error) {
	return ticket.Grant{All: a.Account == "agent"}, nil
}

var agent = ticket.AccountActor("agent", "Anna Agentin")

// desk is a desk in a fresh database, whose parts can be made to fail.
type desk struct {
	t     testing.TB
	store *store.Store
	blobs *blobs
	svc   *ticket.Service
	hub   *adapters.Hub

	failing atomic.Pointer[error] // what the ticket store answers to changes
	hook    atomic.Pointer[ticket.Hook]
}

func newDesk(t testing.TB, as ...adapters.Adapter) *desk {
	t.Helper()
	d := &desk{t: t, blobs: &blobs{Blobs: store.NewFileBlobs(t.TempDir())}}
	st, err := sqlite.Open(t.Context(), ":memory:", sqlite.Options{Blobs: d.blobs})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	require.NoError(t, st.Migrate(t.Context()))
	d.store = st
	d.svc, err = ticket.NewService(ticket.Config{
		Store: flaky{st, d}, Policy: policy{}, Blobs: d.blobs, Sanitizer: htmltext.Sanitize, ChainKey: make([]byte, 32), TokenKey: make([]byte, 32),
		Hooks: []ticket.Hook{func(ctx context.Context, tx ticket.Tx, e *ticket.Event) error {
			if h := d.hook.Load(); h != nil {
				return (*h)(ctx, tx, e)
			}
			return nil
		}},
	})
	require.NoError(t, err)
	d.hub, err = adapters.New(adapters.Config{Service: d.svc, State: st, Blobs: d.blobs, Adapters: as})
	require.NoError(t, err)
	return d
}

// onEvent puts a hook in place; nil takes it away.
func (d *desk) onEvent(h ticket.Hook) { d.hook.Store(&h) }

func pass(context.Context, ticket.Tx, *ticket.Event) error { return nil }

func (d *desk) fail(err error) { d.failing.Store(&err) }

func (d *desk) tickets() []ticket.Ticket {
	d.t.Helper()
	scope, err := d.svc.Scope(d.t.Context(), system, ticket.OpTicketRead)
	require.NoError(d.t, err)
	ts, err := d.store.Tickets(d.t.Context(), scope, ticket.Query{Limit: 100})
	require.NoError(d.t, err)
	return ts
}

func (d *desk) messages(id ticket.ID) []ticket.Message {
	d.t.Helper()
	scope, err := d.svc.Scope(d.t.Context(), system, ticket.OpTicketRead)
	require.NoError(d.t, err)
	ms, err := d.store.Messages(d.t.Context(), scope, ticket.MessageQuery{Ticket: id, Limit: 100})
	require.NoError(d.t, err)
	return ms
}

func (d *desk) parked() []adapters.Parked {
	d.t.Helper()
	ps, err := d.hub.ListParked(d.t.Context(), system, "", 0)
	require.NoError(d.t, err)
	return ps
}

func (d *desk) raw(id string) (string, bool) {
	d.t.Helper()
	_, r, item, err := d.hub.OpenParked(d.t.Context(), system, id)
	require.NoError(d.t, err)
	b, err := io.ReadAll(r)
	require.NoError(d.t, err)
	require.NoError(d.t, r.Close())
	return string(b), item
}

type flaky struct {
	ticket.Store
	d *desk
}

func (f flaky) Update(ctx context.Context, fn func(ticket.Tx) error) error {
	if err := f.d.failing.Load(); err != nil && *err != nil {
		return *err
	}
	return f.Store.Update(ctx, fn)
}

type blobs struct {
	ticket.Blobs
	fail atomic.Bool
}

func (b *blobs) Put(ctx context.Context, r io.Reader) (string, int64, error) {
	if b.fail.Load() {
		return "", 0, errors.New("the disk is full")
	}
	return b.Blobs.Put(ctx, r)
}

// channel is an adapter whose methods a test chooses.
type channel struct {
	name  string
	run   func(ctx context.Context, in adapters.Intake) error
	mu    sync.Mutex
	sends []adapters.Outbound
	send  func(ctx context.Context, m adapters.Outbound) (string, error)
}

func (c *channel) Name() string { return c.name }

func (c *channel) Run(ctx context.Context, in adapters.Intake) error {
	if c.run == nil {
		<-ctx.Done()
		return nil
	}
	return c.run(ctx, in)
}

// sender is a channel that answers.
type sender struct{ *channel }

func (s sender) Send(ctx context.Context, m adapters.Outbound) (string, error) {
	s.mu.Lock()
	s.sends = append(s.sends, m)
	s.mu.Unlock()
	if s.send == nil {
		return "ext-" + m.Key, nil
	}
	return s.send(ctx, m)
}

func (s sender) sent() []adapters.Outbound {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sends
}

// reader is a channel that reads its bytes again: the subject, then the text, parted by a line end.
type reader struct {
	*channel
	retry func(ctx context.Context, in adapters.Intake, p adapters.Parked) error
}

func (r reader) Retry(ctx context.Context, in adapters.Intake, p adapters.Parked) error {
	return r.retry(ctx, in, p)
}
