package server

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/mysql"
	"github.com/ticketkit/ticketkit/store/postgres"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

// Database says where a desk is kept.
type Database struct {
	URL  string // with the password
	Name string // for people: "PostgreSQL at db.example:5432", never with a password
	// Key is the variable that named it, for errors.
	Key string

	sqlite bool
	open   func(ctx context.Context, url string, blobs ticket.Blobs, log *slog.Logger) (*store.Store, error)
}

// file gives the file of the database when it is one.
func (d Database) file() (string, bool) {
	return strings.TrimPrefix(strings.TrimPrefix(d.URL, "sqlite:"), "//"), d.sqlite
}

// databasePatience is how long serve waits at its start for a server that is just starting too.
const databasePatience = 30 * time.Second

// database reads DATABASE_URL, or the variables of the PostgreSQL image, whose defaults hold.
func (c *Config) database(e *Env) (err error) {
	raw, key := e.get("DATABASE_URL", ""), "DATABASE_URL"
	for _, k := range []string{"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_HOST", "POSTGRES_PORT"} {
		if e.get(k, "") == "" {
			continue
		}
		if raw == "" {
			key = k
			raw, err = postgresURL(e)
			if err != nil {
				return err
			}
		}
		if !strings.HasPrefix(raw, "postgres") {
			return e.bad("DATABASE_URL", "names another database than %s; keep one of them", k)
		}
		break
	}
	raw = cmp.Or(raw, "sqlite:"+filepath.Join(c.DataDir, "ticketkit.db"))
	scheme, rest, ok := strings.Cut(raw, ":")
	if !ok {
		return e.bad(key, "begins with none of sqlite:, postgres:// and mysql://")
	}
	d := Database{URL: raw, Key: key}
	switch scheme {
	case "sqlite":
		d.Name, d.sqlite = "SQLite in "+rest, true
		d.open = func(ctx context.Context, url string, blobs ticket.Blobs, log *slog.Logger) (*store.Store, error) {
			return sqlite.Open(ctx, url, sqlite.Options{Blobs: blobs, Log: log})
		}
	case "postgres", "postgresql":
		d.Name = "PostgreSQL"
		d.open = func(ctx context.Context, url string, blobs ticket.Blobs, log *slog.Logger) (*store.Store, error) {
			return postgres.Open(ctx, url, postgres.Options{Blobs: blobs, Log: log})
		}
	case "mysql", "mariadb":
		d.Name = map[string]string{"mysql": "MySQL", "mariadb": "MariaDB"}[scheme]
		d.open = func(ctx context.Context, url string, blobs ticket.Blobs, log *slog.Logger) (*store.Store, error) {
			return mysql.Open(ctx, url, mysql.Options{Blobs: blobs, Log: log})
		}
	default:
		return e.bad(key, "this program has no driver for %q; it knows sqlite:PATH, postgres:// and mysql://", scheme)
	}
	if !d.sqlite {
		host, err := hostOf(raw)
		if err != nil {
			return e.bad(key, "%v", err)
		}
		d.Name += " at " + host
	}
	c.Database = d
	return nil
}

// hostOf gives the host of a server's address, which may be a list of them. Neither it nor its errors repeat any other part, for that may
// hold a password.
func hostOf(address string) (string, error) {
	_, rest, ok := strings.Cut(address, "://")
	end := strings.IndexAny(rest+"/", "/?#")
	authority, path := rest[:end], rest[end:]
	if !ok || strings.Contains(path, "@") { // a character of the password has ended the host
		return "", errors.New("is not like postgres://user:password@host:5432/name; a password's special characters are written as %40 for @, %2F for /, %3F for ?")
	}
	path, query, _ := strings.Cut(path, "?")
	if strings.Trim(path, "/") == "" {
		return "", errors.New("names no database: postgres://user:password@host:5432/name")
	}
	host := authority[strings.LastIndexByte(authority, '@')+1:]
	if host == "" {
		values, _ := url.ParseQuery(query) // what is malformed is the driver's to refuse
		host = cmp.Or(values.Get("host"), "localhost")
	}
	return host, nil
}

