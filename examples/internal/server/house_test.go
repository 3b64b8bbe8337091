package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/testservers"
)

// pass forwards connections to a database while it is open, at an address that stays.
type pass struct {
	t        *testing.T
	at, to   string
	mu       sync.Mutex
	listener net.Listener
}

func newPass(t *testing.T, to string) *pass {
	p := &pass{t: t, at: testservers.FreeAddr(t), to: to}
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.listener != nil {
			_ = p.listener.Close()
		}
	})
	return p
}

func (p *pass) open() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	l, err := net.Listen("tcp", p.at)
	require.NoError(p.t, err)
	p.listener = l
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				up, err := net.Dial("tcp", p.to)
				if err != nil {
					return
				}
				defer func() { _ = up.Close() }()
				go func() { _, _ = io.Copy(up, c) }()
				_, _ = io.Copy(c, up)
			}()
		}
	}()
}

// TestADeskInTroubleLeavesTheOthersAlone: its database is away, so its visitors get 503; the others notice nothing; it comes back by itself.
func TestADeskInTroubleLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	address := testservers.Postgres(t)
	migrated(t, address)
	u, err := url.Parse(address)
	require.NoError(t, err)
	way := newPass(t, u.Host)
	u.Host = way.at
	_, env := instances(t, map[string]string{"away": "LOCALE=en\nADMIN_PASSWORD='" + deskPassword + "'\nDATABASE_URL=" + u.String() + "\n", "here": ""})
	s := startSeveral(t, env)
	require.NotContains(t, s.addr.Desks, "away")
	require.Equal(t, http.StatusOK, s.ask("GET", "here.example", "/api/health", nil).status)
	got := s.ask("GET", "away.example", "/", nil, "Accept-Language", "de")
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.Contains(t, got.body, "im Moment nicht erreichbar")
	require.NotEmpty(t, got.header.Get("Retry-After"))
	got = s.ask("GET", "away.example", "/api/tickets", nil)
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.Equal(t, "application/problem+json", got.header.Get("Content-Type"))
	got = s.ask("GET", "localhost", "/readyz", nil)
	require.Equal(t, http.StatusOK, got.status, "one desk does not take the process out of the proxy")
	require.JSONEq(t, `{"status":"ready","desks":{"away":"unavailable","here":"ready"}}`, got.body)
	got = s.ask("GET", "away.example", "/readyz", nil)
	require.Equal(t, http.StatusServiceUnavailable, got.status)
	require.JSONEq(t, `{"status":"unavailable"}`, got.body)
	require.Contains(t, s.log.String(), "this desk is in trouble")
	password, _ := u.User.Password()
	require.NotContains(t, s.log.String(), password)

	way.open()
	require.Eventually(t, func() bool { return s.ask("GET", "away.example", "/readyz", nil).status == http.StatusOK }, time.Minute, 50*time.Millisecond)
	require.NotEmpty(t, s.signIn("away.example"))
	require.Zero(t, s.stop())
}

// TestSeveralDesksRefuseOldTables: what a person has forgotten stops the start, and names the command for this desk.
func TestSeveralDesksRefuseOldTables(t *testing.T) {
	t.Parallel()
	_, env := instances(t, map[string]string{"old": "DATABASE_URL=" + testservers.Postgres(t) + "\n", "here": ""})
	_, said := refuses(t, env, "serve")
	require.Contains(t, said, "desk old")
	require.Contains(t, said, "email --desk old migrate up")
	calls(t, 0, env, "migrate", "up")
	s := startSeveral(t, env)
	require.Contains(t, s.addr.Desks, "old")
	require.Zero(t, s.stop())
}

// stuck is a mail server that takes no mail until it is let go.
func stuck(t *testing.T) (addr string, busy <-chan struct{}, release func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	seen, free := make(chan struct{}, 100), make(chan struct{})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				seen <- struct{}{}
				<-free
				_ = c.Close()
			}()
		}
	}()
	release = sync.OnceFunc(func() { close(free); _ = l.Close() })
	t.Cleanup(release)
	return l.Addr().String(), seen, release
}

