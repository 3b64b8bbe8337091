package store

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/ticketkit/ticketkit/ticket"
)

// termRow is one word by which a contact is found.
type termRow struct {
	bun.BaseModel `bun:"table:contact_terms,alias:ct"`

	Term      string           `bun:",pk"`
	ContactID ticket.ContactID `bun:",pk"`
}

// contactTerms are the words by which a contact is found, each once.
func contactTerms(c *ticket.Contact) []string {
	out := words(c.Name)
	for _, i := range c.Identities {
		if i.Kind != ticket.IdentityMerged {
			out = append(out, words(i.Value)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// putTerms replaces the words of a contact.
func (tx *Tx) putTerms(ctx context.Context, c *ticket.Contact, fresh bool) error {
	if !fresh {
		if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {contact_terms} WHERE contact_id = ?"), c.ID); err != nil {
			return err
		}
	}
	tb := &tx.s.tables.terms
	for _, w := range contactTerms(c) {
		if _, err := tx.h.exec(ctx, tb.insert, tb.values(&termRow{Term: w, ContactID: c.ID})...); err != nil {
			return err
		}
	}
	return nil
}

// ListedContacts implements ticket.Reader.
func (r reader) ListedContacts(ctx context.Context, sc ticket.Scope, q ticket.ContactQuery) ([]ticket.Contact, error) {
	text := "SELECT c.id FROM {contacts} c WHERE 1 = 1"
	var args []any
	if q.After != "" {
		text += " AND c.id < ?"
		args = append(args, q.After)
	}
	wanted := words(q.Text)
	if len(wanted) == 0 && strings.TrimSpace(q.Text) != "" {
		return nil, ctx.Err() // nothing in it can be found
	}
	for _, w := range wanted {
		var begins []string
		for _, begin := range spellings(w + "*") {
			begin = strings.TrimSuffix(begin, "*")
			begins = append(begins, "ct.term >= ? AND ct.term < ?")
			args = append(args, begin, begin+"\U0010FFFF")
		}
		text += " AND c.id IN (SELECT ct.contact_id FROM {contact_terms} ct WHERE " + strings.Join(begins, " OR ") + ")"
	}
	if clause, cargs := scopeWhere(sc, r.s.flavor.aside); clause != "" {
		text += " AND EXISTS (SELECT 1 FROM {tickets} t WHERE t.requester_id = c.id AND " + clause + ")"
		args = append(args, cargs...)
	}
	text += " ORDER BY c.id DESC" + limitTo(orDefault(q.Limit, 30))
	full := "SELECT c.id, c.name, c.locale, c.created_at, i.kind, i.value, i.verified, i.bounced_at FROM (" + text + ") p JOIN {contacts} c ON c.id = p.id" +
		" LEFT JOIN {contact_identities} i ON i.contact_id = c.id ORDER BY c.id DESC, i.position"
	var out []ticket.Contact
	err := r.h.query(ctx, r.s.expand(full), args, func(rows *sql.Rows) error {
		var row contactRow
		var kind, value sql.NullString
		var verified sql.NullBool
		var bounced sql.NullInt64
		if err := rows.Scan(&row.ID, &row.Name, &row.Locale, &row.CreatedAt, &kind, &value, &verified, &bounced); err != nil {
			return err
		}
		if len(out) == 0 || out[len(out)-1].ID != row.ID {
			out = append(out, ticket.Contact{ID: row.ID, Name: row.Name, Locale: row.Locale, CreatedAt: row.CreatedAt.time()})
		}
		if kind.Valid {
			c := &out[len(out)-1]
			c.Identities = append(c.Identities, ticket.Identity{Kind: kind.String, Value: value.String, Verified: verified.Bool, BouncedAt: micros(bounced.Int64).time()})
		}
		return nil
	})
	return out, err
}

// AbsorbContact implements ticket.Tx.
func (tx *Tx) AbsorbContact(ctx context.Context, from, into ticket.ContactID) (int, error) {
	old, err := tx.Contact(ctx, from)
	if err != nil {
		return 0, err
	}
	target, err := tx.Contact(ctx, into)
	if err != nil {
		return 0, err
	}
	n, err := tx.h.affected(ctx, tx.s.text("UPDATE {tickets} SET requester_id = ? WHERE requester_id = ?"), into, from)
	if err != nil {
		return 0, err
	}
	clear(tx.h.tx.tickets) // what the transaction remembers of tickets names the other contact
	var doubled []ticket.ID
	err = tx.h.query(ctx, tx.s.text("SELECT p.ticket_id FROM {participants} p WHERE p.contact_id = ? AND EXISTS (SELECT 1 FROM {participants} o WHERE o.ticket_id = p.ticket_id AND o.contact_id = ?)"),
		[]any{from, into}, func(rows *sql.Rows) error {
			var id ticket.ID
			err := rows.Scan(&id)
			doubled = append(doubled, id)
			return err
		})
	if err != nil {
		return 0, err
	}
	for _, id := range doubled {
		if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {participants} WHERE ticket_id = ? AND contact_id = ?"), id, from); err != nil {
			return 0, err
		}
	}
	if _, err := tx.h.exec(ctx, tx.s.text("UPDATE {participants} SET contact_id = ? WHERE contact_id = ?"), into, from); err != nil {
		return 0, err
	}
	// Nobody is in copy of what they have requested.
	if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {participants} WHERE contact_id = ? AND ticket_id IN (SELECT t.id FROM {tickets} t WHERE t.requester_id = ?)"), into, into); err != nil {
		return 0, err
	}
	if _, err := tx.h.exec(ctx, tx.s.text("UPDATE {messages} SET author_id = ? WHERE author_type = 'contact' AND author_id = ?"), into, from); err != nil {
		return 0, err
	}
	for _, text := range []string{"DELETE FROM {contact_identities} WHERE contact_id = ?", "DELETE FROM {contact_terms} WHERE contact_id = ?", "DELETE FROM {contacts} WHERE id = ?"} {
		if _, err := tx.h.exec(ctx, tx.s.text(text), from); err != nil {
			return 0, err
		}
	}
	target.Identities = append(append(target.Identities, old.Identities...), ticket.Identity{Kind: ticket.IdentityMerged, Value: string(from)})
	return int(n), tx.UpdateContact(ctx, target)
}

// formerIDs are the ids of the contact and of those that were merged into it.
func formerIDs(c *ticket.Contact) []any {
	out := []any{c.ID}
	for _, i := range c.Identities {
		if i.Kind == ticket.IdentityMerged {
			out = append(out, i.Value)
		}
	}
	return out
}

// IndexContacts makes the words of contacts that were there before contacts could be looked up, at most limit of them behind after. It
// returns the last id, and "" when there are no more. It may be called again at any time.
func (s *Store) IndexContacts(ctx context.Context, after ticket.ContactID, limit int) (last ticket.ContactID, err error) {
	err = s.write(ctx, func(tx *Tx) error {
		last = ""
		var ids []ticket.ContactID
		err := tx.h.query(ctx, tx.s.text("SELECT id FROM {contacts} WHERE id > ? ORDER BY id")+limitTo(limit), []any{after}, func(rows *sql.Rows) error {
			var id ticket.ContactID
			err := rows.Scan(&id)
			ids = append(ids, id)
			return err
		})
		if err != nil {
			return err
		}
		for _, id := range ids {
			c, err := tx.Contact(ctx, id)
			if ticket.KindOf(err) == ticket.NotFound { // merged since
				continue
			}
			if err != nil {
				return err
			}
			if err := tx.putTerms(ctx, c, false); err != nil {
				return err
			}
		}
		if len(ids) == limit {
			last = ids[len(ids)-1]
		}
		return nil
	})
	return last, err
}
