// Package testservers starts private database servers for tests: PostgreSQL, and MariaDB or MySQL. Only tests import it.
//
// A server listens on a free port of 127.0.0.1, keeps its files in a temporary folder and lives no longer than the test process,
// however that ends: a small sh holds the other end of a pipe and, when that closes, ends the server and removes the folder.
//
// Where the programs are missing, the test is skipped and says what is missing. When TICKETKIT_REQUIRE is "all" or names the server
// ("postgres", "mariadb", separated by commas), it fails instead. Servers refuse to run as root; a test that does starts them
// as the user postgres or mysql.
package testservers

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Options of a server of one's own. The zero value is quick and keeps what was committed when the server is killed, though not when the
// machine is.
type Options struct {
	Durable bool     // keep also what was committed when the machine dies: the settings a desk's own server would have
	Args    []string // further arguments for the server, e.g. "-c", "max_connections=20"
}

// Postgres returns the URL of a fresh, empty database, dropped after the test, on the PostgreSQL that all tests of this process
// share. It may be called concurrently.
//
// The database sorts text by German rules where the server can, so that a query that leaves the order of text to the database is found.
func Postgres(t testing.TB) string {
	t.Helper()
	return shared(t, postgres, &sharedPostgres).Database(t)
}

// MariaDB is Postgres for MariaDB or MySQL, whichever is installed. The database has the character set that the server gives
// by default.
func MariaDB(t testing.TB) string {
	t.Helper()
	return shared(t, mariadb, &sharedMariaDB).Database(t)
}

// StartPostgres starts a PostgreSQL that only this test knows and that ends with it.
func StartPostgres(t testing.TB, o Options) *Server {
	t.Helper()
	return own(t, postgres, o)
}

// StartMariaDB is StartPostgres for MariaDB or MySQL.
func StartMariaDB(t testing.TB, o Options) *Server {
	t.Helper()
	return own(t, mariadb, o)
}

// What is shared lives as long as the process, and a test has no other place in which to find it again.
var sharedPostgres, sharedMariaDB sharedServer

type sharedServer struct {
	once sync.Once
	srv  *Server
	err  error
}

func shared(t testing.TB, k *kind, s *sharedServer) *Server {
	t.Helper()
	progs := require(t, k)
	s.once.Do(func() { s.srv, s.err = newServer(k, progs, Options{}) })
	if s.err != nil {
		t.Fatalf("testservers: %s: %v", k.name, s.err)
	}
	return s.srv
}

func own(t testing.TB, k *kind, o Options) *Server {
	t.Helper()
	s, err := newServer(k, require(t, k), o)
	if err != nil {
		t.Fatalf("testservers: %s: %v", k.name, err)
	}
	s.alone = true
	t.Cleanup(s.remove)
	return s
}

// require finds the programs of a server, or ends the test.
func require(t testing.TB, k *kind) programs {
	t.Helper()
	progs, err := k.find()
	if err == nil {
		if err = possible(k); err == nil {
			return progs
		}
	}
	if want := strings.Split(os.Getenv("TICKETKIT_REQUIRE"), ","); slices.Contains(want, "all") || slices.Contains(want, k.name) {
		t.Fatalf("testservers: TICKETKIT_REQUIRE asks for %s, but %v", k.name, err)
	}
	t.Skipf("needs a private %s server: %v", k.name, err)
	return programs{}
}

// Server is a private server. Its methods may be called concurrently, those that start and stop it one at a time.
type Server struct {
	kind     *kind
	programs programs
	args     []string
	place    *place
	port     int
	password string
	last     atomic.Int64 // database made
	alone    bool         // one test's own

	mu  sync.Mutex
	run *running // nil while it is stopped

	clientMu sync.Mutex
	cli      *client // nil until it is needed
}

// login is the account that every URL names. It may do everything.
const login = "ticketkit"

// Database makes a fresh, empty database and returns its URL: postgres://user:password@127.0.0.1:port/name, or mysql:// the same.
// On a server that others use too it is dropped after the test.
func (s *Server) Database(t testing.TB) string {
	t.Helper()
	name := s.name()
	if _, err := s.sql("", "CREATE DATABASE "+name+";"); err != nil {
		t.Fatalf("testservers: %v", err)
	}
	if s.alone {
		return s.url(name) // it goes with the server
	}
	t.Cleanup(func() {
		if _, err := s.sql("", fmt.Sprintf(s.kind.drop, name)); err != nil {
			t.Errorf("testservers: %v\n%s", err, s.Diagnosis())
		}
	})
	return s.url(name)
}

// Diagnosis is what the server says of itself: who is connected, what each is waiting for, and the end of its log. It is for a test that
// failed, so what cannot be found out is part of the text.
func (s *Server) Diagnosis() string {
	lines, err := s.sql("", s.kind.state)
	return fmt.Sprintf("%s\n(error: %v)\n%s", strings.Join(lines, "\n"), err, s.lastLog())
}

// name is one that no database has had.
func (s *Server) name() string { return fmt.Sprintf("test_%d", s.last.Add(1)) }

func (s *Server) url(database string) string {
	return fmt.Sprintf("%s://%s:%s@%s/%s%s", s.kind.scheme, login, s.password, s.Addr(), database, s.kind.params)
}

// Addr is where the server listens: host:port. It stays the same over restarts.
func (s *Server) Addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }

// Start starts the server again and returns when it answers. Without a Kill or Stop before it does nothing.
func (s *Server) Start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run != nil {
		return nil
	}
	run, err := s.launch()
	if err != nil {
		return err
	}
	s.run = run
	return nil
}

// Stop ends the server in order, cutting its connections, and returns when it is gone.
func (s *Server) Stop() error { return s.end(s.kind.graceful) }

// Kill ends the server at once with SIGKILL, as a crash would, and returns when it is gone.
func (s *Server) Kill() error { return s.end(kill) }

func (s *Server) end(sig os.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		return nil
	}
	s.closeClient()
	err := s.run.end(sig)
	s.run = nil
	return err
}

// remove ends the server and everything it has left.
func (s *Server) remove() {
	_ = s.end(s.kind.abrupt)
	s.place.remove()
}
