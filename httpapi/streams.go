package httpapi

import (
	"net/netip"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// streams counts the live streams that are open: each holds a connection for as long as its client likes. It may be used concurrently.
type streams struct {
	account, address int // at most so many of one; negative is no limit

	mu   sync.Mutex
	open map[string]int
}

func newStreams(l Limits) *streams {
	s := &streams{account: l.Streams, address: l.AddressStreams, open: map[string]int{}}
	if s.account == 0 {
		s.account = 20
	}
	if s.address == 0 {
		s.address = 1000
	}
	return s
}

// take counts one more stream until release is called, or says RateLimited.
func (s *streams) take(account ticket.AccountID, client netip.Addr) (release func(), err error) {
	a, b := "account "+string(account), "address "+web.AddressKey(client)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.account > 0 && s.open[a] >= s.account || s.address > 0 && s.open[b] >= s.address {
		return nil, &ticket.Error{Kind: ticket.RateLimited, Msg: "too many live streams are open; close one", Err: &rbac.Throttled{After: 10 * time.Second}}
	}
	s.open[a]++
	s.open[b]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, key := range []string{a, b} {
			if s.open[key]--; s.open[key] == 0 {
				delete(s.open, key)
			}
		}
	}, nil
}
