package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

const password = "ein langer Satz als Kennwort"

// desk is the whole program behind a real socket.
type desk struct {
	*ticketkit.Desk
	store   *store.Store
	server  *http.Server
	client  *http.Client
	base    string
	token   string
	ids     []ticket.ID // of the tickets made before measuring
	stopped func()
}

func startDesk(ctx context.Context, b *base, tickets, messages int, promises sla.Settings) (*desk, error) {
	st, err := b.open(ctx)
	if err != nil {
		return nil, err
	}
	if err := st.Migrate(ctx); err != nil {
		return nil, err
	}
	k, err := ticketkit.New(ticketkit.Config{Store: st, Secret: []byte("vN3x-8Kq2WzLr7TbPy5McHd9JsGf4Ae6u"), RateLimit: httpapi.RateLimit{PerSecond: -1}, SLA: promises})
	if err != nil {
		return nil, err
	}
	if err := k.ApplySLA(ctx); err != nil {
		return nil, err
	}
	if _, _, err := k.Accounts().Bootstrap(ctx, "admin", password); err != nil {
		return nil, err
	}
	d := &desk{Desk: k, store: st}
	if err := seed(ctx, b, k, tickets, messages); err != nil {
		return nil, fmt.Errorf("making tickets: %w", err)
	}
	if d.ids, err = everyID(ctx, b); err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d.server = &http.Server{Handler: k.Handler(), ReadHeaderTimeout: time.Minute}
	go func() { _ = d.server.Serve(l) }()
	began := time.Now()
	if n, err := k.Tickets().Checkpoint(ctx, ticket.SystemActor("bench")); err != nil {
		return nil, err
	} else if n > 100_000 {
		fmt.Printf("\nheads of %d histories pinned in %s\n", n, time.Since(began).Round(time.Second))
	}
	run, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- k.Run(run) }()
	d.stopped = func() {
		stop()
		<-done
	}
	if err := d.settle(ctx); err != nil {
		return nil, err
	}
	d.base = "http://" + l.Addr().String() + "/api/"
	d.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	login, err := k.Accounts().Login(ctx, "admin", password, rbac.LoginMeta{Address: "127.0.0.1"})
	if err != nil {
		return nil, err
	}
	d.token = login.Token
	return d, nil
}

// sample is an ordinary ticket of one of two hundred customers.
func sample(i int) ticket.NewTicket {
	who := fmt.Sprintf("customer%d@bench.example", i%200)
	return ticket.NewTicket{Subject: fmt.Sprintf("Printer %d does not print", i), Body: strings.Repeat("It worked yesterday. ", 12), Channel: "api",
		Requester: ticket.Person{Name: "Customer", Identity: ticket.Identity{Value: who}}, Tags: []string{"printer"}}
}

// settle waits until the desk has done what it does by itself about tickets that it had not known. A desk that is in use did that long ago.
func (d *desk) settle(ctx context.Context) error {
	for quiet := 0; quiet < 5; time.Sleep(100 * time.Millisecond) {
		list, err := d.store.ListJobs(ctx, jobs.JobFilter{States: []jobs.State{jobs.StateLeased, jobs.StatePending}, Limit: 1000})
		if err != nil {
			return err
		}
		quiet++
		for _, j := range list {
			if j.State == jobs.StateLeased || j.RunAt.Before(time.Now()) {
				quiet = 0
			}
		}
	}
	return nil
}

func (d *desk) close() {
	_ = d.server.Close()
	d.stopped()
	_ = d.store.Close()
}

// call makes one API call and reads the whole answer.
func (d *desk) call(ctx context.Context, method, path string, body any, want int) ([]byte, error) {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, d.base+path, r)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+d.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := d.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != want {
		return nil, fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, b)
	}
	return b, nil
}

// at picks a ticket; calls of one run are spread over all of them.
func (d *desk) at(i int) ticket.ID { return pick(d.ids, i) }

func pick(ids []ticket.ID, i int) ticket.ID { return ids[i*7919%len(ids)] }

// turn says what a worker does next: it claims a ticket that no other worker has and gives it back, so that there always is something to
// claim.
func turn(ids []ticket.ID, worker, i int) (id ticket.ID, verb string) {
	n := i / stride // of this worker
	verb = "claim"
	if n%2 == 1 {
		verb = "unclaim"
	}
	return pick(ids, n/2*stride+worker), verb
}

func (d *desk) create(ctx context.Context, _, i int) error {
	s := sample(i + 100_000)
	_, err := d.call(ctx, "POST", "tickets", map[string]any{"subject": s.Subject, "body": s.Body, "tags": s.Tags,
		"requester": map[string]string{"name": s.Requester.Name, "email": s.Requester.Identity.Value}}, 201)
	return err
}

func (d *desk) get(ctx context.Context, _, i int) error {
	_, err := d.call(ctx, "GET", "tickets/"+string(d.at(i)), nil, 200)
	return err
}

func (d *desk) list(ctx context.Context, _, _ int) error { return d.page(ctx, "is:new", 30) }

func (d *desk) search(ctx context.Context, _, i int) error {
	return d.page(ctx, fmt.Sprintf("printer+%d", i%min(made, len(d.ids))), 1)
}

// page lists, and wants to see some tickets at least: an empty page is soon made.
func (d *desk) page(ctx context.Context, q string, least int) error {
	body, err := d.call(ctx, "GET", "tickets?limit=30&q="+q, nil, 200)
	if n := bytes.Count(body, []byte(`"requester"`)); err == nil && n < least {
		return fmt.Errorf("%s: %d tickets", q, n)
	}
	return err
}

func (d *desk) reply(ctx context.Context, _, i int) error {
	_, err := d.call(ctx, "POST", "tickets/"+string(d.at(i))+"/messages", map[string]string{"kind": "reply", "body": "Have you tried turning it off and on?"}, 201)
	return err
}

func (d *desk) claim(ctx context.Context, worker, i int) error {
	id, verb := turn(d.ids, worker, i)
	_, err := d.call(ctx, "POST", "tickets/"+string(id)+"/"+verb, nil, 200)
	return err
}

// operations are what is measured, each beside the same SQL by hand and beside a handler that does nothing else than to check a JWT and run
// that SQL.
func operations(d *desk, h *hand, e *emptyHandler) []operation {
	ops := []operation{
		{"create", []side{{"HTTP", d.create}, {"SQL", h.create}}},
		{"get", []side{{"HTTP", d.get}, {"SQL", h.get}, {"empty handler", e.call("empty", nil)}}},
		{"list of 30", []side{{"HTTP", d.list}, {"SQL", h.list}}},
		{"search", []side{{"HTTP", d.search}, {"SQL", h.search}}},
		{"reply", []side{{"HTTP", d.reply}, {"SQL", h.reply}}},
		{"claim", []side{{"HTTP", d.claim}, {"SQL", h.claim}}},
	}
	for i := range ops {
		ops[i].sides = append(ops[i].sides, side{"handler+SQL", e.call(strings.Fields(ops[i].name)[0], ops[i].sides[1].fn)})
	}
	return ops
}
