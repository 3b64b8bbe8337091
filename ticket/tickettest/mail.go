package tickettest

import (
	"context"
	"maps"

	"github.com/ticketkit/ticketkit/ticket"
)

func cloneRules(r ticket.MailRules) ticket.MailRules {
	r.Mails = maps.Clone(r.Mails)
	if r.Signature != nil {
		s := *r.Signature
		r.Signature = &s
	}
	return r
}

func (r reader) MailRules(context.Context) (map[ticket.QueueID]ticket.MailRules, error) {
	out := map[ticket.QueueID]ticket.MailRules{}
	for id, rules := range r.d.mailRules {
		out[id] = cloneRules(rules)
	}
	return out, nil
}

func (r reader) AutoMails(_ context.Context, q ticket.AutoMailQuery) (out ticket.AutoMailCount, err error) {
	for _, m := range r.d.autoMails {
		recent := !m.At.Before(q.Since)
		if m.Person == q.Person && recent {
			out.Person++
		}
		if m.Channel == q.Channel && recent {
			out.Channel++
		}
		if m.Person == q.Person && m.TicketID == q.TicketID && !m.At.Before(q.SinceOfPair) {
			out.Pair++
		}
	}
	return out, nil
}

func (t *writer) SetMailRules(_ context.Context, id ticket.QueueID, r *ticket.MailRules) error {
	if r == nil {
		delete(t.d.mailRules, id)
		return nil
	}
	t.d.mailRules[id] = cloneRules(*r)
	return nil
}

func (t *writer) NoteAutoMail(_ context.Context, m ticket.AutoMail) error {
	m.At = micros(m.At)
	t.d.autoMails = append(t.d.autoMails[:len(t.d.autoMails):len(t.d.autoMails)], m)
	return nil
}

// MailRules is described at ticket.Reader.
func (st *Store) MailRules(ctx context.Context) (map[ticket.QueueID]ticket.MailRules, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return st.reader().MailRules(ctx)
}

// AutoMails is described at ticket.Reader.
func (st *Store) AutoMails(ctx context.Context, q ticket.AutoMailQuery) (ticket.AutoMailCount, error) {
	if err := ctx.Err(); err != nil {
		return ticket.AutoMailCount{}, err
	}
	return st.reader().AutoMails(ctx, q)
}

func (x *tx) MailRules(ctx context.Context) (map[ticket.QueueID]ticket.MailRules, error) {
	if err := x.enter(ctx); err != nil {
		return nil, err
	}
	v0, err := x.w.MailRules(ctx)
	return v0, x.leave(err)
}

func (x *tx) AutoMails(ctx context.Context, q ticket.AutoMailQuery) (ticket.AutoMailCount, error) {
	if err := x.enter(ctx); err != nil {
		return ticket.AutoMailCount{}, err
	}
	v0, err := x.w.AutoMails(ctx, q)
	return v0, x.leave(err)
}

func (x *tx) SetMailRules(ctx context.Context, id ticket.QueueID, r *ticket.MailRules) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.SetMailRules(ctx, id, r))
}

func (x *tx) NoteAutoMail(ctx context.Context, m ticket.AutoMail) error {
	if err := x.enter(ctx); err != nil {
		return err
	}
	return x.leave(x.w.NoteAutoMail(ctx, m))
}
