package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/backup"
	"github.com/ticketkit/ticketkit/ticket"
)

// BackupConfig is when and where backups are made.
type BackupConfig struct {
	Off          bool
	Hour, Minute int
	Keep         int
	Dir          string
	Recipient    string
	Files        map[string]string // beside the database and the attachments
}

// backups reads BACKUP_*.
func (c *Config) backups(e *Env) error {
	b := &c.Backup
	b.Dir, b.Recipient = e.get("BACKUP_DIR", filepath.Join(c.DataDir, "backups")), e.get("BACKUP_AGE_RECIPIENT", "")
	if at := e.get("BACKUP_AT", "03:00"); strings.EqualFold(at, "off") {
		b.Off = true
	} else {
		t, err := time.Parse("15:04", at)
		if err != nil {
			return e.bad("BACKUP_AT", "%q is neither a time such as 03:00 nor off", at)
		}
		b.Hour, b.Minute = t.Hour(), t.Minute()
	}
	keep := e.get("BACKUP_KEEP", "7")
	var err error
	if b.Keep, err = strconv.Atoi(keep); err != nil || b.Keep < 1 {
		return e.bad("BACKUP_KEEP", "%q is not a number of files above 0", keep)
	}
	if b.Recipient != "" {
		if _, err := age.ParseX25519Recipient(b.Recipient); err != nil {
			return e.bad("BACKUP_AGE_RECIPIENT", "is no recipient of age, such as age1…: %v", err)
		}
	}
	b.Files = map[string]string{secretFile: filepath.Join(c.DataDir, secretFile)}
	for i, name := range e.files {
		b.Files[fmt.Sprintf("config/%d-%s", i+1, strings.TrimPrefix(filepath.Base(name), "."))] = name
	}
	return nil
}

func (c *Config) backupsOf(st *store.Store, blobs *store.FileBlobs, log *slog.Logger) (*backup.Backups, error) {
	return backup.New(backup.Config{Store: st, Blobs: blobs, Dir: c.Backup.Dir, Files: c.Backup.Files, Keep: c.Backup.Keep, Recipient: c.Backup.Recipient, Log: log})
}

// daily is what the desk does for the program each day.
func (c *Config) daily(st *store.Store, blobs *store.FileBlobs, log *slog.Logger) ([]ticketkit.Daily, error) {
	if c.Backup.Off {
		return nil, nil
	}
	b, err := c.backupsOf(st, blobs, log)
	if err != nil {
		return nil, err
	}
	return []ticketkit.Daily{{Name: "backup", Hour: c.Backup.Hour, Minute: c.Backup.Minute, Work: func(ctx context.Context) error {
		began := time.Now()
		info, err := b.Run(ctx)
		if err == nil {
			log.Info("backup made", "file", info.Path, "bytes", info.Size, "took", time.Since(began).Round(time.Millisecond))
		}
		return err
	}}}, nil
}

type backupCmd struct {
	Run    backupRunCmd    `cmd:"" help:"Make a backup now, also while the desk runs."`
	List   backupListCmd   `cmd:"" help:"List the backups, the newest first."`
	Verify backupVerifyCmd `cmd:"" help:"Read a backup to its end and say whether it is whole."`
}

type backupRunCmd struct{}

// Run goes over all desks when none is named.
func (backupRunCmd) Run(p *program) error { return p.forEach(runBackup) }

func runBackup(p *program) error {
	return p.withBlobs(func(c *Config, st *store.Store, blobs *store.FileBlobs) error {
		b, err := c.backupsOf(st, blobs, p.logger(c))
		if err != nil {
			return err
		}
		info, err := b.Run(p.ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "%s, %d bytes\n", info.Path, info.Size)
		return err
	})
}

type backupListCmd struct{}

func (backupListCmd) Run(p *program) error {
	return p.withBlobs(func(c *Config, st *store.Store, blobs *store.FileBlobs) error {
		b, err := c.backupsOf(st, blobs, p.logger(c))
		if err != nil {
			return err
		}
		list, err := b.List()
		for _, i := range list {
			if err == nil {
				_, err = fmt.Fprintf(p.out, "%s  %12d bytes  %s\n", i.At.In(c.Zone).Format("2006-01-02 15:04"), i.Size, i.Path)
			}
		}
		if err == nil && len(list) == 0 {
			_, err = fmt.Fprintln(p.out, "there is none in", c.Backup.Dir)
		}
		return err
	})
}

