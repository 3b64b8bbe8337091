package ticket

import (
	"context"
	"errors"
	"io"
	"maps"
	"strings"
	"time"
)

// NewTicket describes a ticket that an agent or the host's program opens. Subject and Requester are required.
type NewTicket struct {
	Subject   string
	Body      string   // the requester's words; may be empty
	Requester Person   // Identity.Kind "" means "email"
	Queue     QueueID  // "" is the default queue
	Priority  Priority // "" is normal
	Tags      []string
	Fields    map[string]any
	Channel   string // "" is "api"
	Source    string // problem source; "" is the channel
	Locale    string // "" is the desk's
	Assignee  AccountID
	Uploads   []Upload
	Demo      bool
	CreatedAt time.Time // zero is now; only a system actor may name another time
	// Key makes a repeat harmless: of two calls with one channel and key the second gives the ticket of the first.
	Key string
}

// Open makes a ticket. The actor needs ticket:create for the queue. The body becomes the first public message, written by the
// requester.
func (s *Service) Open(ctx context.Context, a Actor, n NewTicket) (*Ticket, error) {
	if err := s.checkNew(a, &n); err != nil {
		return nil, err
	}
	files, err := s.store(ctx, n.Uploads, s.cfg.Limits.Attachment)
	if err != nil {
		return nil, err
	}
	var c *change
	err = s.cfg.Store.Update(ctx, func(tx Tx) error {
		scope, err := s.scope(ctx, tx, a, OpTicketCreate)
		if err != nil {
			return err
		}
		now := s.now()
		if !n.CreatedAt.IsZero() {
			now = n.CreatedAt.UTC().Truncate(time.Microsecond)
		}
		c = &change{s: s, tx: tx, actor: a, now: now}
		if n.Key != "" {
			switch r, err := tx.Received(ctx, n.Channel, n.Key); {
			case err == nil:
				c.t, err = tx.Ticket(ctx, scope, r.TicketID)
				return err
			case !errors.Is(err, errNotFound):
				return err
			}
		}
		ct, err := s.contact(ctx, c, n.Requester, n.Locale)
		if err != nil {
			return err
		}
		if !n.Demo && n.CreatedAt.IsZero() { // what is imported exists already
			if err := s.room(ctx, tx, ct.ID, n.Channel); err != nil {
				return err
			}
		}
		if err := s.begin(ctx, c, ct, n); err != nil {
			return err
		}
		if !scope.Sees(c.t) {
			return InvalidField("queue", "does not exist or is not yours")
		}
		if c.t.Fields, err = c.typed(ctx, c.t.Fields); err != nil {
			return err
		}
		if err := c.required(ctx, RequiredCreate); err != nil {
			return err
		}
		if n.Assignee != "" {
			if err := s.assign(ctx, c, n.Assignee); err != nil {
				return err
			}
		}
		if n.Body != "" || len(files) > 0 {
			m := &Message{Kind: Public, Author: Author{Type: ActorContact, ID: string(ct.ID), Name: ct.Name, Email: c.t.Requester.Email},
				Channel: c.t.Channel, Text: n.Body, Attachments: files}
			if err := c.message(ctx, m); err != nil {
				return err
			}
		}
		if n.Key != "" {
			if err := tx.MarkReceived(ctx, Receipt{Channel: n.Channel, Key: n.Key, TicketID: c.t.ID, At: now}); err != nil {
				return err
			}
		}
		return c.finish(ctx)
	})
	if err != nil {
		return nil, err
	}
	s.committed(c)
	return c.t, nil
}

func (s *Service) checkNew(a Actor, n *NewTicket) (err error) {
	if n.Subject, err = line("subject", n.Subject, s.cfg.Limits.Subject, true); err != nil {
		return err
	}
	if n.Body, err = s.text("body", n.Body, false); err != nil {
		return err
	}
	if n.Requester.Name, err = line("requester.name", n.Requester.Name, 200, false); err != nil {
		return err
	}
	if n.Requester.Identity.Kind == "" {
		n.Requester.Identity.Kind = KindEmail
	}
	if n.Requester.Identity.Kind == KindEmail {
		if n.Requester.Identity.Value, err = email("requester.email", n.Requester.Identity.Value); err != nil {
			return err
		}
	} else if n.Requester.Identity.Value, err = line("requester.identity", n.Requester.Identity.Value, 254, true); err != nil {
		return err
	}
	if n.Priority == "" {
		n.Priority = Normal
	}
	if !n.Priority.Valid() {
		return InvalidField("priority", "unknown priority %q", string(n.Priority))
	}
	if n.Tags, err = s.tags(n.Tags); err != nil {
		return err
	}
	if n.Fields, err = s.fields(n.Fields); err != nil {
		return err
	}
	maps.DeleteFunc(n.Fields, func(_ string, v any) bool { return v == nil }) // null removes, here as in an edit
	if n.Channel == "" {
		n.Channel = "api"
	}
	if n.Channel, err = line("channel", n.Channel, 32, true); err != nil {
		return err
	}
	if n.Source == "" {
		n.Source = n.Channel
	}
	if n.Source, err = line("source", n.Source, 32, true); err != nil {
		return err
	}
	if n.Locale != "" && n.Locale != "de" && n.Locale != "en" {
		return InvalidField("locale", "must be de or en")
	}
	if len(n.Key) > 500 {
		return InvalidField("key", "is longer than 500 bytes")
	}
	if !n.CreatedAt.IsZero() && a.Kind != ActorSystem {
		return InvalidField("created_at", "cannot be chosen")
	}
	return nil
}

