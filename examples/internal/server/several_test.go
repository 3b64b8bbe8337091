package server_test

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
	"github.com/ticketkit/ticketkit/internal/keys"
)

// instances writes the files of several desks into a folder; each value is the text of one. Hosts and secrets are added unless it has them.
func instances(t *testing.T, desks map[string]string) (dir string, env []string) {
	t.Helper()
	root := t.TempDir()
	dir = filepath.Join(root, "desks")
	require.NoError(t, os.Mkdir(dir, 0o700))
	for name, text := range desks {
		if !strings.Contains(text, "ALLOWED_HOSTS") {
			text += "\nALLOWED_HOSTS=" + name + ".example\n"
		}
		if !strings.Contains(text, "JWT_SECRET") {
			text += "\nJWT_SECRET=" + keys.Generate() + "\n"
		}
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".env"), []byte(text), 0o600))
	}
	return dir, []string{"INSTANCES_DIR=" + dir, "DATA_DIR=" + filepath.Join(root, "data"), "LISTEN_ADDR=127.0.0.1:0"}
}

// several is a process with several desks.
type several struct {
	*testing.T
	addr     server.Addresses
	out, log *safeBuffer
	stop     func() int
}

func startSeveral(t *testing.T, env []string) *several {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	s := &several{T: t, out: &safeBuffer{}, log: &safeBuffer{}}
	up, done, code := make(chan server.Addresses, 1), make(chan struct{}), 0
	go func() {
		defer close(done)
		code = server.Run(ctx, server.Preset{Name: "email"}, nil, env, s.out, s.log, func(a server.Addresses) { up <- a })
	}()
	s.stop = func() int {
		cancel()
		<-done
		return code
	}
	t.Cleanup(func() {
		s.stop()
		if t.Failed() {
			t.Log(s.log.String())
		}
	})
	select {
	case s.addr = <-up:
	case <-done:
		t.Fatalf("the program ended with %d: %s", code, s.log.String())
	}
	return s
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// ask sends a request to the process by the name of a host. A body is sent as JSON.
func (s *several) ask(method, host, path string, body any, header ...string) reply {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), method, "http://"+s.addr.HTTP+path, nil)
	require.NoError(s, err)
	if body != nil {
		b, err := json.Marshal(body)
		require.NoError(s, err)
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(string(b))), int64(len(b))
		r.Header.Set("Content-Type", "application/json")
	}
	if host != "" {
		r.Host = host
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(s, err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	require.NoError(s, err)
	return reply{res.StatusCode, res.Header, string(b)}
}

const deskPassword = "sieben blaue Fahrräder"

// signIn signs the first account in and gives its token.
func (s *several) signIn(host string) string {
	s.Helper()
	got := s.ask("POST", host, "/api/auth/login", map[string]string{"username": "admin", "password": deskPassword})
	require.Equal(s, http.StatusOK, got.status, got.body)
	var in struct{ Token string }
	require.NoError(s, json.Unmarshal([]byte(got.body), &in))
	return "Bearer " + in.Token
}

// TestSeveralDesksInOneProcess: each host is its own desk, with its own name, database and sign-ins; a host of nobody gets nothing.
func TestSeveralDesksInOneProcess(t *testing.T) {
	t.Parallel()
	static := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(static, "logo.png"), []byte("a logo"), 0o600))
	_, env := instances(t, map[string]string{
		"sales": "PROJECT_NAME=Sales\nADMIN_PASSWORD='" + deskPassword + "'\nSTATIC_DIR=" + static + "\nLOGO_URL=/static/logo.png\nRATE_LIMIT=off\n",
		"help":  "PROJECT_NAME=Help\nADMIN_PASSWORD='" + deskPassword + "'\nALLOWED_HOSTS=help.example,*.help.example\nLOCALE=en\nRATE_LIMIT=1/m\nSMTPD_ADDR=127.0.0.1:0\n",
	})
	s := startSeveral(t, env)
	require.Equal(t, []string{"help", "sales"}, slices.Sorted(maps.Keys(s.addr.Desks)))
	require.NotEmpty(t, s.addr.Desks["help"].SMTP)
	require.Empty(t, s.addr.Desks["sales"].SMTP)
	require.Contains(t, s.log.String(), "desk=sales")

	sales := s.signIn("sales.example")
	for host, name := range map[string]string{"sales.example": "Sales", "SALES.example:443": "Sales", "help.example": "Help", "a.help.example": "Help"} {
		require.JSONEq(t, `{"status":"ok","service":"`+name+`"}`, s.ask("GET", host, "/api/health", nil).body)
	}
	require.Equal(t, http.StatusOK, s.ask("GET", "sales.example", "/api/tickets", nil, "Authorization", sales).status)
	got := s.ask("GET", "help.example", "/api/tickets", nil, "Authorization", sales)
	require.Equal(t, http.StatusUnauthorized, got.status, got.body)
	require.Equal(t, "a logo", s.ask("GET", "sales.example", "/static/logo.png", nil).body)
	require.Equal(t, http.StatusNotFound, s.ask("GET", "help.example", "/static/logo.png", nil).status)

	// What one desk has used up of its limit is not used up at the other.
	limited := false
	for range 10 {
		limited = limited || s.ask("GET", "help.example", "/api/tickets", nil).status == http.StatusTooManyRequests
	}
	require.True(t, limited)
	require.Equal(t, http.StatusOK, s.ask("GET", "sales.example", "/api/tickets", nil, "Authorization", sales).status)

	// Nobody's host.
	for _, host := range []string{"other.example", "sales.example.evil", s.addr.HTTP, "127.0.0.1"} {
		for _, path := range []string{"/", "/api/tickets", "/login", "/static/logo.png", "/contact", "/api/auth/login"} {
			require.Equal(t, http.StatusMisdirectedRequest, s.ask("GET", host, path, nil, "Authorization", sales).status, "%s%s", host, path)
		}
		require.Equal(t, http.StatusOK, s.ask("GET", host, "/api/health", nil).status)
		require.Equal(t, http.StatusMisdirectedRequest, s.ask("GET", host, "/api/health", nil, "X-Forwarded-For", "203.0.113.7").status, "who asks through a proxy is not from here")
	}
	require.Contains(t, s.ask("GET", "other.example", "/", nil, "Accept-Language", "de").body, "gibt es hier nichts")
	require.Equal(t, "application/problem+json", s.ask("GET", "other.example", "/api/tickets", nil).header.Get("Content-Type"))

	ready := s.ask("GET", "127.0.0.1", "/readyz", nil)
	require.JSONEq(t, `{"status":"ready","desks":{"sales":"ready","help":"ready"}}`, ready.body)
	require.JSONEq(t, `{"status":"ready"}`, s.ask("GET", "10.0.0.1", "/readyz", nil, "X-Forwarded-For", "203.0.113.7").body, "names of desks are for this machine")
	require.JSONEq(t, `{"status":"ready"}`, s.ask("GET", "sales.example", "/readyz", nil).body)
	require.Zero(t, s.stop())

	for _, name := range []string{"sales", "help"} {
		_, err := os.Stat(filepath.Join(strings.TrimPrefix(env[1], "DATA_DIR="), name, "ticketkit.db"))
		require.NoError(t, err, "each desk has a folder of its own")
	}
}

