package main

import (
	"bytes"
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
	"syscall"
	"time"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// others are what is not a rate of calls.
func (p plan) others(ctx context.Context, b *base, d *desk) error {
	for _, o := range []struct {
		name string
		fn   func(context.Context, *base, *desk) error
	}{{"tick", tick}, {"stream", stream}, {"transcript", transcript}, {"crowd", crowd}, {"analytics", analytics}} {
		if p.wants(o.name) {
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
	var none, fired result
	if err := none.run(ctx, make([]int, 1), time.Second, look); err != nil {
		return err
	}
	err = fired.run(ctx, make([]int, 1), time.Second, func(ctx context.Context, _, i int) error {
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
	fmt.Printf("tick with %d timers of open tickets: a look that finds none %s (p99 %s); set, claimed and done %s (p99 %s)\n", open, round(none.percentile(50)), round(none.percentile(99)), round(fired.percentile(50)), round(fired.percentile(99)))
	_, err = db.ExecContext(ctx, "DELETE FROM ticketkit_jobs WHERE kind = '"+timers+"'")
	return err
}

// transcript gives a ticket ten thousand messages, copies of its first, and fetches it.
func transcript(ctx context.Context, b *base, d *desk) error {
	const messages = 10_000
	s := d.Tickets()
	me := ticket.SystemActor("bench")
	t, err := s.Open(ctx, me, sample(7))
	if err != nil {
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
	for n := 2; n <= messages; n++ {
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
		text := fmt.Sprintf("INSERT INTO ticketkit_messages (%s) SELECT %s FROM ticketkit_messages WHERE ticket_id = '%s' AND n = 1", strings.Join(names, ", "), strings.Join(values, ", "), t.ID)
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
		body, err := io.ReadAll(res.Body)
		took := time.Since(began)
		_ = res.Body.Close()
		if n := bytes.Count(body, []byte("It worked yesterday. It worked yesterday.")); err != nil || res.StatusCode != http.StatusOK || n < messages {
			return fmt.Errorf("status %d, %d messages: %w", res.StatusCode, n, err)
		}
		fmt.Printf("transcript of %d messages as %s: %s, %.1f MB, %.0f messages/s\n", messages, format, took.Round(time.Millisecond), float64(len(body))/1e6, messages/took.Seconds())
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
