package rbac

import (
	"context"

	"github.com/ticketkit/ticketkit/ticket"
)

// errNoSession answers what only somebody who signed in here can do.
func errNoSession() error {
	return ticket.Errorf(ticket.Denied, "this needs a sign-in with a password; an API token or another login is not enough")
}

// Logout ends the session of a principal. It is content when the session is gone already, and Denied for an API token.
func (a *Accounts) Logout(ctx context.Context, p Principal) error {
	if p.Session == "" {
		return errNoSession()
	}
	err := a.endSession(ctx, p.Actor, p.Account.ID, p.Session, func(Tx) error { return nil })
	if ticket.KindOf(err) == ticket.NotFound {
		return nil
	}
	return err
}

// endSession removes a session of an account after check, which runs inside the transaction.
func (a *Accounts) endSession(ctx context.Context, by ticket.Actor, account ticket.AccountID, id string, check func(Tx) error) error {
	now := a.now()
	return a.update(ctx, func(tx Tx) error {
		if err := check(tx); err != nil {
			return err
		}
		s, _, err := tx.SessionAccount(ctx, id)
		if err != nil {
			return err
		}
		if s.AccountID != account {
			return ticket.Errorf(ticket.NotFound, "there is no such session")
		}
		if err := tx.DeleteSession(ctx, account, id); err != nil {
			return err
		}
		return a.record(ctx, tx, by, now, EventLogout, data{"account_id": account, "session_id": id}, data{})
	})
}

// maySee lets everybody see their own sessions, and with user:read those of anybody. An API token is not its owner here.
func maySee(ctx context.Context, r Reader, by ticket.Actor, account ticket.AccountID) error {
	have, err := currentRights(ctx, r, by)
	if err != nil {
		return err
	}
	if isSelf(by, account) && len(have.reach) > 0 || have.grant(ticket.OpUserRead).All {
		return nil
	}
	return errMissing(ticket.OpUserRead)
}

// mayEnd lets everybody end their own sessions, and with user:update those of anybody whose permissions one has.
func mayEnd(ctx context.Context, r Reader, by ticket.Actor, account ticket.AccountID) error {
	have, err := currentRights(ctx, r, by)
	if err != nil {
		return err
	}
	if isSelf(by, account) && len(have.reach) > 0 {
		return nil
	}
	if !have.grant(ticket.OpUserUpdate).All {
		return errMissing(ticket.OpUserUpdate)
	}
	if _, err := r.AccountByID(ctx, account); err != nil {
		return err
	}
	target, err := powerOf(ctx, r, account)
	if err != nil {
		return err
	}
	if !have.covers(target.rights) {
		return errExceeds()
	}
	return nil
}

// isSelf reports whether the actor is the account itself and not one of its API tokens.
func isSelf(by ticket.Actor, account ticket.AccountID) bool {
	if by.Kind != ticket.ActorAccount || by.Account == "" || by.Account != account {
		return false
	}
	c, ok := by.Claims.(*Claims)
	return by.Claims == nil || ok && !c.scoped
}

// Sessions lists the sessions of an account that have not expired: one's own, or with user:read those of anybody. An API token needs
// user:read for those of its owner too.
func (a *Accounts) Sessions(ctx context.Context, by ticket.Actor, account ticket.AccountID) ([]Session, error) {
	if err := maySee(ctx, a.cfg.Store, by, account); err != nil {
		return nil, err
	}
	list, err := a.cfg.Store.ListSessions(ctx, account)
	if err != nil {
		return nil, err
	}
	now := a.now()
	live := make([]Session, 0, len(list))
	for _, s := range list {
		if !a.ended(&s, now) {
			live = append(live, s)
		}
	}
	return live, nil
}

// RevokeSession ends a session of an account: one's own, or with user:update that of anybody whose permissions one has. A session that
// is gone or somebody else's is NotFound.
func (a *Accounts) RevokeSession(ctx context.Context, by ticket.Actor, account ticket.AccountID, id string) error {
	return a.endSession(ctx, by, account, id, func(tx Tx) error { return mayEnd(ctx, tx, by, account) })
}

// ChangePassword sets a new password for somebody who is signed in and knows the old one. All other sessions end; this one goes on
// with the token in the answer, since the token in use is for the version before. A wrong old password is Invalid with the field
// "old_password", and too many are RateLimited. API tokens are Denied.
func (a *Accounts) ChangePassword(ctx context.Context, p Principal, old, password string) (LoginResult, error) {
	if p.Session == "" {
		return LoginResult{}, errNoSession()
	}
	now := a.now()
	s, acc, err := a.cfg.Store.SessionAccount(ctx, p.Session)
	if err != nil {
		return LoginResult{}, gone(err)
	}
	if err := stillThere(s, acc, p, !a.ended(s, now)); err != nil {
		return LoginResult{}, err
	}
	if err := checkPassword(acc.Username, password); err != nil {
		return LoginResult{}, err
	}
	if old == password {
		return LoginResult{}, ticket.InvalidField("password", "must not be the old one")
	}
	try, wait := a.throttle.beginChange(now, string(acc.ID))
	if try == nil {
		return LoginResult{}, errThrottled(wait)
	}
	ok := false
	if len(old) <= maxPasswordBytes {
		if ok, _, err = a.hasher.verify(ctx, acc.PasswordHash, old); err != nil {
			try.withdrawn()
			return LoginResult{}, err
		}
	}
	if !ok {
		return LoginResult{}, ticket.InvalidField("old_password", "is wrong")
	}
	try.succeeded()
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return LoginResult{}, err
	}
	var next Account
	err = a.update(ctx, func(tx Tx) error {
		s, cur, err := tx.SessionAccount(ctx, p.Session)
		if err != nil {
			return gone(err)
		}
		if err := stillThere(s, cur, p, true); err != nil {
			return err
		}
		next = *cur
		next.PasswordHash, next.MustChange, next.Version = hash, false, cur.Version+1
		if err := tx.UpdateAccount(ctx, &next, cur.Version); err != nil {
			return err
		}
		if err := tx.DeleteSessions(ctx, cur.ID, s.ID); err != nil {
			return err
		}
		return a.record(ctx, tx, p.Actor, now, EventPasswordChanged, data{"account_id": cur.ID}, data{})
	})
	if err != nil {
		return LoginResult{}, err
	}
	return a.issue(s, &next, now)
}

// stillThere checks that the session is the principal's and that the account is as it was when it was authenticated.
func stillThere(s *Session, acc *Account, p Principal, live bool) error {
	if !live || s.AccountID != p.Account.ID || acc.ID != p.Account.ID || acc.Version != p.Account.Version || !acc.Active {
		return errToken()
	}
	return nil
}
