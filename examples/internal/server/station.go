package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/backup"
	"github.com/ticketkit/ticketkit/ticket"
)

// station is one desk of a process, from its configuration to its end.
type station struct {
	*tenant
	demo  bool
	log   *slog.Logger
	first chan error      // how the first try went
	begun <-chan struct{} // see house
	watch *watch
	open  atomic.Pointer[opened] // nil while the desk is not there
}

// opened is a desk that can be used.
type opened struct {
	desk    *ticketkit.Desk
	store   *store.Store
	handler http.Handler
	at      Addresses
	ready   readiness
}

// refusal is an error that lasts until a person has changed something, so that trying again is of no use.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// enter opens the desk: its mail intake, its database, its first account. What was opened is closed again when it fails.
func (s *station) enter(ctx context.Context, at string) (_ *opened, err error) {
	patience := databasePatience
	if s.p.env.desk != "" { // it is tried again anyway, and the others do not wait for it
		patience = 0
	}
	p := *s.p
	p.ctx = ctx
	o := &opened{at: Addresses{HTTP: at}}
	var smtp net.Listener
	if s.c.SMTPDAddr != "" {
		if smtp, err = p.listen(ctx, "SMTPD_ADDR", s.c.SMTPDAddr); err != nil {
			return nil, refusal{err}
		}
		defer func() {
			if err != nil {
				_ = smtp.Close()
			}
		}()
		o.at.SMTP = smtp.Addr().String()
	}
	st, blobs, err := p.openStore(s.c, patience, s.log)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, st.Close())
		}
	}()
	if err := p.knowsSecret(s.c, st); err != nil {
		return nil, err
	}
	o.store, o.ready.store, o.ready.blobs = st, st, blobs
	if held, err := ticketkit.OutgoingHeld(ctx, st); err == nil && !held.IsZero() {
		s.log.Warn("nothing leaves this desk: it was restored from a backup", "since", held, "release_with", s.p.command("restore --release"))
	}
	cfg, err := deskConfig(s.c, st, blobs, smtp, s.log)
	if err != nil {
		return nil, refusal{err}
	}
	cfg.Observer = s.watch.observer(s.p.env.desk)
	if o.desk, err = ticketkit.New(cfg); err != nil {
		return nil, refusal{err}
	}
	if o.handler, err = s.handler(o.desk); err != nil {
		return nil, refusal{err}
	}
	var backups *backup.Backups
	if !s.c.Backup.Off {
		if backups, err = s.c.backupsOf(st, blobs, s.log); err != nil {
			return nil, refusal{err}
		}
	}
	password, created, err := o.desk.Accounts().Bootstrap(ctx, s.c.AdminUsername, s.c.AdminPassword)
	if err != nil {
		err = s.p.env.bad("ADMIN_PASSWORD", "%w", err)
		if ticket.KindOf(err) == ticket.Invalid {
			err = refusal{err}
		}
		return nil, err
	}
	o.at.Password = password
	s.p.greet(s.c, o.at, created) // before anything slow: the password is in no other place
	if !created && s.c.AdminPassword != "" {
		s.log.Info("there are accounts already; ADMIN_PASSWORD is only for the first one and was not used")
	}
	if s.demo && created {
		made, err := fillDemo(ctx, cfg, time.Now())
		if err != nil {
			return nil, fmt.Errorf("demonstration tickets: %w", err)
		}
		s.log.Info("filled with demonstration tickets", "tickets", made, "remove_with", s.p.command("demo clear"))
	}
	s.watch.show(s.p.env.desk, o.desk, backups)
	return o, nil
}

// refused tells what a person must change from what may pass by itself, such as a database that is away.
func refused(err error) bool {
	if _, ok := errors.AsType[refusal](err); ok || errors.Is(err, errMigrationsWait) || errors.Is(err, store.ErrSchema) {
		return true
	}
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(pg.Code, "28") || pg.Code == "3D000" // who signs in, and a database that is not there: postgresql.org/docs/current/errcodes-appendix.html
	}
	if my, ok := errors.AsType[*mysql.MySQLError](err); ok {
		return my.Number == 1044 || my.Number == 1045 || my.Number == 1049 // the same: mariadb.com/kb/en/mariadb-error-code-reference
	}
	return false
}

// handler serves the desk and its own files.
func (s *station) handler(desk *ticketkit.Desk) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.Handle("/", desk.Handler())
	if s.c.StaticDir == "" {
		return mux, nil
	}
	root, err := os.OpenRoot(s.c.StaticDir) // a link in it leads nowhere outside
	if err != nil {
		return nil, s.p.env.bad("STATIC_DIR", "%v", err)
	}
	files := http.StripPrefix("/static/", http.FileServerFS(root.FS()))
	mux.HandleFunc("GET /static/", func(w http.ResponseWriter, r *http.Request) {
		if !s.hosts.Allow(r.Host) {
			http.Error(w, http.StatusText(http.StatusMisdirectedRequest), http.StatusMisdirectedRequest)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/") { // logos are fetched by name; nobody needs a list
			http.NotFound(w, r)
			return
		}
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
		files.ServeHTTP(w, r)
	})
	return mux, nil
}

// The pauses between two tries to open a desk that is in trouble.
const (
	firstPause = time.Second
	longPause  = 30 * time.Second
)

// run opens the desk and runs it until ctx ends. How the first try went is sent to first, which has room for it; then it waits until the start has
// succeeded. One of several desks that is in trouble is opened again and again; a single one ends with an error. What is open when ctx ends stays so
// for the requests that are still answered, until close.
func (s *station) run(ctx context.Context, at string) error {
	first := s.first
	for pause := firstPause; ; pause = min(2*pause, longPause) {
		o, err := s.enter(ctx, at)
		if err == nil {
			s.open.Store(o)
		}
		if first != nil {
			first <- err
			first = nil
			select {
			case <-s.begun:
			case <-ctx.Done():
				if s.p.env.desk == "" {
					return err
				}
				return nil
			}
		} else if err == nil {
			s.log.Info("the desk is there")
		}
		if err == nil {
			began := time.Now()
			err = o.desk.Run(ctx)
			if ctx.Err() != nil {
				return err
			}
			s.close()
			if time.Since(began) > longPause {
				pause = firstPause
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		if s.p.env.desk == "" {
			return err
		}
		s.log.Error("this desk is in trouble and is opened again; its visitors get 503, and the other desks do not notice", "err", err, "pause", pause)
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
	}
}

// close takes the desk away from its visitors and closes its database.
func (s *station) close() {
	o := s.open.Swap(nil)
	if o == nil {
		return
	}
	s.watch.hide(s.p.env.desk)
	if err := o.store.Close(); err != nil {
		s.log.Error("closing the database", "err", err)
	}
}
