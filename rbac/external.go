package rbac

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

const (
	maxSubject = 255
	// seenEvery is how exactly the last sign-in of somebody from the host's own login is known.
	seenEvery = time.Hour
)

// EnsureExternal gives the principal of somebody whom the host's own login has identified, making or updating the account as needed.
// The host calls it with each request; while nothing has changed it costs one query.
//
// subject is the host's own id of the person, never reused: it alone decides which account it is. A username that another account
// has gets a suffix made from the subject, so that nobody inherits an account by a name. The host's word on the role counts each time,
// even for the last admin: the host can always name another; the limits to queues that were set here stay. An account that was deactivated
// here stays so: Unauthenticated.
func (a *Accounts) EnsureExternal(ctx context.Context, subject, username, name, role string) (Principal, error) {
	return a.ensureExternal(ctx, subject, username, name, role, false)
}

// EnsureMember is EnsureExternal for a login that knows who somebody is but not what they may do at this desk: role is that of a new account,
// and what was set here since stays.
func (a *Accounts) EnsureMember(ctx context.Context, subject, username, name, role string) (Principal, error) {
	return a.ensureExternal(ctx, subject, username, name, role, true)
}

func (a *Accounts) ensureExternal(ctx context.Context, subject, username, name, role string, keep bool) (Principal, error) {
	if subject == "" || len(subject) > maxSubject {
		return Principal{}, ticket.InvalidField("subject", "must have 1 to %d bytes", maxSubject)
	}
	if _, err := cleanLine("subject", subject, maxSubject); err != nil {
		return Principal{}, err
	}
	username, err := cleanUsername(username)
	if err != nil {
		return Principal{}, err
	}
	if name, err = cleanLine("name", name, maxName); err != nil {
		return Principal{}, err
	}
	want := Account{External: subject, Username: username, Name: name, Role: role}
	acc, err := a.cfg.Store.AccountByExternal(ctx, subject)
	if ticket.KindOf(err) == ticket.NotFound || err == nil && acc.External == subject && acc.Active && !sameExternal(acc, want, keep) {
		acc, err = a.saveExternal(ctx, want, keep)
		if ticket.KindOf(err) == ticket.Conflict { // two first requests at once: the other one has made it
			acc, err = a.saveExternal(ctx, want, keep)
		}
	}
	if err != nil {
		return Principal{}, err
	}
	if acc.External != subject { // a database that takes more than the same bytes for equal
		return Principal{}, &ticket.Error{Kind: ticket.Conflict, Op: "rbac.EnsureExternal", Field: "subject", Msg: "this subject is taken in another spelling"}
	}
	if !acc.Active {
		return Principal{}, errToken()
	}
	p, err := a.principal(ctx, acc, nil, false)
	if err != nil {
		return Principal{}, err
	}
	now := a.now()
	a.touch(ctx, string(acc.ID), acc.LastLoginAt, now, seenEvery, func(tx Tx) error { return tx.TouchLogin(ctx, acc.ID, now) })
	return p, nil
}

func sameExternal(acc *Account, want Account, keepRole bool) bool {
	return (acc.Username == want.Username || acc.Username == suffixed(want)) && acc.Name == want.Name && (keepRole || acc.Role == want.Role)
}

// suffixed is the username of an account whose own is taken.
func suffixed(want Account) string {
	sum := sha256.Sum256([]byte(want.External))
	return cutLine(want.Username, maxUsername-9) + "-" + hex.EncodeToString(sum[:4])
}

func (a *Accounts) saveExternal(ctx context.Context, want Account, keepRole bool) (*Account, error) {
	by := ticket.SystemActor("host login")
	now := a.now()
	var acc *Account
	err := a.update(ctx, func(tx Tx) error {
		was, err := tx.AccountByExternal(ctx, want.External)
		switch {
		case ticket.KindOf(err) == ticket.NotFound:
			was = nil
		case err != nil:
			return err
		case was.External != want.External || !was.Active || sameExternal(was, want, keepRole):
			acc = was
			return nil
		}
		next := Account{ID: ticket.AccountID(ticket.NewID(now)), External: want.External, Active: true, Version: 1, CreatedAt: now, Email: addressIn(want.Username)}
		if was != nil {
			next = *was
		}
		if next.Name = want.Name; was == nil || !keepRole {
			next.Role = want.Role
		}
		if next.Username, err = freeName(ctx, tx, want, next.ID); err != nil {
			return err
		}
		acc = &next
		if was == nil {
			grants := grantsOf(want.Role, nil)
			if err := checkGrants(ctx, tx, "role", grants); err != nil {
				return err
			}
			return a.insert(ctx, tx, by, now, acc, grants)
		}
		return a.updateExternal(ctx, tx, by, now, was, acc)
	})
	return acc, err
}

func (a *Accounts) updateExternal(ctx context.Context, tx Tx, by ticket.Actor, now time.Time, was, next *Account) error {
	changed := []string{}
	grants, err := tx.AccountGrants(ctx, was.ID)
	if err != nil {
		return err
	}
	if was.Username != next.Username {
		changed = append(changed, "username")
	}
	if was.Name != next.Name {
		changed = append(changed, "name")
	}
	if was.Role != next.Role {
		changed = append(changed, "role")
		next.Version++
		limits := queuesOf(grants)
		if next.Role == RoleAdmin && len(limits) > 0 { // an admin is never limited
			limits, changed = nil, append(changed, "queues")
		}
		grants = grantsOf(next.Role, limits)
		if err := checkGrants(ctx, tx, "role", grants); err != nil {
			return err
		}
		if err := tx.SetAccountGrants(ctx, was.ID, grants); err != nil {
			return err
		}
	}
	return a.saveUser(ctx, tx, by, now, was, next, grants, changed)
}

// freeName gives the wanted username, or the suffixed one when somebody else has it.
func freeName(ctx context.Context, tx Tx, want Account, id ticket.AccountID) (string, error) {
	other, err := tx.AccountByName(ctx, want.Username)
	switch {
	case ticket.KindOf(err) == ticket.NotFound:
		return want.Username, nil
	case err != nil:
		return "", err
	case other.ID == id:
		return want.Username, nil
	}
	return suffixed(want), nil
}
