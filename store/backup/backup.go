package backup

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/ticketkit/ticketkit/store"
)

// Config is what Backups are made of. Store, Blobs and Dir are required.
type Config struct {
	Store *store.Store
	Blobs *store.FileBlobs
	Dir   string // where the files lie; it is made when it is missing
	// Files are further files by the name that they get, such as "config/.env": a restore puts them back. One that is not there is left out.
	Files map[string]string
	Keep  int // how many files stay, the newest; 0 is 7, negative is all
	// Recipient encrypts: an age recipient, such as age1…. Whoever has its identity, and nobody else, can verify and restore; so Run reads such a
	// file back only as far as its encryption lets it.
	Recipient string
	Now       func() time.Time // nil is time.Now
	Log       *slog.Logger     // nil is silent
}

// Backups makes and lists files. Its methods may be called concurrently, also by several processes, but for Run, of which one at a time is
// enough.
type Backups struct {
	cfg       Config
	recipient age.Recipient
}

// Info is one file.
type Info struct {
	Path      string
	At        time.Time
	Size      int64
	Encrypted bool
}

const (
	dataName     = "data.ndjson"
	blobFolder   = "blobs/"
	fileFolder   = "files/"
	manifestName = "manifest.json"
	plainEnd     = ".tar.gz"
	sealedEnd    = ".tar.gz.age"
	stampForm    = "20060102T150405Z"
)

var nameForm = regexp.MustCompile(`^desk-([0-9]{8}T[0-9]{6}Z)\.tar\.gz(\.age)?$`)

