package testservers

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// kind is what differs between the servers.
type kind struct {
	name     string // as in TICKETKIT_REQUIRE
	scheme   string // of URLs
	params   string // of URLs
	account  string // whom to become instead of root
	home     string // a database that is always there
	script   string // format of what the client reads: database, statements, last line to answer
	tables   string // format of the statement that lists the tables of a database
	loose    string // lets rows go before those that they refer to; strict ends it
	strict   string
	drop     string // format of the statement that drops a database, whoever uses it
	state    string // statements that show who is connected and who waits for whom
	graceful os.Signal
	abrupt   os.Signal // ends it at once, but lets it give back what belongs to the system
	find     func() (programs, error)
	// install fills the place with the files of a new server.
	install func(s *Server) error
	// command are the server's arguments.
	command func(s *Server) []string
	// client are the arguments of the client program, which reads statements from its input and goes on after errors.
	client func(s *Server) []string
	// ready asks a fresh connection whether the server takes statements now.
	ready func(net.Conn) error
}

// programs are the paths of what runs a server.
type programs struct {
	server, install, client string
	mysql                   bool // MySQL, not MariaDB
}

// look finds the first of the names, on the PATH or in the folders.
func look(folders []string, names ...string) (string, bool) {
	for _, n := range names {
		if p, err := exec.LookPath(n); err == nil {
			return p, true
		}
		for _, pattern := range folders {
			all, _ := filepath.Glob(filepath.Join(pattern, n)) // the pattern is a constant
			if len(all) > 0 {
				return all[len(all)-1], true
			}
		}
	}
	return "", false
}

// noNativeAIO keeps several servers of one user from sharing out the little memory that the system lets them lock for io_uring.
const noNativeAIO = "--innodb-use-native-aio=0"

var postgres = &kind{
	name: "postgres", scheme: "postgres", params: "?sslmode=disable", account: "postgres",
	script: "\\connect %s\n%s\n\\warn %s", // warn does not wait in a buffer
	tables: "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND current_database() = '%s';",
	loose:  "SET session_replication_role = replica;",
	home:   "postgres", drop: "DROP DATABASE %s WITH (FORCE);", graceful: interrupt, abrupt: quit, // postgresql.org/docs/current/server-shutdown.html
	state: "SELECT pid, datname, state, wait_event_type, wait_event, pg_blocking_pids(pid), now() - xact_start, query FROM pg_stat_activity;",
	find: func() (programs, error) {
		folders := []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql@*/bin"}
		initdb, ok := look(folders, "initdb")
		if !ok {
			return programs{}, errors.New("initdb is not installed (package postgresql)")
		}
		if real, err := filepath.EvalSymlinks(initdb); err == nil {
			initdb = real
		}
		server, ok := look([]string{filepath.Dir(initdb)}, "postgres")
		if !ok {
			return programs{}, errors.New("postgres is not installed (package postgresql)")
		}
		client, ok := look(append([]string{filepath.Dir(initdb)}, folders...), "psql")
		if !ok {
			return programs{}, errors.New("psql is not installed (package postgresql-client)")
		}
		return programs{server: server, install: initdb, client: client}, nil
	},
	install: func(s *Server) error {
		if err := s.place.write("password", s.password); err != nil {
			return err
		}
		args := []string{"-D", s.place.path("data"), "-N", "-A", "password", "--pwfile", s.place.path("password"), "-U", login, "-E", "UTF8", "--locale=C"}
		if s.place.exec(s.programs.install, append(args, "--locale-provider=icu", "--icu-locale=de")...) == nil {
			return nil
		}
		// Before version 15, or built without ICU.
		if err := os.RemoveAll(s.place.path("data")); err != nil {
			return err
		}
		return s.place.exec(s.programs.install, args...)
	},
	command: func(s *Server) []string {
		return []string{"-D", s.place.path("data"), "-p", strconv.Itoa(s.port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
			"-c", "max_connections=300", "-c", "dynamic_shared_memory_type=mmap"}
	},
	client: func(s *Server) []string {
		return []string{"-X", "-q", "-t", "-A", "-v", "VERBOSITY=terse", s.url("postgres")}
	},
	ready: func(c net.Conn) error {
		// A start-up message of protocol 3.0; only a server that is up asks for the password. postgresql.org/docs/current/protocol-flow.html
		body := binary.BigEndian.AppendUint32(nil, 3<<16)
		body = append(body, "user\x00"+login+"\x00database\x00postgres\x00\x00"...)
		if _, err := c.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)); err != nil {
			return err
		}
		var first [1]byte
		if _, err := io.ReadFull(c, first[:]); err != nil {
			return err
		}
		if first[0] != 'R' {
			return fmt.Errorf("it answers %q", first)
		}
		return nil
	},
}

