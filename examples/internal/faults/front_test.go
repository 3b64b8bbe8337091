package faults_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/ticket"
)

// front is a small reverse proxy before replicas. It sends each request to the next one, and to the one behind that when nobody answers and the
// request may be repeated.
type front struct {
	replicas []*proc
	next     atomic.Int64
	to       http.Transport
}

func newFront(t *testing.T, replicas ...*proc) (url string) {
	t.Helper()
	f := &front{replicas: replicas, to: http.Transport{DisableKeepAlives: true}}
	srv := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = "http", "replica.invalid"
		r.SetXForwarded()
	}, Transport: f, ErrorLog: log.New(io.Discard, "", 0)})
	t.Cleanup(srv.Close)
	return srv.URL
}

// RoundTrip implements http.RoundTripper.
func (f *front) RoundTrip(r *http.Request) (res *http.Response, err error) {
	var body []byte
	if r.Body != nil {
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	first := f.next.Add(1)
	for n := range int64(len(f.replicas)) {
		out := r.Clone(r.Context())
		out.URL.Host = f.replicas[(first+n)%int64(len(f.replicas))].http
		out.Body = io.NopCloser(bytes.NewReader(body))
		if res, err = f.to.RoundTrip(out); err == nil || r.Method != http.MethodGet && r.Header.Get("Idempotency-Key") == "" {
			return res, err
		}
	}
	return nil, err
}

// visitor is somebody who works at the desk through the front.
type visitor struct {
	*testing.T
	url, token string
	failures   atomic.Int64 // answers that were no answer, each of which was asked again
}

func (v *visitor) call(ctx context.Context, method, path, key string, body any) (*http.Response, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, method, v.url+path, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+v.token)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	return http.DefaultClient.Do(r)
}

func (v *visitor) signIn() {
	v.Helper()
	res, err := v.call(v.Context(), http.MethodPost, "/api/auth/login", "", map[string]string{"username": "admin", "password": password})
	require.NoError(v, err)
	defer func() { _ = res.Body.Close() }()
	var in struct{ Token string }
	require.Equal(v, http.StatusOK, res.StatusCode)
	require.NoError(v, json.NewDecoder(res.Body).Decode(&in))
	v.token = in.Token
}

// write opens tickets one after the other until it is told to stop, each until it has been answered, and gives their subjects.
func (v *visitor) write(name string, stop <-chan struct{}) (subjects []string) {
	for n := 0; ; n++ {
		select {
		case <-stop:
			return subjects
		default:
		}
		subject := fmt.Sprintf("%s-%d", name, n)
		for done := false; !done; {
			res, err := v.call(v.Context(), http.MethodPost, "/api/tickets", "key-"+subject, map[string]any{"subject": subject, "body": "x", "requester": map[string]string{"email": name + "@customer.example"}})
			if v.Context().Err() != nil {
				return subjects
			}
			if err == nil {
				_, err = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
				done = err == nil && res.StatusCode == http.StatusCreated
			}
			if !done {
				v.failures.Add(1)
			}
		}
		subjects = append(subjects, subject)
	}
}

// follow reads what happens, over as many connections as it takes, and notes each ticket. From the first place that it is told of on, it misses nothing.
func (v *visitor) follow(ctx context.Context, began func(), seen func(id string)) {
	last := ""
	for ctx.Err() == nil {
		res, err := v.call(ctx, http.MethodGet, "/api/events?last_event_id="+last, "", nil)
		if err != nil {
			continue
		}
		lines, event := bufio.NewScanner(res.Body), ""
		for lines.Scan() {
			switch name, value, _ := strings.Cut(lines.Text(), ": "); {
			case name == "id":
				if last == "" {
					began()
				}
				last = value
			case name == "event":
				event = value
			case name == "data" && event == "ticket":
				_, id, _ := strings.Cut(value, `"ticket_id":"`)
				id, _, _ = strings.Cut(id, `"`)
				seen(id)
			}
		}
		_ = res.Body.Close()
	}
}

// TestTwoReplicasBehindAProxy: while both are restarted in turn, as for a new version, nobody who works through the proxy notices; when one is killed,
// what was not answered is asked again and done once. Who follows what happens is told all of it, whichever replica did it.
func TestTwoReplicasBehindAProxy(t *testing.T) {
	t.Parallel()
	b := base{name: "postgres", dsn: testservers.Postgres(t)}
	b.migrate(t)
	dir := t.TempDir()
	one, two := newProc(t, dir, "DATABASE_URL="+b.dsn), newProc(t, dir, "DATABASE_URL="+b.dsn)
	one.Start()
	two.Start()
	v := &visitor{T: t, url: newFront(t, one, two)}
	v.signIn()

	ctx, cancel := context.WithCancel(t.Context())
	var followers, writers sync.WaitGroup
	var mu sync.Mutex
	seen := [2]map[string]bool{{}, {}}
	var began atomic.Int64
	for n := range seen {
		followers.Go(func() {
			v.follow(ctx, func() { began.Add(1) }, func(id string) {
				mu.Lock()
				defer mu.Unlock()
				seen[n][id] = true
			})
		})
	}
	t.Cleanup(followers.Wait)
	t.Cleanup(cancel)
	// A replica that has just started may refuse them for a moment, and nobody is told of what was before.
	require.Eventually(t, func() bool { return began.Load() == int64(len(seen)) }, time.Minute, 10*time.Millisecond, "nobody follows")
	stop := make(chan struct{})
	halt := sync.OnceFunc(func() { close(stop) })
	var subjects [3][]string
	for n := range subjects {
		writers.Go(func() { subjects[n] = v.write(fmt.Sprint("writer", n), stop) })
	}
	t.Cleanup(writers.Wait)
	t.Cleanup(halt)

	for _, p := range []*proc{one, two} {
		p.Stop()
		p.Start()
	}
	require.Zero(t, v.failures.Load(), "a restart in order is noticed by nobody")
	one.Kill()
	one.Start()
	halt()
	writers.Wait()

	d := b.desk(t)
	got, ids := map[string]int{}, []string{}
	for q := (ticket.Query{Sort: ticket.ByNumberAsc, Limit: ticket.MaxLimit}); ; {
		page, next, err := d.Tickets().List(t.Context(), ticket.SystemActor("check"), q)
		require.NoError(t, err)
		for i := range page {
			got[page[i].Subject]++
			ids = append(ids, string(page[i].ID))
		}
		if q.After = next; next.IsZero() {
			break
		}
	}
	count := 0
	for _, list := range subjects {
		count += len(list)
		for _, s := range list {
			require.Equal(t, 1, got[s], "%s is there once", s)
		}
	}
	require.Len(t, got, count)
	require.Greater(t, count, 10)
	require.Eventually(t, func() bool {
		mu.Lock()
		defer mu.Unlock()
		for _, id := range ids {
			if !seen[0][id] || !seen[1][id] {
				return false
			}
		}
		return true
	}, time.Minute, 20*time.Millisecond, "each follower is told of each ticket")
	one.Stop()
	two.Stop()
}
