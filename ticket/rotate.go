package ticket

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// EventKeysRotated, on the desk's chain, says that from here on the history is sealed with another key. It is sealed with the new one and
// comes behind a checkpoint of all tickets, so whoever has only the old key can neither change what is before it nor add anything. Its
// private part keeps the keys of earlier times, encrypted under the new one.
//
// Where the key before it was lost (AdoptKey) it is the first event of the new one, and keeps no keys of earlier times; seq is up to where the whole
// history goes back to lost keys.
const EventKeysRotated EventType = "keys.rotated" // [from to seq]; private: sealed

// rotation is data and private part of EventKeysRotated.
type rotation struct {
	From   string `json:"from"`
	To     string `json:"to"`
	Seq    int64  `json:"seq,omitempty"`
	Sealed []byte `json:"sealed,omitempty"`
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }

// derive makes another key, or a name, of the chain's key.
func (c Chain) derive(label string) []byte {
	h := hmac.New(sha256.New, c.key)
	h.Write([]byte(label))
	return h.Sum(nil)
}

// id is a name of the key, which tells nothing about it.
func (c Chain) id() string { return hexOf(c.derive("ticketkit/chain-key-id")[:8]) }

// wrap encrypts keys under one derived from the chain's (AES-256-GCM, RFC 5116).
func (c Chain) wrap(keys []Chain, from string) ([]byte, error) {
	aead, err := c.aead()
	if err != nil {
		return nil, err
	}
	raw := make([][]byte, len(keys))
	for i, k := range keys {
		raw[i] = k.key
	}
	plain, err := json.Marshal(raw)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	_, _ = rand.Read(nonce)
	return aead.Seal(nonce, nonce, plain, []byte(from)), nil
}

