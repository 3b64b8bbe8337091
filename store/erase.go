package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// EraseConversation implements ticket.EraseTx.
func (tx *Tx) EraseConversation(ctx context.Context, t ticket.ID) (int, error) {
	n, err := tx.eraseMessages(ctx, "m.ticket_id = ?", t)
	if err != nil {
		return 0, err
	}
	for _, text := range []string{
		"DELETE FROM {attachments} WHERE ticket_id = ?", // with those that were uploaded and never sent
		"DELETE FROM {event_private} WHERE event_id IN (SELECT id FROM {events} WHERE ticket_id = ?)",
	} {
		if _, err := tx.h.exec(ctx, tx.s.text(text), t); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// EraseContact implements ticket.EraseTx. It reads all messages once: nothing else asks for them by their author.
func (tx *Tx) EraseContact(ctx context.Context, c *ticket.Contact) (int, error) {
	n, err := tx.eraseMessages(ctx, "m.author_type = 'contact' AND m.author_id = ? AND m.body <> ''", c.ID)
	if err != nil {
		return 0, err
	}
	former := formerIDs(c) // events keep the id under which they happened
	if err := tx.forgetRecipient(ctx, c); err != nil {
		return 0, err
	}
	for _, id := range former {
		for _, text := range []string{
			"DELETE FROM {participants} WHERE contact_id = ?",
			"DELETE FROM {event_private} WHERE event_id IN (SELECT id FROM {events} WHERE actor_type = 'contact' AND actor_id = ?)",
		} {
			if _, err := tx.h.exec(ctx, tx.s.text(text), id); err != nil {
				return 0, err
			}
		}
	}
	if err := tx.forgetJobs(ctx, c); err != nil {
		return 0, err
	}
	for _, id := range c.Identities {
		if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {parked} WHERE sender = ? OR LOWER(sender) = ?"), id.Value, strings.ToLower(id.Value)); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// eraseMessages empties the messages that a condition selects, and everything that hangs on them.
func (tx *Tx) eraseMessages(ctx context.Context, where string, arg any) (int, error) {
	if err := tx.h.flush(ctx); err != nil {
		return 0, err
	}
	type found struct {
		id     ticket.MessageID
		number int64
		n      int
	}
	var list []found
	err := tx.h.query(ctx, tx.s.expand("SELECT m.id, t.number, m.n FROM {messages} m JOIN {tickets} t ON t.id = m.ticket_id WHERE "+where), []any{arg}, func(rows *sql.Rows) error {
		var f found
		err := rows.Scan(&f.id, &f.number, &f.n)
		list = append(list, f)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, f := range list {
		if err := tx.s.flavor.dropDoc(ctx, tx.h, f.number, f.n); err != nil {
			return 0, err
		}
		for _, text := range []string{
			"DELETE FROM {message_html} WHERE message_id = ?",
			"DELETE FROM {attachments} WHERE message_id = ?",
			"UPDATE {messages} SET author_name = CASE WHEN author_type = 'contact' THEN '' ELSE author_name END, author_email = '', body = '', quoted = '', has_html = FALSE," +
				" external_id = '', raw_sha256 = '', recipients = '', files = 0, delivery_reason = '', bounce = ''," +
				" delivery_state = CASE WHEN delivery_state = 'queued' THEN '' ELSE delivery_state END WHERE id = ?",
		} {
			if _, err := tx.h.exec(ctx, tx.s.text(text), f.id); err != nil {
				return 0, err
			}
		}
		key := "deliver:" + string(f.id) // and behind a colon those for some recipients
		if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {jobs} WHERE live_key = ? OR live_key >= ? AND live_key < ?"), key, key+":", key+";"); err != nil {
			return 0, err
		}
	}
	return len(list), nil
}

// forgetRecipient takes a contact out of the messages that went to it as somebody in copy.
func (tx *Tx) forgetRecipient(ctx context.Context, c *ticket.Contact) error {
	type row struct{ id, recipients, reason, bounce string }
	var list []row
	err := tx.h.query(ctx, tx.s.text("SELECT m.id, m.recipients, m.delivery_reason, m.bounce FROM {messages} m JOIN {participants} p ON p.ticket_id = m.ticket_id WHERE p.contact_id = ? AND m.recipients <> ''"),
		[]any{c.ID}, func(rows *sql.Rows) error {
			var r row
			err := rows.Scan(&r.id, &r.recipients, &r.reason, &r.bounce)
			list = append(list, r)
			return err
		})
	if err != nil {
		return err
	}
	for _, r := range list {
		var to []ticket.Identity
		if err := decode(r.recipients, &to); err != nil {
			return op("recipients of message "+r.id, err)
		}
		to = slices.DeleteFunc(to, func(i ticket.Identity) bool {
			return slices.ContainsFunc(c.Identities, func(o ticket.Identity) bool { return o.Kind == i.Kind && o.Value == i.Value })
		})
		text, err := encode(to, len(to) == 0)
		if err != nil {
			return op("recipients", err)
		}
		reason, bounce := r.reason, r.bounce
		if names(reason+" "+bounce, c) {
			reason, bounce = "", ""
		}
		if text == r.recipients && reason == r.reason && bounce == r.bounce {
			continue
		}
		if _, err := tx.h.exec(ctx, tx.s.text("UPDATE {messages} SET recipients = ?, delivery_reason = ?, bounce = ? WHERE id = ?"), text, reason, bounce, r.id); err != nil {
			return err
		}
	}
	return nil
}