// TestACookieIsOfOneHost: browsers send it to no other desk, not even to one below the same domain.
func TestACookieIsOfOneHost(t *testing.T) {
	t.Parallel()
	_, env := instances(t, map[string]string{"a": "ALLOWED_HOSTS=desk.example\nADMIN_PASSWORD='" + deskPassword + "'\n", "b": "ALLOWED_HOSTS=b.desk.example\n"})
	s := startSeveral(t, env)
	r, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+s.addr.HTTP+"/login", strings.NewReader("username=admin&password=sieben+blaue+Fahrr%C3%A4der"))
	require.NoError(t, err)
	r.Host = "desk.example"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Forwarded-Proto", "https")
	res, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.NotEmpty(t, res.Cookies())
	for _, c := range res.Cookies() {
		require.Empty(t, c.Domain, "%s is for the host alone", c.Name)
		require.True(t, c.HttpOnly && c.Secure, c.Name)
		require.Equal(t, http.StatusUnauthorized, s.ask("GET", "b.desk.example", "/api/tickets", nil, "Cookie", c.Name+"="+c.Value).status)
		require.Equal(t, http.StatusOK, s.ask("GET", "desk.example", "/api/tickets", nil, "Cookie", c.Name+"="+c.Value).status)
	}
}

// TestSeveralDesksThatDoNotFitTogether: the start stops and names files and variable.
func TestSeveralDesksThatDoNotFitTogether(t *testing.T) {
	t.Parallel()
	secret := keys.Generate()
	for name, c := range map[string]struct {
		a, b string
		env  []string
		want []string
	}{
		"no host":                  {a: "ALLOWED_HOSTS=\n", want: []string{"a.env", "ALLOWED_HOSTS is required"}},
		"any host":                 {a: "ALLOWED_HOSTS=*\n", want: []string{"a.env", "ALLOWED_HOSTS"}},
		"same host":                {a: "ALLOWED_HOSTS=x.example,Desk.example\n", b: "ALLOWED_HOSTS=desk.example:8443\n", want: []string{"a.env", "b.env", "ALLOWED_HOSTS desk.example"}},
		"host below a domain":      {a: "ALLOWED_HOSTS=*.example.org\n", b: "ALLOWED_HOSTS=b.example.org\n", want: []string{"a.env", "b.env", "ALLOWED_HOSTS b.example.org"}},
		"domain below a domain":    {a: "ALLOWED_HOSTS=.b.example.org\n", b: "ALLOWED_HOSTS=*.example.org\n", want: []string{"a.env", "b.env", "ALLOWED_HOSTS"}},
		"same folder":              {a: "DATA_DIR=ROOT/one\n", b: "DATA_DIR=ROOT/two/../one\n", want: []string{"a.env", "b.env", "DATA_DIR"}},
		"same folder by a default": {a: "DATA_DIR=ROOT/data/b\n", want: []string{"a.env", "b.env", "DATA_DIR"}},
		"same file":                {a: "DATABASE_URL=sqlite:ROOT/x.db\n", b: "DATABASE_URL=sqlite:ROOT/./x.db?x=1\n", want: []string{"a.env", "b.env", "DATABASE_URL"}},
		"same database": {a: "DATABASE_URL=postgres://anna:hunter2@db.example/desk\n", b: "POSTGRES_HOST=DB.example\nPOSTGRES_DB=desk\nPOSTGRES_PASSWORD=hunter2\n",
			want: []string{"a.env", "b.env", "PostgreSQL at DB.example"}},
		"same secret":          {a: "JWT_SECRET=" + secret + "\n", b: "SECRET_KEY=" + secret + "\nJWT_SECRET=" + secret + "\n", want: []string{"a.env", "b.env", "JWT_SECRET"}},
		"secret of before":     {a: "JWT_SECRET=" + secret + "\n", b: "JWT_SECRET_PREVIOUS=" + secret + "\nJWT_SECRET=" + keys.Generate() + "\n", want: []string{"a.env", "b.env", "JWT_SECRET_PREVIOUS"}},
		"same intake":          {a: "SMTPD_ADDR=127.0.0.1:2526\n", b: "SMTPD_ADDR=127.0.0.1:2526\n", want: []string{"a.env", "b.env", "SMTPD_ADDR 127.0.0.1:2526"}},
		"same mailbox":         {a: mailboxFile, b: mailboxFile, want: []string{"a.env", "b.env", "MAIL_USER help@desk.example"}},
		"same backups":         {a: "BACKUP_DIR=ROOT/backups\n", b: "BACKUP_DIR=ROOT/backups\n", want: []string{"a.env", "b.env", "BACKUP_DIR"}},
		"address of the whole": {a: "LISTEN_ADDR=127.0.0.1:0\n", want: []string{"a.env", "LISTEN_ADDR", "is of the whole process"}},
		"logs of the whole":    {a: "LOG_FORMAT=json\n", want: []string{"a.env", "LOG_FORMAT", "is of the whole process"}},
		"delay of the whole":   {a: "SHUTDOWN_DELAY=5\n", want: []string{"a.env", "SHUTDOWN_DELAY", "is of the whole process"}},
		"debug of the whole":   {a: "DEBUG=1\n", want: []string{"a.env", "DEBUG", "is of the whole process"}},
		"desks in a desk":      {a: "INSTANCES_DIR=/srv\n", want: []string{"a.env", "INSTANCES_DIR", "is of the whole process"}},
		"unknown key":          {a: "LOCAL=de\n", want: []string{"a.env", "nothing reads LOCAL"}},
		"a bad value":          {b: "LOCALE=fr\n", want: []string{"b.env", "LOCALE", "fr"}},
		"a weak password":      {a: "ADMIN_PASSWORD=admin123\n", want: []string{"desk a", "ADMIN_PASSWORD"}},
		"of a desk":            {env: []string{"PROJECT_NAME=Mine"}, want: []string{"PROJECT_NAME", "belongs into the file of a desk"}},
		"secret of a desk":     {env: []string{"JWT_SECRET=" + secret}, want: []string{"JWT_SECRET", "belongs into the file of a desk"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			fill := func(s string) string { return strings.ReplaceAll(s, "ROOT", root) }
			_, env := instances(t, map[string]string{"a": fill(c.a), "b": fill(c.b)})
			if strings.Contains(c.a, "ROOT/data/b") {
				env[1] = "DATA_DIR=" + filepath.Join(root, "data")
			}
			_, said := refuses(t, append(env, c.env...), "serve")
			for _, w := range c.want {
				require.Contains(t, said, w)
			}
			require.NotContains(t, said, secret)
			require.NotContains(t, said, "hunter2")
			require.NotContains(t, said, "admin123")
		})
	}
	for text, env := range map[string][]string{
		"there is no file such as": {"INSTANCES_DIR=" + t.TempDir()},
		"no such file":             {"INSTANCES_DIR=" + filepath.Join(t.TempDir(), "nowhere")},
	} {
		_, said := refuses(t, env, "serve")
		require.Contains(t, said, "INSTANCES_DIR")
		require.Contains(t, said, text)
	}
	dir, env := instances(t, map[string]string{"a": ""})
	require.NoError(t, os.WriteFile(filepath.Join(dir, "not a name.env"), nil, 0o600))
	_, said := refuses(t, env, "serve")
	require.Contains(t, said, "not a name.env")
}

