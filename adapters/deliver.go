package adapters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/ticketkit/ticketkit/internal/backoff"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/observe"
	"github.com/ticketkit/ticketkit/ticket"
)

// DeliveryConfig is what a Delivery is made of. Service is required.
type DeliveryConfig struct {
	Service *ticket.Service
	// Adapters that implement Sender carry the messages of their own channel.
	Adapters []Adapter
	// Fallback carries what no adapter of the message's channel can, by the kind of the recipient's identity: "email" to
	// mailout, say. Nil entries are as good as absent.
	Fallback map[string]Sender
	// Timeout bounds one Send; 0 means two minutes.
	Timeout time.Duration
	// MaxAttempts is after how many runs a message is given up, for jobs that bring no number of their own; 0 means 20. It
	// must not be above that of the runner.
	MaxAttempts int
	Observer    observe.Observer // hears of each Send; nil is nobody
	Now         func() time.Time // nil is time.Now
	Log         *slog.Logger     // nil is silent
}

// Delivery carries messages out and fires timers: its methods are handlers of package jobs for ticket.JobDeliver and ticket.JobTimer.
// They may be called concurrently.
type Delivery struct {
	cfg   DeliveryConfig
	actor ticket.Actor
}

const (
	// maxRetryAfter bounds what the other side can ask for: a message that waits longer than a day is forgotten.
	maxRetryAfter = 24 * time.Hour
	// markPatience is how long the worker tries to remember that a message has left, and markTimeout how long when it is being shut down.
	markPatience = 2 * time.Minute
	markTimeout  = 5 * time.Second
)

// NewDelivery checks the configuration and makes a Delivery. It does no I/O.
func NewDelivery(cfg DeliveryConfig) (*Delivery, error) {
	if cfg.Service == nil {
		return nil, errors.New("adapters: DeliveryConfig.Service is missing")
	}
	if cfg.Timeout < 0 || cfg.MaxAttempts < 0 {
		return nil, errors.New("adapters: DeliveryConfig.Timeout and MaxAttempts must not be negative")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 2 * time.Minute
	}
	if cfg.MaxAttempts == 0 {
		cfg.MaxAttempts = 20
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Delivery{cfg: cfg, actor: ticket.SystemActor("delivery")}, nil
}

// Handlers gives Deliver and Timer by the kind of job that they are for.
func (d *Delivery) Handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{ticket.JobDeliver: d.Deliver, ticket.JobTimer: d.Timer}
}

// Timer is the handler of ticket.JobTimer.
func (d *Delivery) Timer(ctx context.Context, job jobs.Job) error {
	var p ticket.TimerPayload
	if err := json.Unmarshal(job.Payload, &p); err != nil {
		return jobs.Permanent(fmt.Errorf("timer: payload: %w", err))
	}
	if err := d.cfg.Service.Fire(ctx, ticket.SystemActor("timer"), p); err != nil {
		return fmt.Errorf("timer %s of ticket %s: %w", p.Name, p.TicketID, err)
	}
	return nil
}

