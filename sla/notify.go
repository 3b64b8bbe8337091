package sla

import (
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// The kinds of job of this package.
const (
	JobNotify    = "sla.notify"    // tell somebody about a step of the ladder; payload NotifyPayload
	JobRecompute = "sla.recompute" // choose the definitions of all open clocks anew; payload null
)

// NotifyPayload is the payload of JobNotify: one notifying action of one step, or one of its recipients.
type NotifyPayload struct {
	TicketID ticket.ID        `json:"ticket_id"`
	Event    ticket.EventType `json:"event"`
	Clock    Clock            `json:"clock"`
	Cycle    int              `json:"cycle"`
	Level    string           `json:"level"`
	Due      time.Time        `json:"due"`
	Action   Action           `json:"action"`
	Account  ticket.AccountID `json:"account,omitempty"` // the one person that this job is for; "" finds out who they are
}

// Notification is one thing to tell one recipient.
type Notification struct {
	NotifyPayload
	Key     string          // the same for each attempt, so that a repeat can be made harmless
	Ticket  ticket.Ticket   // as it is now
	Account *ticket.Account // nil when Action.To says whom to tell
	Subject string          // one line, in the language of Account if they chose one, else in the desk's
	Text    string
	Locale  string // of Subject and Text
}

// Notifier tells people. Notify is called at least once for each Notification, from several goroutines, and returns soon after ctx ends. An error
// marked by Permanent is final, any other is tried again.
type Notifier interface {
	Notify(ctx context.Context, n Notification) error
}

// Permanent marks an error of a Notifier that no repetition mends.
func Permanent(err error) error { return jobs.Permanent(err) }

// WorkerConfig is what a Worker is made of. Tickets and Store are required.
type WorkerConfig struct {
	Tickets *ticket.Service
	Store   Store
	// Notifiers carry out the notifying actions; an action without one is dropped with a line in the log.
	Notifiers map[ActionType]Notifier
	// InRole lists the active people of a role, for NotifyRole; nil: nobody.
	InRole func(ctx context.Context, role string) ([]ticket.Account, error)
	Locale string         // of what people are told: "de" (also for "") or "en"
	Zone   *time.Location // of the times in it; nil is UTC
	Now    func() time.Time
	Log    *slog.Logger // nil is silent
}

// Worker does what the ladder leaves to be done after the commit: its methods are handlers of package jobs.
type Worker struct {
	cfg   WorkerConfig
	texts *i18n.Catalog
	actor ticket.Actor
}

//go:embed de.json en.json
var textFiles embed.FS

// Texts are what this package says to people, for a test of their parity.
func Texts() fs.FS { return textFiles }

// NewWorker checks the configuration and makes a Worker. It does no I/O.
func NewWorker(cfg WorkerConfig) (*Worker, error) {
	if cfg.Tickets == nil || cfg.Store == nil {
		return nil, errors.New("sla: WorkerConfig.Tickets and Store are required")
	}
	if cfg.Locale == "" {
		cfg.Locale = i18n.German
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	texts, err := i18n.Load(textFiles)
	if err != nil {
		return nil, err
	}
	return &Worker{cfg: cfg, texts: texts, actor: ticket.SystemActor("sla")}, nil
}

// Handlers gives the handlers by the kind of job that they are for.
func (w *Worker) Handlers() map[string]jobs.Handler {
	return map[string]jobs.Handler{JobNotify: w.Notify, JobRecompute: w.Recompute}
}

// Notify is the handler of JobNotify. It finds out whom an action is for and makes a job for each, so that one mailbox that refuses makes
// nobody else read the same again. Nobody is told about a ticket that is over by now, or that they may not read.
func (w *Worker) Notify(ctx context.Context, job jobs.Job) error {
	var p NotifyPayload
	if err := json.Unmarshal(job.Payload, &p); err != nil {
		return jobs.Permanent(fmt.Errorf("sla: payload: %w", err))
	}
	t, err := w.cfg.Tickets.Get(ctx, w.actor, p.TicketID)
	switch {
	case ticket.KindOf(err) == ticket.NotFound:
		return nil // deleted since
	case err != nil:
		return err
	case !t.Category.Active():
		return nil
	}
	n := w.cfg.Notifiers[p.Action.Type]
	if n == nil {
		w.cfg.Log.WarnContext(ctx, "sla: this desk has no channel for a step of its policy", "action", p.Action.Type, "ticket_id", p.TicketID)
		return nil
	}
	if p.Account == "" && (p.Action.Type == NotifyAssignee || p.Action.Type == NotifyQueue || p.Action.Type == NotifyRole) {
		return w.spread(ctx, job, p, t)
	}
	lang := w.cfg.Locale
	var who *ticket.Account
	if p.Account != "" {
		if who, err = w.reader(ctx, p.Account, t); who == nil || err != nil {
			return err
		}
		own, err := w.cfg.Tickets.Preferences(ctx, ticket.AccountActor(who.ID, who.Name))
		if err != nil {
			return err
		}
		lang = cmp.Or(own.Locale, lang)
	}
	msg := w.notification(p, t, job.Key, lang)
	msg.Account = who
	return n.Notify(ctx, msg)
}

// spread makes a job for each person that an action is for.
func (w *Worker) spread(ctx context.Context, job jobs.Job, p NotifyPayload, t *ticket.Ticket) error {
	var people []ticket.AccountID
	switch p.Action.Type {
	case NotifyAssignee:
		if t.Assignee != nil {
			people = append(people, t.Assignee.ID)
		}
	case NotifyQueue:
		all, err := w.cfg.Tickets.Workers(ctx, w.actor, t.ID)
		if err != nil {
			return err
		}
		for _, a := range all {
			people = append(people, a.ID)
		}
	case NotifyRole:
		if w.cfg.InRole == nil {
			return nil
		}
		all, err := w.cfg.InRole(ctx, p.Action.To)
		if err != nil {
			return err
		}
		for _, a := range all {
			people = append(people, a.ID)
		}
	}
	return w.cfg.Store.UpdateSLA(ctx, func(tx Tx) error {
		jtx, ok := tx.(ticket.Tx)
		if !ok {
			return jobs.Permanent(errors.New("sla: the store has no jobs"))
		}
		for _, id := range people {
			p.Account = id
			if err := jtx.Enqueue(ctx, ticket.Job{Kind: JobNotify, Key: personKey(job.Key, id), RunAt: w.cfg.Now(), Payload: p}); err != nil {
				return err
			}
		}
		return nil
	})
}

// personKey is the key of one person's part of a job. A host names its accounts as it likes, also longer than a key can be.
func personKey(key string, id ticket.AccountID) string {
	if whole := key + ":" + string(id); len(whole) <= jobs.MaxKey {
		return whole
	}
	return fmt.Sprintf("%s:%x", key, sha256.Sum256([]byte(id)))
}

// reader gives an account that is active and may read the ticket; nil for any other.
func (w *Worker) reader(ctx context.Context, id ticket.AccountID, t *ticket.Ticket) (*ticket.Account, error) {
	all, err := w.cfg.Tickets.Agents(ctx, w.actor)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ID != id {
			continue
		}
		_, err := w.cfg.Tickets.Get(ctx, ticket.AccountActor(id, all[i].Name), t.ID)
		switch ticket.KindOf(err) {
		case "":
			return &all[i], nil
		case ticket.NotFound, ticket.Denied, ticket.Unauthenticated:
			return nil, nil
		}
		return nil, err
	}
	return nil, nil
}

// notification is what is said.
func (w *Worker) notification(p NotifyPayload, t *ticket.Ticket, key, lang string) Notification {
	args := i18n.Args{"number": t.Number, "subject": t.Subject, "clock": w.texts.T(lang, "sla.clock."+string(p.Clock)),
		"due": i18n.FormatDateTime(lang, p.Due, w.cfg.Zone), "queue": t.Queue.Name}
	what := "breached"
	if p.Event == EventWarned {
		what = "warned"
	}
	text := w.texts.T(lang, "sla.mail."+what, args) + "\n\n" + w.texts.T(lang, "sla.mail.ticket", args) + "\n" + w.texts.T(lang, "sla.mail.queue", args)
	if t.Assignee != nil {
		text += "\n" + w.texts.T(lang, "sla.mail.assignee", i18n.Args{"name": t.Assignee.Name})
	}
	return Notification{NotifyPayload: p, Key: key, Ticket: *t, Subject: w.texts.T(lang, "sla.mail."+what+".subject", args), Text: text, Locale: lang}
}

// Recompute is the handler of JobRecompute. A ticket that it has seen to already, before it was interrupted, is seen to again: that
// changes nothing.
func (w *Worker) Recompute(ctx context.Context, _ jobs.Job) error {
	const page = 100
	for after := ticket.ID(""); ; {
		ids, err := w.cfg.Store.OpenClocks(ctx, after, page)
		if err != nil {
			return err
		}
		for _, id := range ids {
			if err := w.cfg.Tickets.RecomputeSLA(ctx, w.actor, id); err != nil && ticket.KindOf(err) != ticket.NotFound {
				return err
			}
			after = id
		}
		if len(ids) < page {
			return nil
		}
	}
}

// Recompute applies the definitions in force now to all open clocks of the desk: a job does it, ticket by ticket, each with an event in its
// history. Who asked stands on the desk's chain. The actor needs sla:manage.
func (s *Service) Recompute(ctx context.Context, a ticket.Actor) error {
	if err := s.manage(ctx, a); err != nil {
		return err
	}
	err := s.cfg.Store.UpdateSLA(ctx, func(tx Tx) error {
		if _, err := tx.DeskHead(ctx); err != nil {
			return err
		}
		jtx, ok := tx.(ticket.Tx)
		if !ok {
			return ticket.Errorf(ticket.Internal, "this store has no jobs")
		}
		_, stamp, err := tx.Clocks(ctx, "")
		if err != nil {
			return err
		}
		now := s.now()
		if err := jtx.Enqueue(ctx, ticket.Job{Kind: JobRecompute, Key: JobRecompute + ":" + stamp, RunAt: now}); err != nil {
			return err
		}
		return s.record(ctx, tx, a, EventRecompute, map[string]any{"stamp": stamp}, "", now)
	})
	if err == nil {
		s.cfg.Wake()
	}
	return err
}
