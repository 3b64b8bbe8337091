package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"time"

	"github.com/uptrace/bun"

	"github.com/ticketkit/ticketkit/ticket"
)

type (
	mailRulesRow struct {
		bun.BaseModel `bun:"table:mail_rules,alias:mr"`

		QueueID ticket.QueueID `bun:",pk"` // "" for the desk
		Rules   string         // JSON object
	}

	autoMailRow struct {
		bun.BaseModel `bun:"table:auto_mails,alias:am"`

		ID         string `bun:",pk"`
		PersonHash []byte // SHA-256 of the address
		Channel    string
		TicketID   ticket.ID
		CreatedAt  micros
	}
)

// MailRules implements ticket.MailReader.
func (r reader) MailRules(ctx context.Context) (map[ticket.QueueID]ticket.MailRules, error) {
	out := map[ticket.QueueID]ticket.MailRules{}
	err := r.h.query(ctx, r.s.text("SELECT queue_id, rules FROM {mail_rules}"), nil, func(rows *sql.Rows) error {
		var id ticket.QueueID
		var text string
		if err := rows.Scan(&id, &text); err != nil {
			return err
		}
		var rules ticket.MailRules
		err := decode(text, &rules)
		out[id] = rules
		return op("mail rules of queue "+string(id), err)
	})
	return out, err
}

// SetMailRules implements ticket.MailTx.
func (tx *Tx) SetMailRules(ctx context.Context, id ticket.QueueID, rules *ticket.MailRules) error {
	if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {mail_rules} WHERE queue_id = ?"), id); err != nil || rules == nil {
		return err
	}
	text, err := encode(rules, false)
	if err != nil {
		return op("mail rules", err)
	}
	tb := &tx.s.tables.mailRules
	_, err = tx.h.exec(ctx, tb.insert, tb.values(&mailRulesRow{QueueID: id, Rules: text})...)
	return err
}

func personHash(address string) []byte {
	sum := sha256.Sum256([]byte("auto-mail\x00" + address))
	return sum[:]
}

// AutoMails implements ticket.MailReader.
func (r reader) AutoMails(ctx context.Context, q ticket.AutoMailQuery) (out ticket.AutoMailCount, err error) {
	person := personHash(q.Person)
	for _, c := range []struct {
		to   *int
		text string
		args []any
	}{
		{&out.Person, "SELECT COUNT(*) FROM {auto_mails} WHERE person_hash = ? AND created_at >= ?", []any{person, toMicros(q.Since)}},
		{&out.Channel, "SELECT COUNT(*) FROM {auto_mails} WHERE channel = ? AND created_at >= ?", []any{q.Channel, toMicros(q.Since)}},
		{&out.Pair, "SELECT COUNT(*) FROM {auto_mails} WHERE person_hash = ? AND created_at >= ? AND ticket_id = ?", []any{person, toMicros(q.SinceOfPair), q.TicketID}},
	} {
		if _, err := r.h.one(ctx, r.s.text(c.text), c.args, c.to); err != nil {
			return out, err
		}
	}
	return out, nil
}

// NoteAutoMail implements ticket.MailTx.
func (tx *Tx) NoteAutoMail(ctx context.Context, m ticket.AutoMail) error {
	tb := &tx.s.tables.autoMails
	_, err := tx.h.exec(ctx, tb.insert, tb.values(&autoMailRow{ID: m.ID, PersonHash: personHash(m.Person), Channel: m.Channel, TicketID: m.TicketID,
		CreatedAt: toMicros(m.At)})...)
	return err
}

// PruneAutoMails forgets automatic mails that no cap looks back to. It returns how many there were.
func (s *Store) PruneAutoMails(ctx context.Context, before time.Time, limit int) (int, error) {
	return s.prune(ctx, limit, "SELECT id FROM {auto_mails} WHERE created_at < ? ORDER BY created_at, id", []any{toMicros(before)},
		"DELETE FROM {auto_mails} WHERE id = ?", func(rows *sql.Rows) ([]any, error) {
			var id string
			err := rows.Scan(&id)
			return []any{id}, err
		})
}
