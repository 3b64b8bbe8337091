package store

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// accountLinkRow says who somebody of another login is at the desk.
type accountLinkRow struct {
	bun.BaseModel `bun:"table:account_links,alias:al"`

	Subject   string `bun:",pk"`
	AccountID ticket.AccountID
	CreatedAt micros
}

// AccountByLink implements rbac.AccountLinkReader.
func (r reader) AccountByLink(ctx context.Context, subject string) (*rbac.Account, error) {
	return r.account(ctx, "a.id = (SELECT al.account_id FROM {account_links} al WHERE al.subject = ?)", subject)
}

// AccountLinks implements rbac.AccountLinkReader.
func (r reader) AccountLinks(ctx context.Context, id ticket.AccountID) ([]rbac.AccountLink, error) {
	var rows []accountLinkRow
	err := r.selectFrom(&rows, r.s.tables.accountLinks.name, "al").Where("al.account_id = ?", id).OrderExpr("al.subject").Scan(ctx)
	var out []rbac.AccountLink
	for _, l := range rows {
		out = append(out, rbac.AccountLink{Subject: l.Subject, AccountID: l.AccountID, CreatedAt: l.CreatedAt.time()})
	}
	return out, r.s.fail(err)
}

// PutAccountLink implements rbac.AccountLinkTx.
func (tx *Tx) PutAccountLink(ctx context.Context, l rbac.AccountLink) error {
	if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {account_links} WHERE subject = ?"), l.Subject); err != nil {
		return err
	}
	tb := &tx.s.tables.accountLinks
	_, err := tx.h.exec(ctx, tb.insert, tb.values(&accountLinkRow{Subject: l.Subject, AccountID: l.AccountID, CreatedAt: toMicros(l.CreatedAt)})...)
	return err
}

// DeleteAccountLink implements rbac.AccountLinkTx.
func (tx *Tx) DeleteAccountLink(ctx context.Context, id ticket.AccountID, subject string) error {
	return tx.met(ctx, "link", "DELETE FROM {account_links} WHERE account_id = ? AND subject = ?", id, subject)
}
