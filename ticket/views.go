package ticket

import (
	"context"
	"encoding/json"
	"slices"
	"time"
)

// View is a saved list: a search, an order and the columns to show. Its filter is the text that people type; whoever shows the list reads it.
type View struct {
	ID       string
	Builtin  bool // one that every desk has; it cannot be changed
	Shared   bool // everybody's
	Name     string
	Filter   string
	Sort     Sort
	Columns  []string
	Position int
	Version  int64
}

// Bounds of views and macros.
const (
	maxSavedName = 80
	maxFilter    = 500
	maxColumns   = 20
	maxSaved     = 100 // of one account, and of everybody, of each kind
)

// viewBody is what is kept of a view beside its name.
type viewBody struct {
	Filter  string   `json:"filter"`
	Sort    Sort     `json:"sort"`
	Columns []string `json:"columns,omitempty"`
}

// DefaultViews are the views that every desk has. Their names are the desk's language; a client that has its own goes by the ids.
func (s *Service) DefaultViews() []View {
	return []View{
		{ID: "mine", Name: s.say("Meine", "Mine"), Filter: "is:mine is:active"},
		{ID: "unassigned", Name: s.say("Nicht zugewiesen", "Unassigned"), Filter: "is:unassigned is:active"},
		{ID: "open", Name: s.say("Offen", "Open"), Filter: "is:new is:open"},
		{ID: "due", Name: s.say("Bald fällig", "Due soon"), Filter: "sla:<1h"},
		{ID: "breached", Name: s.say("Überfällig", "Breached"), Filter: "sla:breached"},
		{ID: "escalated", Name: s.say("Eskaliert", "Escalated"), Filter: "is:escalated is:active"},
		{ID: "mentioned", Name: s.say("Erwähnt", "Mentioned"), Filter: "is:mentioned is:active"},
		{ID: "snoozed", Name: s.say("Zurückgestellt", "Snoozed"), Filter: "is:snoozed"},
		{ID: "closed", Name: s.say("Geschlossen", "Closed"), Filter: "is:resolved is:closed"},
	}
}

// Views lists the default views, what everybody has, and the actor's own, in this order. It needs ticket:read; whose own views are kept
// needs view:own.
func (s *Service) Views(ctx context.Context, a Actor) ([]View, error) {
	if err := s.Require(ctx, a, OpTicketRead); err != nil {
		return nil, err
	}
	out := s.DefaultViews()
	for i := range out {
		out[i].Builtin, out[i].Shared, out[i].Sort = true, true, ByUpdated
	}
	items, err := s.cfg.Store.SavedItems(ctx, SavedView, a.Account)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(items, func(x, y Saved) int { return order(x.Account != "", y.Account != "") })
	for i := range items {
		v, err := viewOf(&items[i])
		if err != nil {
			return nil, err
		}
		out = append(out, *v)
	}
	return out, nil
}

func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func viewOf(it *Saved) (*View, error) {
	var b viewBody
	if err := json.Unmarshal(it.Body, &b); err != nil {
		return nil, &Error{Kind: Internal, Op: "view " + it.ID, Msg: "the view cannot be read", Err: err}
	}
	return &View{ID: it.ID, Shared: it.Account == "", Name: it.Name, Filter: b.Filter, Sort: b.Sort, Columns: b.Columns, Position: it.Position, Version: it.Version}, nil
}

