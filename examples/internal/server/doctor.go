package server

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

//go:embed de.json en.json
var serverTexts embed.FS

type doctorCmd struct {
	JSON bool `help:"Print what was found as JSON."`
}

// The levels of a finding.
const (
	fine    = "ok"
	warning = "warning"
	wrong   = "error"
)

// channelPatience bounds the look at one channel.
const channelPatience = 45 * time.Second

// examination gathers what a doctor finds. It starts nothing and changes nothing that lasts, but for a token that an issuer exchanges.
type examination struct {
	p     *program
	c     *Config // nil when the configuration is no good
	texts *i18n.Catalog
	found []adapters.Finding
	up    bool // the desk itself answers at LISTEN_ADDR

	stranger bool // something else does
}

func (x *examination) add(level, check, key string, args ...any) {
	x.found = append(x.found, adapters.Find(x.texts, level, check, "doctor."+key, args...))
}

// Run looks at everything that can be looked at from outside of a running desk. Whatever is wrong is a finding and ends nothing.
func (d doctorCmd) Run(p *program) error {
	texts, err := i18n.Load(serverTexts)
	if err != nil {
		return err
	}
	r := &findings{p: p, texts: texts}
	for n, one := range p.everyDesk() {
		x := &examination{p: one, texts: texts}
		x.configuration()
		if n == 0 {
			x.clock()
		}
		if x.c != nil {
			x.folder()
			x.places()
			x.web()
			if n == 0 { // they are those of the process
				x.addresses()
			}
			x.database()
		}
		r.examined = append(r.examined, x)
		if p.ctx.Err() != nil {
			return p.ctx.Err()
		}
	}
	if len(p.desks) > 0 && p.envErr == nil {
		if _, err := p.tenants(); err != nil && !slices.ContainsFunc(r.examined, func(x *examination) bool { return x.c == nil }) {
			x := r.examined[0]
			x.add(wrong, "configuration", "configuration.wrong", i18n.Args{"error": err})
		}
	}
	return r.print(d.JSON)
}

// configuration reads the variables, and says what is wrong with them.
func (x *examination) configuration() {
	err := x.p.envErr
	if err == nil {
		x.c, err = x.p.config()
	}
	if err != nil {
		x.c = nil // what of it is known already is not enough to look at more
		x.add(wrong, "configuration", "configuration.wrong", i18n.Args{"error": err})
		return
	}
	for _, w := range x.p.env.warnings {
		x.add(warning, "configuration", "configuration.odd", i18n.Args{"warning": w})
	}
	x.add(fine, "configuration", "configuration.good", i18n.Args{"name": x.c.ProjectName, "database": x.c.Database.Name, "folder": x.c.DataDir})
}

// folder looks at DATA_DIR: who may read it, whether it can be written, and how much room is left.
func (x *examination) folder() {
	const check = "disk"
	dir := x.c.DataDir
	if abs, err := filepath.Abs(dir); err == nil {
		dir = abs
	}
	where := i18n.Args{"folder": dir}
	if err := tryToWrite(dir); err != nil {
		x.add(wrong, check, "disk.readonly", i18n.Args{"folder": dir, "error": err})
		return
	}
	if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o077 != 0 {
		x.add(warning, check, "disk.open", i18n.Args{"folder": dir, "mode": fmt.Sprintf("%04o", info.Mode().Perm())})
	}
	room, network, err := roomIn(dir)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		x.add(fine, check, "disk.writable", where)
		return
	case err != nil:
		x.add(warning, check, "disk.unknown", i18n.Args{"folder": dir, "error": err})
		return
	}
	level, key := fine, "disk.room"
	if room < 1<<30 {
		level, key = warning, "disk.little"
	}
	if room < 100<<20 {
		level = wrong
	}
	x.add(level, check, key, i18n.Args{"folder": dir, "room": fmt.Sprintf("%.1f GB", float64(room)/1e9)})
	if network && x.c.Database.sqlite {
		x.add(wrong, check, "disk.network", where)
	}
}

// tryToWrite writes a file and removes it.
func tryToWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("x")
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close(), os.Remove(f.Name()))
}

// database looks at the database, and then at the channels, which keep something in it.
func (x *examination) database() {
	log := slog.New(slog.DiscardHandler)
	if path, ok := x.c.Database.file(); ok {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			x.add(fine, "database", "database.none", i18n.Args{"file": path})
			x.beforeTheFirstStart(log)
			return
		}
	}
	ctx, cancel := context.WithTimeout(x.p.ctx, channelPatience)
	defer cancel()
	st, blobs, err := openDatabase(ctx, x.c, 0, log)
	if err != nil {
		key := "database.unreachable"
		if x.c.Database.sqlite {
			key = "database.file"
		}
		x.add(wrong, "database", key, i18n.Args{"error": err})
		return
	}
	defer func() { _ = st.Close() }()
	if x.tables(ctx, st) {
		x.secret(ctx, st)
		x.waiting(ctx, st)
		x.channels(st, blobs, log)
	}
}

