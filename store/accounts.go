package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// fold is the form in which names of accounts are compared.
func fold(username string) string { return rbac.FoldUsername(username) }

func (a *accountRow) account() *rbac.Account {
	out := &rbac.Account{ID: a.ID, Username: a.Username, Name: a.Name, Role: a.Role, PasswordHash: a.PasswordHash, MustChange: a.MustChange,
		Active: a.Active, Version: a.Version, Rights: a.Rights, Email: a.Email, CreatedAt: a.CreatedAt.time(), LastLoginAt: a.LastLoginAt.time()}
	if a.External != nil {
		out.External = *a.External
	}
	return out
}

func toAccountRow(a *rbac.Account) *accountRow {
	row := &accountRow{ID: a.ID, Username: a.Username, UsernameFold: fold(a.Username), Name: a.Name, Role: a.Role, PasswordHash: a.PasswordHash,
		MustChange: a.MustChange, Active: a.Active, Version: a.Version, Rights: a.Rights, Email: a.Email, CreatedAt: toMicros(a.CreatedAt), LastLoginAt: toMicros(a.LastLoginAt)}
	if a.External != "" {
		row.External = &a.External
	}
	return row
}

// AccountByID implements rbac.Reader.
func (r reader) AccountByID(ctx context.Context, id ticket.AccountID) (*rbac.Account, error) {
	return r.account(ctx, "a.id = ?", id)
}

// AccountByName implements rbac.Reader.
func (r reader) AccountByName(ctx context.Context, username string) (*rbac.Account, error) {
	return r.account(ctx, "a.username_fold = ?", fold(username))
}

// AccountByExternal implements rbac.Reader.
func (r reader) AccountByExternal(ctx context.Context, subject string) (*rbac.Account, error) {
	return r.account(ctx, "a.external = ?", subject)
}

func (r reader) account(ctx context.Context, where string, arg any) (*rbac.Account, error) {
	var row accountRow
	found, err := r.h.one(ctx, r.s.expand("SELECT "+r.s.tables.accounts.of("a")+" FROM {accounts} a WHERE "+where), []any{arg},
		r.s.tables.accounts.dest(&row)...)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("account")
	}
	return row.account(), nil
}

// selectFrom begins one of bun's queries, for the reads that are rare.
func (r reader) selectFrom(model any, name, alias string) *bun.SelectQuery {
	return r.s.bun.NewSelect().Conn(r.h).Model(model).ModelTableExpr("? AS ?", bun.Ident(name), bun.Ident(alias))
}

// ListAccounts implements rbac.Reader.
func (r reader) ListAccounts(ctx context.Context, after string, limit int) ([]rbac.Account, error) {
	var rows []accountRow
	err := r.selectFrom(&rows, r.s.tables.accounts.name, "a").Where("a.username_fold > ?", fold(after)).
		OrderExpr("a.username_fold").Limit(int64(orDefault(limit, 100))).Scan(ctx)
	out := make([]rbac.Account, 0, len(rows))
	for i := range rows {
		out = append(out, *rows[i].account())
	}
	return out, r.s.fail(err)
}

func (s *sessionRow) session() *rbac.Session {
	return &rbac.Session{ID: s.ID, AccountID: s.AccountID, CreatedAt: s.CreatedAt.time(), ExpiresAt: s.ExpiresAt.time(), LastSeen: s.LastSeen.time(),
		Address: s.Address, UserAgent: s.UserAgent, Panel: s.Panel}
}

func (k *tokenRow) token() (*rbac.Token, error) {
	out := &rbac.Token{ID: k.ID, AccountID: k.AccountID, Name: k.Name, Prefix: k.Prefix, Hash: k.Hash, CreatedAt: k.CreatedAt.time(),
		ExpiresAt: k.ExpiresAt.time(), LastUsed: k.LastUsed.time()}
	return out, op("scopes of token "+k.ID, decode(k.Scopes, &out.Scopes))
}

