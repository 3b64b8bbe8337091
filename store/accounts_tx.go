package store

import (
	"context"
	"time"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// taken names the field of an account whose uniqueness was violated.
func (tx *Tx) taken(err error, a *rbac.Account, other func() bool) error {
	if classOf(err) != Unique {
		return err
	}
	if other() {
		return conflict(err, "external", "another account has this subject")
	}
	return conflict(err, "username", "the name is taken")
}

// externalTaken looks before a write, because nothing can be read after it has failed.
func (tx *Tx) externalTaken(ctx context.Context, a *rbac.Account) (bool, error) {
	if a.External == "" {
		return false, nil
	}
	var id ticket.AccountID
	found, err := tx.h.one(ctx, tx.s.text("SELECT id FROM {accounts} WHERE external = ?"), []any{a.External}, &id)
	return found && id != a.ID, err
}

// InsertAccount implements rbac.Tx.
func (tx *Tx) InsertAccount(ctx context.Context, a *rbac.Account) error {
	other, err := tx.externalTaken(ctx, a)
	if err != nil {
		return err
	}
	tb := &tx.s.tables.accounts
	_, err = tx.h.exec(ctx, tb.insert, tb.values(toAccountRow(a))...)
	return tx.taken(err, a, func() bool { return other })
}

// UpdateAccount implements rbac.Tx.
func (tx *Tx) UpdateAccount(ctx context.Context, a *rbac.Account, was int64) error {
	other, err := tx.externalTaken(ctx, a)
	if err != nil {
		return err
	}
	tb := &tx.s.tables.accounts
	n, err := tx.h.affected(ctx, tb.update("id = ? AND version = ?"), append(tb.values(toAccountRow(a)), a.ID, was)...)
	if err != nil {
		return tx.taken(err, a, func() bool { return other })
	}
	if n > 0 {
		return nil
	}
	if _, err := tx.AccountByID(ctx, a.ID); err != nil {
		return err
	}
	return ticket.Errorf(ticket.Stale, "the account has changed since")
}

// DeleteAccount implements rbac.Tx.
func (tx *Tx) DeleteAccount(ctx context.Context, id ticket.AccountID) error {
	a, err := tx.AccountByID(ctx, id)
	if err != nil {
		return err
	}
	name := a.Name
	if name == "" {
		name = a.Username
	}
	if _, err := tx.h.exec(ctx, tx.s.text("UPDATE {tickets} SET assignee_name = ? WHERE assignee_id = ?"), name, id); err != nil {
		return err
	}
	for _, text := range []string{
		"DELETE FROM {sessions} WHERE account_id = ?",
		"DELETE FROM {api_tokens} WHERE account_id = ?",
		"DELETE FROM {account_links} WHERE account_id = ?",
		"DELETE FROM {account_grants} WHERE account_id = ?",
		"DELETE FROM {saved} WHERE account_id = ?", // what everybody has is of no account
		"DELETE FROM {personal} WHERE account_id = ?",
		"DELETE FROM {mentions} WHERE account_id = ?",
		"DELETE FROM {accounts} WHERE id = ?",
	} {
		if _, err := tx.h.exec(ctx, tx.s.text(text), id); err != nil {
			return err
		}
	}
	return nil
}

// InsertSession implements rbac.Tx.
func (tx *Tx) InsertSession(ctx context.Context, s *rbac.Session) error {
	tb := &tx.s.tables.sessions
	_, err := tx.h.exec(ctx, tb.insert, tb.values(&sessionRow{ID: s.ID, AccountID: s.AccountID, CreatedAt: toMicros(s.CreatedAt),
		ExpiresAt: toMicros(s.ExpiresAt), LastSeen: toMicros(s.LastSeen), Address: s.Address, UserAgent: s.UserAgent, Panel: s.Panel})...)
	return err
}

// met runs a statement and answers NotFound when it met no row.
func (tx *Tx) met(ctx context.Context, what, text string, args ...any) error {
	n, err := tx.h.affected(ctx, tx.s.text(text), args...)
	if err == nil && n == 0 {
		return notFound(what)
	}
	return err
}

// DeleteSession implements rbac.Tx; NotFound when the account has no such session.
func (tx *Tx) DeleteSession(ctx context.Context, account ticket.AccountID, id string) error {
	return tx.met(ctx, "session", "DELETE FROM {sessions} WHERE id = ? AND account_id = ?", id, account)
}

// DeleteSessions implements rbac.Tx.
func (tx *Tx) DeleteSessions(ctx context.Context, account ticket.AccountID, except string) error {
	_, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {sessions} WHERE account_id = ? AND id <> ?"), account, except)
	return err
}

// DeleteExpiredSessions implements rbac.Tx.
func (tx *Tx) DeleteExpiredSessions(ctx context.Context, now time.Time) error {
	_, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {sessions} WHERE expires_at <= ?"), toMicros(now))
	return err
}

// InsertToken implements rbac.Tx.
func (tx *Tx) InsertToken(ctx context.Context, t *rbac.Token) error {
	scopes, err := encode(t.Scopes, len(t.Scopes) == 0)
	if err != nil {
		return op("scopes", err)
	}
	tb := &tx.s.tables.tokens
	_, err = tx.h.exec(ctx, tb.insert, tb.values(&tokenRow{ID: t.ID, AccountID: t.AccountID, Name: t.Name, Prefix: t.Prefix, Hash: t.Hash,
		Scopes: scopes, CreatedAt: toMicros(t.CreatedAt), ExpiresAt: toMicros(t.ExpiresAt), LastUsed: toMicros(t.LastUsed)})...)
	return err
}

// DeleteToken implements rbac.Tx; NotFound when the account has no such token.
func (tx *Tx) DeleteToken(ctx context.Context, account ticket.AccountID, id string) error {
	return tx.met(ctx, "token", "DELETE FROM {api_tokens} WHERE id = ? AND account_id = ?", id, account)
}

// TouchSession implements rbac.Tx. A session that has ended meanwhile is no error.
func (tx *Tx) TouchSession(ctx context.Context, id string, at time.Time) error {
	_, err := tx.h.exec(ctx, tx.s.text("UPDATE {sessions} SET last_seen = ? WHERE id = ?"), toMicros(at), id)
	return err
}

// TouchToken implements rbac.Tx. A token that was deleted meanwhile is no error.
func (tx *Tx) TouchToken(ctx context.Context, id string, at time.Time) error {
	_, err := tx.h.exec(ctx, tx.s.text("UPDATE {api_tokens} SET last_used = ? WHERE id = ?"), toMicros(at), id)
	return err
}

// TouchLogin implements rbac.Tx.
func (tx *Tx) TouchLogin(ctx context.Context, id ticket.AccountID, at time.Time) error {
	return tx.met(ctx, "account", "UPDATE {accounts} SET last_login_at = ? WHERE id = ?", toMicros(at), id)
}
