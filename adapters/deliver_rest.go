package adapters

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

// send carries one message to all its recipients, or only to some, by one call of Send for each Sender that is needed. left are those whom the
// next hop refused while it took the message for others. Once a part has left, the failure of another is that of its recipients only: all
// of the message again would reach the others twice.
func (d *Delivery) send(ctx context.Context, out *ticket.Outgoing, only []ticket.Identity) (externalID string, left []ticket.Undelivered, err error) {
	parts, err := d.parts(out)
	if err != nil {
		return "", nil, err
	}
	gone := false
	for _, p := range parts {
		if p.message.Only = only; len(only) > 0 && !p.concerns(only) {
			continue
		}
		id, err := d.call(ctx, cmp.Or(p.name, out.Message.Channel), p.sender, p.message)
		if partly, ok := errors.AsType[*PartlyError](err); ok {
			for _, r := range partly.Refused {
				left = append(left, ticket.Undelivered{To: r.Identity, Reason: r.Err.Error(), Final: IsPermanent(r.Err)})
			}
			id, err = partly.ExternalID, nil
		}
		switch {
		case err != nil && !gone:
			return "", nil, &deliveryError{err}
		case err != nil:
			left = append(left, p.undelivered(only, d.reason(ctx, &deliveryError{err}), IsPermanent(err))...)
			continue
		}
		if gone = true; externalID == "" {
			externalID = id
		}
	}
	return externalID, left, nil
}

// undelivered are all recipients of the part, or those of them who are meant.
func (p *part) undelivered(only []ticket.Identity, reason string, final bool) []ticket.Undelivered {
	var out []ticket.Undelivered
	for _, r := range slices.Concat(p.message.To, p.message.Cc) {
		if len(only) == 0 || meant(only, r) {
			out = append(out, ticket.Undelivered{To: r.Identity, Reason: reason, Final: final})
		}
	}
	return out
}

func meant(only []ticket.Identity, r Recipient) bool {
	return slices.ContainsFunc(only, func(i ticket.Identity) bool { return i.Kind == r.Identity.Kind && i.Value == r.Identity.Value })
}

// concerns reports whether any of the recipients is among those of the part.
func (p *part) concerns(only []ticket.Identity) bool {
	is := func(r Recipient) bool { return meant(only, r) }
	return slices.ContainsFunc(p.message.To, is) || slices.ContainsFunc(p.message.Cc, is)
}

// delayed notes why a message waits, or why some of its recipients do.
func (d *Delivery) delayed(ctx context.Context, p ticket.DeliverPayload, reason string) error {
	if len(p.Only) == 0 {
		return d.cfg.Service.DeliveryDelayed(ctx, d.actor, p.MessageID, reason)
	}
	return d.cfg.Service.Bounced(ctx, d.actor, ticket.Bounce{MessageID: p.MessageID, Reason: reason, Delayed: true})
}

// failed notes that a message was given up, or some of its recipients were.
func (d *Delivery) failed(ctx context.Context, p ticket.DeliverPayload, reason string) error {
	if len(p.Only) == 0 {
		return d.cfg.Service.DeliveryFailed(ctx, d.actor, p.MessageID, reason)
	}
	for _, i := range p.Only {
		if err := d.cfg.Service.Bounced(ctx, d.actor, ticket.Bounce{MessageID: p.MessageID, Recipient: i.Value, Reason: reason}); err != nil {
			return err
		}
	}
	return nil
}
