package rbac

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// What can happen to accounts. All of it goes onto the desk's own chain. Data holds the keys in brackets; names and addresses are
// private.
const (
	EventUserCreated     ticket.EventType = "user.created"          // [account_id role queue_ids grants external]; private: username name address
	EventUserUpdated     ticket.EventType = "user.updated"          // [account_id changed role_from role_to active queue_ids grants]; private: username name subject address
	EventUserDeleted     ticket.EventType = "user.deleted"          // [account_id role]; private: username name address
	EventPasswordChanged ticket.EventType = "user.password_changed" // [account_id]; private: address
	EventLogin           ticket.EventType = "session.login"         // [account_id session_id panel]; private: address user_agent
	EventLoginFailed     ticket.EventType = "session.login_failed"  // [account_id attempts]; private: address. Not one for each attempt
	EventLogout          ticket.EventType = "session.logout"        // [account_id session_id]; private: address
	EventTokenCreated    ticket.EventType = "token.created"         // [account_id token_id scopes expires_at]; private: name prefix address
	EventRoleCreated     ticket.EventType = "role.created"          // [role permissions]; private: description address
	EventRoleUpdated     ticket.EventType = "role.updated"          // [role changed permissions accounts]; private: description address
	EventRoleDeleted     ticket.EventType = "role.deleted"          // [role]; private: address
	EventTokenRevoked    ticket.EventType = "token.revoked"         // [account_id token_id]; private: name prefix address
)

// data is the part of an event that stays for ever, or the private part; keys without a value are left out.
type data map[string]any

// record appends an event to the desk's chain as the last step of a change.
func (a *Accounts) record(ctx context.Context, tx Tx, by ticket.Actor, now time.Time, kind ticket.EventType, public, private data) error {
	if by.Source != "" {
		private["address"] = cutLine(by.Source, maxUserAgent)
	}
	e := &ticket.Event{
		ID:    ticket.EventID(ticket.NewID(now)),
		Type:  kind,
		Actor: ticket.EventActor{Type: by.Kind, ID: string(by.Account), Name: by.Name},
		At:    now,
	}
	var err error
	if e.Data, err = json.Marshal(public); err != nil {
		return fmt.Errorf("event %s: %w", kind, err)
	}
	for k, v := range private {
		if v == "" {
			delete(private, k)
		}
	}
	if len(private) > 0 {
		if e.Private, err = json.Marshal(private); err != nil {
			return fmt.Errorf("event %s: %w", kind, err)
		}
	}
	return a.chain.AppendDesk(ctx, tx, e)
}

// update runs a change that ends with record. It takes the head of the chain before anything else: see the package's documentation.
func (a *Accounts) update(ctx context.Context, fn func(Tx) error) error {
	return a.cfg.Store.UpdateAccounts(ctx, func(tx Tx) error {
		if _, err := tx.DeskHead(ctx); err != nil {
			return err
		}
		return fn(tx)
	})
}

// failures decides which failed sign-ins become events: the 1st, 10th, 100th … of an account in an hour, and no more than a few of all
// accounts together, so that an attacker cannot fill the disk. Names that do not exist count as one account.
type failures struct {
	mu      sync.Mutex
	of      *lru[ticket.AccountID, *tally]
	since   time.Time
	written int
}

type tally struct {
	since time.Time
	n     int
}

const (
	failureWindow = time.Hour
	maxFailures   = 100 // events in one window
)

func newFailures() *failures { return &failures{of: newLRU[ticket.AccountID, *tally](8192)} }

// note counts a failure and reports whether to write it down, with the count of its window so far.
func (f *failures) note(now time.Time, id ticket.AccountID) (n int, write bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Sub(f.since) >= failureWindow {
		f.since, f.written = now, 0
	}
	t, ok := f.of.get(id)
	if !ok || now.Sub(t.since) >= failureWindow {
		t = &tally{since: now}
		f.of.put(id, t)
	}
	t.n++
	if !powerOfTen(t.n) || f.written >= maxFailures {
		return t.n, false
	}
	f.written++
	return t.n, true
}

func powerOfTen(n int) bool {
	for n%10 == 0 && n > 0 {
		n /= 10
	}
	return n == 1
}
