package rbac

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// LoginMeta is where a sign-in comes from.
type LoginMeta struct {
	// Address is the remote address, with or without a port, as the peer or a trusted proxy says. "" is not known: then attempts are
	// slowed down by account only.
	Address   string
	UserAgent string
	Panel     bool // the token goes into a browser's cookie
}

// LoginResult is a new session, or a new token for one.
type LoginResult struct {
	Token     string
	ExpiresAt time.Time
	Session   string
	Account   Account // without its hash
}

// maxSessions of one account; the oldest ends when there would be more.
const maxSessions = 50

// sweepEvery is how often expired sessions are removed, by whoever signs in next.
const sweepEvery = 10 * time.Minute

// Bootstrap makes the first account, an admin, unless there is any account already; then it changes nothing and created is false.
// username "" is "admin". password "" has one generated, which is returned once and must be changed at the first sign-in; a given one
// is Invalid when it is weak, and need not be changed. Several replicas may call it at the same time: one creates.
func (a *Accounts) Bootstrap(ctx context.Context, username, password string) (generated string, created bool, err error) {
	if exists, err := hasAccounts(ctx, a.cfg.Store); err != nil || exists {
		return "", false, err
	}
	if username, err = cleanUsername(cmp.Or(username, "admin")); err != nil {
		return "", false, err
	}
	secret := password
	if password == "" {
		generated = GeneratePassword()
		secret = generated
	} else if err := checkPassword(username, password); err != nil {
		return "", false, err
	}
	hash, err := a.hasher.hash(ctx, secret)
	if err != nil {
		return "", false, err
	}
	now := a.now()
	err = a.update(ctx, func(tx Tx) error {
		created = false
		exists, err := hasAccounts(ctx, tx)
		if err != nil || exists {
			return err
		}
		acc := &Account{ID: ticket.AccountID(ticket.NewID(now)), Username: username, Role: RoleAdmin, PasswordHash: hash,
			MustChange: generated != "", Active: true, Version: 1, CreatedAt: now}
		created = true
		return a.insert(ctx, tx, ticket.SystemActor("first start"), now, acc, []Grant{{Role: RoleAdmin}})
	})
	if ticket.KindOf(err) == ticket.Conflict { // another replica was faster, on a database that finds out at the end
		err, created = nil, false
	}
	if err != nil || !created {
		return "", false, err
	}
	return generated, true, nil
}

func hasAccounts(ctx context.Context, r Reader) (bool, error) {
	list, err := r.ListAccounts(ctx, "", 1)
	return len(list) > 0, err
}

// errWrong is the one answer to a wrong name, a wrong password, an inactive account and one without a password.
func errWrong() error {
	return ticket.Errorf(ticket.Unauthenticated, "the user name or the password is wrong")
}

// Login checks a password and makes a new session. Whatever is wrong with the name, the password or the account, the answer is the
// same Unauthenticated, after the same work. Too many attempts are RateLimited with a *Throttled inside, whether the account exists
// or not, and whether the password would have been right.
func (a *Accounts) Login(ctx context.Context, username, password string, meta LoginMeta) (LoginResult, error) {
	began := time.Now()
	now := a.now()
	acc, err := a.find(ctx, username)
	if err != nil {
		return LoginResult{}, err
	}
	key, hash := "name "+cutLine(FoldUsername(username), maxUsername), ""
	if acc != nil {
		key, hash = string(acc.ID), acc.PasswordHash
	}
	from := originOf(meta.Address)
	try, wait := a.throttle.begin(now, key, acc != nil, from, func() bool { return a.trusts(ctx, acc, from) })
	if try == nil {
		return LoginResult{}, errThrottled(wait)
	}
	ok, stale, err := false, false, error(nil)
	if len(password) <= maxPasswordBytes {
		ok, stale, err = a.hasher.verify(ctx, hash, password)
	}
	if err != nil {
		try.withdrawn()
		return LoginResult{}, err
	}
	if !ok || acc == nil || !acc.Active {
		a.noteFailure(ctx, now, acc, meta)
		return LoginResult{}, a.refuse(ctx, began)
	}
	renewed := ""
	if stale {
		if renewed, err = a.hasher.hash(ctx, password); err != nil {
			try.withdrawn()
			return LoginResult{}, err
		}
	}
	result, err := a.open(ctx, acc, renewed, meta, now)
	switch {
	case ticket.KindOf(err) == ticket.Unauthenticated: // the account changed while its password was checked
		return LoginResult{}, a.refuse(ctx, began)
	case err != nil:
		try.withdrawn()
		return LoginResult{}, err
	}
	try.succeeded()
	return result, nil
}

// find looks an account up by a name as typed; nil when there is none.
func (a *Accounts) find(ctx context.Context, username string) (*Account, error) {
	name, ok := lookupName(username)
	if !ok {
		return nil, nil
	}
	acc, err := a.cfg.Store.AccountByName(ctx, name)
	if ticket.KindOf(err) == ticket.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if FoldUsername(acc.Username) != FoldUsername(name) { // a collation that takes more for equal than case
		return nil, nil
	}
	return acc, nil
}

