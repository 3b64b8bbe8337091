package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// viewers makes accounts and a token for each, because one may hold no more than twenty streams.
func viewers(ctx context.Context, d *desk, n int) (tokens []string, err error) {
	admin, err := d.Accounts().Authenticate(ctx, d.token)
	if err != nil {
		return nil, err
	}
	for i := range n {
		name := fmt.Sprintf("viewer%d", i)
		p, err := d.Accounts().EnsureExternal(ctx, name, name, name, rbac.RoleViewer)
		if err != nil {
			return nil, err
		}
		_, secret, err := d.Accounts().CreateToken(ctx, admin.Actor, rbac.NewToken{Account: p.Account.ID, Name: "bench", Scopes: []ticket.Op{ticket.OpTicketRead}})
		if err != nil {
			return nil, err
		}
		tokens = append(tokens, secret)
	}
	return tokens, nil
}

// stream connects a thousand clients and measures how long it takes until all of them know of changes to fifty tickets that nobody else
// touches.
func stream(ctx context.Context, _ *base, d *desk) error {
	const clients, changes = 1000, 50
	var rl syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &rl); err == nil && rl.Cur < 2*clients+200 {
		rl.Cur = min(rl.Max, 2*clients+200)
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &rl)
	}
	tokens, err := viewers(ctx, d, clients/20)
	if err != nil {
		return err
	}
	var ids []string
	for i := range changes {
		t, err := d.Tickets().Open(ctx, ticket.SystemActor("bench"), sample(i))
		if err != nil {
			return err
		}
		ids = append(ids, string(t.ID))
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var got atomic.Int64
	var measuring atomic.Bool
	var wg sync.WaitGroup
	ready := make(chan error, clients)
	for i := range clients {
		wg.Go(func() {
			res, err := d.follow(ctx, tokens[i%len(tokens)])
			ready <- err
			if err != nil {
				return
			}
			defer func() { _ = res.Body.Close() }()
			seen := map[string]bool{}
			for sc := bufio.NewScanner(res.Body); sc.Scan(); {
				at := slices.IndexFunc(ids, func(id string) bool { return strings.Contains(sc.Text(), id) })
				if at >= 0 && measuring.Load() && !seen[ids[at]] {
					seen[ids[at]] = true
					got.Add(1)
				}
			}
		})
	}
	refused := 0
	for range clients {
		if err := <-ready; err != nil {
			refused++
		}
	}
	connected := clients - refused
	if connected == 0 {
		return errors.New("no client could connect")
	}
	time.Sleep(time.Second) // what was written before has been told
	measuring.Store(true)
	began := time.Now()
	for _, id := range ids {
		if _, err := d.call(ctx, "POST", "tickets/"+id+"/escalate", nil, 200); err != nil {
			return err
		}
	}
	written := time.Since(began)
	for got.Load() < int64(connected*changes) && time.Since(began) < time.Minute {
		time.Sleep(time.Millisecond)
	}
	took := time.Since(began)
	fmt.Printf("stream: %d changes, written in %s, known to %d clients after %s, %.0f deliveries/s", changes, written.Round(time.Millisecond), connected,
		took.Round(time.Millisecond), float64(got.Load())/took.Seconds())
	if missing := int64(connected*changes) - got.Load(); refused > 0 || missing > 0 {
		fmt.Printf(" (%d clients were refused, %d deliveries are missing)", refused, missing)
	}
	fmt.Println()
	cancel()
	wg.Wait()
	return nil
}

// follow opens a live stream.
func (d *desk) follow(ctx context.Context, token string) (*http.Response, error) {
	return d.followBy(ctx, d.client, token)
}

func (d *desk) followBy(ctx context.Context, client *http.Client, token string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", d.base+"events", nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := client.Do(req)
	if err == nil && res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		err = fmt.Errorf("status %d", res.StatusCode)
	}
	return res, err
}
