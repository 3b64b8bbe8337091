// Package mysql opens a desk's database on a server of MySQL, version 8.0 or later, or MariaDB, version 10.6 or later. It is the only
// package that imports a driver for them (go-sql-driver/mysql).
package mysql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/uptrace/bun/dialect/mysqldialect"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// Options are what Open can be told. The zero value is right for a desk.
type Options struct {
	Prefix string           // of every table; "" is store.DefaultPrefix
	Conns  int              // connections at most; 0 is 16
	Blobs  ticket.Blobs     // see store.Config
	Now    func() time.Time // nil is time.Now
	Log    *slog.Logger     // nil is silent
}

const connectTimeout = 10 * time.Second

// session is what every connection sets. A wait for a lock ends after as long as it does on other databases.
var session = map[string]string{
	"time_zone":                "'+00:00'",
	"sql_mode":                 "'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
	"innodb_lock_wait_timeout": "10",
}

// Open reaches the database that dsn names: "mysql://user:password@host:3306/name", also with the scheme mariadb, or the driver's own
// form "user:password@tcp(host:3306)/name" (github.com/go-sql-driver/mysql#dsn-data-source-name); both take the driver's parameters,
// such as tls=true. The database is there already; tables are made by Store.Migrate. Open checks what the desk relies on,
// and sets what belongs to a session by itself: character set, time zone, sql_mode.
func Open(ctx context.Context, dsn string, o Options) (*store.Store, error) {
	cfg, err := parse(dsn)
	if err != nil || cfg.DBName == "" { // the driver's message may show parts of the dsn
		return nil, ticket.InvalidField("database_url", "is no address of a MySQL database")
	}
	cfg.ParseTime, cfg.Loc = true, time.UTC
	cfg.ClientFoundRows = true   // an UPDATE counts the rows that it meets, as elsewhere
	cfg.InterpolateParams = true // one round trip instead of two
	cfg.MultiStatements = false
	cfg.Logger = driverLog{o.Log} // else it writes to the standard error
	if cfg.Timeout == 0 {
		cfg.Timeout = connectTimeout
	}
	if err := cfg.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, ticket.InvalidField("database_url", "does not allow the character set utf8mb4")
	}
	if cfg.Params == nil {
		cfg.Params = map[string]string{}
	}
	for name, value := range session {
		if name != "innodb_lock_wait_timeout" || cfg.Params[name] == "" {
			cfg.Params[name] = value
		}
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, ticket.InvalidField("database_url", "is no address of a MySQL database")
	}
	conns := o.Conns
	if conns <= 0 {
		conns = 16
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(5 * time.Minute) // the server closes what is idle for longer than wait_timeout
	db.SetConnMaxLifetime(time.Hour)
	if err := db.PingContext(ctx); err != nil { // before the dialect asks for the version
		err = &ticket.Error{Kind: ticket.Unavailable, Op: "mysql.Open", Msg: "the database cannot be used at the moment", Err: err}
		return nil, errors.Join(err, db.Close())
	}
	s, err := store.New(store.Config{DB: db, Dialect: mysqldialect.New(mysqldialect.WithTimeLocation("UTC")), Prefix: o.Prefix, Classify: Classify,
		Blobs: o.Blobs, Now: o.Now, Log: o.Log, OnClose: db.Close})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := s.CheckHost(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// driverLog passes on what the driver notes about connections, such as that an idle one was gone; an error that matters is returned too.
type driverLog struct{ log *slog.Logger }

// Print implements mysql.Logger.
func (l driverLog) Print(v ...any) {
	if l.log != nil {
		l.log.Debug("mysql driver", "note", fmt.Sprint(v...))
	}
}

// parse reads both forms of a dsn.
func parse(dsn string) (*mysql.Config, error) {
	scheme, _, isURL := strings.Cut(dsn, "://")
	if !isURL || scheme != "mysql" && scheme != "mariadb" {
		return mysql.ParseDSN(dsn)
	}
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, err
	}
	cfg, err := mysql.ParseDSN("/?" + u.RawQuery)
	if err != nil {
		return nil, err
	}
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.Net, cfg.Addr = "tcp", u.Host
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1"
	}
	if u.Port() == "" {
		cfg.Addr += ":3306"
	}
	cfg.DBName = strings.TrimPrefix(u.Path, "/")
	return cfg, nil
}

// Classify tells what an error of the driver means; see store.Config.
func Classify(err error) store.Class {
	if e, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return store.MySQLClass(int(e.Number), e.Message)
	}
	if errors.Is(err, mysql.ErrInvalidConn) {
		return store.Lost
	}
	return store.ClassifyMySQL(err)
}
