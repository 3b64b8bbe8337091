package ticket

import (
	"context"
	"slices"
	"strings"
)

// Events of the desk's own chain about people outside. What was changed stands in the contact alone, so that it can be erased.
const (
	EventContactUpdated EventType = "contact.updated" // [contact_id changed]
	EventContactMerged  EventType = "contact.merged"  // [contact_id into_id tickets]
)

// maxIdentities bounds what a contact is known by when people edit it.
const maxIdentities = 20

// ListContacts gives a page of contacts, the newest first, and the id to go on behind, which is "" behind the last. Whose contact:read does
// not reach the whole desk sees who has requested a ticket in its scope.
func (s *Service) ListContacts(ctx context.Context, a Actor, q ContactQuery) ([]Contact, ContactID, error) {
	if q.Limit == 0 {
		q.Limit = 30
	}
	if q.Limit < 1 || q.Limit > MaxLimit {
		return nil, "", InvalidField("limit", "must be between 1 and %d", MaxLimit)
	}
	if len(q.Text) > 200 {
		return nil, "", InvalidField("q", "has more than 200 bytes")
	}
	scope, err := s.scope(ctx, s.cfg.Store, a, OpContactRead)
	if err != nil {
		return nil, "", err
	}
	limit := q.Limit
	q.Limit++
	cs, err := s.cfg.Store.ListedContacts(ctx, scope, q)
	if err != nil || len(cs) <= limit {
		return cs, "", err
	}
	return cs[:limit], cs[limit-1].ID, nil
}

// Contact gives a person outside to who may read contacts and sees one of their tickets, or the whole desk. The id of a contact that was
// merged leads to the one it lives on in.
func (s *Service) Contact(ctx context.Context, a Actor, id ContactID) (*Contact, error) {
	scope, err := s.scope(ctx, s.cfg.Store, a, OpContactRead)
	if err != nil {
		return nil, err
	}
	return seenContact(ctx, s.cfg.Store, scope, id)
}

// seenContact reads a contact that is in scope; any other is as good as absent.
func seenContact(ctx context.Context, r Reader, scope Scope, id ContactID) (*Contact, error) {
	ct, err := r.Contact(ctx, id)
	if KindOf(err) == NotFound {
		ct, err = r.ContactByIdentity(ctx, IdentityMerged, string(id))
	}
	if err != nil {
		return nil, err
	}
	if scope.All() {
		return ct, nil
	}
	ts, err := r.Tickets(ctx, scope, Query{Requester: ct.ID, Sort: ByNumberAsc, Limit: 1})
	if err != nil {
		return nil, err
	}
	if len(ts) == 0 {
		return nil, Errorf(NotFound, "the contact does not exist")
	}
	return ct, nil
}

// ContactEdit changes a contact; a nil member stays as it is.
type ContactEdit struct {
	Name   *string
	Locale *string // "de", "en", or "" for the desk's
	// Identities replaces all but those of kind IdentityMerged. One that the contact has keeps what is known of it; a new one is not verified.
	Identities *[]Identity
}

// EditContact changes what the desk knows of a person. It needs ticket:update for a ticket of theirs, and for the whole desk if it changes
// identities, because these decide where answers go. Conflict: an identity is somebody else's.
func (s *Service) EditContact(ctx context.Context, a Actor, id ContactID, e ContactEdit) (*Contact, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	var ct *Contact
	err := s.cfg.Store.Update(ctx, func(tx Tx) error {
		scope, err := s.scope(ctx, tx, a, OpTicketUpdate)
		if err != nil {
			return err
		}
		if ct, err = seenContact(ctx, tx, scope, id); err != nil {
			return err
		}
		changed := e.apply(ct)
		if slices.Contains(changed, "identities") {
			if _, err := s.whole(ctx, tx, a, OpTicketUpdate); err != nil {
				return err
			}
		}
		if len(changed) == 0 {
			return nil
		}
		if err := tx.UpdateContact(ctx, ct); err != nil {
			return err
		}
		return s.deskEvent(ctx, tx, a, EventContactUpdated, data{"contact_id": ct.ID, "changed": changed}, nil)
	})
	if err != nil {
		return nil, err
	}
	s.changed()
	return ct, nil
}

