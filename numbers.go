package ticketkit

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// workHours gives the numbers the hours of the service levels.
func (d *Desk) workHours(ctx context.Context, tx report.Tx, created time.Time) (report.Hours, error) {
	r, ok := tx.(sla.Reader)
	if !ok {
		return report.AllHours{}, nil
	}
	s, err := d.clocks.HoursAt(ctx, r, created)
	if err != nil || s == nil {
		return report.AllHours{}, err
	}
	return schedule{s}, nil
}

// schedule is a sla.Schedule as the numbers want it.
type schedule struct{ *sla.Schedule }

// Elapsed implements report.Hours.
func (s schedule) Elapsed(from, to time.Time, pauses []report.Span) int64 {
	list := make([]sla.Interval, len(pauses))
	for i, p := range pauses {
		list[i] = sla.Interval(p)
	}
	return s.Schedule.Elapsed(from, to, list)
}

// measureJob makes the numbers of tickets that are older than the numbers, and the words by which older contacts are found.
const measureJob = "measure"

// measureBatch is how many tickets and contacts one job looks after.
const measureBatch = 200

// measureState is the name under which is remembered that the job was asked for.
const measureState = "desk.measured"

// measurePayload says how far the job has come; a part that is over is marked.
type measurePayload struct {
	Ticket   int64            `json:"ticket"`
	Contact  ticket.ContactID `json:"contact"`
	Tickets  bool             `json:"tickets_done"`
	Contacts bool             `json:"contacts_done"`
}

// renewNumbers asks once for the numbers of what was there before. What fails is tried by the next start.
func (d *Desk) renewNumbers(ctx context.Context) {
	err := func() error {
		was, err := d.cfg.Store.Get(ctx, measureState)
		if err != nil || was != "" {
			return err
		}
		job, err := jobs.NewJob(measureJob, measureJob, d.now(), measurePayload{})
		if err != nil {
			return err
		}
		if err := d.cfg.Store.EnqueueJob(ctx, job); err != nil {
			return err
		}
		return d.cfg.Store.Set(ctx, measureState, "1")
	}()
	if err != nil && ctx.Err() == nil {
		d.log.Error("older tickets have no numbers yet", "err", err)
	}
	d.runner.Wake()
}

// measure is the handler of measureJob. It leaves the rest to the next job, so that a lease is never long; one that was killed runs again and
// finds what it has done.
func (d *Desk) measure(ctx context.Context, job jobs.Job) error {
	var p measurePayload
	if err := json.Unmarshal(job.Payload, &p); err != nil {
		return jobs.Permanent(fmt.Errorf("payload of %s: %w", job.ID, err))
	}
	if !p.Tickets {
		scope, err := d.service.Scope(ctx, ticket.SystemActor("numbers"), ticket.OpTicketRead)
		if err != nil {
			return err
		}
		if p.Ticket, err = d.numbers.Fill(ctx, d.cfg.Store, scope, p.Ticket, measureBatch); err != nil {
			return err
		}
		p.Tickets = p.Ticket == 0
	}
	if !p.Contacts {
		var err error
		if p.Contact, err = d.cfg.Store.IndexContacts(ctx, p.Contact, measureBatch); err != nil {
			return err
		}
		p.Contacts = p.Contact == ""
	}
	if p.Tickets && p.Contacts {
		return nil
	}
	next, err := jobs.NewJob(measureJob, "", d.now(), p)
	if err == nil {
		err = d.cfg.Store.EnqueueJob(ctx, next)
	}
	return err
}
