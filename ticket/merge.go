package ticket

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Merge ends a ticket that is about the same as another one. Its messages, with their files and what is still to be delivered, and the
// references that lead to it move to the other ticket, behind a notice with its number; its requester and participants become
// participants there, its timers end, and mail to it goes to the other ticket from now on. A ticket that was merged itself stands for
// the one it lives on in. The actor needs ticket:merge on both: what is out of scope is NotFound. What comes back is the ticket that
// lives on.
//
// A Conflict: the source is closed, spam or merged already, the target is closed or spam, or it lives on in the source.
func (s *Service) Merge(ctx context.Context, a Actor, from ID, v Version, into ID, vInto Version) (*Ticket, error) {
	if from == into {
		return nil, InvalidField("into", "must be another ticket")
	}
	var src, dst *change
	err := s.again(v == 0 && vInto == 0, func() error {
		return s.cfg.Store.Update(ctx, func(tx Tx) error {
			scope, err := s.scope(ctx, tx, a, OpTicketMerge)
			if err != nil {
				return err
			}
			if src, err = s.load(ctx, tx, scope, a, from, v); err != nil {
				return err
			}
			if err := src.alive(); err != nil {
				return err
			}
			target, err := living(ctx, tx, scope, into)
			if err != nil {
				return notThere("into", err)
			}
			if target.ID == from {
				return Errorf(Conflict, "that ticket was merged into this one")
			}
			if dst, err = s.load(ctx, tx, scope, a, target.ID, vInto); err != nil {
				return err
			}
			return s.merge(ctx, src, dst)
		})
	})
	if err != nil {
		return nil, err
	}
	s.committed(src)
	s.committed(dst)
	return dst.t, nil
}

func (s *Service) merge(ctx context.Context, src, dst *change) error {
	if !src.t.Category.CanBecome(Merged) {
		return Errorf(Conflict, "a ticket that is %s cannot become %s", src.t.Category, Merged)
	}
	if dst.t.Category == Closed || dst.t.Category == Spam {
		return Errorf(Conflict, "ticket #%d is %s; reopen it first", dst.t.Number, dst.t.Category)
	}
	ids, newest, err := conversation(ctx, src.tx, src.t.ID)
	if err != nil {
		return err
	}
	old, err := newestPublic(ctx, dst.tx, dst.t.ID, nil)
	if err != nil {
		return err
	}
	err = dst.notice(ctx, fmt.Sprintf(s.say("Ticket #%d „%s“ wurde mit diesem zusammengeführt.", "Ticket #%d “%s” was merged into this one."),
		src.t.Number, src.t.Subject))
	if err != nil {
		return err
	}
	first := dst.t.MessageCount + 1
	dst.t.MessageCount += len(ids)
	if newest != nil && (old == nil || newest.CreatedAt.After(old.CreatedAt)) && previewOf(newest.Text) != "" {
		dst.t.Preview = previewOf(newest.Text)
	}
	src.event(EventMerged, data{"ticket_id": dst.t.ID, "number": dst.t.Number, "from": src.t.Status, "from_category": src.t.Category,
		"to": Status(Merged), "to_category": Merged, "messages": len(ids)}, nil)
	dst.event(EventMergeReceived, data{"ticket_id": src.t.ID, "number": src.t.Number, "messages": len(ids)}, nil)
	src.t.Status, src.t.Category, src.t.MergedInto = Status(Merged), Merged, dst.t.ID
	src.t.SnoozedUntil, src.t.Escalation = time.Time{}, 0
	if err := saveAll(ctx, src, dst); err != nil {
		return err
	}
	tx := src.tx
	if err := tx.MoveMessages(ctx, src.t.ID, dst.t.ID, ids, first); err != nil {
		return err
	}
	if err := tx.MoveRefs(ctx, src.t.ID, dst.t.ID, nil); err != nil {
		return err
	}
	if err := moveParticipants(ctx, src, dst); err != nil {
		return err
	}
	if err := tx.ClearTimers(ctx, src.t.ID); err != nil {
		return err
	}
	return tellAll(ctx, src, dst)
}

// moveParticipants makes everybody of the source take part in the target.
func moveParticipants(ctx context.Context, src, dst *change) error {
	ps, err := src.tx.Participants(ctx, Scope{all: true}, src.t.ID)
	if err != nil {
		return err
	}
	for _, p := range append([]Participant{{Contact: src.t.Requester, Role: "cc"}}, ps...) {
		if p.Contact.ID == dst.t.Requester.ID {
			continue
		}
		if err := dst.tx.AddParticipant(ctx, dst.t.ID, p); err != nil {
			return err
		}
	}
	return nil
}

// saveAll writes tickets in the order of their ids, so that two changes of the same tickets never wait for each other.
func saveAll(ctx context.Context, cs ...*change) error {
	slices.SortFunc(cs, func(a, b *change) int { return strings.Compare(string(a.t.ID), string(b.t.ID)) })
	for _, c := range cs {
		if err := c.save(ctx); err != nil {
			return err
		}
	}
	return nil
}

func tellAll(ctx context.Context, cs ...*change) error {
	for _, c := range cs {
		if err := c.tell(ctx); err != nil {
			return err
		}
	}
	return nil
}

// living finds a ticket, or the one that it lives on in. Chains have no circles: see Merge.
func living(ctx context.Context, r Reader, scope Scope, id ID) (*Ticket, error) {
	t, err := r.Ticket(ctx, scope, id)
	for err == nil && t.MergedInto != "" {
		t, err = r.Ticket(ctx, scope, t.MergedInto)
	}
	return t, err
}

// conversation lists the messages of a ticket in their order, and finds the newest public one; nil when there is none.
func conversation(ctx context.Context, r Reader, id ID) (ids []MessageID, newest *Message, err error) {
	q := MessageQuery{Ticket: id, Limit: 200}
	for {
		ms, err := r.Messages(ctx, Scope{all: true}, q)
		if err != nil {
			return nil, nil, err
		}
		for i := range ms {
			ids = append(ids, ms[i].ID)
			if ms[i].Kind == Public && (newest == nil || !ms[i].CreatedAt.Before(newest.CreatedAt)) {
				newest = &ms[i]
			}
		}
		if len(ms) < q.Limit {
			return ids, newest, nil
		}
		q.After = ms[len(ms)-1].N
	}
}

// newestPublic finds the last public message that is none of without; nil when there is none.
func newestPublic(ctx context.Context, r Reader, id ID, without []MessageID) (*Message, error) {
	ms, err := r.Messages(ctx, Scope{all: true}, MessageQuery{Ticket: id, Kinds: []MessageKind{Public}, Newest: true, Limit: len(without) + 1})
	if err != nil {
		return nil, err
	}
	for i := len(ms) - 1; i >= 0; i-- {
		if !slices.Contains(without, ms[i].ID) {
			return &ms[i], nil
		}
	}
	return nil, nil
}

// notice writes something into the conversation that only the desk reads.
func (c *change) notice(ctx context.Context, text string) error {
	return c.message(ctx, &Message{Kind: Notice, Author: Author{Type: c.actor.Kind, ID: string(c.actor.Account), Name: c.s.nameOf(ctx, c.tx, c.actor)},
		Channel: c.t.Channel, Text: text})
}

// say chooses the desk's language.
func (s *Service) say(de, en string) string {
	if s.cfg.Locale == "en" {
		return en
	}
	return de
}

// notThere names the input by which something was looked up in vain.
func notThere(field string, err error) error {
	if KindOf(err) != NotFound {
		return err
	}
	return &Error{Kind: NotFound, Field: field, Msg: "the ticket does not exist"}
}
