package ticket

import (
	"context"
	"io"
	"slices"
)

// NewMessage is a reply or a note.
type NewMessage struct {
	Body        string
	Attachments []AttachmentID // uploaded before by the same account to the same ticket
	Uploads     []Upload
	Status      Status // what the ticket becomes with a reply; "" leaves it, except that a new ticket opens
}

// Reply writes to the requester and everybody in copy. It leaves the desk through the ticket's channel after the commit; Delivery on
// the message tells how far it has come, and is nil when there is nobody to reach.
func (s *Service) Reply(ctx context.Context, a Actor, id ID, v Version, n NewMessage) (*Message, error) {
	return s.write(ctx, a, OpMessageWrite, Public, id, v, n)
}

// Note writes something that only agents see.
func (s *Service) Note(ctx context.Context, a Actor, id ID, v Version, n NewMessage) (*Message, error) {
	return s.write(ctx, a, OpNoteWrite, Note, id, v, n)
}

func (s *Service) write(ctx context.Context, a Actor, op Op, kind MessageKind, id ID, v Version, n NewMessage) (*Message, error) {
	body, err := s.text("body", n.Body, len(n.Attachments)+len(n.Uploads) == 0)
	if err != nil {
		return nil, err
	}
	if len(n.Attachments)+len(n.Uploads) > s.cfg.Limits.Attachments {
		return nil, InvalidField("attachment_ids", "at most %d attachments are allowed", s.cfg.Limits.Attachments)
	}
	if n.Status != "" {
		if cat, ok := s.states[n.Status]; !ok || cat == Snoozed || cat == Merged || cat == New {
			return nil, InvalidField("status", "a message cannot make a ticket %q", string(n.Status))
		}
	}
	files, err := s.store(ctx, n.Uploads, s.cfg.Limits.Attachment)
	if err != nil {
		return nil, err
	}
	var m *Message
	_, err = s.update(ctx, a, op, id, v, func(ctx context.Context, c *change) error {
		m = &Message{Kind: kind, Author: Author{Type: a.Kind, ID: string(a.Account), Name: s.nameOf(ctx, c.tx, a)}, Text: body,
			Channel: c.t.Channel, Attachments: slices.Clone(files)}
		pending, err := c.pending(ctx, n.Attachments)
		if err != nil {
			return err
		}
		m.Attachments = append(m.Attachments, pending...)
		if kind == Public {
			if err := c.address(ctx, m); err != nil {
				return err
			}
		}
		if err := c.message(ctx, m); err != nil {
			return err
		}
		if kind == Note {
			c.event(EventNoted, data{"message_id": m.ID}, nil)
			if err := c.mention(ctx, m); err != nil {
				return err
			}
		} else if err := c.sent(ctx, m); err != nil {
			return err
		}
		return c.after(ctx, kind, n.Status)
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// nameOf is the name that others see under a message.
func (s *Service) nameOf(ctx context.Context, r Reader, a Actor) string {
	if a.Kind == ActorAccount && s.cfg.Directory != nil {
		if acc, err := s.cfg.Directory.Account(ctx, r, a.Account); err == nil && acc.Name != "" {
			return acc.Name
		}
	}
	return a.Name
}

// pending finds uploaded files by id. Those of another ticket, another person or another message are as good as absent.
func (c *change) pending(ctx context.Context, ids []AttachmentID) ([]Attachment, error) {
	var out []Attachment
	for _, id := range ids {
		a, err := c.tx.Attachment(ctx, Scope{all: true}, c.t.ID, id)
		if KindOf(err) == NotFound || err == nil && (a.MessageID != "" || a.UploadedBy != c.actor.Account) {
			return nil, &Error{Kind: NotFound, Field: "attachment_ids", Msg: "the attachment does not exist"}
		}
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(out, func(o Attachment) bool { return o.ID == id }) {
			return nil, InvalidField("attachment_ids", "names an attachment twice")
		}
		out = append(out, *a)
	}
	return out, nil
}

// address fills in to whom a public message goes. Demo tickets and reserved addresses are never written to.
func (c *change) address(ctx context.Context, m *Message) error {
	if c.t.Demo {
		return nil
	}
	to, _, err := c.reach(ctx, c.t.Requester.ID)
	if err != nil {
		return err
	}
	m.To = append(m.To, to...)
	ps, err := c.tx.Participants(ctx, Scope{all: true}, c.t.ID)
	if err != nil {
		return err
	}
	for _, p := range ps {
		cc, _, err := c.reach(ctx, p.Contact.ID)
		if err != nil {
			return err
		}
		m.To = append(m.To, cc...)
	}
	if len(m.To) > 0 {
		m.Delivery = &Delivery{State: Queued, At: c.now}
	}
	return nil
}

// reach is the identity by which a contact is written to: one of the ticket's channel if there is one, else a mail address. bounced reports
// that the last mail to it came back: a person may try again, a program does not.
func (c *change) reach(ctx context.Context, id ContactID) (to []Identity, bounced bool, err error) {
	ct, err := c.tx.Contact(ctx, id)
	if err != nil {
		return nil, false, err
	}
	for _, kind := range []string{c.t.Channel, KindEmail} {
		if i, ok := ct.Identity(kind); ok && !unreachable(i) {
			return []Identity{{Kind: i.Kind, Value: i.Value, Verified: i.Verified}}, !i.BouncedAt.IsZero(), nil
		}
	}
	return nil, false, nil
}

// sent notes a public message of an agent and asks for its delivery.
func (c *change) sent(ctx context.Context, m *Message) error {
	c.event(EventReplied, data{"message_id": m.ID, "human": c.actor.Kind == ActorAccount}, nil)
	c.spoke = true
	if c.t.FirstResponseAt.IsZero() && c.actor.Kind == ActorAccount {
		c.t.FirstResponseAt = c.now
	}
	if m.Delivery == nil {
		return nil
	}
	return c.enqueue(ctx, Job{Kind: JobDeliver, Key: "deliver:" + string(m.ID), RunAt: c.now, Payload: DeliverPayload{MessageID: m.ID}})
}

// after moves the ticket on behind a message.
func (c *change) after(ctx context.Context, kind MessageKind, st Status) error {
	if st == "" {
		if kind == Public && c.t.Category == New {
			return c.setStatus(ctx, Status(Open), EventStatusChanged, "reply", "")
		}
		return nil
	}
	op, typ, cat := OpTicketUpdate, EventStatusChanged, c.s.states[st]
	switch {
	case cat == Closed:
		op, typ = OpTicketClose, EventClosed
	case cat == Spam:
		op = OpTicketSpam
	case !c.t.Category.Active() && cat.Active():
		op, typ = OpTicketReopen, EventReopened
	}
	if err := c.allowed(ctx, op); err != nil {
		return err
	}
	return c.setStatus(ctx, st, typ, "agent", "")
}

// Attach uploads a file to a ticket, for a message that the same account writes next. Name and type are mended, not refused.
func (s *Service) Attach(ctx context.Context, a Actor, id ID, up Upload) (*Attachment, error) {
	if a.Kind != ActorAccount && a.Kind != "" {
		return nil, Errorf(Denied, "only a person who works at the desk can upload")
	}
	if _, err := s.readable(ctx, a, OpMessageWrite, id); err != nil { // before the bytes are kept
		return nil, err
	}
	files, err := s.store(ctx, []Upload{up}, s.cfg.Limits.Attachment)
	if err != nil {
		return nil, err
	}
	at := files[0]
	_, err = s.update(ctx, a, OpMessageWrite, id, 0, func(ctx context.Context, c *change) error {
		at.ID, at.TicketID, at.UploadedBy, at.CreatedAt = AttachmentID(NewID(c.now)), id, a.Account, c.now
		return c.tx.InsertAttachment(ctx, &at) // no event and no new version: nothing of the ticket changes until it is sent
	})
	if err != nil {
		return nil, err
	}
	return &at, nil
}

func (s *Service) readable(ctx context.Context, a Actor, op Op, id ID) (*Ticket, error) {
	scope, err := s.scope(ctx, s.cfg.Store, a, op)
	if err != nil {
		return nil, err
	}
	return s.cfg.Store.Ticket(ctx, scope, id)
}

// OpenAttachment gives a file of a ticket. The caller closes the reader.
func (s *Service) OpenAttachment(ctx context.Context, a Actor, t ID, id AttachmentID) (*Attachment, io.ReadCloser, error) {
	scope, err := s.scope(ctx, s.cfg.Store, a, OpAttachmentRead)
	if err != nil {
		return nil, nil, err
	}
	at, err := s.cfg.Store.Attachment(ctx, scope, t, id)
	if err != nil {
		return nil, nil, err
	}
	if err := s.noteAttachment(ctx, a, scope, at); err != nil {
		return nil, nil, err
	}
	if s.cfg.Blobs == nil {
		return nil, nil, Errorf(NotFound, "the file is gone")
	}
	r, err := s.cfg.Blobs.Open(ctx, at.SHA256)
	if err != nil {
		return nil, nil, err
	}
	return at, r, nil
}

// noteAttachment hides files of notes from who may not read notes, and files not sent yet from everybody but their uploader.
func (s *Service) noteAttachment(ctx context.Context, a Actor, scope Scope, at *Attachment) error {
	if a.Kind == ActorSystem {
		return nil
	}
	gone := Errorf(NotFound, "the attachment does not exist")
	if at.MessageID == "" {
		if at.UploadedBy == a.Account {
			return nil
		}
		return gone
	}
	m, err := s.cfg.Store.Message(ctx, scope, at.MessageID)
	if err != nil {
		return err
	}
	if m.Kind == Public {
		return nil
	}
	notes, err := s.scope(ctx, s.cfg.Store, a, OpNoteRead)
	if KindOf(err) == Denied {
		return gone
	}
	if err != nil {
		return err
	}
	if _, err = s.cfg.Store.Message(ctx, notes, at.MessageID); KindOf(err) == NotFound {
		return gone
	}
	return err
}