const mailboxFile = "MAIL_USER=help@desk.example\nMAIL_PASSWORD=x\nIMAP_ADDR=imap.desk.example\nSMTP_ADDR=smtp.desk.example\n"

// refuses calls the program of a preset that keeps no secret by itself, and requires that it fails.
func refuses(t *testing.T, env []string, args ...string) (out, errOut string) {
	t.Helper()
	return calls(t, 1, env, args...)
}

func calls(t *testing.T, code int, env []string, args ...string) (out, errOut string) {
	t.Helper()
	var o, e safeBuffer
	require.Equal(t, code, server.Run(t.Context(), server.Preset{Name: "email"}, args, env, &o, &e, func(server.Addresses) { t.Error("it started") }), e.String())
	return o.String(), e.String()
}

// TestCommandsWithSeveralDesks: a command is about the desk that is named, by --desk or by its file; some go over all.
func TestCommandsWithSeveralDesks(t *testing.T) {
	t.Parallel()
	dir, env := instances(t, map[string]string{"a": "", "b": ""})
	out, _ := calls(t, 0, env, "migrate", "up")
	require.Equal(t, "a:\nthe tables are up to date\nb:\nthe tables are up to date\n", out)
	out, _ = calls(t, 0, env, "migrate", "status")
	require.Equal(t, 2, strings.Count(out, "0001_initial"))
	for _, args := range [][]string{{"user", "list"}, {"verify"}, {"jobs", "list"}, {"export", "-"}, {"oauth", "login"}, {"backup", "list"}, {"restore", "--release"}, {"demo", "clear"}} {
		_, said := calls(t, 1, env, args...)
		require.Contains(t, said, "--desk which one: a, b")
	}
	calls(t, 0, env, "--desk", "a", "user", "create", "anna")
	calls(t, 0, env, "--env-file", filepath.Join(dir, "b.env"), "user", "create", "berta")
	out, _ = calls(t, 0, env, "user", "list", "--desk", "a")
	require.Contains(t, out, "anna")
	require.NotContains(t, out, "berta")
	out, _ = calls(t, 0, env, "user", "list", "--desk", "b")
	require.Contains(t, out, "berta")
	require.NotContains(t, out, "anna")
	calls(t, 0, env, "--desk", "b", "verify")
	_, said := calls(t, 1, env, "--desk", "c", "verify")
	require.Contains(t, said, `no desk "c"`)
	_, said = calls(t, 1, []string{"DATA_DIR=" + t.TempDir(), "JWT_SECRET=" + fileSecret}, "--desk", "a", "verify")
	require.Contains(t, said, "INSTANCES_DIR is not set")

	out, _ = calls(t, 0, env, "backup", "run")
	require.Equal(t, 2, strings.Count(out, " bytes"), out)
	for _, name := range []string{"a", "b"} {
		out, _ = calls(t, 0, env, "--desk", name, "backup", "list")
		require.Equal(t, 1, strings.Count(out, " bytes"), out)
		require.Contains(t, out, filepath.Join(name, "backups"))
	}
}

