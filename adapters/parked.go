package adapters

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"

	"github.com/ticketkit/ticketkit/ticket"
)

// maxParkedPage bounds a page of parked items.
const maxParkedPage = 200

// ListParked gives parked items, newest first: at most limit (1 to 200; anything else is 50) that are older than before, an id; ""
// begins. Raw is nil. The actor needs parked:retry, as for the other methods about parked items.
func (h *Hub) ListParked(ctx context.Context, a ticket.Actor, before string, limit int) ([]Parked, error) {
	if err := h.cfg.Service.Require(ctx, a, ticket.OpParkedRetry); err != nil {
		return nil, err
	}
	if limit < 1 || limit > maxParkedPage {
		limit = 50
	}
	return h.cfg.State.ParkedItems(ctx, before, limit)
}

// OpenParked gives a parked item and its bytes: as they came, or as JSON (item is true) when the channel has no such form. They come
// from outside, so whoever shows them must not let a browser guess their type. The caller closes the reader.
func (h *Hub) OpenParked(ctx context.Context, a ticket.Actor, id string) (p *Parked, raw io.ReadCloser, item bool, err error) {
	p, stored, err := h.parked(ctx, a, id)
	if err != nil {
		return nil, nil, false, err
	}
	b, item := unescape(stored)
	return p, io.NopCloser(bytes.NewReader(b)), item, nil
}

func (h *Hub) parked(ctx context.Context, a ticket.Actor, id string) (*Parked, []byte, error) {
	if err := h.cfg.Service.Require(ctx, a, ticket.OpParkedRetry); err != nil {
		return nil, nil, err
	}
	p, err := h.cfg.State.ParkedItem(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if len(p.Raw) > 0 { // a State may give the bytes along with a single item
		return p, p.Raw, nil
	}
	if p.Size == 0 {
		return p, nil, nil
	}
	if h.cfg.Blobs == nil {
		return nil, nil, ticket.Errorf(ticket.NotFound, "the bytes of this item were not kept")
	}
	r, err := h.cfg.Blobs.Open(ctx, p.RawSHA256)
	if err != nil {
		return nil, nil, fmt.Errorf("parked item %s: %w", id, err)
	}
	defer func() { _ = r.Close() }()
	b, err := io.ReadAll(r)
	if err != nil {
		return nil, nil, fmt.Errorf("parked item %s: %w", id, err)
	}
	return p, b, nil
}

// RetryParked reads a parked item again, after somebody has mended the cause, and removes it once it went in. A Conflict says why it was
// refused again; then it stays, with the new reason. Whatever the adapter's Retrier does, at most one ticket comes of an
// item, for its key is the same as before.
func (h *Hub) RetryParked(ctx context.Context, a ticket.Actor, id string) error {
	p, stored, err := h.parked(ctx, a, id)
	if err != nil {
		return err
	}
	raw, item := unescape(stored)
	in := &retryIntake{intake: intake{h, p.Channel}, key: p.Key}
	if item {
		it, err := incoming(raw)
		if err != nil {
			return &ticket.Error{Kind: ticket.Conflict, Op: "adapters.RetryParked", Msg: "the parked bytes are damaged", Err: err}
		}
		err = in.Receive(ctx, it)
		if err != nil {
			return err
		}
	} else {
		r, ok := h.retrier(p.Channel)
		if !ok {
			return ticket.Errorf(ticket.Conflict, "the channel %s is not set up, or cannot read its items again", p.Channel)
		}
		again := *p
		again.Raw = raw
		if err := callRetrier(ctx, r, in, again); err != nil {
			return &ticket.Error{Kind: ticket.KindOf(err), Op: "adapters.RetryParked", Msg: "the channel could not read the item again", Err: err}
		}
	}
	if in.refused != nil {
		return ticket.Errorf(ticket.Conflict, "refused again: %s", in.refused.reason)
	}
	if !in.received {
		return ticket.Errorf(ticket.Conflict, "the channel %s found nothing to take in", p.Channel)
	}
	if err := h.cfg.Service.RecordParked(ctx, a, ticket.EventParkedRetried, id, p.Channel); err != nil {
		return fmt.Errorf("parked item %s went in but that is not recorded: %w", id, err)
	}
	if err := h.cfg.State.DeleteParked(ctx, id); err != nil {
		return fmt.Errorf("parked item %s went in but is still listed: %w", id, err)
	}
	h.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "adapters: parked item went in", slog.String("channel", p.Channel), slog.String("parked_id", id), slog.String("by", a.Name))
	return nil
}

// DeleteParked throws a parked item away.
func (h *Hub) DeleteParked(ctx context.Context, a ticket.Actor, id string) error {
	if err := h.cfg.Service.Require(ctx, a, ticket.OpParkedRetry); err != nil {
		return err
	}
	p, err := h.cfg.State.ParkedItem(ctx, id)
	if err != nil {
		return err
	}
	// First, so that nothing disappears without a trace.
	if err := h.cfg.Service.RecordParked(ctx, a, ticket.EventParkedDeleted, id, p.Channel); err != nil {
		return err
	}
	if err := h.cfg.State.DeleteParked(ctx, id); err != nil {
		return err
	}
	h.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "adapters: parked item deleted", slog.String("channel", p.Channel), slog.String("parked_id", id), slog.String("by", a.Name))
	return nil
}

func (h *Hub) retrier(channel string) (Retrier, bool) {
	a, _ := h.Adapter(channel)
	r, ok := a.(Retrier)
	return r, ok
}

// callRetrier turns a panic into an error of kind Internal.
func callRetrier(ctx context.Context, r Retrier, in Intake, p Parked) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, debug.Stack()}
		}
	}()
	return r.Retry(ctx, in, p)
}

// retryIntake remembers what became of the item. It is used by one call of Retry only, which a Retrier runs in its own goroutine.
type retryIntake struct {
	intake
	key      string
	received bool
	refused  *refusedError
}

// Receive implements Intake.
func (i *retryIntake) Receive(ctx context.Context, it ticket.Incoming) error {
	refused, err := i.h.receive(ctx, i.channel, it)
	switch {
	case err != nil:
		return err
	case refused != nil:
		i.refused = refused
	default:
		i.received = true
	}
	return nil
}

// Park implements Intake. The item keeps its key, so that it is not listed twice.
func (i *retryIntake) Park(ctx context.Context, p Parked) error {
	p.Key = i.key
	if err := i.intake.Park(ctx, p); err != nil {
		return err
	}
	i.refused = &refusedError{p.Reason}
	return nil
}