// trusts reports whether an account has a session that was opened from the same network: then a stranger's failures do not keep its
// owner out. An answer that cannot be had is no.
func (a *Accounts) trusts(ctx context.Context, acc *Account, from origin) bool {
	if acc == nil || !from.narrow.IsValid() {
		return false
	}
	sessions, err := a.cfg.Store.ListSessions(ctx, acc.ID)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(sessions, func(s Session) bool { return originOf(s.Address).narrow == from.narrow })
}

// open makes the session of somebody whose password was right.
func (a *Accounts) open(ctx context.Context, acc *Account, renewed string, meta LoginMeta, now time.Time) (LoginResult, error) {
	life := a.cfg.BearerLifetime
	if meta.Panel {
		life = a.cfg.PanelLifetime
	}
	s := &Session{ID: ticket.NewID(now), AccountID: acc.ID, CreatedAt: now, ExpiresAt: now.Add(life).Truncate(time.Second), LastSeen: now,
		Address: cutLine(meta.Address, maxUserAgent), UserAgent: cutLine(meta.UserAgent, maxUserAgent), Panel: meta.Panel}
	a.mu.Lock()
	sweep := now.Sub(a.swept) >= sweepEvery
	a.mu.Unlock()
	var cur *Account
	err := a.update(ctx, func(tx Tx) error {
		var err error
		if cur, err = tx.AccountByID(ctx, acc.ID); err != nil {
			if ticket.KindOf(err) == ticket.NotFound {
				return errWrong()
			}
			return err
		}
		if cur.Version != acc.Version || !cur.Active {
			return errWrong()
		}
		if renewed != "" && cur.PasswordHash == acc.PasswordHash {
			cur.PasswordHash = renewed // the same password: what was issued for this version stays good
			if err := tx.UpdateAccount(ctx, cur, cur.Version); err != nil {
				return err
			}
		}
		if sweep {
			if err := tx.DeleteExpiredSessions(ctx, now); err != nil {
				return err
			}
		}
		if err := makeRoom(ctx, tx, acc.ID); err != nil {
			return err
		}
		if err := tx.InsertSession(ctx, s); err != nil {
			return err
		}
		if err := tx.TouchLogin(ctx, acc.ID, now); err != nil {
			return err
		}
		by := ticket.AccountActor(acc.ID, cur.DisplayName())
		by.Source = meta.Address
		return a.record(ctx, tx, by, now, EventLogin,
			data{"account_id": acc.ID, "session_id": s.ID, "panel": s.Panel}, data{"user_agent": s.UserAgent})
	})
	if err != nil {
		return LoginResult{}, err
	}
	if sweep {
		a.mu.Lock()
		a.swept = now
		a.mu.Unlock()
	}
	cur.LastLoginAt = now
	return a.issue(s, cur, now)
}

// makeRoom ends the oldest sessions of an account that has too many.
func makeRoom(ctx context.Context, tx Tx, id ticket.AccountID) error {
	list, err := tx.ListSessions(ctx, id)
	if err != nil || len(list) < maxSessions {
		return err
	}
	slices.SortFunc(list, func(x, y Session) int { return x.LastSeen.Compare(y.LastSeen) })
	for _, s := range list[:len(list)-maxSessions+1] {
		if err := tx.DeleteSession(ctx, id, s.ID); err != nil {
			return err
		}
	}
	return nil
}

func (a *Accounts) issue(s *Session, acc *Account, now time.Time) (LoginResult, error) {
	token, err := a.signer.sign(s, acc.Version, now)
	if err != nil {
		return LoginResult{}, &ticket.Error{Kind: ticket.Internal, Op: "rbac.issue", Err: err}
	}
	return LoginResult{Token: token, ExpiresAt: s.ExpiresAt, Session: s.ID, Account: withoutHash(acc)}, nil
}

func withoutHash(a *Account) Account {
	out := *a
	out.PasswordHash = ""
	return out
}

// noteFailure writes some of the failures down. The name that was typed is never kept: people type passwords there.
func (a *Accounts) noteFailure(ctx context.Context, now time.Time, acc *Account, meta LoginMeta) {
	var id ticket.AccountID
	if acc != nil {
		id = acc.ID
	}
	n, write := a.failures.note(now, id)
	if !write {
		return
	}
	public := data{"attempts": n}
	if id != "" {
		public["account_id"] = id
	}
	by := ticket.SystemActor("sign-in")
	by.Source = meta.Address
	err := a.update(ctx, func(tx Tx) error { return a.record(ctx, tx, by, now, EventLoginFailed, public, data{}) })
	if err != nil {
		a.cfg.Log.ErrorContext(ctx, "a failed sign-in was not written down", "error", err)
	}
}

// refuse answers no sooner than the floor behind began.
func (a *Accounts) refuse(ctx context.Context, began time.Time) error {
	if rest := a.cfg.FailureFloor - time.Since(began); rest > 0 {
		t := time.NewTimer(rest)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
	}
	return errWrong()
}
