package httpapi

import (
	"net/http"
	"strings"

	"github.com/ticketkit/ticketkit/internal/search"
	"github.com/ticketkit/ticketkit/ticket"
)

func jobRoutes() []route {
	return []route{
		{method: get, path: "/admin/jobs", id: "listJobs", summary: "Deliveries, timers and scheduled work, in order of their ids", op: ticket.OpJobManage, params: []param{
			{"state", "string", "pending, leased, done, dead, separated by commas"},
			{"kind", "string", "kinds of job, separated by commas"},
			limitParam, cursorParam,
		}, status: 200, answer: page[jobDTO]{}, run: (*call).listJobs},
		{method: post, path: "/admin/jobs/{id}/retry", id: "retryJob", summary: "Let a dead job run again", op: ticket.OpJobManage, status: 204, run: (*call).retryJob},
		{method: del, path: "/admin/jobs/{id}", id: "dropJob", summary: "Remove a dead job for good", op: ticket.OpJobManage, status: 204, run: (*call).dropJob},
	}
}

// jobDTO is a job, without what it is about.
type jobDTO struct {
	ID         string          `json:"id"`
	Kind       string          `json:"kind"`
	State      ticket.JobState `json:"state" enum:"pending,leased,done,dead"`
	RunAt      stamp           `json:"run_at"`
	Attempt    int             `json:"attempt"`
	LastError  string          `json:"last_error" doc:"of the latest failure"`
	FinishedAt *stamp          `json:"finished_at"`
}

func (c *call) listJobs() error {
	limit, err := c.limit(50)
	if err != nil {
		return err
	}
	params := c.r.URL.Query()
	q := ticket.JobQuery{After: params.Get("cursor"), Limit: limit + 1}
	for v := range strings.SplitSeq(params.Get("kind"), ",") {
		if v != "" {
			q.Kinds = append(q.Kinds, v)
		}
	}
	for v := range strings.SplitSeq(params.Get("state"), ",") {
		if v != "" {
			q.States = append(q.States, ticket.JobState(v))
		}
	}
	if len(q.Kinds) > search.MaxTerms || len(q.States) > search.MaxTerms {
		return ticket.InvalidField("kind", "has more than %d values", search.MaxTerms)
	}
	list, err := c.api.service.Jobs(c.ctx(), c.actor(), q)
	if err != nil {
		return err
	}
	out := page[jobDTO]{Items: make([]jobDTO, 0, len(list))}
	if len(list) > limit {
		list = list[:limit]
		out.Next = &list[limit-1].ID
	}
	for _, j := range list {
		out.Items = append(out.Items, jobDTO{j.ID, j.Kind, j.State, stamp(j.RunAt), j.Attempt, j.LastError, stampOf(j.FinishedAt)})
	}
	return c.json(http.StatusOK, out)
}

func (c *call) retryJob() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	if err := c.api.service.RetryJob(c.ctx(), c.actor(), id); err != nil {
		return err
	}
	return c.empty()
}

func (c *call) dropJob() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	if err := c.api.service.DropJob(c.ctx(), c.actor(), id); err != nil {
		return err
	}
	return c.empty()
}