// SaveView makes a view, when v.ID is empty, or changes one; v.Version is the one that was seen, 0 is any. One's own needs view:own, one for
// everybody view:share. A view stays with whom it was made for. The filter must have been read by a search before.
func (s *Service) SaveView(ctx context.Context, a Actor, v View) (*View, error) {
	var err error
	if v.Name, err = line("name", v.Name, maxSavedName, true); err != nil {
		return nil, err
	}
	if len(v.Filter) > maxFilter {
		return nil, InvalidField("filter", "has more than %d bytes", maxFilter)
	}
	if v.Sort == "" {
		v.Sort = ByUpdated
	}
	if !slices.Contains(Sorts(), v.Sort) {
		return nil, InvalidField("sort", "unknown order %q", string(v.Sort))
	}
	if len(v.Columns) > maxColumns {
		return nil, InvalidField("columns", "at most %d are allowed", maxColumns)
	}
	for i, c := range v.Columns {
		if v.Columns[i], err = line("columns", c, 40, true); err != nil {
			return nil, err
		}
	}
	body, err := json.Marshal(viewBody{v.Filter, v.Sort, v.Columns})
	if err != nil {
		return nil, &Error{Kind: Internal, Op: "view", Msg: "the view cannot be kept", Err: err}
	}
	it, err := s.save(ctx, a, Saved{Kind: SavedView, ID: v.ID, Name: v.Name, Body: body, Position: v.Position, Version: v.Version}, v.Shared, OpViewShare)
	if err != nil {
		return nil, err
	}
	return viewOf(it)
}

// DeleteView removes a view. It needs what SaveView needs.
func (s *Service) DeleteView(ctx context.Context, a Actor, id string) error {
	return s.drop(ctx, a, SavedView, id, OpViewShare)
}

