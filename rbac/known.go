package rbac

import (
	"context"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// known is what is remembered of a session or an API token after it was read whole. It is never changed, and says nothing about whether
// the session is still there: each request reads the pulse.
type known struct {
	session   Session // or
	token     Token
	pulse     Pulse     // with which all of this was read
	principal Principal // but for what tells a session from a token
}

// recall gives what is known under a key, and when it was last used. What was read before holds as long as the pulse is the same; a session
// or token that is gone has none. Whatever a change of accounts or roles, here, on another replica or in a host's transaction, has
// committed counts for the next request.
func (a *Accounts) recall(ctx context.Context, key string, pulse func() (Pulse, error), whole func() (*known, error)) (*known, time.Time, error) {
	a.mu.Lock()
	k, ok := a.proofs.get(key)
	a.mu.Unlock()
	if ok {
		beat, err := pulse()
		if err == nil && beat.same(k.pulse) {
			return k, beat.Seen, nil
		}
		if err != nil {
			if ticket.KindOf(err) == ticket.NotFound {
				a.forget(key)
			}
			return nil, time.Time{}, err
		}
	}
	k, err := whole()
	if err != nil {
		return nil, time.Time{}, err
	}
	a.mu.Lock()
	a.proofs.put(key, k)
	a.mu.Unlock()
	return k, k.pulse.Seen, nil
}

func (a *Accounts) forget(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.proofs.remove(key)
}