// TestTheOrderOfTheEnd: while work is finished the process says that it is not ready and still answers; then live streams end with a hint when to
// come back; then the requests that run are answered; then it is over.
func TestTheOrderOfTheEnd(t *testing.T) {
	t.Parallel()
	smtp, busy, release := stuck(t)
	d := start(t, t.TempDir(), "SMTP_ADDR="+smtp)
	d.signIn()
	get := func(path string) (int, string, http.Header) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+d.addr.HTTP+path, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+d.token)
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return 0, "", nil
		}
		defer func() { _ = res.Body.Close() }()
		b, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res.StatusCode, string(b), res.Header
	}
	status, body, _ := get("/readyz")
	require.Equal(t, http.StatusOK, status)
	require.JSONEq(t, `{"status":"ready"}`, body)

	var tk ticketShape
	d.call("POST", "tickets", map[string]any{"subject": "Drucker", "body": "x", "requester": map[string]string{"email": "kim@customer.example"}}, &tk, 201)
	d.call("POST", "tickets/"+tk.ID+"/messages", map[string]string{"kind": "reply", "body": "Bitte neu starten."}, nil, 201)
	<-busy // the reply is on its way

	r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+d.addr.HTTP+"/api/events", nil)
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+d.token)
	stream, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer func() { _ = stream.Body.Close() }()
	require.Equal(t, http.StatusOK, stream.StatusCode)
	lines := bufio.NewScanner(stream.Body)
	require.True(t, lines.Scan())

	// Half of a request is there.
	note, err := json.Marshal(map[string]string{"kind": "note", "body": "von vorher"})
	require.NoError(t, err)
	half, err := net.Dial("tcp", d.addr.HTTP)
	require.NoError(t, err)
	defer func() { _ = half.Close() }()
	_, err = fmt.Fprintf(half, "POST /api/tickets/%s/messages HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		tk.ID, d.token, len(note), note[:5])
	require.NoError(t, err)

	ended := make(chan int, 1)
	go func() { ended <- d.stop() }()
	d.eventually("not to be ready any more", func() bool {
		status, body, header := get("/readyz")
		return status == http.StatusServiceUnavailable && strings.Contains(body, "draining") && header != nil
	})
	status, _, _ = get("/healthz")
	require.Equal(t, http.StatusOK, status)
	status, _, _ = get("/api/tickets")
	require.Equal(t, http.StatusOK, status, "who comes meanwhile is served")
	require.Empty(t, ended)

	release()
	hint := ""
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "retry: ") {
			hint = lines.Text()
		}
	}
	require.NotEmpty(t, hint)
	require.Empty(t, ended, "a request is still there")
	_, err = half.Write(note[5:])
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(half), nil)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusCreated, res.StatusCode)
	require.True(t, res.Close, "the next request is to go where somebody stays")
	require.Zero(t, <-ended)
	require.NotContains(t, d.log.String(), "level=ERROR")
	status, _, _ = get("/readyz")
	require.Zero(t, status, "nobody listens any more")
}

// TestTheEndIsAnnounced: an idle process goes on serving for SHUTDOWN_DELAY after it has said that it is not ready.
func TestTheEndIsAnnounced(t *testing.T) {
	t.Parallel()
	d := start(t, t.TempDir(), "SHUTDOWN_DELAY=8")
	d.signIn()
	ended := make(chan int, 1)
	go func() { ended <- d.stop() }()
	ask := func(path string) int {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+d.addr.HTTP+path, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+d.token)
		res, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return 0
		}
		defer func() { _ = res.Body.Close() }()
		return res.StatusCode
	}
	d.eventually("not to be ready any more", func() bool { return ask("/readyz") == http.StatusServiceUnavailable })
	require.Equal(t, http.StatusOK, ask("/api/tickets"), "who comes meanwhile is served")
	require.Zero(t, <-ended)
	require.Zero(t, ask("/readyz"), "nobody listens any more")
}

// TestTheServiceManagerIsTold: it learns when the process serves, that it is alive, and when it ends.
func TestTheServiceManagerIsTold(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "n") // the path of a socket must be short
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	said := make(chan string, 10000)
	go func() {
		defer close(said)
		b := make([]byte, 1000)
		for {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			said <- string(b[:n])
		}
	}()
	d := begin(t, t.TempDir(), "NOTIFY_SOCKET="+socket, "WATCHDOG_USEC=2000000", fmt.Sprintf("WATCHDOG_PID=%d", os.Getpid()))
	d.wait()
	require.Equal(t, "READY=1", <-said)
	require.Equal(t, "WATCHDOG=1", <-said)
	require.Zero(t, d.stop())
	last := ""
	for last != "STOPPING=1" {
		last = <-said
	}
	require.NoError(t, c.Close())
	for more := range said {
		require.NotEqual(t, "READY=1", more)
	}
}

// TestAStartThatIsInterrupted ends in order while a database is waited for.
func TestAStartThatIsInterrupted(t *testing.T) {
	t.Parallel()
	for name, env := range map[string]func(t *testing.T) []string{
		"one": func(t *testing.T) []string {
			return []string{"DATA_DIR=" + t.TempDir(), "JWT_SECRET=" + fileSecret, "LISTEN_ADDR=127.0.0.1:0", "DATABASE_URL=postgres://desk@" + testservers.FreeAddr(t) + "/desk"}
		},
		"several": func(t *testing.T) []string {
			_, env := instances(t, map[string]string{"a": "DATABASE_URL=postgres://desk@" + testservers.FreeAddr(t) + "/desk\n"})
			return env
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			var out, log safeBuffer
			code := make(chan int, 1)
			go func() { code <- serverRun(ctx, env(t), &out, &log) }()
			require.Eventually(t, func() bool {
				return strings.Contains(log.String(), "waiting for the database") || strings.Contains(log.String(), "in trouble")
			}, time.Minute, 10*time.Millisecond)
			cancel()
			require.Zero(t, <-code, log.String())
		})
	}
}
