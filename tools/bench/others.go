package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/golang-jwt/jwt/v5"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// emptyHandler is what an answer costs when nothing is done for it: chi, a JWT that is checked, and a body as long as a ticket.
type emptyHandler struct {
	server *http.Server
	desk   *desk // only to call with
}

func newEmptyHandler() *emptyHandler {
	key := []byte(strings.Repeat("k", 32))
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": "admin", "exp": time.Now().Add(time.Hour).Unix()}).SignedString(key)
	if err != nil {
		panic(err)
	}
	r := chi.NewRouter()
	body := []byte(`{"id":"` + strings.Repeat("x", 700) + `"}`)
	r.Get("/api/tickets/{id}", func(w http.ResponseWriter, r *http.Request) {
		_, err := jwt.Parse(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), func(*jwt.Token) (any, error) { return key, nil }, jwt.WithValidMethods([]string{"HS256"}))
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	e := &emptyHandler{server: &http.Server{Handler: r, ReadHeaderTimeout: time.Minute}}
	go func() { _ = e.server.Serve(l) }()
	e.desk = &desk{base: "http://" + l.Addr().String() + "/api/", token: token, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	return e
}

func (e *emptyHandler) get(ctx context.Context, _, i int) error {
	return e.desk.call(ctx, "GET", fmt.Sprintf("tickets/%d", i), nil, http.StatusOK)
}

func (e *emptyHandler) close() { _ = e.server.Close() }

// others are what is not a rate of calls.
func (p plan) others(ctx context.Context, b *base, d *desk) error {
	for _, o := range []struct {
		name string
		fn   func(context.Context, *base, *desk) error
	}{{"tick", tick}, {"stream", stream}, {"transcript", transcript}} {
		if strings.Contains(o.name, p.only) {
			if err := o.fn(ctx, b, d); err != nil {
				return fmt.Errorf("%s: %w", o.name, err)
			}
		}
	}
	return nil
}

const timers = "bench.timer"

// tick gives every ticket a timer that is not due yet, and measures what a look at the timers costs, with none and with one that is due.
func tick(ctx context.Context, b *base, d *desk) error {
	db, err := b.direct(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	const head = "INSERT INTO ticketkit_jobs (id, kind, job_key, live_key, state, run_at, attempt, max_attempts, payload, lease_token, lease_until, last_error, finished_at)"
	far := time.Now().Add(24 * time.Hour).UnixMicro()
	if _, err := db.ExecContext(ctx, fmt.Sprintf(head+" SELECT id, '%s', id, id, 'pending', %d + number, 0, 0, '{}', '', 0, '', 0 FROM ticketkit_tickets", timers, far)); err != nil {
		return err
	}
	var open int
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM ticketkit_jobs WHERE kind = '"+timers+"'").Scan(&open); err != nil {
		return err
	}
	look := func(ctx context.Context, _, _ int) error {
		_, err := d.store.ClaimJobs(ctx, []string{timers}, time.Now(), time.Minute, 4)
		return err
	}
	none, err := measure(ctx, 1, time.Second, look)
	if err != nil {
		return err
	}
	fired, err := measure(ctx, 1, time.Second, func(ctx context.Context, _, i int) error {
		if err := d.store.EnqueueJob(ctx, jobs.Job{Kind: timers, RunAt: time.Now()}); err != nil {
			return err
		}
		got, err := d.store.ClaimJobs(ctx, []string{timers}, time.Now(), time.Minute, 4)
		if err != nil {
			return err
		}
		for _, j := range got {
			if err := d.store.CompleteJob(ctx, j.ID, j.LeaseToken, time.Now()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Printf("tick with %d timers of open tickets: a look that finds none %s (p99 %s); set, claimed and done %s (p99 %s)\n", open, round(none.p50), round(none.p99), round(fired.p50), round(fired.p99))
	_, err = db.ExecContext(ctx, "DELETE FROM ticketkit_jobs WHERE kind = '"+timers+"'")
	return err
}

// stream connects a thousand clients and measures how long it takes until all of them know of a change.
func stream(ctx context.Context, _ *base, d *desk) error {
	const clients, changes = 1000, 50
	var rl syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &rl); err == nil && rl.Cur < 2*clients+200 {
		rl.Cur = min(rl.Max, 2*clients+200)
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &rl)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var got atomic.Int64
	var wg sync.WaitGroup
	ready := make(chan error, clients)
	for range clients {
		wg.Go(func() {
			req, err := http.NewRequestWithContext(ctx, "GET", d.base+"events", nil)
			if err != nil {
				ready <- err
				return
			}
			req.Header.Set("Authorization", "Bearer "+d.token)
			res, err := d.client.Do(req)
			if err == nil && res.StatusCode != http.StatusOK {
				err = fmt.Errorf("status %d", res.StatusCode)
			}
			ready <- err
			if err != nil {
				return
			}
			defer func() { _ = res.Body.Close() }()
			for sc := bufio.NewScanner(res.Body); sc.Scan(); {
				if strings.HasPrefix(sc.Text(), "event: ticket") {
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
	began := time.Now()
	for i := range changes {
		if err := d.call(ctx, "POST", "tickets/"+string(d.at(i))+"/messages", map[string]string{"kind": "note", "body": "x"}, 201); err != nil {
			return err
		}
	}
	for got.Load() < int64(connected*changes) && time.Since(began) < time.Minute {
		time.Sleep(time.Millisecond)
	}
	took := time.Since(began)
	fmt.Printf("stream: %d changes to %d clients in %s, %.0f deliveries/s", changes, connected, took.Round(time.Millisecond), float64(got.Load())/took.Seconds())
	if refused > 0 || got.Load() < int64(connected*changes) {
		fmt.Printf(" (%d clients were refused, %d deliveries are missing)", refused, int64(connected*changes)-got.Load())
	}
	fmt.Println()
	cancel()
	wg.Wait()
	return nil
}

// transcript gives a ticket ten thousand messages and fetches it.
func transcript(ctx context.Context, b *base, d *desk) error {
	const messages = 10_000
	s := d.Tickets()
	me := ticket.SystemActor("bench")
	t, err := s.Open(ctx, me, sample(7))
	if err != nil {
		return err
	}
	if _, err := s.Note(ctx, me, t.ID, 0, ticket.NewMessage{Body: strings.Repeat("A line of text. ", 20)}); err != nil {
		return err
	}
	db, err := b.direct(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	names, err := columns(ctx, tx, "ticketkit_messages")
	if err != nil {
		return err
	}
	for n := 3; n <= messages; n++ {
		values := make([]string, len(names))
		for i, c := range names {
			switch c {
			case "id":
				values[i] = "'" + ticket.NewID(time.Now()) + "'"
			case "n":
				values[i] = fmt.Sprint(n)
			default:
				values[i] = c
			}
		}
		text := fmt.Sprintf("INSERT INTO ticketkit_messages (%s) SELECT %s FROM ticketkit_messages WHERE ticket_id = '%s' AND n = 2", strings.Join(names, ", "), strings.Join(values, ", "), t.ID)
		if _, err := tx.ExecContext(ctx, text); err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf("UPDATE ticketkit_tickets SET message_count = %d WHERE id = '%s'", messages, t.ID)); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, format := range []string{"html", "json"} {
		began := time.Now()
		req, err := http.NewRequestWithContext(ctx, "GET", d.base+"tickets/"+string(t.ID)+"/transcript?format="+format, nil)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+d.token)
		res, err := d.client.Do(req)
		if err != nil {
			return err
		}
		size, err := io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			return fmt.Errorf("status %d: %w", res.StatusCode, err)
		}
		fmt.Printf("transcript of %d messages as %s: %s, %.1f MB\n", messages, format, time.Since(began).Round(time.Millisecond), float64(size)/1e6)
	}
	return nil
}

// footprint builds the quickstart, starts it on an empty folder and on one that is there already, and looks at its memory at rest.
func footprint(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "ticketkit-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program := filepath.Join(dir, "quickstart")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/ticketkit/ticketkit/examples/quickstart").CombinedOutput(); err != nil {
		return fmt.Errorf("building the quickstart: %w: %s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr := l.Addr().String()
	_ = l.Close()
	for _, what := range []string{"first start", "later start"} {
		cmd := exec.CommandContext(ctx, program, "serve", "--demo=false")
		cmd.Env = append(os.Environ(), "DATA_DIR="+dir, "LISTEN_ADDR="+addr, "SMTPD_ADDR=off", "LOG_LEVEL=error")
		began := time.Now()
		if err := cmd.Start(); err != nil {
			return err
		}
		for time.Since(began) < 30*time.Second {
			res, err := http.Get("http://" + addr + "/api/health")
			if err == nil {
				var h struct{ Status string }
				err = errors.Join(json.NewDecoder(res.Body).Decode(&h), res.Body.Close())
				if err == nil && h.Status == "ok" {
					break
				}
			}
			time.Sleep(time.Millisecond)
		}
		took := time.Since(began)
		time.Sleep(2 * time.Second)
		fmt.Printf("%s: answers after %s, %s resident at rest\n", what, took.Round(time.Millisecond), resident(cmd.Process.Pid))
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}
	return nil
}

// resident is VmRSS of a process, where there is a /proc.
func resident(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return "?"
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strings.Join(strings.Fields(v), " ")
		}
	}
	return "?"
}
