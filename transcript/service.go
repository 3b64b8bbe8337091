package transcript

import (
	"context"
	"io"

	"github.com/ticketkit/ticketkit/ticket"
)

// FromService makes a Source of one ticket that reads with the rights of an actor. It answers NotFound when the ticket is out of reach
// for transcript:read or ticket:read, and Denied when a permission is missing.
//
// Messages are those of the given kinds (none: all) that the actor may see, so that notes are absent without note:read. HTML of
// messages needs message:read and images need attachment:read; without them texts and lists remain. The rights are asked for again
// with every page that is read, and the Source may be rendered more than once.
func FromService(ctx context.Context, svc *ticket.Service, actor ticket.Actor, id ticket.ID, kinds ...ticket.MessageKind) (Source, error) {
	scope, err := svc.Scope(ctx, actor, ticket.OpTranscriptRead)
	if err != nil {
		return Source{}, err
	}
	t, err := svc.Get(ctx, actor, id)
	if err != nil {
		return Source{}, err
	}
	if !scope.Sees(t) {
		return Source{}, ticket.Errorf(ticket.NotFound, "the ticket does not exist")
	}
	participants, err := svc.Participants(ctx, actor, id)
	if err != nil {
		return Source{}, err
	}
	return Source{
		Ticket:       *t,
		Participants: participants,
		Messages:     svc.AllMessages(ctx, actor, ticket.OpTranscriptRead, id, kinds...),
		Events:       svc.AllHistory(ctx, actor, id),
		HTML: func(ctx context.Context, m ticket.MessageID) (string, error) {
			msg, err := svc.Message(ctx, actor, m)
			if err != nil {
				return "", err
			}
			return msg.HTML, nil
		},
		Open: func(ctx context.Context, a ticket.Attachment) (io.ReadCloser, error) {
			_, r, err := svc.OpenAttachment(ctx, actor, id, a.ID)
			return r, err
		},
	}, nil
}