func (e *ContactEdit) check() error {
	if e.Name != nil {
		name, err := line("name", *e.Name, 200, false)
		if err != nil {
			return err
		}
		e.Name = &name
	}
	if l := e.Locale; l != nil && *l != "" && *l != "de" && *l != "en" {
		return InvalidField("locale", "must be de or en")
	}
	if e.Identities == nil {
		return nil
	}
	if len(*e.Identities) > maxIdentities {
		return InvalidField("identities", "at most %d are allowed", maxIdentities)
	}
	next := slices.Clone(*e.Identities)
	for i := range next {
		id := &next[i]
		var err error
		id.Kind = strings.ToLower(id.Kind)
		switch id.Kind {
		case IdentityMerged:
			return InvalidField("identities", "have no kind %q", IdentityMerged)
		case KindEmail:
			id.Value, err = email("identities", id.Value)
		default:
			if id.Kind, err = line("identities", id.Kind, 32, true); err == nil {
				id.Value, err = line("identities", id.Value, 254, true)
			}
		}
		if err != nil {
			return err
		}
		if slices.ContainsFunc(next[:i], func(o Identity) bool { return o.Kind == id.Kind && o.Value == id.Value }) {
			return InvalidField("identities", "names one twice")
		}
	}
	e.Identities = &next
	return nil
}

// apply changes ct and tells which members became others.
func (e *ContactEdit) apply(ct *Contact) (changed []string) {
	if e.Name != nil && *e.Name != ct.Name {
		ct.Name, changed = *e.Name, append(changed, "name")
	}
	if e.Locale != nil && *e.Locale != ct.Locale {
		ct.Locale, changed = *e.Locale, append(changed, "locale")
	}
	if e.Identities == nil {
		return changed
	}
	next := []Identity{}
	for _, want := range *e.Identities {
		i := slices.IndexFunc(ct.Identities, func(o Identity) bool { return o.Kind == want.Kind && o.Value == want.Value })
		if i >= 0 {
			next = append(next, ct.Identities[i])
		} else {
			next = append(next, Identity{Kind: want.Kind, Value: want.Value})
		}
	}
	for _, o := range ct.Identities {
		if o.Kind == IdentityMerged {
			next = append(next, o)
		}
	}
	if !slices.Equal(next, ct.Identities) {
		ct.Identities, changed = next, append(changed, "identities")
	}
	return changed
}

// MergeContacts makes one contact of two: tickets, copies, words and identities of the first become the second's, which keeps its name if it
// has one. It cannot be undone. It needs ticket:merge for the whole desk, because tickets of every queue may change hands. What comes back is
// the contact that lives on, and how many tickets it has got.
func (s *Service) MergeContacts(ctx context.Context, a Actor, from, into ContactID) (*Contact, int, error) {
	var out *Contact
	var tickets int
	err := s.cfg.Store.Update(ctx, func(tx Tx) error {
		scope, err := s.whole(ctx, tx, a, OpTicketMerge)
		if err != nil {
			return err
		}
		// In the order of their ids, so that two merges of the same people never wait for each other.
		order := []ContactID{from, into}
		slices.Sort(order)
		found := map[ContactID]*Contact{}
		for _, id := range order {
			ct, err := seenContact(ctx, tx, scope, id)
			if e := KindOf(err); e == NotFound && id == into {
				return &Error{Kind: NotFound, Field: "into", Msg: "the contact does not exist"}
			}
			if err != nil {
				return err
			}
			found[id] = ct
		}
		old, target := found[from], found[into]
		if old.ID == target.ID {
			return InvalidField("into", "must be another contact")
		}
		if tickets, err = tx.AbsorbContact(ctx, old.ID, target.ID); err != nil {
			return err
		}
		if out, err = tx.Contact(ctx, target.ID); err != nil {
			return err
		}
		if out.Name == "" && old.Name != "" {
			out.Name = old.Name
			if err := tx.UpdateContact(ctx, out); err != nil {
				return err
			}
		}
		return s.deskEvent(ctx, tx, a, EventContactMerged, data{"contact_id": old.ID, "into_id": target.ID, "tickets": tickets}, nil)
	})
	if err != nil {
		return nil, 0, err
	}
	s.changed()
	return out, tickets, nil
}
