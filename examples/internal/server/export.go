package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/ticketkit/ticketkit/store"
)

type exportCmd struct {
	File string `arg:"" help:"Where to write to; it must not be there yet. - is the standard output."`
}

// Run writes the file under another name first, so that one of this name is always whole.
func (e exportCmd) Run(p *program) error {
	return p.withStore(func(_ *Config, st *store.Store) error {
		if e.File == "-" {
			_, err := st.Export(p.ctx, p.out)
			return err
		}
		if _, err := os.Lstat(e.File); err == nil {
			return fmt.Errorf("%s is there already", e.File)
		}
		ex, err := exportTo(p.ctx, st, e.File)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "%s: %d rows, %d tickets, newest number #%d\nAttachments are files in the folder blobs of DATA_DIR: copy it too.\n", e.File, ex.Total(), ex.Rows["tickets"], ex.Number)
		return err
	})
}

// exportTo writes an export that is on disk, under its name, when it returns.
func exportTo(ctx context.Context, st *store.Store, name string) (ex store.Exported, err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".export-*") // mode 0600: it holds what people wrote, and hashes of passwords
	if err != nil {
		return ex, err
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name()) // gone already when all went well
	}()
	if ex, err = st.Export(ctx, f); err != nil {
		return ex, err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return ex, err
	}
	return ex, os.Rename(f.Name(), name)
}

type importCmd struct {
	File string `arg:"" help:"What export has written. - is the standard input."`
}

func (i importCmd) Run(p *program) error {
	return p.withStore(func(c *Config, st *store.Store) (err error) {
		in := io.Reader(os.Stdin)
		if i.File != "-" {
			f, err := os.Open(i.File)
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			in = f
		}
		if err := st.Migrate(p.ctx); err != nil {
			return err
		}
		ex, err := st.Import(p.ctx, in)
		if errors.Is(err, store.ErrNotEmpty) {
			return fmt.Errorf("%w\n%s holds a desk already; name an empty database in DATABASE_URL", err, c.Database.Name)
		}
		if err != nil {
			return fmt.Errorf("%w\nwhat was read until there stays in %s: empty it before the next try", err, c.Database.Name)
		}
		_, err = fmt.Fprintf(p.out, "%d rows, %d tickets, newest number #%d; made %s\nKeep the same JWT_SECRET, and copy the folder blobs of DATA_DIR.\n",
			ex.Total(), ex.Rows["tickets"], ex.Number, ex.At.UTC().Format("2006-01-02 15:04:05 UTC"))
		return err
	})
}
