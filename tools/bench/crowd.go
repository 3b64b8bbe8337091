package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

const (
	crowdSize = 5000 // live clients that come back at the same moment
	idlers    = 100  // of them never read
	perAddr   = 900  // streams of one address; the desk allows a thousand
)

// crowd lets many live clients come at once, cuts all of them off at once and lets them come back at once, as they do when a proxy is started
// anew. Some of them never read, which must not be felt by the others.
func crowd(ctx context.Context, _ *base, d *desk) error {
	var rl syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &rl); err == nil && rl.Cur < 2*crowdSize+500 {
		rl.Cur = min(rl.Max, 2*crowdSize+500)
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &rl)
	}
	tokens, err := viewers(ctx, d, crowdSize/20)
	if err != nil {
		return err
	}
	t, err := d.Tickets().Open(ctx, ticket.SystemActor("bench"), sample(1))
	if err != nil {
		return err
	}
	c := &swarm{desk: d, tokens: tokens, ticket: string(t.ID)}
	for i := range (crowdSize + perAddr - 1) / perAddr { // each group from an address of its own
		c.clients = append(c.clients, &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, byte(2+i))}}).DialContext}})
	}
	for _, what := range []string{"come at once", "come back at once"} {
		if err := c.round(ctx, what); err != nil {
			return err
		}
	}
	return nil
}

// swarm are clients that follow everything.
type swarm struct {
	desk    *desk
	tokens  []string
	clients []*http.Client
	ticket  string

	connected, refused, known atomic.Int64
}

func (c *swarm) round(ctx context.Context, what string) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	c.connected.Store(0)
	c.refused.Store(0)
	c.known.Store(0)
	began := time.Now()
	for i := range crowdSize {
		wg.Go(func() { c.follow(ctx, i) })
	}
	if !reached(ctx, &c.connected, crowdSize, 2*time.Minute) {
		return errors.New("not everybody could connect")
	}
	connected := time.Since(began)
	began = time.Now()
	if _, err := c.desk.call(ctx, "POST", "tickets/"+c.ticket+"/escalate", nil, 200); err != nil {
		return err
	}
	written := time.Since(began)
	reached(ctx, &c.known, crowdSize-idlers, time.Minute)
	fmt.Printf("crowd: %d live clients %s: all are there after %s, %d attempts were refused; a change, written in %s, is known to %d of the %d who read after %s; %s resident\n", crowdSize, what,
		connected.Round(time.Millisecond), c.refused.Load(), written.Round(time.Millisecond), c.known.Load(), crowdSize-idlers, time.Since(began).Round(time.Millisecond), resident(os.Getpid()))
	return nil
}

func reached(ctx context.Context, n *atomic.Int64, want int64, within time.Duration) bool {
	for began := time.Now(); n.Load() < want; time.Sleep(time.Millisecond) {
		if ctx.Err() != nil || time.Since(began) > within {
			return false
		}
	}
	return true
}

// follow tries until it is let in, and then reads until it knows of the change and further until ctx ends.
func (c *swarm) follow(ctx context.Context, i int) {
	var res *http.Response
	for {
		var err error
		if res, err = c.desk.followBy(ctx, c.clients[i/perAddr], c.tokens[i%len(c.tokens)]); err == nil {
			break
		}
		if ctx.Err() != nil {
			return
		}
		c.refused.Add(1)
		time.Sleep(200 * time.Millisecond)
	}
	defer func() { _ = res.Body.Close() }()
	c.connected.Add(1)
	if i%(crowdSize/idlers) == 0 {
		<-ctx.Done()
		return
	}
	told := false
	for sc := bufio.NewScanner(res.Body); sc.Scan(); {
		if !told && strings.Contains(sc.Text(), c.ticket) {
			told = true
			c.known.Add(1)
		}
	}
}