// identityFlag names the key of encrypted backups.
type identityFlag struct {
	Identity string `help:"File with the age identity that opens an encrypted backup." placeholder:"FILE"`
}

func (i identityFlag) read() ([]age.Identity, error) {
	if i.Identity == "" {
		return nil, nil
	}
	f, err := os.Open(i.Identity)
	if err != nil {
		return nil, fmt.Errorf("--identity: %w", err)
	}
	defer func() { _ = f.Close() }()
	ids, err := age.ParseIdentities(f)
	if err != nil {
		return nil, fmt.Errorf("--identity: %w", err)
	}
	return ids, nil
}

type backupVerifyCmd struct {
	File string `arg:""`
	identityFlag
}

// Run needs no configuration: a backup can be verified on any machine.
func (v backupVerifyCmd) Run(p *program) error {
	ids, err := v.read()
	if err != nil {
		return err
	}
	m, err := backup.Verify(p.ctx, v.File, ids...)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, "whole: %d files, made %s\n", len(m.Files), m.Made.Format("2006-01-02 15:04:05 UTC"))
	return err
}

type restoreCmd struct {
	File    string `arg:"" optional:"" help:"A backup."`
	Release bool   `help:"Let a restored desk send again."`
	identityFlag
}

// Run restores into an empty database. Nothing leaves the restored desk until --release.
func (r restoreCmd) Run(p *program) error {
	if r.Release == (r.File != "") {
		return errors.New("restore: name a backup, or give --release")
	}
	ids, err := r.read()
	if err != nil {
		return err
	}
	kept := secretKept(p)
	p.there = r.Release
	return p.withBlobs(func(c *Config, st *store.Store, blobs *store.FileBlobs) error {
		if r.Release {
			if err := ticketkit.ReleaseOutgoing(p.ctx, st); err != nil {
				return err
			}
			_, err := fmt.Fprintln(p.out, "what waits is sent within half a minute while the desk runs")
			return err
		}
		if !kept { // the one of the backup takes the place of what was generated a moment ago
			_ = os.Remove(filepath.Join(c.DataDir, secretFile))
		}
		if err := st.Migrate(p.ctx); err != nil {
			return err
		}
		got, err := backup.Restore(p.ctx, r.File, backup.Target{Store: st, Blobs: blobs, Files: c.DataDir}, ids...)
		if errors.Is(err, store.ErrNotEmpty) {
			return fmt.Errorf("%w\n%s holds a desk already; name an empty database in DATABASE_URL, or another DATA_DIR", err, c.Database.Name)
		}
		if err != nil {
			return err
		}
		if err := ticketkit.HoldOutgoing(p.ctx, st); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(p.out, "%d tickets and %d attachments of %s\n", got.Rows["tickets"], got.Blobs, got.At.In(c.Zone).Format("2006-01-02 15:04")); err != nil {
			return err
		}
		for _, name := range got.Files {
			if _, err := fmt.Fprintln(p.out, "  beside them:", name); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintln(p.out, "Nothing leaves this desk until:", p.command("restore --release")); err != nil {
			return err
		}
		if c.SecretKey == "" { // it came with the backup
			return nil
		}
		err = c.checkSecret(p.ctx, st)
		if errors.Is(err, ticket.ErrForeignKey) {
			_, err = fmt.Fprintf(p.out, "It needs the %s that it had, and the present one is another; a file of its configuration has it.\n", c.SecretKey)
		}
		return err
	})
}

// secretKept reports whether DATA_DIR has a secret before anything generates one.
func secretKept(p *program) bool {
	_, err := os.Stat(filepath.Join(p.env.get("DATA_DIR", "data"), secretFile))
	return err == nil
}

// withBlobs is withStore with the folder of the attachments.
func (p *program) withBlobs(fn func(c *Config, st *store.Store, blobs *store.FileBlobs) error) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	st, blobs, err := openDatabase(p.ctx, c, 0, p.logger(c))
	if err != nil {
		return err
	}
	return errors.Join(fn(c, st, blobs), st.Close())
}