func (c Chain) unwrap(sealed []byte, from string) ([]Chain, error) {
	aead, err := c.aead()
	if err != nil {
		return nil, err
	}
	if len(sealed) < aead.NonceSize() {
		return nil, fmt.Errorf("the keys of earlier times are cut off")
	}
	plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(from))
	if err != nil {
		return nil, fmt.Errorf("the keys of earlier times cannot be decrypted: %w", err)
	}
	var raw [][]byte
	if err := json.Unmarshal(plain, &raw); err != nil {
		return nil, err
	}
	out := make([]Chain, len(raw))
	for i, k := range raw {
		if out[i], err = NewChain(k); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c Chain) aead() (cipher.AEAD, error) {
	block, err := aes.NewCipher(c.derive("ticketkit/chain-key-wrap"))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// epochs are the keys of the history, the oldest first.
type epochs struct {
	chains  []Chain
	rotated int // how many of the changes from one to the next are in the desk's chain: all, or all but the last
}

// ErrForeignKey is wrapped by a Conflict error about a history that was sealed with a key that nobody has told us.
var ErrForeignKey = errors.New("neither the key nor the one before it has sealed the history")

func errForeignHistory(format string, args ...any) error {
	e := Errorf(Conflict, format, args...)
	e.Err = ErrForeignKey
	return e
}

// epochs finds the keys of the history: the configured ones and those that the last rotation keeps.
func (s *Service) epochs(ctx context.Context, r Reader) (epochs, error) {
	last, err := s.lastRotation(ctx, r)
	if err != nil {
		return epochs{}, err
	}
	current, previous := s.chain, s.previous
	if last == nil {
		if previous == nil {
			return epochs{[]Chain{current}, 0}, nil
		}
		return epochs{[]Chain{*previous, current}, 0}, nil
	}
	switch {
	case last.To == current.id():
		older, err := current.unwrap(last.Sealed, last.From)
		return epochs{append(older, current), len(older)}, err
	case previous != nil && last.To == previous.id():
		older, err := previous.unwrap(last.Sealed, last.From)
		return epochs{append(older, *previous, current), len(older)}, err
	}
	return epochs{}, errForeignHistory("the history was sealed with another secret (key %s): give it as the previous one", last.To)
}

func (s *Service) lastRotation(ctx context.Context, r Reader) (*rotation, error) {
	es, err := r.Events(ctx, Scope{all: true}, EventQuery{Desk: true, Types: []EventType{EventKeysRotated}, Reverse: true, Limit: 1})
	if err != nil || len(es) == 0 {
		return nil, err
	}
	var out rotation
	for _, raw := range []json.RawMessage{es[0].Data, es[0].Private} {
		if err := json.Unmarshal(raw, &out); err != nil {
			return nil, fmt.Errorf("event %s: %w", es[0].ID, err)
		}
	}
	return &out, nil
}

// RotateKeys tells the history that it is sealed with another key since Config.ChainKey has changed: it pins everything under the new key
// and notes the change, and reports whether there was one to note. It is to be called when a process starts, and needs Config.PreviousChainKey
// only then. Every process on the database must have the new key by then: what one seals with the old key afterwards does not verify.
// Only the program itself may.
func (s *Service) RotateKeys(ctx context.Context, a Actor) (rotated bool, err error) {
	if a.Kind != ActorSystem {
		return false, Errorf(Denied, "only the program itself changes its keys")
	}
	ep, err := s.epochs(ctx, s.cfg.Store)
	if err != nil || ep.rotated == len(ep.chains)-1 {
		return false, err
	}
	if _, err := s.Checkpoint(ctx, a); err != nil {
		return false, err
	}
	err = s.cfg.Store.Update(ctx, func(tx Tx) error {
		rotated = false
		if _, err := tx.DeskHead(ctx); err != nil {
			return err
		}
		ep, err := s.epochs(ctx, tx)
		if err != nil || ep.rotated == len(ep.chains)-1 { // another process was faster
			return err
		}
		older := ep.chains[:len(ep.chains)-1]
		from := older[len(older)-1].id()
		sealed, err := s.chain.wrap(older, from)
		if err != nil {
			return err
		}
		now := s.now()
		rotated = true
		return s.chain.AppendDesk(ctx, tx, &Event{ID: EventID(NewID(now)), Type: EventKeysRotated, Actor: eventActor(a), At: now,
			Data: encode(data{"from": from, "to": s.chain.id()}), Private: encode(data{"sealed": sealed})})
	})
	return rotated && err == nil, err
}

// CheckKey answers an error that wraps ErrForeignKey when the history was sealed with neither Config.ChainKey nor Config.PreviousChainKey: what such
// a process records would not verify. It reads a few events, so it is for the start of a process, before anything is recorded; whether every
// event is as it was says VerifyAll. Only the program itself may.
func (s *Service) CheckKey(ctx context.Context, a Actor) error {
	if a.Kind != ActorSystem {
		return Errorf(Denied, "only the program itself checks its keys")
	}
	last, err := s.lastRotation(ctx, s.cfg.Store)
	if err != nil {
		return err
	}
	if last != nil {
		_, err := s.epochs(ctx, s.cfg.Store)
		return err
	}
	// One good event is enough: a single one may have been changed, or be of a process that had another key for a while.
	for _, q := range []EventQuery{{Desk: true, Limit: 1}, {Desk: true, Reverse: true, Limit: 2}} {
		es, err := s.cfg.Store.Events(ctx, Scope{all: true}, q)
		if err != nil || len(es) == 0 {
			return err
		}
		before := Head{}
		if len(es) == 2 {
			before = Head{Count: es[1].N, MAC: es[1].MAC}
		}
		if s.chain.fault(before, &es[0]) == nil || s.previous != nil && s.previous.fault(before, &es[0]) == nil {
			return nil
		}
	}
	return errForeignHistory("the history was sealed with another secret")
}

// AdoptKey lets a history whose key is lost for good go on under Config.ChainKey, notes that, and pins the heads of all tickets anew, which takes a while
// on a large desk; if it is cut short, the next Checkpoint goes on. What was recorded before cannot be verified any more: VerifyAll counts it. It answers
// Conflict when the key is not lost: CheckKey finds nothing wrong. Only the program itself may, and while no process has the lost key.
func (s *Service) AdoptKey(ctx context.Context, a Actor) error {
	err := s.CheckKey(ctx, a)
	if err == nil {
		return Errorf(Conflict, "the history is sealed with the present secret or the one before it: nothing is lost")
	}
	if !errors.Is(err, ErrForeignKey) {
		return err
	}
	newest, err := s.cfg.Store.Events(ctx, Scope{all: true}, EventQuery{Reverse: true, Limit: 1})
	if err != nil {
		return err
	}
	var seq int64
	if len(newest) > 0 {
		seq = newest[0].Seq
	}
	err = s.cfg.Store.Update(ctx, func(tx Tx) error {
		last, err := s.lastRotation(ctx, tx)
		if err != nil {
			return err
		}
		var from string // of the first key there is no name
		if last != nil {
			from = last.To
		}
		sealed, err := s.chain.wrap(nil, from)
		if err != nil {
			return err
		}
		now := s.now()
		if err := s.chain.AppendDesk(ctx, tx, &Event{ID: EventID(NewID(now)), Type: EventKeysRotated, Actor: eventActor(a), At: now,
			Data: encode(data{"from": from, "to": s.chain.id(), "seq": seq}), Private: encode(data{"sealed": sealed})}); err != nil {
			return err
		}
		// Checkpoints begin again: what the lost key has pinned proves nothing.
		raw, err := json.Marshal(checkpoint{Heads: []pinnedHead{}})
		if err != nil {
			return err
		}
		return s.chain.AppendDesk(ctx, tx, &Event{ID: EventID(NewID(now)), Type: EventCheckpoint, Actor: eventActor(a), At: now, Data: raw})
	})
	if err != nil {
		return err
	}
	_, err = s.Checkpoint(ctx, a)
	return err
}
