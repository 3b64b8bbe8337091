package store

import (
	"context"
	"database/sql"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

// ofTicket joins rows that carry a ticket_id with their ticket where a scope has to be checked.
func (s *Store) ofTicket(alias string, sc ticket.Scope) (join, clause string, args []any) {
	clause, args = scopeWhere(sc, s.flavor.aside)
	if clause != "" {
		join = " JOIN {tickets} t ON t.id = " + alias + ".ticket_id"
	}
	return join, and(clause), args
}

// Messages implements ticket.Reader.
func (r reader) Messages(ctx context.Context, sc ticket.Scope, q ticket.MessageQuery) ([]ticket.Message, error) {
	join, clause, cargs := r.s.ofTicket("m", sc)
	text := "SELECT " + r.s.tables.messages.of("m") + " FROM {messages} m" + join + " WHERE m.ticket_id = ?" + clause
	args := append([]any{q.Ticket}, cargs...)
	if len(q.Kinds) > 0 && len(q.Kinds) < 3 {
		text += " AND m.kind IN (" + marks(len(q.Kinds)) + ")"
		args = append(args, anys(q.Kinds)...)
	}
	if q.After > 0 {
		text += " AND m.n > ?"
		args = append(args, q.After)
	}
	if q.Before > 0 {
		text += " AND m.n < ?"
		args = append(args, q.Before)
	}
	text += " ORDER BY m.n"
	if q.Newest {
		text += " DESC"
	}
	var row messageRow
	var out []ticket.Message
	files := 0
	dest := r.s.tables.messages.dest(&row)
	err := r.h.query(ctx, r.s.expand(text+limitTo(orDefault(q.Limit, 100))), args, func(rows *sql.Rows) error {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		files += row.Files
		m, err := row.message()
		out = append(out, m)
		return err
	})
	if err != nil {
		return nil, err
	}
	if q.Newest {
		slices.Reverse(out)
	}
	if files > 0 {
		err = r.attach(ctx, out)
	}
	return out, err
}

// attach fills in the attachments of messages of one ticket.
func (r reader) attach(ctx context.Context, ms []ticket.Message) error {
	at := map[ticket.MessageID]*ticket.Message{}
	for i := range ms {
		at[ms[i].ID] = &ms[i]
	}
	text := r.s.text("SELECT f.id, f.ticket_id, f.message_id, f.name, f.content_type, f.size, f.sha256, f.inline, f.content_id, f.uploaded_by," +
		" f.created_at FROM {attachments} f WHERE f.ticket_id = ? AND f.message_id <> '' ORDER BY f.message_id, f.position")
	return r.h.query(ctx, text, []any{ms[0].TicketID}, func(rows *sql.Rows) error {
		a, err := scanAttachment(rows)
		if err != nil {
			return err
		}
		if m := at[a.MessageID]; m != nil {
			m.Attachments = append(m.Attachments, a)
		}
		return nil
	})
}

func scanAttachment(rows *sql.Rows) (ticket.Attachment, error) {
	var a ticket.Attachment
	var at micros
	err := rows.Scan(&a.ID, &a.TicketID, &a.MessageID, &a.Name, &a.ContentType, &a.Size, &a.SHA256, &a.Inline, &a.ContentID, &a.UploadedBy, &at)
	a.CreatedAt = at.time()
	return a, err
}

// Message implements ticket.Reader.
func (r reader) Message(ctx context.Context, sc ticket.Scope, id ticket.MessageID) (*ticket.Message, error) {
	join, clause, args := r.s.ofTicket("m", sc)
	var row messageRow
	var html sql.NullString
	found, err := r.h.one(ctx, r.s.expand("SELECT "+r.s.tables.messages.of("m")+", h.html FROM {messages} m"+join+
		" LEFT JOIN {message_html} h ON h.message_id = m.id WHERE m.id = ?"+clause), append([]any{id}, args...),
		r.s.tables.messages.dest(&row, &html)...)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, notFound("message")
	}
	ms := make([]ticket.Message, 1)
	if ms[0], err = row.message(); err != nil {
		return nil, err
	}
	ms[0].HTML = html.String
	if row.Files > 0 {
		err = r.attach(ctx, ms)
	}
	return &ms[0], err
}

func (r *messageRow) message() (ticket.Message, error) {
	m := ticket.Message{
		ID: r.ID, TicketID: r.TicketID, N: r.N, Kind: r.Kind,
		Author:  ticket.Author{Type: r.AuthorType, ID: r.AuthorID, Name: r.AuthorName, Email: r.AuthorEmail},
		Channel: r.Channel, Text: r.Body, Quoted: r.Quoted, HasHTML: r.HasHTML, Machine: r.Machine, Protection: r.Protection, ExternalID: r.ExternalID,
		RawSHA256: r.RawSha256, CreatedAt: r.CreatedAt.time(),
	}
	if r.Verified != 0 {
		yes := r.Verified == 2
		m.Verified = &yes
	}
	if r.DeliveryState != "" {
		m.Delivery = &ticket.Delivery{State: r.DeliveryState, Reason: r.DeliveryReason, At: r.DeliveryAt.time()}
		var err error
		if m.Delivery.Returned, err = decodeReturned(r.Bounce); err != nil {
			return m, op("report about message "+string(r.ID), err)
		}
	}
	if err := decode(r.Recipients, &m.To); err != nil {
		return m, op("recipients of message "+string(r.ID), err)
	}
	return m, nil
}

