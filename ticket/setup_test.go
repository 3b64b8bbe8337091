package ticket_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/tickettest"
)

// bundle is a fresh desk with two queues and three people: anna works everywhere, bert only in Billing, vera only reads.
type bundle struct {
	*testing.T
	svc     *ticket.Service
	store   *tickettest.Store
	blobs   *memBlobs
	now     time.Time
	system  ticket.Actor
	anna    ticket.Actor
	bert    ticket.Actor
	vera    ticket.Actor
	support ticket.QueueID
	billing ticket.QueueID
	woken   int
}

func setup(t *testing.T, change ...func(*ticket.Config)) *bundle {
	t.Helper()
	b := &bundle{T: t, store: tickettest.New(), blobs: &memBlobs{m: map[string][]byte{}}, now: time.Date(2026, 3, 28, 9, 0, 0, 0, time.UTC),
		system: ticket.SystemActor("test"), anna: ticket.AccountActor("anna", "Anna"), bert: ticket.AccountActor("bert", "Bert"),
		vera: ticket.AccountActor("vera", "Vera")}
	p := &people{queues: map[ticket.AccountID][]ticket.QueueID{}}
	cfg := ticket.Config{Store: b.store, Policy: p, Directory: p, Blobs: b.blobs, ChainKey: bytes.Repeat([]byte{7}, 32),
		TokenKey: bytes.Repeat([]byte{9}, 32), Now: func() time.Time { return b.now }, Wake: func() { b.woken++ },
		Sanitizer: func(h string) string { return strings.ReplaceAll(h, "<script>", "") }}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	b.svc, err = ticket.NewService(cfg)
	require.NoError(t, err)
	q, err := b.svc.CreateQueue(t.Context(), b.system, "Support")
	require.NoError(t, err)
	b.support = q.ID
	q, err = b.svc.CreateQueue(t.Context(), b.system, "Billing")
	require.NoError(t, err)
	b.billing = q.ID
	p.queues["bert"] = []ticket.QueueID{b.billing}
	return b
}

// open makes a ticket of a customer in the default queue.
func (b *bundle) open(change ...func(*ticket.NewTicket)) *ticket.Ticket {
	b.Helper()
	n := ticket.NewTicket{Subject: "Printer on fire", Body: "It burns.", Requester: ticket.Person{Name: "Kim", Identity: ticket.Identity{Value: "kim@customer.example"}}}
	for _, f := range change {
		f(&n)
	}
	t, err := b.svc.Open(b.Context(), b.system, n)
	require.NoError(b, err)
	return t
}

// mail is something that a customer sends.
func (b *bundle) mail(in ticket.Incoming) *ticket.Received {
	b.Helper()
	if in.Channel == "" {
		in.Channel = "smtpd"
	}
	if in.Key == "" {
		in.Key = ticket.NewID(b.now)
	}
	if in.From.Identity.Value == "" {
		in.From = ticket.Person{Name: "Kim", Identity: ticket.Identity{Kind: "email", Value: "kim@customer.example"}}
	}
	r, err := b.svc.Receive(b.Context(), b.system, in)
	require.NoError(b, err)
	return r
}

func (b *bundle) get(id ticket.ID) *ticket.Ticket {
	b.Helper()
	t, err := b.svc.Get(b.Context(), b.system, id)
	require.NoError(b, err)
	return t
}

func (b *bundle) history(id ticket.ID) (es []ticket.Event) {
	b.Helper()
	for e, err := range b.svc.AllHistory(b.Context(), b.system, id) {
		require.NoError(b, err)
		es = append(es, e)
	}
	return es
}

func (b *bundle) types(id ticket.ID) (out []ticket.EventType) {
	for _, e := range b.history(id) {
		out = append(out, e.Type)
	}
	return out
}

// kind asserts the kind of an error, and its field when one is given.
func (b *bundle) kind(want ticket.Kind, err error, field ...string) {
	b.Helper()
	require.Error(b, err)
	require.Equal(b, want, ticket.KindOf(err), "%v", err)
	if len(field) > 0 {
		require.ErrorIs(b, err, &ticket.Error{Kind: want, Field: field[0]})
	}
}

type people struct {
	queues map[ticket.AccountID][]ticket.QueueID
}

func (p *people) Grant(_ context.Context, _ ticket.Reader, a ticket.Actor, op ticket.Op) (ticket.Grant, error) {
	switch a.Account {
	case "anna":
		return ticket.Grant{All: true}, nil
	case "bert":
		return ticket.Grant{Queues: p.queues["bert"]}, nil
	case "carl":
		return ticket.Grant{All: op != ticket.OpTicketDelete}, nil
	case "vera":
		if op == ticket.OpTicketRead || op == ticket.OpMessageRead || op == ticket.OpAttachmentRead {
			return ticket.Grant{All: true}, nil
		}
	}
	return ticket.Grant{}, nil
}

func (p *people) Account(_ context.Context, _ ticket.Reader, id ticket.AccountID) (ticket.Account, error) {
	switch id {
	case "anna", "bert", "vera":
		return ticket.Account{ID: id, Username: string(id), Name: strings.ToUpper(string(id[:1])) + string(id[1:]), Email: string(id) + "@desk.example", Active: true}, nil
	case "gone":
		return ticket.Account{ID: id, Name: "Gone"}, nil
	}
	return ticket.Account{}, ticket.Errorf(ticket.NotFound, "no such account")
}

func (p *people) Accounts(context.Context, ticket.Reader) ([]ticket.Account, error) { return nil, nil }

type memBlobs struct {
	mu sync.Mutex
	m  map[string][]byte
}

func (b *memBlobs) Put(_ context.Context, r io.Reader) (string, int64, error) {
	data, err := io.ReadAll(r)
	sum := sha256.Sum256(data)
	key := hex.EncodeToString(sum[:])
	b.mu.Lock()
	defer b.mu.Unlock()
	b.m[key] = data
	return key, int64(len(data)), err
}

func (b *memBlobs) Open(_ context.Context, key string) (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, ok := b.m[key]
	if !ok {
		return nil, ticket.Errorf(ticket.NotFound, "no such blob")
	}
	return io.NopCloser(bytes.NewReader(d)), nil
}

func (b *memBlobs) Delete(_ context.Context, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.m, key)
	return nil
}

// byOp is a Policy that gives everybody the same grants.
type byOp map[ticket.Op]ticket.Grant

func (p byOp) Grant(_ context.Context, _ ticket.Reader, _ ticket.Actor, op ticket.Op) (ticket.Grant, error) {
	return p[op], nil
}
