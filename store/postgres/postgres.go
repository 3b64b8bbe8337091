// Package postgres opens a desk's database on a PostgreSQL server, version 13 or later. It is the only package that imports a driver for
// PostgreSQL (pgx).
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun/dialect/pgdialect"

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

const (
	connectTimeout = 10 * time.Second
	// A transaction does not wait for ever for another one, and one whose program is gone does not keep its locks.
	lockTimeout = "10s"
	idleTimeout = "60s"
)

// Open reaches the database that dsn names: "postgres://user:password@host:5432/name?sslmode=verify-full", or libpq's keywords and values
// (postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING). Several hosts with target_session_attrs=read-write are tried
// in turn. The database is there already, with the encoding UTF8; tables are made by Store.Migrate. Open checks what the
// desk relies on. Its sessions wait ten seconds for a lock unless the dsn has a lock_timeout.
//
// Behind a proxy that gives each transaction another connection, such as PgBouncer, add default_query_exec_mode=exec.
func Open(ctx context.Context, dsn string, o Options) (*store.Store, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil || strings.TrimSpace(dsn) == "" { // the driver's message may show parts of the dsn
		return nil, ticket.InvalidField("database_url", "is no address of a PostgreSQL database")
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTimeout
	}
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "ticketkit"
	}
	// Proxies refuse parameters that they do not know, so these are set afterwards.
	var set []string
	for name, value := range map[string]string{"lock_timeout": lockTimeout, "idle_in_transaction_session_timeout": idleTimeout} {
		if cfg.RuntimeParams[name] == "" {
			set = append(set, "SET "+name+" = '"+value+"'")
		}
	}
	settle := func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, strings.Join(set, "; "))
		return err
	}
	conns := o.Conns
	if conns <= 0 {
		conns = 16
	}
	db := stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(settle))
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(time.Hour)
	return open(ctx, db, store.Config{DB: db, Dialect: pgdialect.New(), Prefix: o.Prefix, Classify: Classify, Blobs: o.Blobs, Now: o.Now, Log: o.Log, OnClose: db.Close})
}

func open(ctx context.Context, db *sql.DB, cfg store.Config) (*store.Store, error) {
	if err := db.PingContext(ctx); err != nil {
		err = &ticket.Error{Kind: ticket.Unavailable, Op: "postgres.Open", Msg: "the database cannot be used at the moment", Err: err}
		return nil, errors.Join(err, db.Close())
	}
	s, err := store.New(cfg)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := s.CheckHost(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Classify tells what an error of the driver means; see store.Config.
func Classify(err error) store.Class {
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return store.Unavailable
	}
	class := store.ClassifyPostgres(err)
	if class == store.Other && (pgconn.Timeout(err) || strings.Contains(err.Error(), "conn closed")) {
		return store.Lost
	}
	return class
}
