package httpapi

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// healthDTO says that the desk answers.
type healthDTO struct {
	Status  string `json:"status" enum:"ok,degraded" doc:"degraded: it answers, and somebody should look after a channel"`
	Service string `json:"service" doc:"name of the desk"`
}

// readyWithin is how long the desk has to say that it is ready.
const readyWithin = 2 * time.Second

func (c *call) health() error {
	if ready := c.api.cfg.Ready; ready != nil {
		ctx, cancel := context.WithTimeout(c.ctx(), readyWithin)
		defer cancel()
		if err := ready(ctx); err != nil {
			return &ticket.Error{Kind: ticket.Unavailable, Op: "health", Msg: "the desk is not ready", Err: err}
		}
	}
	state := "ok"
	if ch := c.api.cfg.Channels; ch != nil && ch.Troubled() { // it answers, and somebody should look
		state = "degraded"
	}
	return c.json(http.StatusOK, healthDTO{state, c.api.cfg.ServiceName})
}

func (c *call) kpi() error {
	if c.api.cfg.Reports == nil {
		return ticket.Errorf(ticket.NotFound, "this desk keeps no numbers")
	}
	scope, err := c.api.service.Scope(c.ctx(), c.actor(), ticket.OpDashboardRead)
	if err != nil {
		return err
	}
	k, err := c.api.cfg.Reports.KPI(c.ctx(), scope, report.Query{Account: c.who.Account.ID, Now: c.api.now(), Zone: c.api.cfg.Zone})
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, k)
}

// queueDTO is a place where tickets wait for a team.
type queueDTO struct {
	ID        ticket.QueueID `json:"id"`
	Name      string         `json:"name"`
	Default   bool           `json:"default" doc:"takes what names no queue"`
	CreatedAt stamp          `json:"created_at"`
}

func queueOf(q *ticket.Queue) queueDTO {
	return queueDTO{q.ID, q.Name, q.Default, stamp(q.CreatedAt)}
}

func (c *call) listQueues() error {
	all, err := c.api.service.Queues(c.ctx(), c.actor())
	if err != nil {
		return err
	}
	out := page[queueDTO]{Items: make([]queueDTO, 0, len(all))}
	for i := range all {
		out.Items = append(out.Items, queueOf(&all[i]))
	}
	return c.json(http.StatusOK, out)
}

// newQueueDTO is what POST queues takes.
type newQueueDTO struct {
	Name string `json:"name" required:"true" doc:"at most 80 characters, unique"`
}

func (c *call) createQueue() error {
	var in newQueueDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	q, err := c.api.service.CreateQueue(c.ctx(), c.actor(), in.Name)
	if err != nil {
		return err
	}
	return c.json(http.StatusCreated, queueOf(q))
}

// agentDTO is somebody to whom tickets can be assigned.
type agentDTO struct {
	ID       ticket.AccountID `json:"id"`
	Username string           `json:"username"`
	Name     string           `json:"name"`
	Online   bool             `json:"online" doc:"was seen in the last five minutes"`
}

func (c *call) listAgents() error {
	all, err := c.api.service.Agents(c.ctx(), c.actor())
	if err != nil {
		return err
	}
	online, err := c.online(c.ctx())
	if err != nil {
		return err
	}
	out := page[agentDTO]{Items: make([]agentDTO, 0, len(all))}
	for _, a := range all {
		out.Items = append(out.Items, agentDTO{a.ID, a.Username, a.Name, slices.Contains(online, a.ID)})
	}
	return c.json(http.StatusOK, out)
}

// parkedDTO is an item that could not become a ticket.
type parkedDTO struct {
	ID      string `json:"id"`
	Channel string `json:"channel"`
	Reason  string `json:"reason"`
	Sender  string `json:"sender" doc:"as far as known"`
	Subject string `json:"subject" doc:"as far as known"`
	Size    int64  `json:"size"`
	At      stamp  `json:"at"`
}

func parkedOf(p *adapters.Parked) parkedDTO {
	return parkedDTO{p.ID, p.Channel, p.Reason, p.Sender, p.Subject, p.Size, stamp(p.At)}
}

// parked gives the keeper of parked items, and the id from the path if there is one.
func (c *call) parked() (Parked, string, error) {
	if c.api.cfg.Parked == nil {
		return nil, "", ticket.Errorf(ticket.NotFound, "this desk parks nothing")
	}
	if c.r.PathValue("id") == "" {
		return c.api.cfg.Parked, "", nil
	}
	id, err := c.pathID("id")
	return c.api.cfg.Parked, id, err
}

func (c *call) listParked() error {
	desk, _, err := c.parked()
	if err != nil {
		return err
	}
	limit, err := c.limit(50)
	if err != nil {
		return err
	}
	items, err := desk.ListParked(c.ctx(), c.actor(), c.r.URL.Query().Get("cursor"), limit+1)
	if err != nil {
		return err
	}
	out := page[parkedDTO]{Items: make([]parkedDTO, 0, len(items))}
	if len(items) > limit {
		items = items[:limit]
		out.Next = &items[limit-1].ID
	}
	for i := range items {
		out.Items = append(out.Items, parkedOf(&items[i]))
	}
	return c.json(http.StatusOK, out)
}

func (c *call) rawParked() error {
	desk, id, err := c.parked()
	if err != nil {
		return err
	}
	p, raw, item, err := desk.OpenParked(c.ctx(), c.actor(), id)
	if err != nil {
		return err
	}
	defer func() { _ = raw.Close() }()
	ending := ".bin"
	if item {
		ending = ".json"
	}
	return c.file(raw, "application/octet-stream", "attachment", "parked-"+p.ID+ending)
}

func (c *call) retryParked() error {
	desk, id, err := c.parked()
	if err != nil {
		return err
	}
	if err := desk.RetryParked(c.ctx(), c.actor(), id); err != nil {
		return err
	}
	return c.empty()
}

func (c *call) deleteParked() error {
	desk, id, err := c.parked()
	if err != nil {
		return err
	}
	if err := desk.DeleteParked(c.ctx(), c.actor(), id); err != nil {
		return err
	}
	return c.empty()
}

// intake hands a request to the adapter that it names, with everything up to that name taken off the path. The adapter authenticates
// its callers itself; they are counted by their address.
func (a *api) intake(w http.ResponseWriter, r *http.Request) {
	x := web.ExchangeOf(r.Context())
	x.Route = "/intake/{name}"
	if err := a.take(web.AddressKey(x.Client), a.now()); err != nil {
		a.problem(w, r, err)
		return
	}
	name := r.PathValue("name")
	h := a.cfg.Intakes[name]
	if h == nil {
		a.problem(w, r, ticket.Errorf(ticket.NotFound, "there is no such channel"))
		return
	}
	most := a.limits.Body
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && strings.HasPrefix(t, "multipart/") {
		most = a.limits.Upload
	}
	// The adapter's own router must not go on with the place that ours has reached in the path.
	inner := r.Clone(context.WithValue(r.Context(), chi.RouteCtxKey, nil))
	inner.Body = http.MaxBytesReader(w, r.Body, most)
	inner.URL.Path, inner.URL.RawPath = "/"+r.PathValue("*"), ""
	h.ServeHTTP(w, inner)
}
