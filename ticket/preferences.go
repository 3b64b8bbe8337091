package ticket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
)

// Preferences are how an account wants what it sees, in whichever browser. What is empty, as all is in the zero value, is left to the browser,
// and in mails to the desk.
type Preferences struct {
	Locale    string `json:"locale,omitempty"`    // "de" or "en": of the pages, and of the desk's mails to the account
	Theme     string `json:"theme,omitempty"`     // "auto", "light" or "dark"
	Shortcuts string `json:"shortcuts,omitempty"` // "on" or "off": whether keys without a modifier do something
}

// PreferencesEdit changes Preferences; nil keeps what is there, and "" goes back to nothing.
type PreferencesEdit struct {
	Locale, Theme, Shortcuts *string
}

func (e *PreferencesEdit) apply(p *Preferences) error {
	for _, f := range []struct {
		name string
		want *string
		have *string
		may  []string
	}{
		{"locale", e.Locale, &p.Locale, []string{"", "de", "en"}},
		{"theme", e.Theme, &p.Theme, []string{"", "auto", "light", "dark"}},
		{"shortcuts", e.Shortcuts, &p.Shortcuts, []string{"", "on", "off"}},
	} {
		if f.want == nil {
			continue
		}
		if !slices.Contains(f.may, *f.want) {
			return InvalidField(f.name, "is not known")
		}
		*f.have = *f.want
	}
	return nil
}

// Preferences gives what KeepPreferences was told of the actor; the zero value when that is nothing. It needs ticket:read.
func (s *Service) Preferences(ctx context.Context, a Actor) (Preferences, error) {
	if err := s.Require(ctx, a, OpTicketRead); err != nil || a.Kind != ActorAccount {
		return Preferences{}, err
	}
	return preferencesOf(ctx, s.cfg.Store, a.Account)
}

// KeepPreferences changes how the actor wants what they see, and gives all of it. Of two at the same time, both are kept. It needs
// ticket:read, and changes nothing that others see.
func (s *Service) KeepPreferences(ctx context.Context, a Actor, e PreferencesEdit) (Preferences, error) {
	var out Preferences
	err := s.keepOwn(ctx, a, SavedPreferences, func(old *Saved) (name string, body []byte, err error) {
		out = Preferences{}
		if old != nil {
			if err := json.Unmarshal(old.Body, &out); err != nil {
				return "", nil, &Error{Kind: Internal, Op: "preferences", Msg: "what was kept cannot be read", Err: err}
			}
		}
		if err := e.apply(&out); err != nil {
			return "", nil, err
		}
		body, err = json.Marshal(out)
		return "", body, err
	})
	if err != nil {
		return Preferences{}, err
	}
	return out, nil
}

func preferencesOf(ctx context.Context, r Reader, account AccountID) (out Preferences, err error) {
	it, err := r.SavedItem(ctx, SavedPreferences, ownID(account))
	if KindOf(err) == NotFound {
		return out, nil
	}
	if err == nil {
		err = json.Unmarshal(it.Body, &out)
	}
	return out, err
}

// maxLastView bounds the id of a view that is kept as the last one.
const maxLastView = 64

// LastView gives the id of the view that the actor looked at last, as KeepLastView was told; empty when there is none. The view may be gone by
// now: then a client shows the one that it begins with. It needs ticket:read.
func (s *Service) LastView(ctx context.Context, a Actor) (string, error) {
	if err := s.Require(ctx, a, OpTicketRead); err != nil || a.Kind != ActorAccount {
		return "", err
	}
	it, err := s.cfg.Store.SavedItem(ctx, SavedLastView, ownID(a.Account))
	if KindOf(err) == NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return it.Name, nil
}

// KeepLastView keeps the id of the view that the actor looks at, for whichever browser they come back with; the last writer wins. Whether
// there is such a view is not looked at: a client may have views of its own. It needs ticket:read, and changes nothing that others see.
func (s *Service) KeepLastView(ctx context.Context, a Actor, view string) error {
	view, err := line("view", view, maxLastView, true)
	if err != nil {
		return err
	}
	return s.keepOwn(ctx, a, SavedLastView, func(*Saved) (string, []byte, error) { return view, []byte("{}"), nil })
}

// ownID is the id of the one thing of its kind that an account keeps. A host's own ids may be longer than such an id.
func ownID(a AccountID) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(a))) }

// keepOwn keeps the one thing of its kind that an account has. next gets what is there, nil at first, and says what to keep.
func (s *Service) keepOwn(ctx context.Context, a Actor, kind SavedKind, next func(old *Saved) (name string, body []byte, err error)) error {
	return s.cfg.Store.Update(ctx, func(tx Tx) error {
		if _, err := s.grant(ctx, tx, a, OpTicketRead); err != nil {
			return err
		}
		if a.Kind != ActorAccount {
			return Errorf(Denied, "only an account can keep something of its own")
		}
		id := ownID(a.Account)
		if err := tx.Guard(ctx, string(kind)+":"+id); err != nil { // of two first ones only one is new
			return err
		}
		old, err := tx.SavedItem(ctx, kind, id)
		if KindOf(err) == NotFound {
			old = nil
		} else if err != nil {
			return err
		}
		name, body, err := next(old)
		if err != nil {
			return err
		}
		now := s.now()
		item := Saved{Kind: kind, ID: id, Account: a.Account, Name: name, Body: body, Version: 1, CreatedAt: now, UpdatedAt: now}
		if old == nil {
			return tx.PutSaved(ctx, &item, 0)
		}
		if old.Name == name && bytes.Equal(old.Body, body) {
			return nil
		}
		item.Version, item.CreatedAt = old.Version+1, old.CreatedAt
		return tx.PutSaved(ctx, &item, old.Version)
	})
}