// Deliver is the handler of ticket.JobDeliver: it hands one message to whoever can carry it and notes what came of it. A message that
// has left already, or has been deleted, is done.
func (d *Delivery) Deliver(ctx context.Context, job jobs.Job) error {
	var p ticket.DeliverPayload
	if err := json.Unmarshal(job.Payload, &p); err != nil {
		return jobs.Permanent(fmt.Errorf("deliver: payload: %w", err))
	}
	out, err := d.cfg.Service.Outgoing(ctx, d.actor, p.MessageID)
	switch {
	case ticket.KindOf(err) == ticket.NotFound:
		return nil // deleted since
	case err != nil:
		return fmt.Errorf("deliver %s: %w", p.MessageID, err)
	case out.Message.Delivery == nil || len(p.Only) == 0 && (out.Message.Delivery.State == ticket.Sent || out.Message.Delivery.State == ticket.Bounced):
		return nil
	}
	id, left, err := d.send(ctx, out, p.Only)
	if err == nil {
		return d.mark(ctx, p.MessageID, id, left)
	}
	err = fmt.Errorf("deliver %s: %w", p.MessageID, err)
	reason := d.reason(ctx, err)
	limit := job.MaxAttempts
	if limit == 0 {
		limit = d.cfg.MaxAttempts
	}
	hold, held := HoldDelay(err)
	switch {
	case IsPermanent(err):
	case ctx.Err() != nil:
		return err // interrupted: this run does not count
	case job.Attempt >= limit && !held:
		reason = fmt.Sprintf("given up after %d attempts: %s", job.Attempt, reason)
	default:
		if note := d.delayed(ctx, p, reason); note != nil {
			d.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "adapters: cannot note why a message waits", slog.String("message_id", string(p.MessageID)), slog.Any("error", note))
		}
		if held {
			d.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "adapters: a message waits until somebody has mended its channel", slog.String("message_id", string(p.MessageID)), slog.Any("error", err))
			return jobs.Snooze(d.cfg.Now().Add(min(max(hold, time.Second), maxRetryAfter)))
		}
		if wait, ok := RetryDelay(err); ok {
			return jobs.RetryAfter(err, min(wait, maxRetryAfter))
		}
		return err
	}
	if note := remember(ctx, func(ctx context.Context) error { return d.failed(ctx, p, reason) }); note != nil && !settled(note) {
		return errors.Join(err, note) // runs again, so that the agent gets to know
	}
	return jobs.Permanent(err)
}

// Dead notes on the message that its job was given up, whatever the cause. It is for jobs.Config.OnDead, and does nothing for
// other kinds of job and for messages whose end is known.
func (d *Delivery) Dead(ctx context.Context, job jobs.Job, cause error) {
	var p ticket.DeliverPayload
	if job.Kind != ticket.JobDeliver || json.Unmarshal(job.Payload, &p) != nil {
		return
	}
	out, err := d.cfg.Service.Outgoing(ctx, d.actor, p.MessageID)
	if err == nil && (out.Message.Delivery == nil || len(p.Only) == 0 && out.Message.Delivery.State != ticket.Queued) {
		return
	}
	if err == nil {
		err = d.failed(ctx, p, fmt.Sprintf("given up after %d attempts: %s", job.Attempt, cause))
	}
	if err != nil && ticket.KindOf(err) != ticket.NotFound {
		d.cfg.Log.LogAttrs(ctx, slog.LevelError, "adapters: cannot note that a message was given up", slog.String("message_id", string(p.MessageID)), slog.Any("error", err))
	}
}

// mark notes that a message has left. That must not be forgotten, or the message leaves a second time.
func (d *Delivery) mark(ctx context.Context, id ticket.MessageID, externalID string, left []ticket.Undelivered) error {
	err := remember(ctx, func(ctx context.Context) error {
		return d.cfg.Service.DeliveredPartly(ctx, d.actor, id, externalID, left)
	})
	switch {
	case err == nil || ticket.KindOf(err) == ticket.NotFound:
		return nil
	case settled(err): // a rule of the desk refuses to hear it: sending again would not help
		return jobs.Permanent(fmt.Errorf("message %s has left, but that cannot be noted: %w", id, err))
	}
	return fmt.Errorf("message %s has left, but that is not noted yet: %w", id, err)
}

// remember calls note until it is done, or cannot be, for as long as a slow database may take, and gives its last error. It outlives a shutdown by markTimeout.
func remember(ctx context.Context, note func(context.Context) error) error {
	over := ctx
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), markPatience)
	defer cancel()
	defer context.AfterFunc(over, func() {
		time.AfterFunc(markTimeout, cancel)
	})()
	for n := 1; ; n++ {
		err := note(ctx)
		if err == nil || settled(err) {
			return err
		}
		t := time.NewTimer(50*time.Millisecond + backoff.Delay(n, 100*time.Millisecond, time.Second, nil))
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return err
		}
	}
}

// settled reports whether an error of Service stays the same when the call is repeated.
func settled(err error) bool {
	reason, _ := reasonOf(err)
	return reason != ""
}

// reason is what an agent reads about a failure.
func (d *Delivery) reason(ctx context.Context, err error) string {
	if p, ok := errors.AsType[*panicError](err); ok {
		d.cfg.Log.LogAttrs(ctx, slog.LevelError, "adapters: Send panicked", slog.Any("error", p))
		return "the channel failed on this message; the log has the details"
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %s", d.cfg.Timeout)
	}
	if e, ok := errors.AsType[*deliveryError](err); ok {
		return e.Error()
	}
	return err.Error()
}

