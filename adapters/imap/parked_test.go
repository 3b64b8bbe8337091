package imap_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/imap"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

// permissive lets everybody do everything.
type permissive struct{}

func (permissive) Grant(context.Context, ticket.Reader, ticket.Actor, ticket.Op) (ticket.Grant, error) {
	return ticket.Grant{All: true}, nil
}

func TestWhatTheDeskParksGoesToFailed(t *testing.T) {
	t.Parallel()
	st, err := sqlite.Open(t.Context(), ":memory:", sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	require.NoError(t, st.Migrate(t.Context()))
	svc, err := ticket.NewService(ticket.Config{Store: st, Policy: permissive{}, ChainKey: make([]byte, 32), TokenKey: make([]byte, 32),
		Hooks: []ticket.Hook{func(_ context.Context, _ ticket.Tx, e *ticket.Event) error {
			if bytes.Contains(e.Private, []byte("Letter 1")) {
				return errors.New("a rule of this desk")
			}
			return nil
		}}})
	require.NoError(t, err)
	s := newServer(t)
	for n := range 5 {
		s.deliver(letter(n))
	}
	a, _, err := imap.New(imap.Config{Source: imap.Static{s.mailbox()}, State: st, Poll: 300 * time.Millisecond, Timeout: 5 * time.Second})
	require.NoError(t, err)
	hub, err := adapters.New(adapters.Config{Service: svc, State: st, Adapters: []adapters.Adapter{a}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- hub.Run(ctx) }()
	defer func() {
		cancel()
		require.NoError(t, <-done)
	}()
	eventually(t, "all are moved", func() bool { return s.count("INBOX") == 0 })
	require.Equal(t, 4, s.count("Processed"))
	require.Equal(t, 1, s.count("Failed"))
	eventually(t, "counted", func() bool {
		return len(a.Sources()) == 1 && a.Sources()[0].Imported == 4 && a.Sources()[0].Parked == 1
	})
	list, err := hub.ListParked(t.Context(), ticket.SystemActor("test"), "", 0)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, "Letter 1", list[0].Subject)
}

// ordered is an intake that remembers which letters were in when another came.
type ordered struct {
	mu     sync.Mutex
	in     map[string]bool
	before map[string]map[string]bool
}

func (o *ordered) Receive(_ context.Context, it ticket.Incoming) error {
	o.mu.Lock()
	o.before[it.ExternalID] = maps.Clone(o.in)
	o.mu.Unlock()
	runtime.Gosched() // whoever does not wait comes now
	o.mu.Lock()
	defer o.mu.Unlock()
	o.in[it.ExternalID] = true
	return nil
}

func (o *ordered) Park(context.Context, adapters.Parked) error { return nil }

func TestAConversationKeepsItsOrderAmongMailsThatComeAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	o := &ordered{in: map[string]bool{}, before: map[string]map[string]bool{}}
	id := func(n int) string { return fmt.Sprintf("%d@customer.example", n) }
	for n := 0; n < 40; n += 4 {
		s.deliver(letter(n))
		s.deliver(letter(n+1, "In-Reply-To: <"+id(n)+">"))
		s.deliver(letter(n+2, "References: <"+id(n)+"> <"+id(n+1)+">"))
		s.deliver(letter(n+3, "References: <"+id(n)+">"))
	}
	a, _, err := imap.New(imap.Config{Source: imap.Static{s.mailbox()}, State: newState(), Poll: 300 * time.Millisecond, Timeout: 5 * time.Second})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx, o) }()
	defer func() {
		cancel()
		require.NoError(t, <-done)
	}()
	eventually(t, "all are in", func() bool { return s.count("Processed") == 40 })
	for n := range 40 {
		for m := n - n%4; m < n; m++ {
			require.True(t, o.before[id(n)][id(m)], "letter %d came before %d was in", n, m)
		}
	}
}
