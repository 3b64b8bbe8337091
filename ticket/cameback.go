package ticket

import (
	"context"
	"errors"
	"slices"
	"strings"
)

// maxBounces bounds the work for one report.
const maxBounces = 100

// cameBack notes what a report that has come in says about messages of its ticket; see Bounced. Some mail servers give a mail another
// id on its way: when none of the ids is known here, the report is about the newest message that went to the recipient. Reports about
// anything else say nothing.
func (c *change) cameBack(ctx context.Context, bs []Bounce) error {
	if len(bs) == 0 || c.was == 0 {
		return nil
	}
	bs = bs[:min(len(bs), maxBounces)]
	sent, err := c.sentMessages(ctx)
	if err != nil {
		return err
	}
	byID := func(b *Bounce) MessageID {
		if i := slices.IndexFunc(sent, func(m Message) bool {
			return b.ExternalID != "" && (m.ExternalID == b.ExternalID || named(b.ExternalID) == m.ID)
		}); i >= 0 {
			return sent[i].ID
		}
		return ""
	}
	byAddress := func(b *Bounce) MessageID {
		if i := slices.IndexFunc(sent, func(m Message) bool {
			return slices.ContainsFunc(m.To, func(to Identity) bool { return to.Kind == KindEmail && to.Value == b.Recipient })
		}); i >= 0 {
			return sent[i].ID
		}
		return ""
	}
	find := byID
	if !slices.ContainsFunc(bs, func(b Bounce) bool { return byID(&b) != "" || noticeRef(b.ExternalID) != "" }) {
		find = byAddress
	}
	quiet := c.quiet
	defer func() { c.quiet = quiet }() // the report itself is news
	for _, b := range bs {
		b.Reason, b.Recipient = mendLine(b.Reason, 500), strings.ToLower(mendLine(b.Recipient, 254))
		if noticeRef(b.ExternalID) != "" {
			if err := c.noticeCameBack(ctx, b); err != nil {
				return err
			}
			continue
		}
		id := find(&b)
		if id == "" {
			continue
		}
		m, err := c.tx.Message(ctx, Scope{all: true}, id)
		if err != nil {
			return err
		}
		if err := c.bounced(ctx, m, b); err != nil {
			return err
		}
	}
	return nil
}

// sentMessages are the messages of the ticket that left the desk, the newest first.
func (c *change) sentMessages(ctx context.Context) ([]Message, error) {
	var out []Message
	for q := (MessageQuery{Ticket: c.t.ID, Kinds: []MessageKind{Public}, Limit: c.s.cfg.Limits.HistoryPerQuery}); ; {
		ms, err := c.tx.Messages(ctx, Scope{all: true}, q)
		if err != nil {
			return nil, err
		}
		for i := range ms {
			if ms[i].Delivery != nil {
				out = append(out, ms[i])
			}
			q.After = ms[i].N
		}
		if len(ms) < q.Limit {
			slices.Reverse(out)
			return out, nil
		}
	}
}

// named gives the id of the message that an external id is made of, as those of mails are: whatever it is, before the last @. It may be of no
// message.
func named(externalID string) MessageID {
	return MessageID(externalID[:max(strings.LastIndexByte(externalID, '@'), 0)])
}

// sentAs finds a message that leaves the desk, or has left it, by the external id that is made of its own; nil when there is none. Nobody guesses
// such an id: it is known to who got the message.
func sentAs(ctx context.Context, r Reader, externalID string) (*Message, error) {
	id := named(externalID)
	if !idForm(string(id)) {
		return nil, nil
	}
	m, err := r.Message(ctx, Scope{all: true}, id)
	if errors.Is(err, errNotFound) || err == nil && m.Delivery == nil {
		return nil, nil
	}
	return m, err
}
