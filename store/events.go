package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

var errNoDesk = errors.New("the desk's row is missing: the database was not migrated")

// Events implements ticket.Reader.
func (r reader) Events(ctx context.Context, sc ticket.Scope, q ticket.EventQuery) ([]ticket.Event, error) {
	if q.Desk && !sc.All() {
		return nil, nil
	}
	// What belongs to one chain is in order by itself. Of all others, only what was stamped is seen.
	all := q.Ticket == "" && !q.Desk
	if all {
		if err := r.stamp(ctx); err != nil {
			return nil, err
		}
	}
	join, clause, args := r.s.ofTicket("e", sc)
	text := "SELECT " + r.s.tables.events.of("e") + ", v.actor_name, v.salt, v.private FROM {events} e" + join +
		" LEFT JOIN {event_private} v ON v.event_id = e.id WHERE e.n > 0" + clause
	add := func(clause string, vals ...any) {
		text += " AND " + clause
		args = append(args, vals...)
	}
	pos := "e.seq"
	switch {
	case q.Ticket != "":
		pos = "e.n"
		add("e.ticket_id = ?", q.Ticket)
	case q.Desk:
		pos = "e.n"
		add("e.ticket_id = ''")
	default:
		add("e.seq > 0")
	}
	if len(q.Types) > 0 {
		add(r.s.flavor.aside("e.type")+" IN ("+marks(len(q.Types))+")", anys(q.Types)...)
	}
	if q.Actor != "" {
		add("e.actor_id = ?", q.Actor)
	}
	if !q.Since.IsZero() || !q.Until.IsZero() {
		since, until := toMicros(q.Since), toMicros(q.Until)
		if until == 0 {
			until = math.MaxInt64
		}
		at := r.s.flavor.aside("e.created_at")
		add(at+" >= ? AND "+at+" < ?", since, until)
		if all { // where the walk along the order begins, or ends
			add("e.seq BETWEEN (SELECT MIN(seq) FROM {events} WHERE created_at >= ? AND created_at < ?)"+
				" AND (SELECT MAX(seq) FROM {events} WHERE created_at >= ? AND created_at < ?)", since, until, since, until)
		}
	}
	if q.After > 0 {
		add(pos+" > ?", q.After)
	}
	if q.Before > 0 {
		add(pos+" < ?", q.Before)
	}
	text += " ORDER BY " + pos
	if q.Reverse {
		text += " DESC"
	}

	var row eventRow
	var private privateRow
	var name sql.NullString
	var seq sql.NullInt64
	dest := r.s.tables.events.dest(&row, &name, &private.Salt, &private.Private)
	dest[0] = &seq
	var out []ticket.Event
	err := r.h.query(ctx, r.s.expand(text+limitTo(orDefault(q.Limit, 100))), args, func(rows *sql.Rows) error {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		e := ticket.Event{
			ID: row.ID, Seq: seq.Int64, TicketID: row.TicketID, N: row.N, Type: row.Type,
			Actor: ticket.EventActor{Type: row.ActorType, ID: row.ActorID, Name: name.String}, At: row.CreatedAt.time(),
			Salt: slices.Clone(private.Salt), PrivateHash: slices.Clone(row.PrivateHash), MAC: slices.Clone(row.Mac),
		}
		if row.Data != "" {
			e.Data = json.RawMessage(row.Data)
		}
		if private.Private != nil {
			e.Private = json.RawMessage(*private.Private)
		}
		out = append(out, e)
		return nil
	})
	return out, err
}

// stamp gives the entries of all chains that were committed their places, before they are read by these.
func (r reader) stamp(ctx context.Context) error {
	if r.h.tx != nil {
		return nil
	}
	_, err := r.s.sequence(ctx, r.s.flavor.lock)
	return err
}

// AppendEvent implements ticket.Tx. Where there is one writer, the database numbers the rows in the order of commits; elsewhere the
// number comes after the commit, see Sequence.
func (tx *Tx) AppendEvent(ctx context.Context, e *ticket.Event) error {
	row := &eventRow{ID: e.ID, TicketID: e.TicketID, N: e.N, Type: e.Type, ActorType: e.Actor.Type, ActorID: e.Actor.ID,
		CreatedAt: toMicros(e.At), Data: string(e.Data), PrivateHash: e.PrivateHash, Mac: e.MAC}
	tb := &tx.s.tables.events
	args := tb.values(row)
	args[0] = nil // seq
	res, err := tx.h.exec(ctx, tb.insert, args...)
	if err != nil {
		return conflict(err, "", "the history has gone on meanwhile")
	}
	e.Seq = 0
	if tx.s.flavor.alone {
		if e.Seq, err = res.LastInsertId(); err != nil {
			return tx.h.leave(err)
		}
	}
	if e.Salt == nil && e.Private == nil && e.Actor.Name == "" {
		return nil
	}
	private := &privateRow{EventID: e.ID, ActorName: e.Actor.Name, Salt: e.Salt}
	if e.Private != nil {
		text := string(e.Private)
		private.Private = &text
	}
	ptb := &tx.s.tables.private
	_, err = tx.h.exec(ctx, ptb.insert, ptb.values(private)...)
	return err
}

// DeskHead implements ticket.Reader.
func (r reader) DeskHead(ctx context.Context) (ticket.Head, error) {
	var h ticket.Head
	found, err := r.h.one(ctx, r.s.text("SELECT event_count, event_mac FROM {desk} WHERE id = 1"), nil, &h.Count, &h.MAC)
	if err == nil && !found {
		err = op("desk head", errNoDesk)
	}
	return h, err
}

// SetDeskHead implements ticket.Tx.
func (tx *Tx) SetDeskHead(ctx context.Context, h ticket.Head) error {
	_, err := tx.h.exec(ctx, tx.s.text("UPDATE {desk} SET event_count = ?, event_mac = ? WHERE id = 1"), h.Count, h.MAC)
	return err
}