// tables reports whether the database is one that the desk can work with.
func (x *examination) tables(ctx context.Context, st *store.Store) bool {
	const check = "database"
	about, err := st.About(ctx)
	if err == nil {
		err = st.CheckHost(ctx)
	}
	if err != nil {
		x.add(wrong, check, "database.unfit", i18n.Args{"database": x.c.Database.Name, "error": describe(err)})
		return false
	}
	x.add(fine, check, "database.good", i18n.Args{"database": x.c.Database.Name, "version": strings.TrimSpace(about.Version + " " + about.Mode)})
	if off := about.Clock.Sub(about.Asked).Abs(); !about.Clock.IsZero() && off > 2*time.Second {
		x.add(warning, "clock", "clock.database", i18n.Args{"seconds": int(off.Seconds())})
	}
	steps, err := st.MigrationStatus(ctx)
	if err != nil {
		x.add(wrong, check, "database.schema", i18n.Args{"error": describe(err)})
		return false
	}
	waiting := 0
	for _, s := range steps {
		if s.Applied.IsZero() {
			waiting++
		}
	}
	switch {
	case waiting == 0:
		x.add(fine, check, "database.current", i18n.Args{"step": steps[len(steps)-1].Name})
	case x.c.Database.sqlite:
		x.add(warning, check, "database.behind.alone", i18n.Args{"waiting": waiting})
	default:
		x.add(wrong, check, "database.behind", i18n.Args{"waiting": waiting, "command": x.p.command("migrate up")})
	}
	return waiting == 0
}

// waiting tells what was given up and waits for a person.
func (x *examination) waiting(ctx context.Context, st *store.Store) {
	const most = 100
	list, err := st.ListedJobs(ctx, ticket.JobQuery{States: []ticket.JobState{ticket.JobDead}, Limit: most})
	if err == nil && len(list) > 0 {
		x.add(warning, "jobs", "jobs.dead", i18n.Args{"n": atLeast(len(list), most), "command": x.p.command("jobs list")})
	}
	parked, perr := st.ParkedItems(ctx, "", most)
	if perr == nil && len(parked) > 0 {
		x.add(warning, "parked", "parked.some", i18n.Args{"n": atLeast(len(parked), most)})
	}
	if err = errors.Join(err, perr); err != nil {
		x.add(wrong, "database", "database.unfit", i18n.Args{"database": x.c.Database.Name, "error": describe(err)})
	}
}

func atLeast(n, most int) string {
	if n == most {
		return fmt.Sprintf("%d+", n)
	}
	return fmt.Sprint(n)
}

// describe tells more than what a stranger may read: whoever runs doctor may read everything.
func describe(err error) string {
	if e, ok := errors.AsType[*ticket.Error](err); ok && e.Err != nil {
		return e.Msg + ": " + e.Err.Error()
	}
	return err.Error()
}

// beforeTheFirstStart looks at the channels while there is no database yet. A sign-in by OAuth is left alone then: the token that it is
// exchanged for could not be kept.
func (x *examination) beforeTheFirstStart(log *slog.Logger) {
	if x.c.Mail.oauth() {
		x.add(warning, "imap", "oauth.later", i18n.Args{"command": x.p.command("oauth login")})
		return
	}
	st, err := sqlite.Open(x.p.ctx, "sqlite::memory:", sqlite.Options{})
	if err == nil {
		defer func() { _ = st.Close() }()
		err = st.Migrate(x.p.ctx)
	}
	if err != nil {
		x.add(wrong, "database", "database.unreachable", i18n.Args{"error": err})
		return
	}
	x.channels(st, store.NewFileBlobs(filepath.Join(x.c.DataDir, "blobs")), log)
}

// channels asks every adapter that can look at itself. They are asked at the same time.
func (x *examination) channels(st *store.Store, blobs *store.FileBlobs, log *slog.Logger) {
	cfg, err := deskConfig(x.c, st, blobs, nil, log)
	if err != nil {
		x.add(wrong, "configuration", "configuration.wrong", i18n.Args{"error": err})
		return
	}
	list := slices.Clone(cfg.Adapters)
	if in := x.listener(log); in != nil {
		list = append(list, in)
	}
	found := make([][]adapters.Finding, len(list))
	var all sync.WaitGroup
	for n, a := range list {
		if c, ok := a.(adapters.Checker); ok {
			all.Go(func() { found[n] = x.ask(a.Name(), c) })
		}
	}
	all.Wait()
	for _, list := range found {
		for _, f := range list {
			if !slices.Contains(x.found, f) { // several channels may answer by the same server
				x.found = append(x.found, f)
			}
		}
	}
}

// ask is Check with a deadline, and with panics turned into a finding.
func (x *examination) ask(name string, c adapters.Checker) (out []adapters.Finding) {
	ctx, cancel := context.WithTimeout(x.p.ctx, channelPatience)
	defer cancel()
	defer func() {
		if v := recover(); v != nil {
			_, _ = fmt.Fprintf(x.p.errOut, "%v\n%s", v, debug.Stack())
			out = []adapters.Finding{adapters.Find(x.texts, wrong, name, "doctor.panic")}
		}
	}()
	return c.Check(ctx)
}
