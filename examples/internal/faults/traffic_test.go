package faults_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/smtp"
	"net/textproto"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// group is how many mails one sender writes: three new ones and an answer to the first.
const group = 4

// traffic is everything that the outside does to a desk meanwhile, and what it was promised.
type traffic struct {
	*testing.T
	replicas []*proc
	sink     *sink
	mails    int
	pace     time.Duration // between two mails of all senders together; 0 is as fast as they can

	ahead    atomic.Int64 // how many mails the senders have; 0 is all
	accepted atomic.Int64
	attempts atomic.Int64
	full     atomic.Int64 // attempts that were told that there is no room
	again    atomic.Int64 // mails sent once more although they had been accepted

	mu      sync.Mutex
	replies map[string]bool // text of a reply → whether the API said that it was written
	took    []time.Duration // of attempts that were accepted
}

func newTraffic(t *testing.T, mails int) *traffic {
	t.Helper()
	return &traffic{T: t, sink: newSink(t), mails: mails - mails%group, replies: map[string]bool{}}
}

// letter is what sender n/group writes as mail n.
func letter(n int) []byte {
	var b bytes.Buffer
	first := n - n%group
	fmt.Fprintf(&b, "From: Kim %d <kim%d@customer.example>\r\nTo: support@localhost\r\nMessage-ID: <mail-%d@customer.example>\r\n", first, first, n)
	if n != first && n%group == group-1 {
		fmt.Fprintf(&b, "Subject: Re: mail %d\r\nIn-Reply-To: <mail-%d@customer.example>\r\n", first, first)
	} else {
		fmt.Fprintf(&b, "Subject: mail %d\r\n", n)
	}
	fmt.Fprintf(&b, "Date: Sun, 22 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n", text(n))
	return b.Bytes()
}

func text(n int) string { return fmt.Sprintf("Nachricht Nr. %d", n) }

// send delivers all mails as mail servers do: each is tried again, at any replica, until one has said 250.
func (tr *traffic) send(ctx context.Context, senders int) {
	next := make(chan int)
	var wg sync.WaitGroup
	for w := range senders {
		wg.Go(func() {
			c := client{tr: tr, at: w}
			defer c.close()
			for first := range next {
				for n := first; n < first+group; n++ {
					c.deliver(ctx, first, n)
					if tr.accepted.Add(1); rand.IntN(20) == 0 { // its sender did not see the 250
						tr.again.Add(1)
						c.close()
						c.deliver(ctx, first, n)
					}
				}
			}
		})
	}
	began := time.Now()
	for first := 0; first < tr.mails; first += group {
		wait(ctx, time.Until(began.Add(tr.pace*time.Duration(first))))
		for n := tr.ahead.Load(); n > 0 && int64(first) >= n && ctx.Err() == nil; n = tr.ahead.Load() {
			wait(ctx, time.Millisecond)
		}
		next <- first
	}
	close(next)
	wg.Wait()
}

// client is one connection to one replica, kept while it works.
type client struct {
	tr   *traffic
	at   int
	conn *smtp.Client
}

func (c *client) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

func (c *client) deliver(ctx context.Context, first, n int) {
	for ctx.Err() == nil {
		c.tr.attempts.Add(1)
		began := time.Now()
		err := c.try(first, n)
		if err == nil {
			c.tr.mu.Lock()
			defer c.tr.mu.Unlock()
			c.tr.took = append(c.tr.took, time.Since(began))
			return
		}
		if said, ok := errors.AsType[*textproto.Error](err); ok && said.Code == 452 && strings.HasPrefix(said.Msg, "4.3.1 ") {
			c.tr.full.Add(1)
		}
		c.close()
		c.at++
		wait(ctx, 20*time.Millisecond)
	}
}

func (c *client) try(first, n int) (err error) {
	if c.conn == nil {
		if c.conn, err = smtp.Dial(c.tr.replicas[c.at%len(c.tr.replicas)].smtp); err != nil {
			return err
		}
	}
	if err := c.conn.Mail(fmt.Sprintf("kim%d@customer.example", first)); err != nil {
		return err
	}
	if err := c.conn.Rcpt("support@localhost"); err != nil {
		return err
	}
	w, err := c.conn.Data()
	if err != nil {
		return err
	}
	if _, err := w.Write(letter(n)); err != nil {
		return err
	}
	return w.Close()
}

func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// agent is somebody at work in the API while all of this happens: signs in once, answers the newest tickets.
type agent struct {
	tr    *traffic
	token string
}

func (tr *traffic) agent() *agent {
	a := &agent{tr: tr}
	var in struct{ Token string }
	require.NoError(tr, a.call(tr.Context(), tr.replicas[0], "POST", "auth/login", map[string]string{"username": "admin", "password": password}, &in))
	a.token = in.Token
	return a
}

var errStatus = errors.New("status")

func (a *agent) call(ctx context.Context, p *proc, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, "http://"+p.http+"/api/"+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if method != "GET" {
		r.Header.Set("Content-Type", "application/json")
	}
	if a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode >= 300 {
		return fmt.Errorf("%w %d", errStatus, res.StatusCode)
	}
	return json.NewDecoder(res.Body).Decode(out)
}

// work answers tickets until ctx ends. A reply whose call fails may or may not have been written; one whose call succeeds must stay.
func (a *agent) work(ctx context.Context) {
	for n := 0; ctx.Err() == nil; n++ {
		p := a.tr.replicas[n%len(a.tr.replicas)]
		var list struct{ Items []struct{ ID string } }
		if err := a.call(ctx, p, "GET", "tickets?limit=5", nil, &list); err != nil || len(list.Items) == 0 {
			wait(ctx, 50*time.Millisecond)
			continue
		}
		for i, it := range list.Items {
			body := fmt.Sprintf("Antwort %d-%d", n, i)
			a.tr.mu.Lock()
			a.tr.replies[body] = false
			a.tr.mu.Unlock()
			var m struct{ ID string }
			if err := a.call(ctx, p, "POST", "tickets/"+it.ID+"/messages", map[string]string{"kind": "reply", "body": body}, &m); err == nil {
				a.tr.mu.Lock()
				a.tr.replies[body] = true
				a.tr.mu.Unlock()
			}
		}
		wait(ctx, 100*time.Millisecond)
	}
}

// chaos lets harm happen times times, spread over the traffic, each at a random moment. harm gets the number of the blow.
func (tr *traffic) chaos(ctx context.Context, times int, harm func(n int)) {
	for n := range times {
		threshold := int64(tr.mails) * int64(n+1) / int64(times+1)
		for tr.accepted.Load() < threshold && ctx.Err() == nil {
			wait(ctx, time.Millisecond)
		}
		wait(ctx, time.Duration(rand.IntN(40_000))*time.Microsecond)
		if ctx.Err() != nil {
			return
		}
		harm(n)
	}
}
