package adapters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// NoticesConfig is what Notices is made of. Service and Mail are required.
type NoticesConfig struct {
	Service *ticket.Service
	Mail    Sender // carries mails, whatever channel a ticket came in by
	// Transcript gives the file that a mail about a closed ticket carries, as somebody outside may read it; nil: none.
	Transcript func(ctx context.Context, id ticket.ID, locale string) (Attachment, error)
	Timeout    time.Duration    // of one Send; 0 means two minutes
	Now        func() time.Time // nil is time.Now
	Log        *slog.Logger     // nil is silent
}

// Notices mails what the desk says by itself: its method Mail is the handler of package jobs for ticket.JobNotice. It may be called concurrently.
type Notices struct {
	cfg   NoticesConfig
	actor ticket.Actor
}

// NewNotices checks the configuration and makes a Notices. It does no I/O.
func NewNotices(cfg NoticesConfig) (*Notices, error) {
	if cfg.Service == nil || cfg.Mail == nil {
		return nil, errors.New("adapters: NoticesConfig.Service and Mail are required")
	}
	if cfg.Timeout < 0 {
		return nil, errors.New("adapters: NoticesConfig.Timeout must not be negative")
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 2 * time.Minute
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Notices{cfg: cfg, actor: ticket.SystemActor("mail")}, nil
}

// Handlers gives Mail by the kind of job that it is for.
func (n *Notices) Handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{ticket.JobNotice: n.Mail}
}

// Mail is the handler of ticket.JobNotice: it sends one mail and notes it in the history of the ticket. Killed between the two it sends the mail
// again under the same Message-ID, like every delivery by SMTP.
func (n *Notices) Mail(ctx context.Context, job jobs.Job) error {
	var p ticket.NoticePayload
	if err := json.Unmarshal(job.Payload, &p); err != nil {
		return jobs.Permanent(fmt.Errorf("notice: payload: %w", err))
	}
	m, err := n.cfg.Service.Notice(ctx, n.actor, p)
	if err != nil {
		return fmt.Errorf("notice %s of ticket %s: %w", p.Kind, p.TicketID, err)
	}
	if m == nil {
		return nil // nobody wants it any more
	}
	id, err := n.send(ctx, m)
	if err == nil {
		n.noted(ctx, p, id)
		return nil
	}
	err = fmt.Errorf("notice %s of ticket %s: %w", p.Kind, p.TicketID, err)
	if hold, held := HoldDelay(err); held && ctx.Err() == nil {
		n.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "adapters: a mail waits until somebody has mended its channel", slog.Any("error", err))
		return jobs.Snooze(n.cfg.Now().Add(min(max(hold, time.Second), maxRetryAfter)))
	}
	if IsPermanent(err) {
		return jobs.Permanent(err)
	}
	if wait, ok := RetryDelay(err); ok {
		return jobs.RetryAfter(err, min(wait, maxRetryAfter))
	}
	return err
}

// Dead notes that a mail was given up. It is for jobs.Config.OnDead, and does nothing for other kinds of job.
func (n *Notices) Dead(ctx context.Context, job jobs.Job, cause error) {
	var p ticket.NoticePayload
	if job.Kind != ticket.JobNotice || json.Unmarshal(job.Payload, &p) != nil {
		return
	}
	if err := n.cfg.Service.NoticeFailed(ctx, n.actor, p, cause.Error()); err != nil {
		n.cfg.Log.LogAttrs(ctx, slog.LevelError, "adapters: cannot note that a mail was given up", slog.String("ticket_id", string(p.TicketID)), slog.Any("error", err))
	}
}

// noted puts a mail that has left into the history of its ticket, from where its copy is made. When that fails for good the mail stays sent: a line of the history is not
// worth a second mail.
func (n *Notices) noted(ctx context.Context, p ticket.NoticePayload, externalID string) {
	err := remember(ctx, func(ctx context.Context) error { return n.cfg.Service.Noticed(ctx, n.actor, p, externalID) })
	if err != nil {
		n.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "adapters: cannot note that a mail has left", slog.String("ticket_id", string(p.TicketID)), slog.Any("error", err))
	}
}

// send is Send with a deadline, and with panics turned into errors.
func (n *Notices) send(ctx context.Context, m *ticket.NoticeMail) (id string, err error) {
	ctx, cancel := context.WithTimeout(ctx, n.cfg.Timeout)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, debug.Stack()}
		}
	}()
	out, err := n.outbound(ctx, m)
	if err != nil {
		return "", err
	}
	return n.cfg.Mail.Send(ctx, out)
}

// outbound makes what a Sender takes.
func (n *Notices) outbound(ctx context.Context, m *ticket.NoticeMail) (Outbound, error) {
	out := Outbound{Key: m.Key, Ticket: m.Ticket, Notice: m.Kind, Locale: m.Locale, InReplyTo: m.InReplyTo, References: m.References, ReplyToken: m.ReplyToken,
		Signature: m.Signature, Letterhead: m.Letterhead, By: m.By, Reason: m.Reason, To: []Recipient{{Name: m.To.Name, Identity: m.To.Identity}},
		Message: ticket.Message{Kind: ticket.Public, TicketID: m.Ticket.ID, Machine: true, Author: ticket.Author{Type: ticket.ActorSystem}, CreatedAt: m.At}}
	if m.Kind == ticket.NoticeClosed && n.cfg.Transcript != nil {
		file, err := n.cfg.Transcript(ctx, m.Ticket.ID, m.Locale)
		if err != nil {
			return out, fmt.Errorf("transcript: %w", err)
		}
		out.Attachments = []Attachment{file}
	}
	return out, nil
}
