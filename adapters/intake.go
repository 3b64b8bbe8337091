package adapters

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"github.com/ticketkit/ticketkit/observe"
	"github.com/ticketkit/ticketkit/ticket"
)

// Intake gives the intake of one channel. Whatever comes in by it gets that channel's name, also when no adapter of the Hub has it, so
// that a host can take items in from code of its own.
func (h *Hub) Intake(channel string) Intake { return &intake{h, channel} }

type intake struct {
	h       *Hub
	channel string
}

// Receive implements Intake.
func (i *intake) Receive(ctx context.Context, it ticket.Incoming) error {
	_, err := i.h.receive(ctx, i.channel, it)
	return err
}

// Park implements Intake. A key is made from the bytes when p has none, so that the same bytes park once.
func (i *intake) Park(ctx context.Context, p Parked) error {
	p.Channel, p.Raw = i.channel, escape(p.Raw)
	if p.Body != nil {
		p.Body = escapeStream(p.Body)
	}
	return i.h.park(ctx, p)
}

// refusedError is what a parked item was parked for.
type refusedError struct{ reason string }

func (e *refusedError) Error() string { return e.reason }

// receive takes an item in, or parks it and tells why in refused. An error means that neither happened.
func (h *Hub) receive(ctx context.Context, channel string, it ticket.Incoming) (refused *refusedError, err error) {
	result := observe.Result{Outcome: observe.Failed}
	ctx, end := observe.Begin(ctx, h.cfg.Observer, observe.Work{Kind: observe.Intake, Name: channel})
	defer func() { end(result) }()
	it.Channel, it.Key = channel, storableKey(it.Key)
	_, retrier := h.retrier(channel)
	var keep *keeper // an adapter that can read its bytes again needs no copy of what it made of them
	if !retrier || len(it.Raw) == 0 {
		keep = newKeeper(&it)
	}
	got, err := h.call(ctx, channel, it)
	strikeKey := channel + "\x00" + it.Key
	if err == nil {
		h.forgive(strikeKey)
		h.taken.Add(1)
		result = observe.Result{Outcome: observe.Repeated, Ticket: string(got.TicketID)}
		if !got.Repeated {
			result.Outcome = observe.OK
			h.note(channel, func(s *Status) { s.Received++; s.LastReceived = h.cfg.Now() })
		}
		return nil, nil
	}
	reason, poison := reasonOf(err)
	if reason == "" && (ctx.Err() != nil || ticket.KindOf(err) != ticket.Internal || !h.strike(strikeKey)) {
		return nil, err
	}
	if reason == "" {
		reason = "the item failed again and again while others went in: " + err.Error()
	}
	level := slog.LevelWarn
	if poison {
		level = slog.LevelError
	}
	h.cfg.Log.LogAttrs(ctx, level, "adapters: item parked", slog.String("channel", channel), slog.String("key", it.Key), slog.Any("error", err))
	raw := escape(it.Raw)
	if keep != nil {
		raw = keep.envelope(&it)
	}
	p := Parked{Channel: channel, Key: it.Key, Reason: reason, Sender: cmp.Or(it.From.Identity.Value, it.From.Name), Subject: it.Subject, Raw: raw}
	if err := h.park(ctx, p); err != nil {
		return nil, err
	}
	h.forgive(strikeKey)
	result.Outcome = observe.Parked
	return &refusedError{reason}, nil
}

type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v\n%s", e.value, e.stack) }

// call is Service.Receive with panics turned into errors: a single mail must not take the whole process down.
func (h *Hub) call(ctx context.Context, channel string, it ticket.Incoming) (got *ticket.Received, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, debug.Stack()}
		}
	}()
	return h.cfg.Service.Receive(ctx, ticket.SystemActor(channel), it)
}

// reasonOf tells why an item can never succeed, or "" when it may succeed later. Service turns a Hook's plain error into a Conflict, so
// Internal is always a fault of the program or the database, and Stale only means that somebody else changed the ticket meanwhile.
func reasonOf(err error) (reason string, poison bool) {
	if _, ok := errors.AsType[*panicError](err); ok {
		return "the program failed on this item; the log has the details", true
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return "", false
	}
	switch ticket.KindOf(err) {
	case ticket.Unavailable, ticket.Internal, ticket.Stale:
		return "", false
	}
	e, _ := errors.AsType[*ticket.Error](err)
	reason = cmp.Or(e.Msg, string(e.Kind))
	if e.Field != "" {
		reason = e.Field + ": " + reason
	}
	if e.Err != nil { // agents may read why a rule refused; the person outside never sees this
		reason += ": " + e.Err.Error()
	}
	return reason, false
}

// storableKey gives the key under which an item is known. One that is no text, as a Message-ID with broken bytes is, could be looked up but
// not listed among the parked ones; its hash stands for it, each time.
func storableKey(key string) string {
	if utf8.ValidString(key) && !strings.ContainsRune(key, 0) {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return "hashed:" + hex.EncodeToString(sum[:])
}

func (h *Hub) park(ctx context.Context, p Parked) (err error) {
	p.At = h.cfg.Now()
	if p.Body == nil {
		sum := sha256.Sum256(p.Raw)
		p.RawSHA256, p.Size = hex.EncodeToString(sum[:]), int64(len(p.Raw))
	} else if p.Key == "" {
		return errors.New("adapters: an item that is parked from a stream needs a key")
	}
	p.Key = storableKey(cmp.Or(p.Key, "sha256:"+p.RawSHA256))
	if len(p.Key) > 500 { // a key that no store takes was the very reason to park
		k := sha256.Sum256([]byte(p.Key))
		p.Key = "long:" + hex.EncodeToString(k[:])
	}
	p.Reason, p.Sender, p.Subject = oneLine(p.Reason, 1000), oneLine(p.Sender, 254), oneLine(p.Subject, 255)
	if err := h.cfg.State.ParkItem(ctx, &p); err != nil {
		return fmt.Errorf("park item of %s: %w", p.Channel, err)
	}
	h.note(p.Channel, func(s *Status) { s.Parked++ })
	return nil
}

// strike is how often an item failed, and how many items had gone in when it first did.
type strike struct {
	n     int
	taken uint64
}

const (
	maxStrikes  = 5
	maxSuspects = 1000
)

// strike counts an internal failure of an item and reports whether the item is to blame rather than the desk: it failed several times,
// while others went in.
func (h *Hub) strike(key string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, known := h.strikes[key]
	if !known {
		s.taken = h.taken.Load()
		if len(h.strikes) >= maxSuspects { // a broken database makes everybody a suspect
			for k := range h.strikes {
				delete(h.strikes, k)
				break
			}
		}
	}
	s.n++
	h.strikes[key] = s
	return s.n >= maxStrikes && h.taken.Load() > s.taken
}

func (h *Hub) forgive(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.strikes, key)
}
