//go:build unix

package testservers

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	tr "github.com/stretchr/testify/require"
)

// victimEnv asks the test program to start a server and wait to be killed.
const victimEnv = "TICKETKIT_TEST_SERVER_VICTIM"

func TestMain(m *testing.M) {
	if name := os.Getenv(victimEnv); name != "" {
		k := map[string]*kind{"postgres": postgres, "mariadb": mariadb}[name]
		progs, err := k.find()
		if err == nil {
			var s *Server
			if s, err = newServer(k, progs, Options{}); err == nil {
				fmt.Println(s.Addr(), s.place.dir)
				select {}
			}
		}
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

var kinds = []*kind{postgres, mariadb}

// query runs a statement in the database of a URL and returns what the client prints.
func query(t *testing.T, s *Server, dsn, statement string) string {
	t.Helper()
	out, err := s.sql(database(t, dsn), statement+";")
	tr.NoError(t, err)
	return strings.Join(out, "\n")
}

func database(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	tr.NoError(t, err)
	return strings.TrimPrefix(u.Path, "/")
}

func TestSharedGivesEmptyDatabases(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		open func(testing.TB) string
		of   *sharedServer
		name string
	}{{Postgres, &sharedPostgres, "postgres"}, {MariaDB, &sharedMariaDB, "mysql"}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var first string
			t.Run("first", func(t *testing.T) {
				first = c.open(t)
				second := c.open(t)
				tr.NotEqual(t, first, second)
				u, err := url.Parse(first)
				tr.NoError(t, err)
				tr.Equal(t, c.name, u.Scheme)
				query(t, c.of.srv, first, "CREATE TABLE a (n INT)")
				query(t, c.of.srv, first, "INSERT INTO a VALUES (42)")
				tr.Equal(t, "42", query(t, c.of.srv, first, "SELECT n FROM a"))
				schema := map[string]string{"postgres": "public", "mysql": strings.TrimPrefix(u.Path, "/")}[c.name]
				count := "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '" + schema + "'"
				tr.Equal(t, "1", query(t, c.of.srv, first, count))
				u2, err := url.Parse(second)
				tr.NoError(t, err)
				tr.Equal(t, "0", query(t, c.of.srv, second, strings.ReplaceAll(count, u.Path[1:], u2.Path[1:])))
			})
			if t.Failed() || first == "" {
				return
			}
			u, err := url.Parse(first)
			tr.NoError(t, err)
			_, err = c.of.srv.sql("", fmt.Sprintf(c.of.srv.kind.drop, u.Path[1:]))
			tr.Error(t, err, "it was dropped after its test")
		})
	}
}

// TestPrepared: a database goes from test to test, each time with the rows that it had at first.
func TestPrepared(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			require(t, k)
			var s *Server
			made := 0
			p := Prepared{}
			p.Prepare = func(url string) error {
				made++
				_, err := s.sql(database(t, url), "CREATE TABLE a (n INT PRIMARY KEY); CREATE TABLE b (a INT REFERENCES a (n)); CREATE TABLE c (x INT);"+
					"INSERT INTO a VALUES (1); INSERT INTO a VALUES (2); INSERT INTO b VALUES (1);")
				return err
			}
			of := map[*kind]*sharedServer{postgres: &sharedPostgres, mariadb: &sharedMariaDB}[k]
			s = shared(t, k, of)
			var first string
			for range 3 {
				t.Run("one", func(t *testing.T) {
					dsn := p.take(t, s)
					if first == "" {
						first = dsn
					}
					tr.Equal(t, first, dsn)
					tr.Equal(t, "1\n2", query(t, s, dsn, "SELECT n FROM a ORDER BY n"))
					tr.Equal(t, "1", query(t, s, dsn, "SELECT a FROM b"))
					tr.Empty(t, query(t, s, dsn, "SELECT x FROM c"))
					query(t, s, dsn, "DELETE FROM b")
					query(t, s, dsn, "UPDATE a SET n = n + 10")
					query(t, s, dsn, "INSERT INTO b VALUES (11)")
					query(t, s, dsn, "INSERT INTO c VALUES (3)")
				})
			}
			t.Run("two at once", func(t *testing.T) { tr.NotEqual(t, p.take(t, s), p.take(t, s)) })
			tr.Equal(t, 2, made)
		})
	}
}

