package tickettest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/ticketkit/ticketkit/ticket"
)

// reader reads one state of the data.
type reader struct{ d *data }

func missing(what string) error { return ticket.Errorf(ticket.NotFound, "%s does not exist", what) }

// fill joins what a ticket shows of its neighbours and copies what a caller might change.
func (r reader) fill(t ticket.Ticket) *ticket.Ticket {
	if c, ok := r.d.contacts[t.Requester.ID]; ok {
		mail, _ := c.Identity(ticket.KindEmail)
		t.Requester = ticket.ContactRef{ID: c.ID, Name: c.Name, Email: mail.Value}
	}
	t.Queue.Name = r.d.queues[t.Queue.ID].Name
	t.Tags, t.Fields, t.Head.MAC = slices.Clone(t.Tags), maps.Clone(t.Fields), slices.Clone(t.Head.MAC)
	if t.Assignee != nil {
		a := *t.Assignee
		t.Assignee = &a
	}
	return &t
}

func (r reader) Ticket(_ context.Context, s ticket.Scope, id ticket.ID) (*ticket.Ticket, error) {
	if t, ok := r.d.tickets[id]; ok && s.Sees(&t) {
		return r.fill(t), nil
	}
	return nil, missing("the ticket")
}

func (r reader) TicketByNumber(ctx context.Context, s ticket.Scope, number int64) (*ticket.Ticket, error) {
	for id, t := range r.d.tickets {
		if t.Number == number {
			return r.Ticket(ctx, s, id)
		}
	}
	return nil, missing("the ticket")
}

func (r reader) Tickets(_ context.Context, s ticket.Scope, q ticket.Query) ([]ticket.Ticket, error) {
	var out []ticket.Ticket
	for _, t := range r.d.tickets {
		if s.Sees(&t) && r.matches(&t, &q) {
			out = append(out, *r.fill(t))
		}
	}
	order := func(aKey, aNumber, bKey, bNumber int64) int {
		c := cmp.Or(cmp.Compare(aKey, bKey), cmp.Compare(aNumber, bNumber))
		if q.Sort == "" || q.Sort.Descending() {
			return -c
		}
		return c
	}
	slices.SortFunc(out, func(a, b ticket.Ticket) int { return order(q.Sort.Key(&a), a.Number, q.Sort.Key(&b), b.Number) })
	if !q.After.IsZero() {
		i := slices.IndexFunc(out, func(t ticket.Ticket) bool {
			return order(q.Sort.Key(&t), t.Number, q.After.Key, q.After.Number) > 0
		})
		if i < 0 {
			return nil, nil
		}
		out = out[i:]
	}
	limit := q.Limit
	if limit <= 0 {
		limit = 30
	}
	return out[:min(limit, len(out))], nil
}

func (r reader) matches(t *ticket.Ticket, q *ticket.Query) bool {
	assignee := ticket.AccountID("")
	if t.Assignee != nil {
		assignee = t.Assignee.ID
	}
	switch {
	case len(q.Status) > 0 && !slices.Contains(q.Status, t.Status),
		len(q.Category) > 0 && !slices.Contains(q.Category, t.Category),
		q.Active != nil && *q.Active != t.Category.Active(),
		len(q.Queue) > 0 && !slices.Contains(q.Queue, t.Queue.ID),
		len(q.Assignee) > 0 && !slices.Contains(q.Assignee, assignee),
		len(q.Priority) > 0 && !slices.Contains(q.Priority, t.Priority),
		len(q.Channel) > 0 && !slices.Contains(q.Channel, t.Channel),
		q.Requester != "" && t.Requester.ID != q.Requester,
		len(q.Requesters) > 0 && !slices.Contains(q.Requesters, t.Requester.ID),
		q.Mentioned != "" && !slices.Contains(r.d.mentions[q.Mentioned], t.Number),
		!q.CreatedFrom.IsZero() && t.CreatedAt.Before(q.CreatedFrom),
		!q.CreatedTo.IsZero() && !t.CreatedAt.Before(q.CreatedTo),
		q.Escalated && t.Escalation == 0,
		q.Demo != nil && *q.Demo != t.Demo,
		q.Number != 0 && t.Number != q.Number,
		q.SLA != "" && q.SLA != ticket.WithoutClock: // this store keeps no clocks
		return false
	}
	for _, tag := range q.Tag {
		if !slices.Contains(t.Tags, tag) {
			return false
		}
	}
	terms := ticket.FieldTerms(t.Fields)
	for _, v := range q.Field {
		if !slices.Contains(terms, ticket.FieldTerm(v.Name, v.Value)) {
			return false
		}
	}
	for _, w := range q.Words {
		if !r.says(t, w, q.SearchNotes) {
			return false
		}
	}
	return true
}

// says is a plain stand-in for full text search: folded substrings at the beginning of words.
func (r reader) says(t *ticket.Ticket, word string, notes bool) bool {
	whole := !strings.HasSuffix(word, "*")
	want := words(strings.TrimSuffix(word, "*"))
	c := r.d.contacts[t.Requester.ID]
	mail, _ := c.Identity(ticket.KindEmail)
	texts := []string{t.Subject, c.Name, mail.Value}
	for _, m := range r.d.messages {
		if m.TicketID == t.ID && (m.Kind == ticket.Public || notes) {
			texts = append(texts, m.Text)
			for _, a := range r.d.attachments {
				if a.MessageID == m.ID {
					texts = append(texts, a.Name)
				}
			}
		}
	}
	return slices.ContainsFunc(texts, func(text string) bool { return contains(words(text), want, whole) })
}

