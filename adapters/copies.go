package adapters

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// Composer is optional for a Sender of mail: it writes what Send has sent.
type Composer interface {
	// Compose writes m as Send does, with the same Message-ID, and tells from which address it goes and by which name it is known. Two
	// writings differ in what is made up for each, such as boundaries.
	Compose(ctx context.Context, m Outbound, w io.Writer) (from, externalID string, err error)
}

// SentKeeper is optional for an adapter: it keeps copies of mails that have left where people look for them, such as the folder for sent
// mail of a mailbox.
type SentKeeper interface {
	// KeepsSent reports whether there is anything to keep copies for. It does no I/O.
	KeepsSent() bool
	// KeepSent keeps a copy, unless there is one already: the worker calls it again after a crash, and after an error, which may be marked by
	// Permanent and RetryAfter. A mail from an address whose copies nobody wants is none of its business: nil.
	KeepSent(ctx context.Context, m SentMail) error
}

// SentMail is a mail that has left.
type SentMail struct {
	From string    // address
	ID   string    // Message-ID without angle brackets
	At   time.Time // when it left
	Raw  []byte    // must not be changed
}

// CopiesConfig is what Copies are made of. All but Notices, Timeout and Log are required.
type CopiesConfig struct {
	Service  *ticket.Service
	Delivery *Delivery // tells who gets a message by mail
	Notices  *Notices  // words what the desk says by itself; nil: no copies of that
	Mail     Composer
	Keepers  []SentKeeper
	Timeout  time.Duration // of one run; 0 means two minutes
	Log      *slog.Logger  // nil is silent
}

// Copies keeps copies of mails that have left: its method Keep is the handler of package jobs for ticket.JobCopy. The job is made together
// with the note that the mail has left, so that a copy is neither forgotten nor the reason to send a mail twice. No bytes
// are stored for it: the mail is written anew from what the desk keeps anyway.
type Copies struct {
	cfg   CopiesConfig
	actor ticket.Actor
}

// NewCopies checks the configuration and makes Copies. It does no I/O.
func NewCopies(cfg CopiesConfig) (*Copies, error) {
	if cfg.Service == nil || cfg.Delivery == nil || cfg.Mail == nil || len(cfg.Keepers) == 0 || cfg.Timeout < 0 {
		return nil, errors.New("adapters: CopiesConfig needs a Service, a Delivery, Mail and Keepers, and no negative Timeout")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 2 * time.Minute
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Copies{cfg: cfg, actor: ticket.SystemActor("mail")}, nil
}

// Handlers gives Keep by the kind of job that it is for.
func (c *Copies) Handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{ticket.JobCopy: c.Keep}
}

// Keep is the handler of ticket.JobCopy. A mail whose ticket or attachment is gone by now gets no copy.
func (c *Copies) Keep(ctx context.Context, job jobs.Job) error {
	var p ticket.CopyPayload
	if err := json.Unmarshal(job.Payload, &p); err != nil {
		return jobs.Permanent(fmt.Errorf("copy: payload: %w", err))
	}
	if !slices.ContainsFunc(c.cfg.Keepers, SentKeeper.KeepsSent) {
		return nil
	}
	err := c.keep(ctx, p)
	switch wait, asked := RetryDelay(err); {
	case err == nil, ticket.KindOf(err) == ticket.NotFound:
		return nil
	case IsPermanent(err):
		return jobs.Permanent(fmt.Errorf("copy of a sent mail: %w", err))
	case asked:
		return jobs.RetryAfter(fmt.Errorf("copy of a sent mail: %w", err), min(wait, maxRetryAfter))
	}
	return fmt.Errorf("copy of a sent mail: %w", err)
}

// keep is everything within a deadline, and with panics turned into errors.
func (c *Copies) keep(ctx context.Context, p ticket.CopyPayload) (err error) {
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			c.cfg.Log.ErrorContext(ctx, "adapters: a copy of a sent mail made the program fail", "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	list, at, err := c.mails(ctx, p)
	if err != nil {
		return err
	}
	for _, m := range list {
		var raw bytes.Buffer
		from, id, err := c.cfg.Mail.Compose(ctx, m, &raw)
		if err != nil {
			return err
		}
		for _, k := range c.cfg.Keepers {
			if err := k.KeepSent(ctx, SentMail{From: from, ID: id, At: at, Raw: raw.Bytes()}); err != nil {
				return err
			}
		}
	}
	return nil
}

// mails gives the mails that a job is about, as they were handed to the Sender.
func (c *Copies) mails(ctx context.Context, p ticket.CopyPayload) (out []Outbound, at time.Time, err error) {
	if n := p.Notice; n != nil {
		if c.cfg.Notices == nil {
			return nil, at, nil
		}
		m, err := c.cfg.Service.Notice(ctx, c.actor, *n)
		if m == nil || err != nil {
			return nil, at, err
		}
		mail, err := c.cfg.Notices.outbound(ctx, m)
		return []Outbound{mail}, n.At, err
	}
	m, err := c.cfg.Service.Outgoing(ctx, c.actor, p.MessageID)
	if err != nil || m.Message.Delivery == nil {
		return nil, at, err
	}
	parts, err := c.cfg.Delivery.parts(m)
	if err != nil {
		return nil, at, err
	}
	mail := func(r Recipient) bool { return r.Identity.Kind == ticket.KindEmail }
	for _, p := range parts {
		if slices.ContainsFunc(p.message.To, mail) {
			out = append(out, p.message)
		}
	}
	return out, m.Message.Delivery.At, nil
}
