package server_test

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
	"github.com/ticketkit/ticketkit/internal/testservers"
)

func TestWhereADeskIsKept(t *testing.T) {
	t.Parallel()
	secretFile := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(secretFile, []byte("from a file\n"), 0o600))
	for name, c := range map[string]struct {
		env       []string
		url, said string
	}{
		"nothing":   {nil, "sqlite:DIR/ticketkit.db", "SQLite in DIR/ticketkit.db"},
		"sqlite":    {[]string{"DATABASE_URL=sqlite:/srv/desk.db"}, "sqlite:/srv/desk.db", "SQLite in /srv/desk.db"},
		"postgres":  {[]string{"DATABASE_URL=postgres://u:secret@db.example:5432/desk?sslmode=require"}, "postgres://u:secret@db.example:5432/desk?sslmode=require", "PostgreSQL at db.example:5432"},
		"long name": {[]string{"DATABASE_URL=postgresql://db.example/desk"}, "postgresql://db.example/desk", "PostgreSQL at db.example"},
		"two hosts": {[]string{"DATABASE_URL=postgres://u:secret@a.example:5432,b.example:5433/desk"}, "postgres://u:secret@a.example:5432,b.example:5433/desk", "PostgreSQL at a.example:5432,b.example:5433"},
		"socket":    {[]string{"DATABASE_URL=postgres:///desk?host=/run/postgresql"}, "postgres:///desk?host=/run/postgresql", "PostgreSQL at /run/postgresql"},
		"mysql":     {[]string{"DATABASE_URL=mysql://u:s%40crt@db.example/desk"}, "mysql://u:s%40crt@db.example/desk", "MySQL at db.example"},
		"mariadb":   {[]string{"DATABASE_URL=mariadb://u@[::1]:3307/desk"}, "mariadb://u@[::1]:3307/desk", "MariaDB at [::1]:3307"},
		"image":     {[]string{"POSTGRES_PASSWORD=a/b@c"}, "postgres://postgres:a%2Fb%40c@localhost:5432/postgres", "PostgreSQL at localhost:5432"},
		"image, all": {[]string{"POSTGRES_DB=desk", "POSTGRES_USER=anna", "POSTGRES_PASSWORD=x", "POSTGRES_HOST=db", "POSTGRES_PORT=6432"},
			"postgres://anna:x@db:6432/desk", "PostgreSQL at db:6432"},
		"image, user":   {[]string{"POSTGRES_USER=anna"}, "postgres://anna@localhost:5432/anna", "PostgreSQL at localhost:5432"},
		"image, socket": {[]string{"POSTGRES_HOST=/run/postgresql"}, "postgres://postgres@/postgres?host=%2Frun%2Fpostgresql&port=5432", "PostgreSQL at /run/postgresql"},
		"image, file":   {[]string{"POSTGRES_PASSWORD_FILE=" + secretFile}, "postgres://postgres:from%20a%20file@localhost:5432/postgres", "PostgreSQL at localhost:5432"},
		"both":          {[]string{"DATABASE_URL=postgres://u@db.example/desk", "POSTGRES_PASSWORD=x"}, "postgres://u@db.example/desk", "PostgreSQL at db.example"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			env, err := server.LoadEnv(nil, append([]string{"DATA_DIR=" + dir}, c.env...))
			require.NoError(t, err)
			cfg, err := server.Load(env, server.Preset{KeepSecret: true})
			require.NoError(t, err)
			in := func(s string) string { return filepath.Clean(dir) + s }
			want, said := c.url, c.said
			if name == "nothing" {
				want, said = "sqlite:"+in("/ticketkit.db"), "SQLite in "+in("/ticketkit.db")
			}
			require.Equal(t, want, cfg.Database.URL)
			require.Equal(t, said, cfg.Database.Name)
			if u, err := url.Parse(want); name != "two hosts" {
				require.NoError(t, err, "it is a URL: %s", u)
			}
		})
	}
}