func words(s string) []string {
	folded := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) { // what is left of é once it is taken apart
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
	folded = strings.ReplaceAll(folded, "ß", "ss")
	return strings.FieldsFunc(folded, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func contains(have, want []string, whole bool) bool {
	for i := 0; len(want) > 0 && i+len(want) <= len(have); i++ {
		part := have[i : i+len(want)]
		last := len(want) - 1
		if slices.Equal(part[:last], want[:last]) && (part[last] == want[last] || !whole && strings.HasPrefix(part[last], want[last])) {
			return true
		}
	}
	return false
}

func (r reader) sees(s ticket.Scope, id ticket.ID) bool {
	t, ok := r.d.tickets[id]
	return ok && s.Sees(&t)
}

func (r reader) Messages(_ context.Context, s ticket.Scope, q ticket.MessageQuery) ([]ticket.Message, error) {
	if !r.sees(s, q.Ticket) {
		return nil, nil
	}
	var out []ticket.Message
	for _, m := range r.d.messages {
		if m.TicketID == q.Ticket && m.N > q.After && (q.Before == 0 || m.N < q.Before) &&
			(len(q.Kinds) == 0 || slices.Contains(q.Kinds, m.Kind)) {
			m = r.copyMessage(m)
			m.HTML = ""
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b ticket.Message) int { return cmp.Compare(a.N, b.N) })
	limit := cmp.Or(max(q.Limit, 0), 100)
	if q.Newest {
		return out[max(len(out)-limit, 0):], nil
	}
	return out[:min(limit, len(out))], nil
}

func (r reader) copyMessage(m ticket.Message) ticket.Message {
	m.To, m.Attachments = slices.Clone(m.To), nil
	for _, a := range r.d.attachments {
		if a.MessageID == m.ID {
			m.Attachments = append(m.Attachments, a)
		}
	}
	slices.SortFunc(m.Attachments, func(a, b ticket.Attachment) int { return strings.Compare(string(a.ID), string(b.ID)) })
	if m.Delivery != nil {
		d := *m.Delivery
		m.Delivery = &d
	}
	return m
}

func (r reader) Message(_ context.Context, s ticket.Scope, id ticket.MessageID) (*ticket.Message, error) {
	if m, ok := r.d.messages[id]; ok && r.sees(s, m.TicketID) {
		m = r.copyMessage(m)
		return &m, nil
	}
	return nil, missing("the message")
}

func (r reader) Attachment(_ context.Context, s ticket.Scope, t ticket.ID, id ticket.AttachmentID) (*ticket.Attachment, error) {
	if a, ok := r.d.attachments[id]; ok && a.TicketID == t && r.sees(s, t) {
		return &a, nil
	}
	return nil, missing("the attachment")
}

func (r reader) Events(_ context.Context, s ticket.Scope, q ticket.EventQuery) ([]ticket.Event, error) {
	var out []ticket.Event
	for _, e := range r.d.events {
		pos := e.Seq
		if q.Ticket != "" || q.Desk {
			pos = e.N
		}
		switch {
		case q.Ticket != "" && e.TicketID != q.Ticket, q.Desk && e.TicketID != "",
			!s.All() && !r.sees(s, e.TicketID),
			len(q.Types) > 0 && !slices.Contains(q.Types, e.Type),
			q.Actor != "" && e.Actor.ID != q.Actor,
			!q.Since.IsZero() && e.At.Before(q.Since), !q.Until.IsZero() && !e.At.Before(q.Until),
			pos <= q.After, q.Before != 0 && pos >= q.Before:
			continue
		}
		out = append(out, e)
	}
	if q.Reverse {
		slices.Reverse(out)
	}
	return out[:min(cmp.Or(max(q.Limit, 0), 100), len(out))], nil
}

func (r reader) Participants(_ context.Context, s ticket.Scope, t ticket.ID) ([]ticket.Participant, error) {
	if !r.sees(s, t) {
		return nil, nil
	}
	out := slices.Clone(r.d.participants[t])
	for i := range out {
		c := r.d.contacts[out[i].Contact.ID]
		mail, _ := c.Identity(ticket.KindEmail)
		out[i].Contact = ticket.ContactRef{ID: c.ID, Name: c.Name, Email: mail.Value}
	}
	return out, nil
}

func (r reader) Contact(_ context.Context, id ticket.ContactID) (*ticket.Contact, error) {
	c, ok := r.d.contacts[id]
	if !ok {
		return nil, missing("the contact")
	}
	c.Identities = slices.Clone(c.Identities)
	return &c, nil
}

func (r reader) ContactByIdentity(ctx context.Context, kind, value string) (*ticket.Contact, error) {
	for id, c := range r.d.contacts {
		if slices.ContainsFunc(c.Identities, func(i ticket.Identity) bool { return i.Kind == kind && i.Value == value }) {
			return r.Contact(ctx, id)
		}
	}
	return nil, missing("the contact")
}

func (r reader) Queue(_ context.Context, id ticket.QueueID) (*ticket.Queue, error) {
	q, ok := r.d.queues[id]
	if !ok {
		return nil, missing("the queue")
	}
	return &q, nil
}

func (r reader) Queues(context.Context) ([]ticket.Queue, error) {
	out := slices.Collect(maps.Values(r.d.queues))
	slices.SortFunc(out, func(a, b ticket.Queue) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func (r reader) TicketByRefs(_ context.Context, refs []string) (ticket.ID, error) {
	for _, ref := range refs {
		if id, ok := r.d.refs[ref]; ok {
			return id, nil
		}
	}
	return "", missing("the reference")
}

func (r reader) Received(_ context.Context, channel, key string) (*ticket.Receipt, error) {
	rc, ok := r.d.receipts[[2]string{channel, key}]
	if !ok {
		return nil, missing("the item")
	}
	return &rc, nil
}

func (r reader) DeskHead(context.Context) (ticket.Head, error) { return r.d.desk, nil }
