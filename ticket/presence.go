package ticket

import (
	"context"
	"errors"
	"slices"
	"time"
)

// PresenceTTL is how long somebody counts as present after they last said so. A client says so again every ten to fifteen seconds.
const PresenceTTL = 30 * time.Second

// presenceFresh is how much of that may have passed before saying the same again is written down: every tab says so, and each write costs
// a sync of the disk.
const presenceFresh = 8 * time.Second

// PresenceState is what somebody does at a ticket.
type PresenceState string

// The states. Who has left is not kept.
const (
	Viewing  PresenceState = "viewing"
	Replying PresenceState = "replying"
	HasLeft  PresenceState = "left"
)

// Presence is somebody who works at the desk and has a ticket open. Several windows of one account are one presence, and the last word of
// any counts.
type Presence struct {
	TicketID ID
	Account  AccountID
	Name     string // as the Directory knows it; stores do not keep it
	State    PresenceState
	Since    time.Time // when this stay began
	Until    time.Time // when it ends unless it is renewed
}

// SetPresence says that the actor views a ticket, writes an answer to it, or has left it. It needs presence:own for the ticket, changes
// neither ticket nor history, and is to be repeated within PresenceTTL. Only accounts can be present.
func (s *Service) SetPresence(ctx context.Context, a Actor, id ID, state PresenceState) error {
	if state != Viewing && state != Replying && state != HasLeft {
		return InvalidField("state", "must be viewing, replying or left")
	}
	scope, err := s.scope(ctx, s.cfg.Store, a, OpPresenceOwn)
	if err != nil {
		return err
	}
	if a.Kind != ActorAccount {
		return Errorf(Denied, "only an account can be present")
	}
	if _, err := s.cfg.Store.Ticket(ctx, scope, id); err != nil {
		return err
	}
	now := s.now()
	p := Presence{TicketID: id, Account: a.Account, State: state, Since: now, Until: now.Add(PresenceTTL)}
	had, there, err := s.presenceOf(ctx, s.cfg.Store, scope, p, now)
	if err != nil {
		return err
	}
	if !there && state == HasLeft || there && had.State == state && had.Until.Sub(now) > PresenceTTL-presenceFresh {
		return nil
	}
	for attempt := 0; ; attempt++ {
		err := s.cfg.Store.Update(ctx, func(tx Tx) error {
			if scope, err = s.scope(ctx, tx, a, OpPresenceOwn); err != nil {
				return err
			}
			if _, err := tx.Ticket(ctx, scope, id); err != nil {
				return err
			}
			if state == HasLeft {
				return tx.DropPresence(ctx, id, a.Account)
			}
			p.Since = now
			if had, there, err := s.presenceOf(ctx, tx, scope, p, now); err != nil {
				return err
			} else if there {
				p.Since = had.Since
			}
			return tx.PutPresence(ctx, p, now.Add(-PresenceTTL))
		})
		if KindOf(err) == Conflict && !s.hosted && attempt < 3 { // another window of the same account was faster
			continue
		}
		if err == nil {
			s.changed()
		}
		return err
	}
}

// presenceOf finds what is known of an account at a ticket.
func (s *Service) presenceOf(ctx context.Context, r Reader, scope Scope, p Presence, now time.Time) (Presence, bool, error) {
	all, err := r.Presences(ctx, scope, p.TicketID, now)
	if i := slices.IndexFunc(all, func(o Presence) bool { return o.Account == p.Account }); i >= 0 {
		return all[i], true, err
	}
	return Presence{}, false, err
}

// Present lists who is at a ticket, in the order in which they came. It needs ticket:read.
func (s *Service) Present(ctx context.Context, a Actor, id ID) ([]Presence, error) {
	scope, err := s.scope(ctx, s.cfg.Store, a, OpTicketRead)
	if err != nil {
		return nil, err
	}
	if _, err := s.cfg.Store.Ticket(ctx, scope, id); err != nil {
		return nil, err
	}
	return s.present(ctx, scope, id)
}

// present lists who is at a ticket with their names. An account that is gone is not there any more.
func (s *Service) present(ctx context.Context, scope Scope, id ID) ([]Presence, error) {
	all, err := s.cfg.Store.Presences(ctx, scope, id, s.now())
	if err != nil || s.cfg.Directory == nil {
		return all, err
	}
	out := all[:0]
	for _, p := range all {
		acc, err := s.cfg.Directory.Account(ctx, s.cfg.Store, p.Account)
		if errors.Is(err, errNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		p.Name = acc.Name
		out = append(out, p)
	}
	return out, nil
}

// AllPresent lists who is at any ticket, without names, in order of the tickets. Only the live stream of the desk may ask, as a system actor.
func (s *Service) AllPresent(ctx context.Context, a Actor) ([]Presence, error) {
	if a.Kind != ActorSystem {
		return nil, Errorf(Denied, "only the live stream follows the desk")
	}
	return s.cfg.Store.Presences(ctx, Scope{all: true}, "", s.now())
}

// Attendance gives who is at a ticket, with where it stands, so that it can be shown to those who see the ticket. Only the live stream of the
// desk may ask, as a system actor.
func (s *Service) Attendance(ctx context.Context, a Actor, id ID) ([]Presence, *Standing, error) {
	if a.Kind != ActorSystem {
		return nil, nil, Errorf(Denied, "only the live stream follows the desk")
	}
	people, err := s.present(ctx, Scope{all: true}, id)
	if err != nil {
		return nil, nil, err
	}
	st, err := s.standing(ctx, id)
	return people, st, err
}