// postgresURL puts the variables of the PostgreSQL image together (hub.docker.com/_/postgres, "Environment Variables").
func postgresURL(e *Env) (string, error) {
	name := e.get("POSTGRES_USER", "postgres")
	host, port := e.get("POSTGRES_HOST", "localhost"), e.get("POSTGRES_PORT", "5432")
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "", e.bad("POSTGRES_PORT", "%q is not a port", port)
	}
	u := url.URL{Scheme: "postgres", User: url.User(name), Host: net.JoinHostPort(host, port), Path: "/" + e.get("POSTGRES_DB", name)}
	if password := e.values["POSTGRES_PASSWORD"]; password != "" {
		u.User = url.UserPassword(name, password)
	}
	if strings.HasPrefix(host, "/") { // the folder of a socket
		u.Host, u.RawQuery = "", url.Values{"host": {host}, "port": {port}}.Encode()
	}
	return u.String(), nil
}

// openDatabase opens the store of a configuration, whatever its tables are like. A server that is out of reach is tried again every
// second until patience is over.
func openDatabase(ctx context.Context, c *Config, patience time.Duration, log *slog.Logger) (*store.Store, *store.FileBlobs, error) {
	blobs := store.NewFileBlobs(filepath.Join(c.DataDir, "blobs"))
	over := time.NewTimer(patience)
	defer over.Stop()
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for {
		st, err := c.Database.open(ctx, c.Database.URL, blobs, log)
		if err == nil {
			return st, blobs, nil
		}
		err = fmt.Errorf("%s: %s: %w", c.Database.Key, c.Database.Name, err)
		if patience == 0 || !outOfReach(err) {
			return nil, nil, err
		}
		log.Warn("waiting for the database", "err", err)
		select {
		case <-again.C:
		case <-over.C:
			return nil, nil, err
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// outOfReach tells a server that may come yet from one that refuses.
func outOfReach(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "57P03" // it is starting up, or shutting down: postgresql.org/docs/current/errcodes-appendix.html
	}
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// openStore opens the store of a configuration for work. SQLite belongs to this program alone, so its tables are brought up to date;
// several programs may share a server, so there it is for a person to say when.
func (p *program) openStore(c *Config, patience time.Duration, log *slog.Logger) (*store.Store, *store.FileBlobs, error) {
	st, blobs, err := openDatabase(p.ctx, c, patience, log)
	if err != nil {
		return nil, nil, err
	}
	if c.Database.sqlite {
		err = st.Migrate(p.ctx)
	} else {
		err = p.upToDate(c, st)
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("tables: %w", err), st.Close())
	}
	return st, blobs, nil
}

// errMigrationsWait is wrapped by what upToDate says.
var errMigrationsWait = errors.New("migrations wait")

// upToDate fails with what to do when steps of the schema wait.
func (p *program) upToDate(c *Config, st *store.Store) error {
	steps, err := st.MigrationStatus(p.ctx)
	if err != nil {
		return err
	}
	waiting := 0
	for _, s := range steps {
		if s.Applied.IsZero() {
			waiting++
		}
	}
	if waiting == 0 {
		return nil
	}
	return fmt.Errorf("%s: %d of %d %w; apply them with: %s", c.Database.Name, waiting, len(steps), errMigrationsWait, p.command("migrate up"))
}

// command is how to call this program again with the same configuration.
func (p *program) command(args string) string {
	call := p.preset.Name
	for _, f := range p.envFiles {
		if strings.ContainsAny(f, " \t'\"$\\") {
			f = "'" + strings.ReplaceAll(f, "'", `'\''`) + "'"
		}
		call += " --env-file " + f
	}
	if p.env != nil && p.env.desk != "" {
		call += " --desk " + p.env.desk
	}
	return call + " " + args
}
