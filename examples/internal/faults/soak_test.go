package faults_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// What `make soak` sets. Without a duration the test is skipped.
const (
	soakFor     = "TICKETKIT_SOAK"         // how long, such as 15m
	soakRate    = "TICKETKIT_SOAK_RATE"    // mails a second
	soakClients = "TICKETKIT_SOAK_CLIENTS" // live streams
	soakKill    = "TICKETKIT_SOAK_KILL"    // how often the second replica dies
)

func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	require.NoError(t, err, name)
	return n
}

func duration(t *testing.T, name string, otherwise time.Duration) time.Duration {
	t.Helper()
	v := os.Getenv(name)
	if v == "" {
		return otherwise
	}
	d, err := time.ParseDuration(v)
	require.NoError(t, err, name)
	return d
}

// TestSoak lets two replicas on PostgreSQL work for a quarter of an hour: mail at a steady rate, an agent who answers, people who watch,
// one backup after the other, and the second replica dies every three minutes. In the end the invariants hold; what the first replica needs
// of memory and how long an accepted mail took is printed, and read by whoever has started it.
func TestSoak(t *testing.T) {
	length := duration(t, soakFor, 0)
	if length == 0 {
		t.Skip("runs by hand: make soak")
	}
	rate, clients, every := number(t, soakRate, 50), number(t, soakClients, 200), duration(t, soakKill, 3*time.Minute)
	b := on(t, "postgres", testservers.StartPostgres(t, testservers.Options{Durable: true}))
	b.migrate(t)
	tr, dir := newTraffic(t, int(length.Seconds())*rate), t.TempDir()
	tr.pace = time.Second / time.Duration(rate)
	for range 2 {
		p := newProc(t, dir, "SMTP_ADDR="+tr.sink.addr, "DATABASE_URL="+b.dsn)
		p.Start()
		tr.replicas = append(tr.replicas, p)
	}
	b.watch(t)
	tokens := tr.viewers(b, (clients+9)/10)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	w := &watchers{tr: tr, began: time.Now()}
	for i := range clients {
		wg.Go(func() { w.watch(ctx, i, tokens[i%len(tokens)]) })
	}
	agent, backups, deaths := tr.agent(), 0, 0
	wg.Go(func() { agent.work(ctx) })
	wg.Go(func() {
		tr.send(ctx, 32)
		cancel()
	})
	wg.Go(func() {
		for ctx.Err() == nil {
			if out, err := tr.replicas[0].run(ctx, "backup", "run"); err == nil {
				backups++
			} else if ctx.Err() == nil {
				t.Errorf("backup: %v: %s", err, out)
			}
			wait(ctx, length/30)
		}
	})
	wg.Go(func() {
		for wait(ctx, every); ctx.Err() == nil; wait(ctx, every) {
			tr.replicas[1].Kill()
			deaths++
			wait(ctx, time.Second)
			tr.replicas[1].Start()
		}
	})
	marks := []string{memory(t, tr.replicas[0], w.began)}
	for range 4 {
		if wait(ctx, length/4); ctx.Err() == nil {
			marks = append(marks, memory(t, tr.replicas[0], w.began))
		}
	}
	wg.Wait()
	marks = append(marks, memory(t, tr.replicas[0], w.began))
	t.Logf("memory of the first replica: %s", strings.Join(marks, ", "))
	took := slices.Sorted(slices.Values(tr.took))
	t.Logf("%d mails at %d/s accepted in %s at the median, %s at the 99th percentile, %s at most", len(took), rate, took[len(took)/2].Round(time.Millisecond),
		took[len(took)*99/100].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
	t.Logf("%d live clients saw %d events and came back %d times; %d backups; the second replica died %d times", clients, w.events.Load(), w.returns.Load(), backups, deaths)
	require.EqualValues(t, tr.mails, tr.accepted.Load(), "not every mail was accepted in the end")
	require.Positive(t, backups)
	require.Positive(t, w.events.Load())
	tr.audit(b)
}

// memory is what a process has in memory, and when.
func memory(t *testing.T, p *proc, since time.Time) string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line) + " after " + time.Since(since).Round(time.Second).String()
}

// viewers makes accounts that may look, and a token for each: one holds twenty streams at most.
func (tr *traffic) viewers(b base, n int) (tokens []string) {
	tr.Helper()
	d := b.desk(tr.T)
	login, err := d.Accounts().Login(tr.Context(), "admin", password, rbac.LoginMeta{Address: "127.0.0.1"})
	require.NoError(tr, err)
	admin, err := d.Accounts().Authenticate(tr.Context(), login.Token)
	require.NoError(tr, err)
	for i := range n {
		name := fmt.Sprintf("viewer%d", i)
		p, err := d.Accounts().EnsureExternal(tr.Context(), name, name, name, rbac.RoleViewer)
		require.NoError(tr, err)
		_, token, err := d.Accounts().CreateToken(tr.Context(), admin.Actor, rbac.NewToken{Account: p.Account.ID, Name: "soak", Scopes: []ticket.Op{ticket.OpTicketRead}})
		require.NoError(tr, err)
		tokens = append(tokens, token)
	}
	return tokens
}

// watchers are people who look at the panel and come back, at another replica, when it goes away.
type watchers struct {
	tr              *traffic
	began           time.Time
	events, returns atomic.Int64
}

func (w *watchers) watch(ctx context.Context, i int, token string) {
	for at := i; ctx.Err() == nil; at++ {
		w.follow(ctx, w.tr.replicas[at%len(w.tr.replicas)].http, token)
		if ctx.Err() == nil {
			w.returns.Add(1)
			wait(ctx, time.Second)
		}
	}
}

func (w *watchers) follow(ctx context.Context, addr, token string) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/api/events", nil)
	if err != nil {
		return
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return
	}
	defer func() { _ = res.Body.Close() }()
	for sc := bufio.NewScanner(res.Body); res.StatusCode == http.StatusOK && sc.Scan(); {
		if strings.HasPrefix(sc.Text(), "event: ") {
			w.events.Add(1)
		}
	}
}
