package imap_test

import (
	"context"
	"net/mail"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/imap"
	"github.com/ticketkit/ticketkit/adapters/mailout"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	f := adaptertest.Features{Attachments: true, Threads: true, HTML: true, Machine: true}
	t.Run("without answers", func(t *testing.T) {
		t.Parallel()
		adaptertest.Run(t, f, func(t testing.TB, _ adapters.Intake) adaptertest.Harness { return harness(t, nil) })
	})
	_ = mail.Address{}
	_ = mailout.Config{}
	_ = ticket.Identity{}
}

func harness(t testing.TB, out adapters.Sender) adaptertest.Harness {
	t.Helper()
	s := newServer(t)
	_, a, err := imap.New(imap.Config{Source: imap.Static{s.mailbox()}, State: newState(), Poll: 200 * time.Millisecond, Timeout: 5 * time.Second,
		Lease: 2 * time.Second, Drain: time.Second, Out: out})
	require.NoError(t, err)
	return adaptertest.Harness{Adapter: a, Break: s.cut, Inject: func(ctx context.Context, it adaptertest.Item) (bool, error) {
		return s.inject(ctx, compose(it)), nil
	}}
}

// inject delivers a mail and waits until it has left the inbox.
func (s *server) inject(ctx context.Context, raw []byte) bool {
	uid := s.deliver(raw)
	for {
		if !s.holds(uid) {
			return true
		}
		select {
		case <-ctx.Done():
			s.remove(uid) // whoever offers it again delivers it again
			return false
		case <-time.After(5 * time.Millisecond):
		}
	}
}
