package store

import (
	"context"
	"database/sql"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// AccountGrants implements rbac.Reader, in order of role and queue.
func (r reader) AccountGrants(ctx context.Context, id ticket.AccountID) ([]rbac.Grant, error) {
	var out []rbac.Grant
	err := r.h.query(ctx, r.s.text("SELECT role, queue_id FROM {account_grants} WHERE account_id = ? ORDER BY role, queue_id"), []any{id},
		func(rows *sql.Rows) error {
			var g rbac.Grant
			err := rows.Scan(&g.Role, &g.Queue)
			out = append(out, g)
			return err
		})
	return out, err
}

// CountActive implements rbac.Reader.
func (r reader) CountActive(ctx context.Context, role string) (int, error) {
	var n int
	_, err := r.h.one(ctx, r.s.text("SELECT COUNT(*) FROM {accounts} a JOIN {account_grants} g ON g.account_id = a.id WHERE a.active = ? AND g.role = ? AND g.queue_id = ''"),
		[]any{true, role}, &n)
	return n, err
}

// CountGrants implements rbac.Reader.
func (r reader) CountGrants(ctx context.Context, role string) (int, error) {
	var n int
	_, err := r.h.one(ctx, r.s.text("SELECT COUNT(DISTINCT account_id) FROM {account_grants} WHERE role = ?"), []any{role}, &n)
	return n, err
}

// permission is one element of roleRow.Permissions.
type permission [2]string

func (r *roleRow) role() (*rbac.Role, error) {
	out := &rbac.Role{Name: r.Name, Description: r.Description, Version: r.Version, CreatedAt: r.CreatedAt.time(), UpdatedAt: r.UpdatedAt.time()}
	var list []permission
	if err := decode(r.Permissions, &list); err != nil {
		return nil, op("permissions of role "+r.Name, err)
	}
	for _, p := range list {
		out.Permissions = append(out.Permissions, rbac.Permission{Op: ticket.Op(p[0]), Scope: rbac.Scope(p[1])})
	}
	return out, nil
}

func toRoleRow(r *rbac.Role) (*roleRow, error) {
	list := make([]permission, 0, len(r.Permissions))
	for _, p := range r.Permissions {
		list = append(list, permission{string(p.Op), string(p.Scope)})
	}
	text, err := encode(list, len(list) == 0)
	if err != nil {
		return nil, op("permissions of role "+r.Name, err)
	}
	return &roleRow{Name: r.Name, Description: r.Description, Permissions: text, Version: r.Version, CreatedAt: toMicros(r.CreatedAt),
		UpdatedAt: toMicros(r.UpdatedAt)}, nil
}

// Role implements rbac.Reader.
func (r reader) Role(ctx context.Context, name string) (*rbac.Role, error) {
	var row roleRow
	tb := &r.s.tables.roles
	found, err := r.h.one(ctx, r.s.expand("SELECT "+tb.of("r")+" FROM {roles} r WHERE r.name = ?"), []any{name}, tb.dest(&row)...)
	if err != nil {
		return nil, err
	}
	if !found || row.Name != name { // a collation may take more for equal than the same bytes
		return nil, notFound("role")
	}
	return row.role()
}

// Roles implements rbac.Reader.
func (r reader) Roles(ctx context.Context) ([]rbac.Role, error) {
	var rows []roleRow
	if err := r.selectFrom(&rows, r.s.tables.roles.name, "r").OrderExpr("r.name").Scan(ctx); err != nil {
		return nil, r.s.fail(err)
	}
	out := make([]rbac.Role, 0, len(rows))
	for i := range rows {
		role, err := rows[i].role()
		if err != nil {
			return nil, err
		}
		out = append(out, *role)
	}
	return out, nil
}

// SetAccountGrants implements rbac.Tx.
func (tx *Tx) SetAccountGrants(ctx context.Context, id ticket.AccountID, grants []rbac.Grant) error {
	if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {account_grants} WHERE account_id = ?"), id); err != nil {
		return err
	}
	seen := map[rbac.Grant]bool{}
	tb := &tx.s.tables.grants
	for _, g := range grants {
		if seen[g] {
			continue
		}
		seen[g] = true
		if _, err := tx.h.exec(ctx, tb.insert, tb.values(&grantRow{AccountID: id, Role: g.Role, QueueID: g.Queue})...); err != nil {
			return err
		}
	}
	return nil
}

// InsertRole implements rbac.Tx.
func (tx *Tx) InsertRole(ctx context.Context, r *rbac.Role) error {
	row, err := toRoleRow(r)
	if err != nil {
		return err
	}
	tb := &tx.s.tables.roles
	_, err = tx.h.exec(ctx, tb.insert, tb.values(row)...)
	if classOf(err) == Unique {
		return conflict(err, "name", "the name is taken")
	}
	return err
}

// UpdateRole implements rbac.Tx.
func (tx *Tx) UpdateRole(ctx context.Context, r *rbac.Role, was int64) error {
	row, err := toRoleRow(r)
	if err != nil {
		return err
	}
	n, err := tx.h.affected(ctx, tx.s.text("UPDATE {roles} SET description = ?, permissions = ?, version = ?, updated_at = ? WHERE name = ? AND version = ?"),
		row.Description, row.Permissions, row.Version, row.UpdatedAt, row.Name, was)
	if err != nil {
		return err
	}
	if n == 0 {
		if _, err := tx.Role(ctx, r.Name); err != nil {
			return err
		}
		return ticket.Errorf(ticket.Stale, "the role has changed since")
	}
	_, err = tx.h.exec(ctx, tx.s.text("UPDATE {accounts} SET rights = rights + 1 WHERE id IN (SELECT account_id FROM {account_grants} WHERE role = ?)"), r.Name)
	return err
}

// DeleteRole implements rbac.Tx.
func (tx *Tx) DeleteRole(ctx context.Context, name string) error {
	return tx.met(ctx, "role", "DELETE FROM {roles} WHERE name = ?", name)
}