var mariadb = &kind{
	name: "mariadb", scheme: "mysql", account: "mysql", home: "mysql", drop: "DROP DATABASE %s;", graceful: terminate, abrupt: kill,
	script: "USE %s;\n%s\nSELECT '%s';",
	tables: "SELECT table_name FROM information_schema.tables WHERE table_schema = '%s' AND table_type = 'BASE TABLE';",
	loose:  "SET FOREIGN_KEY_CHECKS = 0;", strict: "SET FOREIGN_KEY_CHECKS = 1;",
	state: "SHOW FULL PROCESSLIST; SHOW ENGINE INNODB STATUS;",
	find: func() (programs, error) {
		folders := []string{"/usr/sbin", "/usr/libexec", "/usr/local/sbin", "/usr/local/mysql/bin", "/opt/homebrew/bin"}
		server, ok := look(folders, "mariadbd", "mysqld")
		if !ok {
			return programs{}, errors.New("neither mariadbd nor mysqld is installed (package mariadb-server)")
		}
		client, ok := look(folders, "mariadb", "mysql")
		if !ok {
			return programs{}, errors.New("neither mariadb nor mysql is installed (package mariadb-client)")
		}
		p := programs{server: server, client: client}
		version, err := exec.Command(server, "--version").Output() //nolint:gosec // found on the PATH
		if err != nil {
			return programs{}, fmt.Errorf("%s does not run: %w", server, err)
		}
		if p.mysql = !strings.Contains(string(version), "MariaDB"); p.mysql {
			return p, nil
		}
		if p.install, ok = look(folders, "mariadb-install-db", "mysql_install_db"); !ok {
			return programs{}, errors.New("mariadb-install-db is not installed (package mariadb-server)")
		}
		return p, nil
	},
	install: func(s *Server) error {
		account := fmt.Sprintf("CREATE USER IF NOT EXISTS '%s'@'127.0.0.1' IDENTIFIED BY '%s';\nGRANT ALL ON *.* TO '%[1]s'@'127.0.0.1' WITH GRANT OPTION;\n", login, s.password)
		account += fmt.Sprintf("ALTER USER 'root'@'localhost' IDENTIFIED BY '%s';\n", s.password)
		if err := s.place.write("accounts.sql", account); err != nil {
			return err
		}
		if s.programs.mysql {
			return s.place.exec(s.programs.server, "--no-defaults", "--initialize-insecure", "--datadir="+s.place.path("data"))
		}
		install := func() error {
			return s.place.exec(s.programs.install, "--no-defaults", "--datadir="+s.place.path("data"), "--auth-root-authentication-method=normal",
				"--skip-test-db", "--skip-name-resolve", noNativeAIO)
		}
		if install() == nil {
			return nil
		}
		// On a machine with many servers the bootstrap sometimes lacks what it needs for a moment.
		if err := os.RemoveAll(s.place.path("data")); err != nil {
			return err
		}
		return install()
	},
	command: func(s *Server) []string {
		args := []string{"--no-defaults", "--datadir=" + s.place.path("data"), "--port=" + strconv.Itoa(s.port), "--bind-address=127.0.0.1",
			"--socket=sock", "--pid-file=pid", "--skip-name-resolve", noNativeAIO, "--max-connections=300", "--init-file=" + s.place.path("accounts.sql")}
		if s.programs.mysql {
			args = append(args, "--mysqlx=OFF", "--disable-log-bin")
		}
		return args
	},
	client: func(s *Server) []string {
		return []string{"--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--port=" + strconv.Itoa(s.port), "--user=" + login,
			"--password=" + s.password, "--batch", "--skip-column-names", "--force", "--unbuffered", "--default-character-set=utf8mb4"}
	},
	ready: func(c net.Conn) error {
		// The server speaks first: a packet's head of four bytes, then the protocol's version, or 0xff and an error.
		var head [5]byte
		if _, err := io.ReadFull(c, head[:]); err != nil {
			return err
		}
		if head[4] != 10 {
			return fmt.Errorf("it answers %#x", head[4])
		}
		return nil
	},
}

// quick are the arguments that spare a test the disk: commits reach the operating system, but nobody waits for more.
func (s *Server) quick() []string {
	if s.kind == postgres {
		return []string{"-c", "fsync=off", "-c", "full_page_writes=off"}
	}
	return []string{"--innodb-flush-log-at-trx-commit=2", "--innodb-doublewrite=OFF"}
}

// answers asks the server once whether it takes statements.
func (s *Server) answers() error {
	c, err := (&net.Dialer{Timeout: time.Second}).DialContext(context.Background(), "tcp", s.Addr())
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	return s.kind.ready(c)
}
