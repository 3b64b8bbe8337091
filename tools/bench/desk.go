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
	"github.com/ticketkit/ticketkit/rbac"
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
	ids     []ticket.ID // of tickets made before measuring
	stopped func()
}

func startDesk(ctx context.Context, b *base, tickets int) (*desk, error) {
	st, err := b.open(ctx)
	if err != nil {
		return nil, err
	}
	if err := st.Migrate(ctx); err != nil {
		return nil, err
	}
	k, err := ticketkit.New(ticketkit.Config{Store: st, Secret: []byte("vN3x-8Kq2WzLr7TbPy5McHd9JsGf4Ae6u"), RateLimit: httpapi.RateLimit{PerSecond: -1}})
	if err != nil {
		return nil, err
	}
	if _, _, err := k.Accounts().Bootstrap(ctx, "admin", password); err != nil {
		return nil, err
	}
	d := &desk{Desk: k, store: st}
	if d.ids, err = seed(ctx, b, k, tickets); err != nil {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d.server = &http.Server{Handler: k.Handler(), ReadHeaderTimeout: time.Minute}
	go func() { _ = d.server.Serve(l) }()
	run, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- k.Run(run) }()
	d.stopped = func() {
		stop()
		<-done
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

func (d *desk) close() {
	_ = d.server.Close()
	d.stopped()
	_ = d.store.Close()
}

// call makes one API call and reads the whole answer.
func (d *desk) call(ctx context.Context, method, path string, body any, want int) error {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return err
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, d.base+path, r)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+d.token)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := d.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode != want {
		return fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, b)
	}
	return nil
}

// at picks a ticket; calls of one run go through all of them before they come back.
func (d *desk) at(i int) ticket.ID { return d.ids[(i*7919+len(d.ids)*1000)%len(d.ids)] }

func operations(d *desk, h *hand, empty *emptyHandler) []operation {
	return []operation{
		{"create", "SQL", func(ctx context.Context, _, i int) error {
			s := sample(i + 100_000)
			return d.call(ctx, "POST", "tickets", map[string]any{"subject": s.Subject, "body": s.Body, "tags": s.Tags,
				"requester": map[string]string{"name": s.Requester.Name, "email": s.Requester.Identity.Value}}, 201)
		}, h.create},
		{"get", "empty handler", func(ctx context.Context, _, i int) error {
			return d.call(ctx, "GET", "tickets/"+string(d.at(i)), nil, 200)
		}, empty.get},
		{"get", "SQL", func(ctx context.Context, _, i int) error {
			return d.call(ctx, "GET", "tickets/"+string(d.at(i)), nil, 200)
		}, h.get},
		{"list of 30", "SQL", func(ctx context.Context, _, _ int) error {
			return d.call(ctx, "GET", "tickets?limit=30&q=is:open", nil, 200)
		}, h.list},
		{"search", "", func(ctx context.Context, _, i int) error {
			return d.call(ctx, "GET", fmt.Sprintf("tickets?limit=30&q=printer+%d", (i+1000)%made), nil, 200)
		}, nil},
		{"reply", "SQL", func(ctx context.Context, _, i int) error {
			return d.call(ctx, "POST", "tickets/"+string(d.at(i))+"/messages", map[string]string{"kind": "reply", "body": "Have you tried turning it off and on?"}, 201)
		}, h.reply},
		{"claim", "SQL", func(ctx context.Context, _, i int) error { // what is claimed is given back, so that there always is something to claim
			verb := "/claim"
			if i%2 == 0 {
				verb = "/unclaim"
			}
			return d.call(ctx, "POST", "tickets/"+string(d.at(i/2))+verb, nil, 200)
		}, h.claim},
	}
}
