package faults_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/smtpd"
	"github.com/ticketkit/ticketkit/adapters/webform"
	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/internal/faulttest"
	"github.com/ticketkit/ticketkit/internal/testdovecot"
	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

// smallDisk is a folder on a disk of a few megabytes. Without the right to mount one the test is skipped.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "mode=0700,size="+size, "tmpfs", dir).CombinedOutput(); err != nil {
		t.Skipf("needs the right to mount a small disk: %v: %s", err, out)
	}
	t.Cleanup(func() {
		out, err := exec.CommandContext(context.Background(), "umount", "-l", dir).CombinedOutput()
		require.NoError(t, err, "%s", out)
	})
	return dir
}

// fill writes until a disk is full. What it has written goes with empty.
func fill(t *testing.T, dir string) (empty func()) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	require.NoError(t, err)
	for _, size := range []int{1 << 20, 4096, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
		require.ErrorIs(t, err, syscall.ENOSPC)
	}
	return func() { require.NoError(t, errors.Join(f.Close(), os.Remove(f.Name()))) }
}

// health is the status of a desk's health page, 0 for none.
func health(addr string) int { return status("http://" + addr + "/api/health") }

// ready is what balancers ask a program for.
func ready(addr string) int { return status("http://" + addr + "/readyz") }

func status(url string) int {
	res, err := http.Get(url)
	if err != nil {
		return 0
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// TestTheDiskFillsUp fills the disk of a desk again and again while mail comes in: it refuses with 452, says that it is not ready, and
// goes on by itself as soon as there is room.
func TestTheDiskFillsUp(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t, "64m")
	tr := newTraffic(t, faulttest.Count(200, 800, 4_000))
	p := newProc(t, dir, "SMTP_ADDR="+tr.sink.addr)
	p.Start()
	tr.replicas = []*proc{p}
	times := faulttest.Count(2, 3, 10)
	until := func(n int) { tr.ahead.Store(int64(tr.mails) * int64(2*n+3) / int64(2*times+2)) } // half way from a blow to the next: some are left for it
	until(0)
	tr.storm(times, func(n int) {
		before := tr.full.Load()
		empty := fill(t, dir)
		until(n + 1)
		require.Eventually(t, func() bool {
			return tr.full.Load() > before && health(p.http) == http.StatusServiceUnavailable && ready(p.http) == http.StatusServiceUnavailable
		}, time.Minute,
			20*time.Millisecond, "it takes mail in")
		empty()
		require.Eventually(t, func() bool { return health(p.http) == http.StatusOK && ready(p.http) == http.StatusOK }, time.Minute, 20*time.Millisecond, "it does not recover")
	})
	tr.audit(base{name: "sqlite", dsn: sqliteIn(dir)})
	t.Logf("%d times a sender was told that there is no room", tr.full.Load())
}

// TestAMailboxWaitsForRoom: mail that comes while the disk is full stays where it is.
func TestAMailboxWaitsForRoom(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t, "64m")
	dove, out := testdovecot.Start(t), newSink(t)
	require.NoError(t, dove.User(box, boxPassword))
	p := newProc(t, dir, mailboxOf(dove, out)...)
	p.Start()
	empty := fill(t, dir)
	count := faulttest.Count(20, 60, 400)
	require.NoError(t, dove.Put(box, letters(box, count)...))
	require.Eventually(t, func() bool { return health(p.http) == http.StatusServiceUnavailable }, time.Minute, 20*time.Millisecond, "it takes everything in")
	waiting := dove.Count(box, "")
	require.Positive(t, waiting)
	empty()
	d := afterwards(t, dove, base{name: "sqlite", dsn: sqliteIn(dir)}, count, p)
	eachOnce(t, d, count)
	t.Logf("%d of %d mails waited in their mailbox while there was no room", waiting, count)
}

