package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// errRepeat says that an agent's message is a reply already.
var errRepeat = errors.New("this message is known")

func repeatedErr(err error) bool { return errors.Is(err, errRepeat) }

// shown are the events after which a channel looks different.
var shown = []ticket.EventType{
	ticket.EventCreated, ticket.EventClaimed, ticket.EventUnclaimed, ticket.EventAssigned, ticket.EventEscalated, ticket.EventPriorityChanged, ticket.EventStatusChanged,
	ticket.EventClosed, ticket.EventReopened, ticket.EventSubjectChanged, ticket.EventMerged, ticket.EventDeleted, ticket.EventQueueChanged, ticket.EventReplied,
	ticket.EventReceived, ticket.EventSnoozed, sla.EventBreached, // the last ones for the clock
}

type syncPayload struct {
	TicketID ticket.ID `json:"ticket_id"`
}

func (d *Discord) syncKind() string { return d.cfg.Name + ".sync" }

// Hook is a ticket.Hook: whatever changes a ticket of this channel, wherever it is changed, leaves a job that makes Discord follow; and a reply
// that an agent has written in Discord counts as sent, in the transaction that makes it one.
func (d *Discord) Hook(ctx context.Context, tx ticket.Tx, e *ticket.Event) error {
	if m, ok := ctx.Value(originKey{}).(*dMessage); ok && e.Type == ticket.EventReplied {
		if err := d.written(ctx, tx, e, m); err != nil {
			return err
		}
	}
	if err := d.hookTimer(ctx, tx, e); err != nil {
		return err
	}
	switch e.Type {
	case ticket.EventNoted:
		return d.noted(ctx, tx, e)
	case ticket.EventRevised, ticket.EventWithdrawn:
		return d.revised(ctx, tx, e)
	}
	if !slices.Contains(shown, e.Type) && !slices.Contains(told, e.Type) {
		return nil
	}
	var facts struct {
		TicketID ticket.ID `json:"ticket_id"`
	}
	id := e.TicketID
	if e.Type == ticket.EventDeleted {
		if err := json.Unmarshal(e.Data, &facts); err != nil {
			return err
		}
		id = facts.TicketID
	} else {
		scope, err := d.svc.Scope(ctx, d.actor(), ticket.OpTicketRead)
		if err != nil {
			return err
		}
		if t, err := tx.Ticket(ctx, scope, id); err != nil || t.Channel != d.cfg.Name {
			return err
		}
	}
	if e.Type == ticket.EventReceived { // whatever the requester writes answers a question
		if err := tx.SetTimer(ctx, id, d.askTimer(), time.Time{}); err != nil {
			return err
		}
	}
	if err := d.hookPing(ctx, tx, e); err != nil || !slices.Contains(shown, e.Type) {
		return err
	}
	return tx.Enqueue(ctx, ticket.Job{Kind: d.syncKind(), Key: d.syncKind() + ":" + string(e.ID), RunAt: e.At, Payload: syncPayload{id}})
}

// written notes that the reply of e stands in Discord as m.
func (d *Discord) written(ctx context.Context, tx ticket.Tx, e *ticket.Event, m *dMessage) error {
	var facts struct {
		MessageID ticket.MessageID `json:"message_id"`
	}
	if err := json.Unmarshal(e.Data, &facts); err != nil {
		return err
	}
	key := "message:" + m.ID
	if _, err := tx.Received(ctx, d.cfg.Name, key); err == nil {
		return &ticket.Error{Kind: ticket.Conflict, Msg: "this message is known", Err: errRepeat}
	} else if ticket.KindOf(err) != ticket.NotFound {
		return err
	}
	ext := externalID(m.ChannelID, m.ID)
	if err := tx.SetDelivery(ctx, facts.MessageID, ticket.Delivery{State: ticket.Sent, At: e.At}, ext); err != nil {
		return err
	}
	if err := tx.LinkRefs(ctx, e.TicketID, []string{ext}); err != nil {
		return err
	}
	keys := []string{key}
	if m.EditedAt != nil {
		keys = append(keys, editKey(m))
	}
	for _, k := range keys {
		if err := tx.MarkReceived(ctx, ticket.Receipt{Channel: d.cfg.Name, Key: k, TicketID: e.TicketID, MessageID: facts.MessageID, At: e.At}); err != nil {
			return err
		}
	}
	return nil
}

// Handlers are the handlers of the jobs that Hook leaves, for the desk's runner.
func (d *Discord) Handlers() map[string]jobs.Handler {
	at := func(fn func(context.Context, ticket.ID) error) jobs.Handler {
		return func(ctx context.Context, job jobs.Job) error {
			var p syncPayload
			if err := json.Unmarshal(job.Payload, &p); err != nil {
				return jobs.Permanent(fmt.Errorf("discord: payload: %w", err))
			}
			return outcome(fn(ctx, p.TicketID))
		}
	}
	return map[string]jobs.Handler{d.noteKind(): d.mirror, d.reviseKind(): d.revise, d.syncKind(): at(d.sync), d.askTimer(): at(d.unanswered), d.pingKind(): func(ctx context.Context, job jobs.Job) error {
		var p pingPayload
		if err := json.Unmarshal(job.Payload, &p); err != nil {
			return jobs.Permanent(fmt.Errorf("discord: payload: %w", err))
		}
		return outcome(d.ping(ctx, p))
	}}
}

// outcome tells the runner when to try again.
func outcome(err error) error {
	if later, ok := errors.AsType[*laterError](err); ok {
		return jobs.Snooze(later.at)
	}
	if wait := afterOf(err); wait > 0 {
		return jobs.RetryAfter(err, wait)
	}
	return err
}

func (d *Discord) actor() ticket.Actor { return ticket.SystemActor(d.cfg.Name) }
