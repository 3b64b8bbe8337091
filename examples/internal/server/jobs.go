package server

import (
	"fmt"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/ticket"
)

type jobsCmd struct {
	List  jobsListCmd  `cmd:"" help:"List what was given up, or all jobs."`
	Retry jobsRetryCmd `cmd:"" help:"Let dead jobs run again."`
}

type jobsListCmd struct {
	All bool `help:"List waiting, running and finished jobs too."`
}

func (l jobsListCmd) Run(p *program) error {
	return p.withDesk(func(desk *ticketkit.Desk) error {
		return p.jobs(desk, l.All, func(j ticket.JobInfo) error {
			_, err := fmt.Fprintf(p.out, "%-40s %-12s %-8s %s  %d attempts  %s\n", j.ID, j.Kind, j.State, j.RunAt.UTC().Format(time.RFC3339), j.Attempt,
				strings.Join(strings.Fields(j.LastError), " "))
			return err
		})
	})
}

type jobsRetryCmd struct {
	IDs []string `arg:"" optional:"" name:"id" help:"Ids of dead jobs."`
	All bool     `help:"All dead jobs."`
}

func (r jobsRetryCmd) Run(p *program) error {
	if r.All == (len(r.IDs) > 0) {
		return fmt.Errorf("name the jobs, or give --all")
	}
	return p.withDesk(func(desk *ticketkit.Desk) error {
		ids := r.IDs
		if r.All {
			if err := p.jobs(desk, false, func(j ticket.JobInfo) error {
				ids = append(ids, j.ID)
				return nil
			}); err != nil {
				return err
			}
		}
		for _, id := range ids {
			if err := desk.Tickets().RetryJob(p.ctx, ticket.SystemActor("command line"), id); err != nil {
				return fmt.Errorf("job %s: %w", id, err)
			}
		}
		_, err := fmt.Fprintf(p.out, "%d jobs will run again\n", len(ids))
		return err
	})
}

// jobs walks over the dead jobs, or all.
func (p *program) jobs(desk *ticketkit.Desk, all bool, fn func(ticket.JobInfo) error) error {
	q := ticket.JobQuery{Limit: ticket.MaxLimit}
	if !all {
		q.States = []ticket.JobState{ticket.JobDead}
	}
	for {
		list, err := desk.Tickets().Jobs(p.ctx, ticket.SystemActor("command line"), q)
		if err != nil {
			return err
		}
		for _, j := range list {
			if err := fn(j); err != nil {
				return err
			}
			q.After = j.ID
		}
		if len(list) < q.Limit {
			return nil
		}
	}
}