// Attachment implements ticket.Reader.
func (r reader) Attachment(ctx context.Context, sc ticket.Scope, t ticket.ID, id ticket.AttachmentID) (*ticket.Attachment, error) {
	join, clause, args := r.s.ofTicket("f", sc)
	var out *ticket.Attachment
	err := r.h.query(ctx, r.s.expand("SELECT f.id, f.ticket_id, f.message_id, f.name, f.content_type, f.size, f.sha256, f.inline,"+
		" f.content_id, f.uploaded_by, f.created_at FROM {attachments} f"+join+" WHERE f.ticket_id = ? AND f.id = ?"+clause),
		append([]any{t, id}, args...), func(rows *sql.Rows) error {
			a, err := scanAttachment(rows)
			out = &a
			return err
		})
	if err == nil && out == nil {
		err = notFound("attachment")
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// InsertMessage implements ticket.Tx.
func (tx *Tx) InsertMessage(ctx context.Context, m *ticket.Message) error {
	to, err := encode(m.To, len(m.To) == 0)
	if err != nil {
		return op("recipients", err)
	}
	row := &messageRow{
		ID: m.ID, TicketID: m.TicketID, N: m.N, Kind: m.Kind, AuthorType: m.Author.Type, AuthorID: m.Author.ID, AuthorName: m.Author.Name,
		AuthorEmail: m.Author.Email, Channel: m.Channel, Body: m.Text, Quoted: m.Quoted, HasHTML: m.HTML != "", Machine: m.Machine,
		Protection: m.Protection, ExternalID: m.ExternalID, RawSha256: m.RawSHA256, Recipients: to, Files: len(m.Attachments), CreatedAt: toMicros(m.CreatedAt),
	}
	if m.Verified != nil {
		row.Verified = 1
		if *m.Verified {
			row.Verified = 2
		}
	}
	if m.Delivery != nil {
		row.DeliveryState, row.DeliveryReason, row.DeliveryAt = m.Delivery.State, m.Delivery.Reason, toMicros(m.Delivery.At)
		if row.Bounce, err = encodeReturned(m.Delivery.Returned); err != nil {
			return op("report", err)
		}
	}
	tb := &tx.s.tables.messages
	if _, err := tx.h.exec(ctx, tb.insert, tb.values(row)...); err != nil {
		return conflict(err, "", "the message exists already")
	}
	if m.HTML != "" {
		tb := &tx.s.tables.html
		if _, err := tx.h.exec(ctx, tb.insert, tb.values(&htmlRow{MessageID: m.ID, HTML: m.HTML})...); err != nil {
			return err
		}
	}
	for i := range m.Attachments {
		a := m.Attachments[i]
		a.TicketID, a.MessageID = m.TicketID, m.ID
		if err := tx.putAttachment(ctx, &a, i, m.TicketID); err != nil {
			return err
		}
	}
	var files []string
	for i := range m.Attachments {
		files = append(files, m.Attachments[i].Name)
	}
	tx.index(messageDoc(m.TicketID, m.N, m.Kind, m.Text, m.Quoted, files))
	return nil
}

// putAttachment binds an uploaded file to its message, or writes one that was never uploaded.
func (tx *Tx) putAttachment(ctx context.Context, a *ticket.Attachment, position int, t ticket.ID) error {
	n, err := tx.h.affected(ctx, tx.s.text("UPDATE {attachments} SET message_id = ?, position = ?, name = ?, inline = ?, content_id = ?"+
		" WHERE id = ? AND ticket_id = ? AND message_id = ''"), a.MessageID, position, a.Name, a.Inline, a.ContentID, a.ID, t)
	if err != nil || n > 0 {
		return err
	}
	return tx.insertAttachment(ctx, a, position)
}

// InsertAttachment implements ticket.Tx.
func (tx *Tx) InsertAttachment(ctx context.Context, a *ticket.Attachment) error {
	return tx.insertAttachment(ctx, a, 0)
}

func (tx *Tx) insertAttachment(ctx context.Context, a *ticket.Attachment, position int) error {
	tb := &tx.s.tables.attachments
	_, err := tx.h.exec(ctx, tb.insert, tb.values(&attachmentRow{
		ID: a.ID, TicketID: a.TicketID, MessageID: a.MessageID, Position: position, Name: a.Name, ContentType: a.ContentType, Size: a.Size,
		Sha256: a.SHA256, Inline: a.Inline, ContentID: a.ContentID, UploadedBy: a.UploadedBy, CreatedAt: toMicros(a.CreatedAt),
	})...)
	return conflict(err, "attachment_ids", "the attachment belongs to a message already")
}

// SetDelivery implements ticket.Tx.
func (tx *Tx) SetDelivery(ctx context.Context, id ticket.MessageID, d ticket.Delivery, externalID string) error {
	returned, err := encodeReturned(d.Returned)
	if err != nil {
		return op("report", err)
	}
	n, err := tx.h.affected(ctx, tx.s.text("UPDATE {messages} SET delivery_state = ?, delivery_reason = ?, delivery_at = ?, bounce = ?,"+
		" external_id = CASE WHEN ? = '' THEN external_id ELSE ? END WHERE id = ?"),
		d.State, d.Reason, toMicros(d.At), returned, externalID, externalID, id)
	if err == nil && n == 0 {
		return notFound("message")
	}
	return err
}

func orDefault(n, def int) int {
	if n <= 0 {
		return def
	}
	return n
}
