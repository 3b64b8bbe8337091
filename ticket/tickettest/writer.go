package tickettest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// writer changes one copy of the data, unguarded; see tx.
type writer struct{ reader }

func (t *writer) NextNumber(context.Context) (int64, error) {
	t.d.number++
	return t.d.number, nil
}

func (t *writer) InsertTicket(_ context.Context, v *ticket.Ticket) error {
	if err := checkText(v); err != nil {
		return err
	}
	if _, ok := t.d.tickets[v.ID]; ok {
		return ticket.Errorf(ticket.Conflict, "the ticket exists already")
	}
	for _, o := range t.d.tickets {
		if o.Number == v.Number {
			return ticket.Errorf(ticket.Conflict, "the number is taken")
		}
	}
	t.d.tickets[v.ID] = *t.fill(inUTC(*v))
	return nil
}

// inUTC cuts times to what databases keep.
func inUTC(v ticket.Ticket) ticket.Ticket {
	for _, at := range []*time.Time{&v.SnoozedUntil, &v.CreatedAt, &v.UpdatedAt, &v.FirstResponseAt, &v.ResolvedAt} {
		*at = micros(*at)
	}
	return v
}

func micros(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

func (t *writer) UpdateTicket(_ context.Context, v *ticket.Ticket, was ticket.Version) error {
	if err := checkText(v); err != nil {
		return err
	}
	old, ok := t.d.tickets[v.ID]
	if !ok || old.Version != was {
		return ticket.Errorf(ticket.Stale, "the ticket has changed since")
	}
	t.d.tickets[v.ID] = *t.fill(inUTC(*v))
	return nil
}

func (t *writer) DeleteTicket(ctx context.Context, id ticket.ID) error {
	if _, ok := t.d.tickets[id]; !ok {
		return missing("the ticket")
	}
	delete(t.d.tickets, id)
	delete(t.d.participants, id)
	maps.DeleteFunc(t.d.messages, func(_ ticket.MessageID, m ticket.Message) bool { return m.TicketID == id })
	maps.DeleteFunc(t.d.attachments, func(_ ticket.AttachmentID, a ticket.Attachment) bool { return a.TicketID == id })
	maps.DeleteFunc(t.d.refs, func(_ string, v ticket.ID) bool { return v == id })
	t.dropLinks(id)
	t.dropPersonal(id)
	if err := t.ClearTimers(ctx, id); err != nil {
		return err
	}
	for i := range t.d.events {
		if e := &t.d.events[i]; e.TicketID == id {
			e.Private, e.Salt, e.Actor.Name = nil, nil, ""
		}
	}
	return nil
}

func (t *writer) InsertMessage(_ context.Context, m *ticket.Message) error {
	if err := checkText(m); err != nil {
		return err
	}
	for _, o := range t.d.messages {
		if o.ID == m.ID || o.TicketID == m.TicketID && o.N == m.N {
			return ticket.Errorf(ticket.Conflict, "the message exists already")
		}
	}
	for _, a := range m.Attachments {
		if old, ok := t.d.attachments[a.ID]; ok && (old.MessageID != "" || old.TicketID != m.TicketID) {
			return ticket.Errorf(ticket.Conflict, "the attachment belongs to another message")
		}
		a.CreatedAt = micros(a.CreatedAt)
		t.d.attachments[a.ID] = a
	}
	c := *m
	c.Attachments, c.CreatedAt = nil, micros(c.CreatedAt)
	if c.Delivery != nil {
		d := *c.Delivery
		d.At = micros(d.At)
		d.Returned = keptReport(d.Returned)
		c.Delivery = &d
	}
	t.d.messages[m.ID] = c
	return nil
}

func (t *writer) SetDelivery(_ context.Context, id ticket.MessageID, d ticket.Delivery, externalID string) error {
	m, ok := t.d.messages[id]
	if !ok {
		return missing("the message")
	}
	d.At = micros(d.At)
	d.Returned = keptReport(d.Returned)
	m.Delivery = &d
	if externalID != "" {
		m.ExternalID = externalID
	}
	t.d.messages[id] = m
	return nil
}

func (t *writer) InsertAttachment(_ context.Context, a *ticket.Attachment) error {
	v := *a
	v.CreatedAt = micros(a.CreatedAt)
	t.d.attachments[a.ID] = v
	return nil
}

func (t *writer) identitiesFree(c *ticket.Contact) error {
	for id, o := range t.d.contacts {
		for _, i := range c.Identities {
			if id != c.ID && slices.ContainsFunc(o.Identities, func(x ticket.Identity) bool { return x.Kind == i.Kind && x.Value == i.Value }) {
				return ticket.Errorf(ticket.Conflict, "the identity belongs to somebody else")
			}
		}
	}
	return nil
}

func (t *writer) InsertContact(_ context.Context, c *ticket.Contact) error {
	if _, ok := t.d.contacts[c.ID]; ok {
		return ticket.Errorf(ticket.Conflict, "the contact exists already")
	}
	return t.putContact(c)
}

func (t *writer) UpdateContact(_ context.Context, c *ticket.Contact) error {
	if _, ok := t.d.contacts[c.ID]; !ok {
		return missing("the contact")
	}
	return t.putContact(c)
}

func (t *writer) putContact(c *ticket.Contact) error {
	if err := checkText(c); err != nil {
		return err
	}
	if err := t.identitiesFree(c); err != nil {
		return err
	}
	v := *c
	v.Identities, v.CreatedAt = slices.Clone(c.Identities), micros(c.CreatedAt)
	t.d.contacts[c.ID] = v
	return nil
}

func (t *writer) AddParticipant(_ context.Context, id ticket.ID, p ticket.Participant) error {
	have := t.d.participants[id]
	if !slices.ContainsFunc(have, func(o ticket.Participant) bool { return o.Contact.ID == p.Contact.ID }) {
		t.d.participants[id] = append(slices.Clone(have), p)
	}
	return nil
}

func (t *writer) InsertQueue(_ context.Context, q *ticket.Queue) error {
	if err := checkText(q); err != nil {
		return err
	}
	for _, o := range t.d.queues {
		if o.Name == q.Name || o.ID == q.ID {
			return &ticket.Error{Kind: ticket.Conflict, Field: "name", Msg: "a queue of that name exists already"}
		}
	}
	v := *q
	v.CreatedAt = micros(q.CreatedAt)
	t.d.queues[q.ID] = v
	return nil
}

func (t *writer) LinkRefs(_ context.Context, id ticket.ID, refs []string) error {
	for _, r := range refs {
		if _, ok := t.d.refs[r]; !ok {
			t.d.refs[r] = id
		}
	}
	return nil
}

func (t *writer) MarkReceived(_ context.Context, r ticket.Receipt) error {
	k := [2]string{r.Channel, r.Key}
	if _, ok := t.d.receipts[k]; ok {
		return ticket.Errorf(ticket.Conflict, "the item is known already")
	}
	r.At = micros(r.At)
	t.d.receipts[k] = r
	return nil
}

func (t *writer) AppendEvent(_ context.Context, e *ticket.Event) error {
	if slices.ContainsFunc(t.d.events, func(o ticket.Event) bool { return o.ID == e.ID || o.TicketID == e.TicketID && o.N == e.N }) {
		return ticket.Errorf(ticket.Conflict, "the place in the chain is taken")
	}
	t.d.seq++
	e.Seq = t.d.seq
	t.d.events = append(t.d.events, *e)
	return nil
}

func (t *writer) SetDeskHead(_ context.Context, h ticket.Head) error {
	t.d.desk = h
	return nil
}

func (t *writer) Enqueue(_ context.Context, j ticket.Job) error {
	if _, waits := t.d.jobs[j.Key]; waits {
		return nil
	}
	return t.putJob(j)
}

func (t *writer) putJob(j ticket.Job) error {
	b, err := json.Marshal(j.Payload)
	if err != nil {
		return fmt.Errorf("payload of job %s: %w", j.Key, err)
	}
	t.d.jobs[j.Key] = Job{Kind: j.Kind, Key: j.Key, RunAt: j.RunAt, Payload: b}
	return nil
}

func timerKey(id ticket.ID, name string) string { return "timer:" + string(id) + ":" + name }

func (t *writer) SetTimer(_ context.Context, id ticket.ID, name string, at time.Time) error {
	key := timerKey(id, name)
	if at.IsZero() {
		delete(t.d.jobs, key)
		return nil
	}
	return t.putJob(ticket.Job{Kind: ticket.JobTimer, Key: key, RunAt: at, Payload: ticket.TimerPayload{TicketID: id, Name: name, At: at}})
}

func (t *writer) TakeTimer(_ context.Context, id ticket.ID, name string, at time.Time) (bool, error) {
	key := timerKey(id, name)
	j, ok := t.d.jobs[key]
	if !ok || !j.RunAt.Equal(at) {
		return false, nil
	}
	delete(t.d.jobs, key)
	return true, nil
}

// keptReport is a report with its time as a database keeps it.
func keptReport(r *ticket.Returned) *ticket.Returned {
	if r == nil {
		return nil
	}
	kept := *r
	kept.At = micros(kept.At)
	return &kept
}