func TestABadDatabaseIsRefusedWithoutItsPassword(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"oracle://u:hunter2@db.example/x":           `"oracle"`,
		"/srv/hunter2.db":                           "begins with none of",
		"postgres://u:hunter2@db.example":           "names no database",
		"postgres://u:hunter2@db.example/":          "names no database",
		"postgres://u:hun/ter2hunter2@db.example/x": "%2F",
		"postgres://u:hun#ter2hunter2@db.example/x": "%2F",
		"postgres://u:hun?ter2hunter2@db.example/x": "%2F",
		"mysql://u:hun%zzhunter2@db.example/x":      "is no address",
		"postgres://u:hun%zzhunter2@db.example/x":   "is no address",
		"mysql:hunter2":                             "is not like",
	} {
		_, said := runs(t, 1, []string{"DATA_DIR=" + t.TempDir(), "DATABASE_URL=" + value}, "serve")
		require.Contains(t, said, "DATABASE_URL", value)
		require.Contains(t, said, want, value)
		require.NotContains(t, said, "hunter2", value)
	}
	for want, env := range map[string][]string{
		"POSTGRES_PORT":      {"POSTGRES_HOST=db.example", "POSTGRES_PORT=many"},
		"keep one of them":   {"POSTGRES_DB=desk", "DATABASE_URL=sqlite:/srv/desk.db"},
		"POSTGRES_PASSWORD_": {"POSTGRES_PASSWORD=a", "POSTGRES_PASSWORD_FILE=b"},
	} {
		_, said := runs(t, 1, append(env, "DATA_DIR="+t.TempDir()), "serve")
		require.Contains(t, said, want)
	}
}

// servers are the databases that a desk shares with others.
var servers = map[string]func(t testing.TB, o testservers.Options) *testservers.Server{
	"postgres": testservers.StartPostgres, "mariadb": testservers.StartMariaDB,
}

// TestServeRefusesOldTables: on a server it is for a person to say when the tables change.
func TestServeRefusesOldTables(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) string{"postgres": testservers.Postgres, "mariadb": testservers.MariaDB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			file := filepath.Join(dir, "my desk.env")
			address := open(t)
			require.NoError(t, os.WriteFile(file, []byte("DATABASE_URL="+address+"\n"), 0o600))
			env := []string{"DATA_DIR=" + dir}
			for _, args := range [][]string{{"serve"}, {"user", "list"}, {"verify"}} {
				_, said := runs(t, 1, env, append([]string{"--env-file", file}, args...)...)
				require.Contains(t, said, "quickstart --env-file '"+file+"' migrate up")
			}
			status := func() string {
				out, _ := runs(t, 0, env, "--env-file", file, "migrate", "status")
				return out
			}
			require.Contains(t, status(), "waits")
			require.NotContains(t, status(), "applied")
			for range 2 {
				runs(t, 0, env, "--env-file", file, "migrate", "up")
			}
			require.NotContains(t, status(), "waits")
			require.Regexp(t, `0001_initial +applied 20`, status())
			runs(t, 0, env, "--env-file", file, "user", "list")
		})
	}
}

// TestAServerOutOfReach: the start names the host and waits for it; a running desk says that it cannot answer, and answers again by itself.
func TestAServerOutOfReach(t *testing.T) {
	t.Parallel()
	for name, open := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, testservers.Options{})
			address := s.Database(t)
			u, err := url.Parse(address)
			require.NoError(t, err)
			password, _ := u.User.Password()
			env := migrated(t, address)
			dir := "DATA_DIR=" + t.TempDir()
			silent := func(said string) {
				t.Helper()
				require.NotContains(t, said, password)
			}

			require.NoError(t, s.Stop())
			_, said := runs(t, 1, append(env, dir), "migrate", "status")
			require.Contains(t, said, "DATABASE_URL: ")
			require.Contains(t, said, "at "+s.Addr())
			silent(said)

			d := begin(t, t.TempDir(), env...)
			d.eventually("the log to say what it waits for", func() bool {
				said := d.log.String()
				return strings.Contains(said, "waiting for the database") && strings.Contains(said, s.Addr())
			})
			require.NoError(t, s.Start())
			d.wait()
			d.signIn()

			require.NoError(t, s.Kill())
			d.call("GET", "tickets", nil, nil, http.StatusServiceUnavailable)
			require.NoError(t, s.Start())
			d.eventually("the desk to answer again", func() bool {
				r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+d.addr.HTTP+"/api/tickets", nil)
				require.NoError(t, err)
				r.Header.Set("Authorization", "Bearer "+d.token)
				res, err := http.DefaultClient.Do(r)
				require.NoError(t, err)
				require.NoError(t, res.Body.Close())
				return res.StatusCode == http.StatusOK
			})
			require.Zero(t, d.stop())
			silent(d.log.String())

			u.User = url.UserPassword(u.User.Username(), "not the password")
			_, said = runs(t, 1, []string{dir, "DATABASE_URL=" + u.String()}, "serve")
			require.Contains(t, said, "at "+s.Addr(), "a refusal is not waited for")
			require.NotContains(t, said, "not the password")
			require.NotContains(t, said, "waiting")
		})
	}
}