// deliveryError is an error of a Sender, without what the worker says around it.
type deliveryError struct{ err error }

func (e *deliveryError) Error() string { return e.err.Error() }
func (e *deliveryError) Unwrap() error { return e.err }

// part is what one Sender carries of a message.
type part struct {
	name    string
	sender  Sender
	message Outbound
}

// parts divides the recipients among Senders. The adapter of the message's channel takes everybody, except those whom another
// Sender reaches in a message that goes both ways: a mail address in copy of a chat.
func (d *Delivery) parts(out *ticket.Outgoing) ([]part, error) {
	channel := out.Message.Channel
	var own Sender
	for _, a := range d.cfg.Adapters {
		if s, ok := a.(Sender); ok && a.Name() == channel {
			own = s
		}
	}
	native := false
	for _, i := range out.Message.To {
		native = native || i.Kind == channel
	}
	var parts []part
	add := func(p ticket.Person, cc bool) error {
		kind := p.Identity.Kind
		name, s := "", d.cfg.Fallback[kind]
		if own != nil && (kind == channel || !native || s == nil) {
			s = own
		} else if name = kind; s == nil {
			return Permanent(&deliveryError{fmt.Errorf("no channel of this desk can reach %s %s", kind, p.Identity.Value)})
		}
		n := 0
		for n < len(parts) && parts[n].name != name {
			n++
		}
		if n == len(parts) {
			parts = append(parts, part{name, s, d.outbound(out)})
		}
		r := Recipient{Name: p.Name, Identity: p.Identity}
		if m := &parts[n].message; cc {
			m.Cc = append(m.Cc, r)
		} else {
			m.To = append(m.To, r)
		}
		return nil
	}
	for _, p := range out.To {
		if err := add(p, false); err != nil {
			return nil, err
		}
	}
	for _, p := range out.Cc {
		if err := add(p, true); err != nil {
			return nil, err
		}
	}
	if len(parts) == 0 {
		return nil, Permanent(&deliveryError{errors.New("the message has no recipient")})
	}
	for n := range parts {
		if m := &parts[n].message; len(m.To) == 0 {
			m.To, m.Cc = m.Cc, nil
		}
	}
	return parts, nil
}

// outbound makes a message without recipients that shares nothing with others, since a Sender may be careless with it.
func (d *Delivery) outbound(out *ticket.Outgoing) Outbound {
	m := Outbound{Key: string(out.Message.ID), Ticket: out.Ticket, Message: out.Message, InReplyTo: out.InReplyTo,
		References: append([]string(nil), out.References...), ReplyToken: out.ReplyToken, Locale: out.Locale,
		Signature: out.Signature, Letterhead: out.Letterhead, Previous: out.Previous}
	for _, a := range out.Message.Attachments {
		m.Attachments = append(m.Attachments, Attachment{Attachment: a, Open: func(ctx context.Context) (io.ReadCloser, error) {
			return d.cfg.Service.OpenBlob(ctx, d.actor, a.SHA256)
		}})
	}
	return m
}

// call is Send with a deadline, and with panics turned into errors.
func (d *Delivery) call(ctx context.Context, channel string, s Sender, m Outbound) (id string, err error) {
	ctx, end := observe.Begin(ctx, d.cfg.Observer, observe.Work{Kind: observe.Delivery, Name: channel, ID: string(m.Message.ID)})
	defer func() { end(observe.Result{Outcome: outcomeOf(err), Ticket: string(m.Ticket.ID)}) }()
	ctx, cancel := context.WithTimeout(ctx, d.cfg.Timeout)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, debug.Stack()}
		}
	}()
	return s.Send(ctx, m)
}

// outcomeOf says in a word of package observe what came of a Send.
func outcomeOf(err error) string {
	_, held := HoldDelay(err)
	_, partly := errors.AsType[*PartlyError](err)
	switch {
	case err == nil || partly:
		return observe.OK
	case held:
		return observe.Held
	case IsPermanent(err):
		return observe.Dead
	}
	return observe.Failed
}
