package adapters

import (
	"context"

	"github.com/ticketkit/ticketkit/ticket"
)

// Taker is optional for an Intake; the Hub's intakes are Takers. Take is Receive, and tells whether the item was parked, for a source that keeps
// what a person has to look at apart from the rest.
type Taker interface {
	Take(ctx context.Context, it ticket.Incoming) (parked bool, err error)
}

// Take hands an item to an Intake and tells whether it was parked. One that is no Taker does not say so: then it is false.
func Take(ctx context.Context, in Intake, it ticket.Incoming) (parked bool, err error) {
	if t, ok := in.(Taker); ok {
		return t.Take(ctx, it)
	}
	return false, in.Receive(ctx, it)
}

// Take implements Taker.
func (i *intake) Take(ctx context.Context, it ticket.Incoming) (parked bool, err error) {
	refused, err := i.h.receive(ctx, i.channel, it)
	return refused != nil, err
}

// Take implements Taker.
func (i *retryIntake) Take(ctx context.Context, it ticket.Incoming) (parked bool, err error) {
	err = i.Receive(ctx, it)
	return i.refused != nil, err
}