// save writes an item of the actor, or of everybody. Version 0 of one that exists stands for whatever is current.
func (s *Service) save(ctx context.Context, a Actor, v Saved, shared bool, share Op) (*Saved, error) {
	if v.Position < 0 || v.Position > 1_000_000 {
		return nil, InvalidField("position", "must be between 0 and 1000000")
	}
	err := s.cfg.Store.Update(ctx, func(tx Tx) error {
		now := s.now()
		if v.ID == "" {
			if err := s.mayKeep(ctx, tx, a, shared, share); err != nil {
				return err
			}
			owner := a.Account
			if shared {
				owner = ""
			}
			all, err := tx.SavedItems(ctx, v.Kind, owner)
			if err != nil {
				return err
			}
			n := 0
			for i := range all {
				if all[i].Account == owner {
					n++
				}
			}
			if n >= maxSaved {
				return Errorf(Conflict, "there are %d already; delete some first", maxSaved)
			}
			fresh := v
			fresh.ID, fresh.Account, fresh.Version, fresh.CreatedAt, fresh.UpdatedAt = NewID(now), owner, 1, now, now
			if err := tx.PutSaved(ctx, &fresh, 0); err != nil {
				return err
			}
			v.Account, v.CreatedAt = fresh.Account, fresh.CreatedAt
			return s.keptEvent(ctx, tx, a, &fresh, "saved", func() { v = fresh })
		}
		old, err := s.item(ctx, tx, a, v.Kind, v.ID, share)
		if err != nil {
			return err
		}
		if v.Version != 0 && v.Version != old.Version {
			return Errorf(Stale, "it has changed since: it is at version %d", old.Version)
		}
		next := *old
		next.Name, next.Body, next.Position, next.Version, next.UpdatedAt = v.Name, v.Body, v.Position, old.Version+1, now
		if err := tx.PutSaved(ctx, &next, old.Version); err != nil {
			return err
		}
		return s.keptEvent(ctx, tx, a, &next, "saved", func() { v = next })
	})
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// mayKeep asks for the right to keep something for oneself or for everybody.
func (s *Service) mayKeep(ctx context.Context, r Reader, a Actor, shared bool, share Op) error {
	if shared {
		_, err := s.whole(ctx, r, a, share)
		return err
	}
	if _, err := s.grant(ctx, r, a, OpViewOwn); err != nil {
		return err
	}
	if a.Kind != ActorAccount {
		return Errorf(Denied, "only an account can keep something of its own")
	}
	return nil
}

// item finds an item that the actor may change; somebody else's is as good as absent.
func (s *Service) item(ctx context.Context, tx Tx, a Actor, kind SavedKind, id string, share Op) (*Saved, error) {
	if a.Kind == "" {
		return nil, Errorf(Unauthenticated, "sign in first")
	}
	it, err := tx.SavedItem(ctx, kind, id)
	if err == nil && it.Account != "" && it.Account != a.Account {
		err = Errorf(NotFound, "there is nothing of that id")
	}
	if KindOf(err) == NotFound { // nobody without rights learns what there is
		if _, denied := s.grant(ctx, tx, a, OpViewOwn); denied != nil {
			return nil, denied
		}
	}
	if err != nil {
		return nil, err
	}
	return it, s.mayKeep(ctx, tx, a, it.Account == "", share)
}

func (s *Service) drop(ctx context.Context, a Actor, kind SavedKind, id string, share Op) error {
	return s.cfg.Store.Update(ctx, func(tx Tx) error {
		it, err := s.item(ctx, tx, a, kind, id, share)
		if err != nil {
			return err
		}
		if err := tx.DropSaved(ctx, kind, id); err != nil {
			return err
		}
		return s.keptEvent(ctx, tx, a, it, "deleted", func() {})
	})
}

// Events of the desk's own chain about what everybody has. What people keep for themselves is not recorded.
const (
	EventViewSaved    EventType = "view.saved"    // [id]
	EventViewDeleted  EventType = "view.deleted"  // [id]
	EventMacroSaved   EventType = "macro.saved"   // [id]
	EventMacroDeleted EventType = "macro.deleted" // [id]
	EventSettingSaved EventType = "setting.saved" // [id]; private: from to
)

func (s *Service) keptEvent(ctx context.Context, tx Tx, a Actor, it *Saved, what string, done func()) error {
	done()
	if it.Account != "" {
		return nil
	}
	return s.deskEvent(ctx, tx, a, EventType(string(it.Kind)+"."+what), data{"id": it.ID}, nil)
}

// CountMost is where Count stops counting.
const CountMost = 1000

// Count counts the tickets of each query, up to CountMost, as List would give them. At most 50 queries.
func (s *Service) Count(ctx context.Context, a Actor, qs []Query) ([]int, error) {
	if len(qs) > 50 {
		return nil, InvalidField("views", "at most 50 can be counted at once")
	}
	out := make([]int, len(qs))
	for i := range qs {
		q := qs[i]
		q.Sort, q.After, q.Limit = ByUpdated, Cursor{}, 1
		scope, err := s.searching(ctx, a, &q)
		if err != nil {
			return nil, err
		}
		if out[i], err = s.cfg.Store.CountTickets(ctx, scope, q, CountMost); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Draft is an answer or a note that somebody has begun to write.
type Draft struct {
	TicketID  ID
	Kind      PersonalKind // DraftReply or DraftNote
	Body      string
	Version   int64 // rises with every save, from 1
	UpdatedAt time.Time
}

// Drafts gives the actor's drafts for some tickets, or with none all of them. It needs draft:own.
func (s *Service) Drafts(ctx context.Context, a Actor, tickets []ID) ([]Draft, error) {
	items, err := s.personal(ctx, a, OpDraftOwn, []PersonalKind{DraftReply, DraftNote}, tickets)
	out := make([]Draft, 0, len(items))
	for _, p := range items {
		out = append(out, draftOf(p))
	}
	return out, err
}

func draftOf(p Personal) Draft {
	return Draft{TicketID: p.TicketID, Kind: p.Kind, Body: p.Body, Version: p.Version, UpdatedAt: p.UpdatedAt}
}

func (s *Service) personal(ctx context.Context, a Actor, op Op, kinds []PersonalKind, tickets []ID) ([]Personal, error) {
	if len(tickets) > MaxLimit {
		return nil, InvalidField("ids", "at most %d tickets can be asked for at once", MaxLimit)
	}
	scope, err := s.scope(ctx, s.cfg.Store, a, op)
	if err != nil || a.Kind != ActorAccount {
		return nil, err
	}
	return s.cfg.Store.PersonalItems(ctx, scope, a.Account, kinds, tickets)
}

// SaveDraft keeps a draft; an empty body removes it. The last writer wins, unless was names a version that is not the newest any more: then it
// is Stale, and nothing was written. It needs draft:own for the ticket, and changes nothing that others see.
func (s *Service) SaveDraft(ctx context.Context, a Actor, id ID, kind PersonalKind, body string, was int64) (*Draft, error) {
	if kind != DraftReply && kind != DraftNote {
		return nil, InvalidField("kind", "must be reply or note")
	}
	body, err := s.text("body", body, false)
	if err != nil {
		return nil, err
	}
	var out Draft
	err = s.cfg.Store.Update(ctx, func(tx Tx) error {
		scope, err := s.ownTicket(ctx, tx, a, OpDraftOwn, id)
		if err != nil {
			return err
		}
		had, err := tx.PersonalItems(ctx, scope, a.Account, []PersonalKind{kind}, []ID{id})
		if err != nil {
			return err
		}
		p := Personal{Account: a.Account, TicketID: id, Kind: kind, Body: body, UpdatedAt: s.now()}
		if len(had) > 0 {
			p.Version = had[0].Version
		}
		if was != 0 && was != p.Version {
			return Errorf(Stale, "the draft has changed since: it is at version %d", p.Version)
		}
		p.Version++
		out = draftOf(p)
		if body == "" {
			return tx.DropPersonal(ctx, a.Account, id, kind)
		}
		return tx.PutPersonal(ctx, p)
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// ownTicket checks that an account may keep something of a ticket, and locks the ticket, so that it has one writer at a time.
func (s *Service) ownTicket(ctx context.Context, tx Tx, a Actor, op Op, id ID) (Scope, error) {
	scope, err := s.scope(ctx, tx, a, op)
	if err != nil {
		return Scope{}, err
	}
	if a.Kind != ActorAccount {
		return Scope{}, Errorf(Denied, "only an account can keep something of its own")
	}
	_, err = tx.Ticket(ctx, scope, id)
	return scope, err
}

// Mark says how far an account has read a ticket: up to the version, the newest of which was seen at At.
type Mark struct {
	TicketID ID
	Version  Version
	At       time.Time
}

// Marks gives the actor's marks of some tickets; those that were never opened have none. It needs ticket:read.
func (s *Service) Marks(ctx context.Context, a Actor, tickets []ID) ([]Mark, error) {
	if len(tickets) == 0 {
		return nil, InvalidField("ids", "must name 1 to %d tickets", MaxLimit)
	}
	items, err := s.personal(ctx, a, OpTicketRead, []PersonalKind{SeenMark}, tickets)
	out := make([]Mark, 0, len(items))
	for _, p := range items {
		out = append(out, Mark{TicketID: p.TicketID, Version: Version(p.Version), At: p.UpdatedAt})
	}
	return out, err
}

// MarkSeen notes that the actor has seen a ticket as it was at a version; 0 is the newest. A mark never goes back. It gives the mark as it was
// before, which tells what is new since the last visit; its version is 0 on the first one. It needs ticket:read.
func (s *Service) MarkSeen(ctx context.Context, a Actor, id ID, v Version) (*Mark, error) {
	before := &Mark{TicketID: id}
	err := s.cfg.Store.Update(ctx, func(tx Tx) error {
		*before = Mark{TicketID: id}
		scope, err := s.ownTicket(ctx, tx, a, OpTicketRead, id)
		if err != nil {
			return err
		}
		t, err := tx.Ticket(ctx, scope, id)
		if err != nil {
			return err
		}
		if v == 0 || v > t.Version {
			v = t.Version
		}
		had, err := tx.PersonalItems(ctx, scope, a.Account, []PersonalKind{SeenMark}, []ID{id})
		if err != nil {
			return err
		}
		if len(had) > 0 {
			before.Version, before.At = Version(had[0].Version), had[0].UpdatedAt
		}
		return tx.PutPersonal(ctx, Personal{Account: a.Account, TicketID: id, Kind: SeenMark, Version: int64(max(v, before.Version)), UpdatedAt: s.now()})
	})
	if err != nil {
		return nil, err
	}
	return before, nil
}