// TestRestart: a server keeps what was committed over an orderly end and over a crash, at the same address.
func TestRestart(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		for _, durable := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s durable=%v", k.name, durable), func(t *testing.T) {
				t.Parallel()
				s := own(t, k, Options{Durable: durable})
				dsn, addr := s.Database(t), s.Addr()
				query(t, s, dsn, "CREATE TABLE a (n INT)")
				for i, end := range []func() error{s.Stop, s.Kill, s.Kill} {
					query(t, s, dsn, fmt.Sprintf("INSERT INTO a VALUES (%d)", i))
					tr.NoError(t, end())
					tr.NoError(t, end(), "what is stopped can be stopped")
					_, err := net.Dial("tcp", addr)
					tr.Error(t, err)
					tr.NoError(t, s.Start())
					tr.NoError(t, s.Start(), "what runs can be started")
					tr.Equal(t, fmt.Sprint(i+1), query(t, s, dsn, "SELECT COUNT(*) FROM a"))
				}
				tr.Equal(t, addr, s.Addr())
			})
		}
	}
}

// TestNothingIsLeft: neither the end of a test nor the sudden death of its process leaves a server or a folder.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	gone := func(t *testing.T, addr, dir string) {
		t.Helper()
		tr.Eventually(t, func() bool {
			_, err := os.Stat(dir)
			c, derr := net.Dial("tcp", addr)
			if derr == nil {
				_ = c.Close()
			}
			return os.IsNotExist(err) && derr != nil
		}, 2*time.Minute, 10*time.Millisecond)
	}
	for _, k := range kinds {
		t.Run(k.name+" after the test", func(t *testing.T) {
			t.Parallel()
			var addr, dir string
			t.Run("inner", func(t *testing.T) {
				s := own(t, k, Options{})
				addr, dir = s.Addr(), s.place.dir
			})
			if dir == "" {
				t.Skip("the inner test was skipped")
			}
			_, err := os.Stat(dir)
			tr.ErrorIs(t, err, os.ErrNotExist)
			gone(t, addr, dir)
		})
		t.Run(k.name+" after SIGKILL", func(t *testing.T) {
			t.Parallel()
			require(t, k)
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), victimEnv+"="+k.name)
			out, err := cmd.StdoutPipe()
			tr.NoError(t, err)
			tr.NoError(t, cmd.Start())
			line, err := bufio.NewReader(out).ReadString('\n')
			tr.NoError(t, err)
			addr, dir, ok := strings.Cut(strings.TrimSpace(line), " ")
			tr.True(t, ok)
			_, err = os.Stat(dir)
			tr.NoError(t, err, line)
			tr.NoError(t, cmd.Process.Kill())
			_ = cmd.Wait()
			gone(t, addr, dir)
		})
	}
}

// fakeTB notes how a test was ended.
type fakeTB struct {
	testing.TB
	said string
}

func (f *fakeTB) Helper() {}

func (f *fakeTB) Skipf(format string, args ...any) { f.said = "skip: " + fmt.Sprintf(format, args...) }

func (f *fakeTB) Fatalf(format string, args ...any) {
	f.said = "fatal: " + fmt.Sprintf(format, args...)
	panic(f)
}

// TestMissingPrograms cannot be parallel: it sets the environment.
func TestMissingPrograms(t *testing.T) {
	missing := &kind{name: "postgres", find: func() (programs, error) { return programs{}, errors.New("initdb is not installed") }}
	try := func(value string) string {
		t.Setenv("TICKETKIT_REQUIRE", value)
		f := &fakeTB{}
		func() {
			defer func() { _ = recover() }()
			require(f, missing)
		}()
		return f.said
	}
	for _, value := range []string{"", "mariadb", "dovecot,mariadb"} {
		tr.Equal(t, "skip: needs a private postgres server: initdb is not installed", try(value), value)
	}
	for _, value := range []string{"all", "postgres", "mariadb,postgres"} {
		tr.Equal(t, "fatal: testservers: TICKETKIT_REQUIRE asks for postgres, but initdb is not installed", try(value), value)
	}
}

func TestServerThatDoesNotStart(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			_, err := newServer(k, require(t, k), Options{Args: []string{"--nonsense=1"}})
			tr.ErrorContains(t, err, "nonsense", "its own words are shown")
		})
	}
}

// TestTemporaryTablesAreApart: a MariaDB that starts empties the folder of temporary tables, so each needs one of its own.
func TestTemporaryTablesAreApart(t *testing.T) {
	t.Parallel()
	require(t, mariadb)
	s := shared(t, mariadb, &sharedMariaDB)
	tr.Equal(t, s.place.dir, query(t, s, MariaDB(t), "SELECT @@tmpdir"))
}