// TestNoRoom is the same without a disk of its own, by a limit of the database: what comes by mail, from the form and to the API is
// refused, each in its way, and taken in when it comes again.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "desk.db")+"?_pragma=foreign_keys(1)&_pragma=busy_timeout(5000)&_pragma=journal_mode(wal)")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	db.SetMaxOpenConns(1)
	st, err := store.New(store.Config{DB: db, Dialect: sqlitedialect.New(), Classify: sqlite.Classify})
	require.NoError(t, err)
	require.NoError(t, st.Migrate(t.Context()))
	form, err := webform.New(webform.Config{PerHour: -1})
	require.NoError(t, err)
	addr := testservers.FreeAddr(t)
	in, err := smtpd.New(smtpd.Config{Addr: addr, AcceptAny: true})
	require.NoError(t, err)
	k, err := ticketkit.New(ticketkit.Config{Store: st, Secret: []byte(secret), Adapters: []adapters.Adapter{form, in}, RateLimit: httpapi.RateLimit{PerSecond: -1}})
	require.NoError(t, err)
	_, _, err = k.Accounts().Bootstrap(t.Context(), "admin", password)
	require.NoError(t, err)
	login, err := k.Accounts().Login(t.Context(), "admin", password, rbac.LoginMeta{Address: "127.0.0.1"})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- k.Run(ctx) }()
	srv := httptest.NewServer(k.Handler())
	t.Cleanup(srv.Close)

	post := func(path, media, body string) (status int, answer string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+path, strings.NewReader(body))
		require.NoError(t, err)
		r.Header.Set("Content-Type", media)
		r.Header.Set("Authorization", "Bearer "+login.Token)
		res, err := http.DefaultTransport.RoundTrip(r) // a redirect is an answer
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		var b bytes.Buffer
		_, err = b.ReadFrom(res.Body)
		require.NoError(t, err)
		return res.StatusCode, b.String()
	}
	large := strings.Repeat("Es druckt nicht. ", 8_000) // 136 KB
	tr := &traffic{T: t, replicas: []*proc{{smtp: addr}}}
	mail := func(n int) error {
		c := client{tr: tr}
		defer c.close()
		return c.try(n, n)
	}
	api := func() (int, string) {
		body, err := json.Marshal(map[string]any{"subject": "api", "body": large, "requester": map[string]string{"email": "kim@customer.example"}})
		require.NoError(t, err)
		return post("/api/tickets", "application/json", string(body))
	}
	web := func() (int, string) {
		return post("/api/intake/webform", "application/x-www-form-urlencoded", url.Values{"name": {"Kim"}, "email": {"kim@customer.example"}, "subject": {"web"}, "message": {large[:9000]}}.Encode())
	}
	limit := func(pages int) {
		_, err := db.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return mail(0) == nil }, time.Minute, 10*time.Millisecond)
	require.Equal(t, http.StatusOK, health(srv.Listener.Addr().String()))

	var wanted []int // mails that were refused
	for round := range faulttest.Count(1, 2, 20) {
		limit(1) // as many as there are
		first := 4 * (1 + 1000*round)
		n := first
		for ; len(wanted) < 5; n += 4 { // what is half empty is filled first
			if mail(n) != nil {
				wanted = append(wanted, n)
			}
		}
		require.ErrorContains(t, mail(n), "4.3.1", "SMTP names the reason")
		wanted = append(wanted, n)
		status, answer := api()
		require.Equal(t, http.StatusServiceUnavailable, status, answer)
		require.Contains(t, answer, "there is no room left on the disk of the desk")
		require.Eventually(t, func() bool { // small ones may find room for longer than large ones
			status, answer = web()
			return status == http.StatusServiceUnavailable
		}, time.Minute, time.Millisecond, "%d %s", status, answer)
		require.Equal(t, http.StatusServiceUnavailable, health(srv.Listener.Addr().String()))

		limit(1 << 30)
		require.Eventually(t, func() bool { return health(srv.Listener.Addr().String()) == http.StatusOK }, time.Minute, 10*time.Millisecond)
		var wg sync.WaitGroup
		for _, n := range wanted {
			wg.Go(func() { require.NoError(t, mail(n)) })
		}
		wg.Wait()
		status, answer = api()
		require.Equal(t, http.StatusCreated, status, answer)
		status, answer = web()
		require.Equal(t, http.StatusSeeOther, status, answer)
		got := texts(t, k.Tickets())
		for m := first; m <= n; m += 4 {
			require.Equal(t, 1, got[text(m)], "mail %d", m)
		}
		wanted = nil
	}
	stop()
	require.NoError(t, <-done)
	_, err = k.Tickets().VerifyAll(t.Context(), ticket.SystemActor("check"))
	require.NoError(t, err)
	checkOrder(t, k.Tickets(), ticket.SystemActor("check"))
}

// texts counts what is in the desk by its text.
func texts(t *testing.T, s *ticket.Service) map[string]int {
	t.Helper()
	me, out := ticket.SystemActor("check"), map[string]int{}
	q := ticket.Query{Sort: ticket.ByNumberAsc, Limit: ticket.MaxLimit}
	for {
		page, next, err := s.List(t.Context(), me, q)
		require.NoError(t, err)
		for i := range page {
			for m, err := range s.AllMessages(t.Context(), me, ticket.OpMessageRead, page[i].ID) {
				require.NoError(t, err)
				out[m.Text]++
			}
		}
		if q.After = next; next.IsZero() {
			return out
		}
	}
}
