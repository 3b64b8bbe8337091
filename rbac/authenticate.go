package rbac

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Principal is somebody who proved who they are, for one request. Its slices are shared with other requests: nobody changes them.
type Principal struct {
	Account     Account          // without its hash; LastLoginAt may be that of an earlier sign-in
	Session     string           // id of the session; "" for API tokens and the host's own login
	Token       string           // id of the API token; "" otherwise
	Permissions []ticket.Op      // what is allowed now, sorted; none while the password must be changed
	Grants      []Grant          // of the account, sorted
	Queues      []ticket.QueueID // the queues that the grants are limited to; empty when one is for the whole desk
	ExpiresAt   time.Time        // when this proof ends at the latest; zero = not known
	Actor       ticket.Actor     // carries Claims; the caller may set Source

	tokenHash string // to read the token again
}

// tokenPrefix begins every API token, so that a leaked one is recognised.
const tokenPrefix = "tk_"

const (
	tokenBytes = 30                                // 240 random bits
	tokenLen   = len(tokenPrefix) + tokenBytes*8/5 // in base32
	shownLen   = len(tokenPrefix) + 8              // what is shown of it: 40 bits, which leaves 200
)

func errToken() error {
	return ticket.Errorf(ticket.Unauthenticated, "the sign-in has ended or is not valid; sign in again")
}

// Authenticate checks a bearer token, the value of the cookie, or an API token (tk_…), by one query. Everything that is wrong with it
// is the same Unauthenticated; other errors mean that the answer is not known. While the password must be changed the principal is
// there but may do nothing except ChangePassword and Logout.
func (a *Accounts) Authenticate(ctx context.Context, token string) (Principal, error) {
	if strings.HasPrefix(token, tokenPrefix) {
		if !wellFormed(token) {
			return Principal{}, errToken()
		}
		return a.byToken(ctx, hashToken(token))
	}
	b, err := a.signer.parse(token)
	if err != nil {
		return Principal{}, errToken()
	}
	return a.bySession(ctx, b.Session, ticket.AccountID(b.Subject), b.Version)
}

// Refresh checks a principal again for a request that lasts, such as a live stream: it is Unauthenticated once the session, token or
// account has ended or changed since, or a role that the account holds.
func (a *Accounts) Refresh(ctx context.Context, p Principal) (Principal, error) {
	again, err := a.again(ctx, p)
	if err != nil {
		return Principal{}, err
	}
	if again.Account.Version != p.Account.Version || again.Account.Rights != p.Account.Rights {
		return Principal{}, errToken()
	}
	again.Actor.Source = p.Actor.Source
	return again, nil
}

func (a *Accounts) again(ctx context.Context, p Principal) (Principal, error) {
	switch {
	case p.tokenHash != "":
		return a.byToken(ctx, p.tokenHash)
	case p.Session != "":
		return a.bySession(ctx, p.Session, p.Account.ID, p.Account.Version)
	}
	acc, err := a.cfg.Store.AccountByID(ctx, p.Account.ID)
	if err != nil {
		return Principal{}, gone(err)
	}
	if !acc.Active {
		return Principal{}, errToken()
	}
	return a.principal(ctx, acc, nil, false)
}

func (a *Accounts) bySession(ctx context.Context, id string, account ticket.AccountID, version int64) (Principal, error) {
	k, seen, err := a.recall(ctx, "session "+id, func() (Pulse, error) { return a.cfg.Store.SessionPulse(ctx, id) }, func() (*known, error) {
		s, acc, err := a.cfg.Store.SessionAccount(ctx, id)
		if err != nil {
			return nil, err
		}
		p, err := a.principal(ctx, acc, nil, false)
		return &known{session: *s, pulse: acc.pulse(s.LastSeen), principal: p}, err
	})
	if err != nil {
		return Principal{}, gone(err)
	}
	now, p, s := a.now(), k.principal, k.session
	s.LastSeen = seen
	if s.ID != id || a.ended(&s, now) || p.Account.ID != account || s.AccountID != p.Account.ID || p.Account.Version != version || !p.Account.Active {
		return Principal{}, errToken()
	}
	p.Session, p.ExpiresAt = s.ID, s.ExpiresAt
	a.touch(ctx, s.ID, seen, now, touchEvery, func(tx Tx) error { return tx.TouchSession(ctx, s.ID, now) })
	return p, nil
}

// ended reports whether a session is over by itself.
func (a *Accounts) ended(s *Session, now time.Time) bool {
	return !now.Before(s.ExpiresAt) || s.Panel && now.Sub(s.LastSeen) >= a.cfg.PanelIdle
}

func (a *Accounts) byToken(ctx context.Context, hash string) (Principal, error) {
	k, seen, err := a.recall(ctx, "token "+hash, func() (Pulse, error) { return a.cfg.Store.TokenPulse(ctx, hash) }, func() (*known, error) {
		t, acc, err := a.cfg.Store.TokenAccount(ctx, hash)
		if err != nil {
			return nil, err
		}
		p, err := a.principal(ctx, acc, t.Scopes, true)
		return &known{token: *t, pulse: acc.pulse(t.LastUsed), principal: p}, err
	})
	if err != nil {
		return Principal{}, gone(err)
	}
	now, p, t := a.now(), k.principal, &k.token
	if t.Hash != hash || !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt) || t.AccountID != p.Account.ID || !p.Account.Active {
		return Principal{}, errToken()
	}
	p.Token, p.ExpiresAt, p.tokenHash = t.ID, t.ExpiresAt, hash
	a.touch(ctx, t.ID, seen, now, touchEvery, func(tx Tx) error { return tx.TouchToken(ctx, t.ID, now) })
	return p, nil
}

func (a *Accounts) principal(ctx context.Context, acc *Account, scopes []ticket.Op, scoped bool) (Principal, error) {
	p, err := a.powerOf(ctx, acc)
	if err != nil {
		return Principal{}, err
	}
	c := &Claims{account: acc.ID, version: acc.Version, scopes: scopes, scoped: scoped, rights: p.now(acc, scopes, scoped)}
	actor := ticket.AccountActor(acc.ID, acc.DisplayName())
	actor.Claims = c
	return Principal{Account: withoutHash(acc), Permissions: c.rights.permissions(), Grants: slices.Clone(p.grants), Queues: queuesOf(p.grants),
		Actor: actor}, nil
}

// gone turns the absence of a session, token or account into Unauthenticated and leaves other errors.
func gone(err error) error {
	if ticket.KindOf(err) == ticket.NotFound {
		return errToken()
	}
	return err
}

// wellFormed reports whether s has the shape of an API token; nothing else is looked up.
func wellFormed(s string) bool {
	if len(s) != tokenLen || !strings.HasPrefix(s, tokenPrefix) {
		return false
	}
	for _, c := range []byte(s[len(tokenPrefix):]) {
		if (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

func hashToken(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