// New checks the configuration. It does no I/O.
func New(cfg Config) (*Backups, error) {
	switch {
	case cfg.Store == nil || cfg.Blobs == nil:
		return nil, errors.New("backup: Config.Store and Config.Blobs are required")
	case cfg.Dir == "":
		return nil, errors.New("backup: Config.Dir is required")
	}
	for name := range cfg.Files {
		if !fs.ValidPath(name) {
			return nil, fmt.Errorf("backup: Config.Files: %q is no name inside an archive", name)
		}
	}
	if cfg.Keep == 0 {
		cfg.Keep = 7
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	b := &Backups{cfg: cfg}
	if cfg.Recipient != "" {
		r, err := age.ParseX25519Recipient(cfg.Recipient)
		if err != nil {
			return nil, fmt.Errorf("backup: Config.Recipient: %w", err)
		}
		b.recipient = r
	}
	return b, nil
}

// Run makes a backup while the desk goes on working, and removes the oldest ones.
func (b *Backups) Run(ctx context.Context) (Info, error) {
	if err := os.MkdirAll(b.cfg.Dir, 0o700); err != nil {
		return Info{}, fmt.Errorf("backup: %w", err)
	}
	at, end := b.cfg.Now().UTC().Truncate(time.Second), plainEnd
	if b.recipient != nil {
		end = sealedEnd
	}
	info := Info{Path: filepath.Join(b.cfg.Dir, "desk-"+at.Format(stampForm)+end), At: at, Encrypted: b.recipient != nil}
	aside, err := os.MkdirTemp(b.cfg.Dir, ".making-*") // mode 0700
	if err != nil {
		return Info{}, fmt.Errorf("backup: %w", err)
	}
	defer func() { _ = os.RemoveAll(aside) }()
	temp := filepath.Join(aside, "backup")
	sum, err := b.write(ctx, aside, temp)
	if err != nil {
		return Info{}, fmt.Errorf("backup: %w", err)
	}
	if err := b.readBack(ctx, temp, sum); err != nil {
		return Info{}, fmt.Errorf("backup: the file that was written is no good: %w", err)
	}
	if err := os.Rename(temp, info.Path); err != nil {
		return Info{}, fmt.Errorf("backup: %w", err)
	}
	if err := syncDir(b.cfg.Dir); err != nil {
		return Info{}, fmt.Errorf("backup: %w", err)
	}
	if st, err := os.Stat(info.Path); err == nil {
		info.Size = st.Size()
	}
	return info, b.prune()
}

// write makes the file and gives the SHA-256 of its bytes as they were handed to the disk.
func (b *Backups) write(ctx context.Context, aside, name string) (sum string, err error) {
	data := filepath.Join(aside, dataName)
	if err := b.export(ctx, data); err != nil {
		return "", err
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	hash := sha256.New()
	var out io.WriteCloser = nopCloser{io.MultiWriter(f, hash)}
	if b.recipient != nil {
		if out, err = age.Encrypt(out, b.recipient); err != nil {
			return "", err
		}
	}
	zip := gzip.NewWriter(out)
	a := &archive{tar: tar.NewWriter(zip), now: b.cfg.Now(), manifest: Manifest{Made: b.cfg.Now().UTC(), Files: map[string]Entry{}}}
	err = a.addFile(ctx, dataName, data)
	if err == nil {
		err = b.cfg.Blobs.Each(ctx, func(sum, path string) error {
			err := a.addFile(ctx, blobFolder+sum, path)
			if errors.Is(err, fs.ErrNotExist) {
				return nil // its ticket was deleted a moment ago
			}
			return err
		})
	}
	for _, inside := range slices.Sorted(maps.Keys(b.cfg.Files)) {
		if err == nil {
			err = a.addFile(ctx, fileFolder+inside, b.cfg.Files[inside])
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err == nil {
		err = a.finish()
	}
	if err = errors.Join(err, zip.Close(), out.Close()); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), errors.Join(f.Sync(), f.Close())
}

func (b *Backups) export(ctx context.Context, name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = b.cfg.Store.Export(ctx, f)
	return errors.Join(err, f.Close())
}

// readBack makes sure that the disk gives back what was written, and where no key is needed for it, that it is a whole backup.
func (b *Backups) readBack(ctx context.Context, name, sum string) error {
	if b.recipient == nil {
		_, err := Verify(ctx, name)
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != sum {
		return errors.New("the disk gives back other bytes")
	}
	return nil
}

// List gives the files, the newest first.
func (b *Backups) List() ([]Info, error) {
	entries, err := os.ReadDir(b.cfg.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	var out []Info
	for _, e := range entries {
		m := nameForm.FindStringSubmatch(e.Name())
		if m == nil || !e.Type().IsRegular() {
			continue
		}
		at, err := time.Parse(stampForm, m[1])
		if err != nil {
			continue
		}
		info := Info{Path: filepath.Join(b.cfg.Dir, e.Name()), At: at, Encrypted: m[2] != ""}
		if st, err := e.Info(); err == nil {
			info.Size = st.Size()
		}
		out = append(out, info)
	}
	slices.SortFunc(out, func(a, b Info) int { return b.At.Compare(a.At) })
	return out, nil
}

func (b *Backups) prune() error {
	if b.cfg.Keep < 0 {
		return nil
	}
	list, err := b.List()
	for i := b.cfg.Keep; i < len(list) && err == nil; i++ {
		if err = os.Remove(list[i].Path); errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	return err
}

// archive writes entries and remembers them for the manifest.
type archive struct {
	tar      *tar.Writer
	now      time.Time
	manifest Manifest
}

func (a *archive) addFile(ctx context.Context, name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if !st.Mode().IsRegular() {
		return fmt.Errorf("%s is no file", path)
	}
	return a.add(ctx, name, st.Size(), f)
}

func (a *archive) add(ctx context.Context, name string, size int64, r io.Reader) error {
	if err := a.tar.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: size, ModTime: a.now, Format: tar.FormatPAX}); err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(a.tar, h), readerUntil{ctx, io.LimitReader(r, size)})
	if err == nil && n != size {
		err = fmt.Errorf("%s became shorter while it was read", name)
	}
	a.manifest.Files[name] = Entry{Size: size, SHA256: hex.EncodeToString(h.Sum(nil))}
	return err
}

func (a *archive) finish() error {
	raw, err := json.MarshalIndent(a.manifest, "", " ")
	if err != nil {
		return err
	}
	return errors.Join(a.add(context.Background(), manifestName, int64(len(raw)), strings.NewReader(string(raw))), a.tar.Close())
}

// readerUntil ends with its context.
type readerUntil struct {
	ctx context.Context
	r   io.Reader
}

func (r readerUntil) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