// begin fills c with a new ticket of the contact and its first event. Nothing is written before finish.
func (s *Service) begin(ctx context.Context, c *change, ct *Contact, n NewTicket) error {
	q, err := s.queue(ctx, c.tx, n.Queue)
	if err != nil {
		return err
	}
	number, err := c.tx.NextNumber(ctx)
	if err != nil {
		return err
	}
	c.t = &Ticket{
		ID: ID(NewID(c.now)), Number: number, Subject: n.Subject, Status: Status(New), Category: New, Priority: n.Priority,
		Queue: QueueRef{ID: q.ID, Name: q.Name}, Channel: n.Channel, Source: n.Source, Requester: contactRef(ct), Tags: n.Tags,
		Fields: n.Fields, Locale: n.Locale, Demo: n.Demo, CreatedAt: c.now,
	}
	c.event(EventCreated, data{"status": c.t.Status, "priority": c.t.Priority, "queue_id": q.ID, "channel": n.Channel, "source": n.Source,
		"number": number, "requester_id": ct.ID, "by_agent": c.actor.Kind == ActorAccount},
		data{"subject": n.Subject, "requester": ct.Name, "email": c.t.Requester.Email})
	return nil
}

// queue finds a queue by id or by name, or the default one for "".
//
// A desk without any queue gets its first one here, so that a host can open a ticket without any preparation.
func (s *Service) queue(ctx context.Context, tx Tx, id QueueID) (*Queue, error) {
	if ValidID(string(id)) {
		q, err := tx.Queue(ctx, id)
		if errors.Is(err, errNotFound) {
			return nil, InvalidField("queue", "does not exist or is not yours")
		}
		return q, err
	}
	all, err := tx.Queues(ctx)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 && id == "" {
		if _, err := tx.DeskHead(ctx); err != nil { // nobody else makes one from here on
			return nil, err
		}
		if all, err = tx.Queues(ctx); err != nil {
			return nil, err
		}
		if len(all) == 0 {
			return s.insertQueue(ctx, tx, SystemActor("desk"), FirstQueue, true)
		}
	}
	for i := range all {
		if id == "" && all[i].Default || id != "" && strings.EqualFold(all[i].Name, string(id)) {
			return &all[i], nil
		}
	}
	if id != "" {
		return nil, InvalidField("queue", "does not exist or is not yours")
	}
	return nil, Errorf(Internal, "the desk has no default queue")
}

// store puts uploads into Blobs before the transaction begins; their rows come with the message. Blobs that end up without a row are
// swept later.
func (s *Service) store(ctx context.Context, up []Upload, limit int64) ([]Attachment, error) {
	if len(up) == 0 {
		return nil, nil
	}
	if s.cfg.Blobs == nil {
		return nil, InvalidField("attachments", "this desk keeps no attachments")
	}
	if len(up) > s.cfg.Limits.Attachments {
		return nil, &Error{Kind: TooLarge, Field: "attachments", Msg: "too many attachments"}
	}
	out := make([]Attachment, 0, len(up))
	for _, u := range up {
		limited := &io.LimitedReader{R: u.Body, N: limit + 1}
		sha, size, err := s.cfg.Blobs.Put(ctx, limited)
		if err != nil {
			return nil, err
		}
		if size > limit {
			return nil, &Error{Kind: TooLarge, Field: "attachments", Msg: "the attachment is too large"}
		}
		out = append(out, Attachment{Name: FileName(u.Name), ContentType: contentType(u.ContentType), Size: size, SHA256: sha,
			Inline: u.Inline, ContentID: mendLine(u.ContentID, 250)})
	}
	return out, nil
}
