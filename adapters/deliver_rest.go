package adapters

import (
	"context"
	"errors"
	"slices"

	"github.com/ticketkit/ticketkit/ticket"
)

// send carries one message to all its recipients, or only to some, by one call of Send for each Sender that is needed. left are those whom the
// next hop refused while it took the message for others.
func (d *Delivery) send(ctx context.Context, out *ticket.Outgoing, only []ticket.Identity) (externalID string, left []ticket.Undelivered, err error) {
	parts, err := d.parts(out)
	if err != nil {
		return "", nil, err
	}
	for _, p := range parts {
		if p.message.Only = only; len(only) > 0 && !p.concerns(only) {
			continue
		}
		id, err := d.call(ctx, p.sender, p.message)
		if partly, ok := errors.AsType[*PartlyError](err); ok {
			for _, r := range partly.Refused {
				left = append(left, ticket.Undelivered{To: r.Identity, Reason: r.Err.Error(), Final: IsPermanent(r.Err)})
			}
			id, err = partly.ExternalID, nil
		}
		if err != nil {
			return "", nil, &deliveryError{err}
		}
		if externalID == "" {
			externalID = id
		}
	}
	return externalID, left, nil
}

// concerns reports whether any of the recipients is among those of the part.
func (p *part) concerns(only []ticket.Identity) bool {
	is := func(r Recipient) bool {
		return slices.ContainsFunc(only, func(i ticket.Identity) bool { return i.Kind == r.Identity.Kind && i.Value == r.Identity.Value })
	}
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