// TestDoctorOfSeveralDesks looks at all of them, or at one.
func TestDoctorOfSeveralDesks(t *testing.T) {
	t.Parallel()
	_, env := instances(t, map[string]string{"a": "LOCALE=en\n", "b": "DATABASE_URL=postgres://desk@127.0.0.1:1/desk\n"})
	var found struct {
		Errors   int
		Findings []struct{ Desk, Level, Check string }
	}
	out, said := calls(t, 1, env, "doctor", "--json")
	require.NoError(t, json.Unmarshal([]byte(out), &found), "%s%s", out, said)
	broken := map[string]int{}
	for _, f := range found.Findings {
		require.Contains(t, []string{"a", "b"}, f.Desk)
		if f.Level == "error" {
			broken[f.Desk]++
		}
	}
	require.Equal(t, map[string]int{"b": 1}, broken)
	out, _ = calls(t, 1, env, "doctor")
	require.Contains(t, out, "b database:")
	out, _ = calls(t, 0, env, "--desk", "a", "doctor")
	require.NotContains(t, out, "b database")
	_, env = instances(t, map[string]string{"a": "ALLOWED_HOSTS=x.example\nLOCALE=en\n", "b": "ALLOWED_HOSTS=x.example\n"})
	out, _ = calls(t, 1, env, "doctor")
	require.Contains(t, out, "ALLOWED_HOSTS x.example")
}

func serverRun(ctx context.Context, env []string, out, log io.Writer) int {
	return server.Run(ctx, server.Preset{Name: "email"}, nil, env, out, log, nil)
}
