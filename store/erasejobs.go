package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// forgetJobs takes the addresses of a contact out of the queue of jobs: what is over and names one is removed, with what went wrong; a delivery
// that waits goes to the others alone, and without others not at all. It reads all jobs once, for nothing else asks for them by what they
// hold; they are purged after some days.
func (tx *Tx) forgetJobs(ctx context.Context, c *ticket.Contact) error {
	where, args := addressed(c)
	if where == "" {
		return nil
	}
	type found struct {
		id, kind, payload, lastError string
		finished                     micros
	}
	var list []found
	err := tx.h.query(ctx, tx.s.expand("SELECT id, kind, payload, last_error, finished_at FROM {jobs} WHERE "+where), args, func(rows *sql.Rows) error {
		var f found
		err := rows.Scan(&f.id, &f.kind, &f.payload, &f.lastError, &f.finished)
		list = append(list, f)
		return err
	})
	if err != nil {
		return err
	}
	for _, f := range list {
		keep, payload := f.finished == 0, f.payload
		if keep && f.kind == ticket.JobDeliver {
			if payload, keep, err = without(payload, c); err != nil {
				return op("payload of job "+f.id, err)
			}
		}
		if !keep {
			if _, err := tx.h.exec(ctx, tx.s.text("DELETE FROM {jobs} WHERE id = ?"), f.id); err != nil {
				return err
			}
			continue
		}
		if names(f.lastError, c) {
			f.lastError = ""
		}
		if _, err := tx.h.exec(ctx, tx.s.text("UPDATE {jobs} SET payload = ?, last_error = ? WHERE id = ?"), payload, f.lastError, f.id); err != nil {
			return err
		}
	}
	return nil
}

// addressed is the condition that a job names an address of the contact; "" when there is none.
func addressed(c *ticket.Contact) (where string, args []any) {
	plain := strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")
	var parts []string
	for _, i := range c.Identities {
		if i.Kind == ticket.IdentityMerged || i.Value == "" {
			continue
		}
		quoted, err := json.Marshal(i.Value)
		if err != nil {
			continue // a string: cannot be
		}
		parts = append(parts, "LOWER(payload) LIKE ? ESCAPE '!'")
		args = append(args, "%"+plain.Replace(strings.ToLower(string(quoted)))+"%")
		if i.Kind == ticket.KindEmail {
			parts = append(parts, "LOWER(last_error) LIKE ? ESCAPE '!'")
			args = append(args, "%"+plain.Replace(strings.ToLower(i.Value))+"%")
		}
	}
	return strings.Join(parts, " OR "), args
}

// without takes a contact out of the recipients of a delivery, and reports whether anybody is left.
func without(payload string, c *ticket.Contact) (rest string, left bool, err error) {
	var p ticket.DeliverPayload
	if err := decode(payload, &p); err != nil {
		return "", false, err
	}
	if len(p.Only) == 0 {
		return payload, true, nil
	}
	p.Only = slices.DeleteFunc(p.Only, func(i ticket.Identity) bool {
		return slices.ContainsFunc(c.Identities, func(o ticket.Identity) bool { return o.Kind == i.Kind && strings.EqualFold(o.Value, i.Value) })
	})
	rest, err = encode(p, false)
	return rest, len(p.Only) > 0, err
}
