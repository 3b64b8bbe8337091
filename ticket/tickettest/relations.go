package tickettest

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

func (r reader) Links(_ context.Context, s ticket.Scope, id ticket.ID) ([]ticket.Linked, error) {
	if !r.sees(s, id) {
		return nil, nil
	}
	var out []ticket.Linked
	for _, l := range r.d.links {
		other := l.To
		switch id {
		case l.From:
		case l.To:
			other = l.From
		default:
			continue
		}
		if r.sees(s, other) {
			out = append(out, ticket.Linked{Link: l, Other: *r.fill(r.d.tickets[other])})
		}
	}
	ticket.SortLinks(out)
	return out, nil
}

func (r reader) FieldDefinitions(context.Context) ([]ticket.Field, error) {
	out := slices.Collect(maps.Values(r.d.definitions))
	slices.SortFunc(out, func(a, b ticket.Field) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), strings.Compare(a.Name, b.Name))
	})
	for i := range out {
		out[i] = copyField(&out[i])
	}
	return out, nil
}

func copyField(f *ticket.Field) ticket.Field {
	c := *f
	c.Options, c.Queues, c.CreatedAt = slices.Clone(f.Options), slices.Clone(f.Queues), micros(f.CreatedAt)
	return c
}

func (r reader) TagCounts(_ context.Context, s ticket.Scope) ([]ticket.TagCount, error) {
	n := map[string]int64{}
	for _, t := range r.d.tickets {
		if s.Sees(&t) {
			for _, tag := range t.Tags {
				n[tag]++
			}
		}
	}
	var out []ticket.TagCount
	for _, tag := range slices.Sorted(maps.Keys(n)) {
		out = append(out, ticket.TagCount{Tag: tag, Tickets: n[tag]})
	}
	return out, nil
}

func (r reader) QueueGrants(context.Context, ticket.QueueID) (int, error) { return 0, nil }

func (t *writer) AddLink(_ context.Context, l ticket.Link) error {
	l.CreatedAt = micros(l.CreatedAt)
	if slices.ContainsFunc(t.d.links, func(o ticket.Link) bool {
		return o.Kind == l.Kind && (o.From == l.From && o.To == l.To || o.From == l.To && o.To == l.From)
	}) {
		return ticket.Errorf(ticket.Conflict, "the tickets have such a link already")
	}
	t.d.links = append(slices.Clone(t.d.links), l)
	return nil
}

func (t *writer) RemoveLink(_ context.Context, l ticket.Link) error {
	i := slices.IndexFunc(t.d.links, func(o ticket.Link) bool {
		return o.Kind == l.Kind && (o.From == l.From && o.To == l.To || l.Kind == ticket.LinkRelated && o.From == l.To && o.To == l.From)
	})
	if i < 0 {
		return missing("the link")
	}
	t.d.links = slices.Delete(slices.Clone(t.d.links), i, i+1)
	return nil
}

func (t *writer) dropLinks(id ticket.ID) {
	t.d.links = slices.DeleteFunc(slices.Clone(t.d.links), func(l ticket.Link) bool { return l.From == id || l.To == id })
}

func (t *writer) MoveMessages(_ context.Context, from, to ticket.ID, ids []ticket.MessageID, n int) error {
	for i, id := range ids {
		m, ok := t.d.messages[id]
		if !ok || m.TicketID != from {
			return missing("the message")
		}
		for _, o := range t.d.messages {
			if o.TicketID == to && o.N == n+i {
				return ticket.Errorf(ticket.Conflict, "the place in the conversation is taken")
			}
		}
		m.TicketID, m.N = to, n+i
		t.d.messages[id] = m
		for aid, a := range t.d.attachments {
			if a.MessageID == id {
				a.TicketID = to
				t.d.attachments[aid] = a
			}
		}
	}
	return nil
}

func (t *writer) MoveRefs(_ context.Context, from, to ticket.ID, refs []string) error {
	for ref, id := range t.d.refs {
		if id == from && (refs == nil || slices.Contains(refs, ref)) {
			t.d.refs[ref] = to
		}
	}
	return nil
}

func (t *writer) ClearTimers(_ context.Context, id ticket.ID) error {
	maps.DeleteFunc(t.d.jobs, func(_ string, j Job) bool {
		var p ticket.TimerPayload
		return j.Kind == ticket.JobTimer && json.Unmarshal(j.Payload, &p) == nil && p.TicketID == id
	})
	return nil
}

func (t *writer) Guard(context.Context, string) error { return nil } // there is one transaction at a time

func (t *writer) InsertField(ctx context.Context, f *ticket.Field) error {
	if _, ok := t.d.definitions[f.ID]; ok {
		return ticket.Errorf(ticket.Conflict, "the field exists already")
	}
	return t.putField(f)
}

func (t *writer) UpdateField(_ context.Context, f *ticket.Field) error {
	if _, ok := t.d.definitions[f.ID]; !ok {
		return missing("the field")
	}
	return t.putField(f)
}

func (t *writer) putField(f *ticket.Field) error {
	for id, o := range t.d.definitions {
		if id != f.ID && o.Name == f.Name {
			return &ticket.Error{Kind: ticket.Conflict, Field: "name", Msg: "a field of that name exists already"}
		}
	}
	t.d.definitions[f.ID] = copyField(f)
	return nil
}

func (t *writer) UpdateQueue(_ context.Context, q *ticket.Queue) error {
	old, ok := t.d.queues[q.ID]
	if !ok {
		return missing("the queue")
	}
	for id, o := range t.d.queues {
		if id != q.ID && o.Name == q.Name {
			return &ticket.Error{Kind: ticket.Conflict, Field: "name", Msg: "a queue of that name exists already"}
		}
	}
	old.Name, old.Default = q.Name, q.Default
	t.d.queues[q.ID] = old
	return nil
}

func (t *writer) DeleteQueue(_ context.Context, id ticket.QueueID) error {
	if _, ok := t.d.queues[id]; !ok {
		return missing("the queue")
	}
	for _, o := range t.d.tickets {
		if o.Queue.ID == id {
			return ticket.Errorf(ticket.Conflict, "there are tickets in the queue")
		}
	}
	delete(t.d.queues, id)
	delete(t.d.mailRules, id)
	return nil
}