// SessionAccount implements rbac.Reader.
func (r reader) SessionAccount(ctx context.Context, session string) (*rbac.Session, *rbac.Account, error) {
	var row sessionRow
	var acc accountRow
	found, err := r.h.one(ctx, r.joined("sessions", r.s.tables.sessions.of("x"), "x.id"), []any{session},
		append(r.s.tables.sessions.dest(&row), r.s.tables.accounts.dest(&acc)...)...)
	if err != nil {
		return nil, nil, err
	}
	if !found {
		return nil, nil, notFound("session")
	}
	return row.session(), acc.account(), nil
}

// TokenAccount implements rbac.Reader.
func (r reader) TokenAccount(ctx context.Context, hash string) (*rbac.Token, *rbac.Account, error) {
	var row tokenRow
	var acc accountRow
	found, err := r.h.one(ctx, r.joined("api_tokens", r.s.tables.tokens.of("x"), "x.hash"), []any{hash},
		append(r.s.tables.tokens.dest(&row), r.s.tables.accounts.dest(&acc)...)...)
	if err != nil {
		return nil, nil, err
	}
	if !found {
		return nil, nil, notFound("token")
	}
	tok, err := row.token()
	return tok, acc.account(), err
}

// SessionPulse implements rbac.PulseReader.
func (r reader) SessionPulse(ctx context.Context, session string) (rbac.Pulse, error) {
	return r.pulse(ctx, "SELECT x.last_seen"+pulseOf+"{sessions} x JOIN {accounts} a ON a.id = x.account_id WHERE x.id = ?", session, "session")
}

// TokenPulse implements rbac.PulseReader.
func (r reader) TokenPulse(ctx context.Context, hash string) (rbac.Pulse, error) {
	return r.pulse(ctx, "SELECT x.last_used"+pulseOf+"{api_tokens} x JOIN {accounts} a ON a.id = x.account_id WHERE x.hash = ?", hash, "token")
}

const pulseOf = ", a.id, a.username, a.name, a.active, a.version, a.rights FROM "

func (r reader) pulse(ctx context.Context, text, key, what string) (p rbac.Pulse, err error) {
	var seen micros
	found, err := r.h.one(r.h.brief(ctx), r.s.text(text), []any{key}, &seen, &p.Account, &p.Username, &p.Name, &p.Active, &p.Version, &p.Rights)
	if err == nil && !found {
		err = notFound(what)
	}
	p.Seen = seen.time()
	return p, err
}

// joined is the text that reads a row x of a table with its account.
func (r reader) joined(table, cols, key string) string {
	if t, ok := r.s.texts.Load(key); ok {
		return t.(string)
	}
	t := r.s.expand("SELECT " + cols + ", " + r.s.tables.accounts.of("a") + " FROM {" + table + "} x JOIN {accounts} a ON a.id = x.account_id WHERE " +
		key + " = ?")
	r.s.texts.Store(key, t)
	return t
}

// ListSessions implements rbac.Reader: newest first.
func (r reader) ListSessions(ctx context.Context, id ticket.AccountID) ([]rbac.Session, error) {
	var rows []sessionRow
	err := r.selectFrom(&rows, r.s.tables.sessions.name, "s").Where("s.account_id = ?", id).OrderExpr("s.created_at DESC, s.id").Scan(ctx)
	var out []rbac.Session
	for i := range rows {
		out = append(out, *rows[i].session())
	}
	return out, r.s.fail(err)
}

// ListTokens implements rbac.Reader: oldest first.
func (r reader) ListTokens(ctx context.Context, id ticket.AccountID) ([]rbac.Token, error) {
	var rows []tokenRow
	if err := r.selectFrom(&rows, r.s.tables.tokens.name, "k").Where("k.account_id = ?", id).OrderExpr("k.created_at, k.id").Scan(ctx); err != nil {
		return nil, r.s.fail(err)
	}
	var out []rbac.Token
	for i := range rows {
		tok, err := rows[i].token()
		if err != nil {
			return nil, err
		}
		out = append(out, *tok)
	}
	return out, nil
}
