package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// FileBlobs keeps blobs as files below one folder: ab/cd/abcd… by the SHA-256 of their bytes. It is safe for concurrent use, also by
// several processes.
type FileBlobs struct {
	dir string
	// kept has a bit for each folder of the second level whose own name and its parent's are known to be on disk.
	kept [1 << 16 / 32]atomic.Uint32
	room room
}

var _ ticket.Blobs = (*FileBlobs)(nil)

// NewFileBlobs keeps blobs below dir, which is made when the first one comes. It does no I/O.
func NewFileBlobs(dir string) *FileBlobs { return &FileBlobs{dir: dir} }

const tempPrefix = "incoming-"

// Put implements ticket.Blobs. The bytes are on disk under their name, and the name itself too, when it returns.
func (b *FileBlobs) Put(ctx context.Context, r io.Reader) (sum string, size int64, err error) {
	f, err := os.CreateTemp(b.dir, tempPrefix) // mode 0600
	if errors.Is(err, fs.ErrNotExist) {        // the first one ever
		if err = os.MkdirAll(b.dir, 0o700); err == nil {
			f, err = os.CreateTemp(b.dir, tempPrefix)
		}
	}
	if err != nil {
		return "", 0, b.cannot(err)
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name()) // gone already when all went well
	}()
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(f, h), &ctxReader{ctx, r})
	if err != nil {
		if _, disk := errors.AsType[*fs.PathError](err); disk {
			err = b.cannot(err)
		}
		return "", 0, err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return "", 0, b.cannot(err)
	}
	sum = hex.EncodeToString(h.Sum(nil))
	name := b.path(sum)
	err = os.Rename(f.Name(), name)
	if errors.Is(err, fs.ErrNotExist) { // the first one there
		if err = os.MkdirAll(filepath.Dir(name), 0o700); err == nil {
			err = os.Rename(f.Name(), name)
		}
	}
	if err == nil {
		err = b.keep(sum)
	}
	if err != nil {
		return "", 0, b.cannot(err)
	}
	return sum, size, nil
}

// keep brings the name of a blob to disk, and the names of its folders. Those were made by whoever came first, perhaps by another process that has
// not yet brought them there, so the first blob of each folder that this process puts does. The lowest comes first: a file system
// with a journal writes with it what was changed above.
func (b *FileBlobs) keep(sum string) error {
	leaf := filepath.Dir(b.path(sum))
	if err := syncDir(leaf); err != nil {
		return err
	}
	n, err := strconv.ParseUint(sum[:4], 16, 16)
	if err != nil {
		return err
	}
	word, bit := &b.kept[n/32], uint32(1)<<(n%32)
	if word.Load()&bit != 0 {
		return nil
	}
	for _, dir := range []string{filepath.Dir(leaf), b.dir} {
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	word.Or(bit)
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Open implements ticket.Blobs. What is no SHA-256 is not there.
func (b *FileBlobs) Open(ctx context.Context, sum string) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !isSum(sum) {
		return nil, notFound("file")
	}
	f, err := os.Open(b.path(sum))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound("file")
	}
	if err != nil {
		return nil, unavailable(err)
	}
	return f, nil
}

// Delete implements ticket.Blobs.
func (b *FileBlobs) Delete(ctx context.Context, sum string) error {
	if err := ctx.Err(); err != nil || !isSum(sum) {
		return err
	}
	if err := os.Remove(b.path(sum)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unavailable(err)
	}
	return nil
}

// Each calls fn for every blob with its sum and the path of its file, until fn returns an error. A blob may be deleted before fn opens it.
func (b *FileBlobs) Each(ctx context.Context, fn func(sum, path string) error) error {
	return filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // never used yet, or deleted since
		case err != nil:
			return unavailable(err)
		case ctx.Err() != nil:
			return ctx.Err()
		case d.Type().IsRegular() && isSum(d.Name()):
			return fn(d.Name(), path)
		}
		return nil
	})
}

// Sweep deletes blobs last put before olderThan that inUse does not claim, and leftovers of interrupted Puts of that age. Choose
// olderThan well before now: a blob is put before the row that uses it is committed, and Put makes an old blob young again. It
// returns how many files it deleted, and stops at the first error.
func (b *FileBlobs) Sweep(ctx context.Context, olderThan time.Time, inUse func(ctx context.Context, sum string) (bool, error)) (int, error) {
	root, err := os.OpenRoot(b.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil // never used yet
	}
	if err != nil {
		return 0, unavailable(err)
	}
	defer func() { _ = root.Close() }()
	old := func(path string) (bool, error) {
		info, err := root.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return false, nil
		}
		return err == nil && info.ModTime().Before(olderThan), err
	}
	n := 0
	err = fs.WalkDir(root.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // deleted meanwhile
		}
		if err := errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if d.IsDir() || !isSum(d.Name()) && !strings.HasPrefix(d.Name(), tempPrefix) {
			return nil
		}
		if ok, err := old(path); err != nil || !ok {
			return err
		}
		if isSum(d.Name()) {
			if used, err := inUse(ctx, d.Name()); err != nil || used {
				return err
			}
			if ok, err := old(path); err != nil || !ok { // put again while we asked
				return err
			}
		}
		n++
		return root.Remove(path)
	})
	return n, op("sweep blobs", err)
}

func (b *FileBlobs) path(sum string) string { return filepath.Join(b.dir, sum[:2], sum[2:4], sum) }

// isSum reports whether s is a SHA-256 in lower-case hexadecimal, so that it cannot be any other path.
func isSum(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

func unavailable(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return noRoom(err)
	}
	return &ticket.Error{Kind: ticket.Unavailable, Op: "store", Msg: "the file cannot be stored or read at the moment", Err: err}
}

// ctxReader ends a copy when ctx is done.
type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

const blobInUse = "SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM {attachments} WHERE sha256 = ? LIMIT 1) x)" +
	" + (SELECT COUNT(*) FROM (SELECT 1 FROM {messages} WHERE raw_sha256 = ? AND raw_sha256 <> '' LIMIT 1) y)" +
	" + (SELECT COUNT(*) FROM (SELECT 1 FROM {parked} WHERE raw_sha256 = ? AND raw_sha256 <> '' LIMIT 1) z)"

// BlobInUse reports whether any message, attachment or parked item refers to a blob; see FileBlobs.Sweep.
func (s *Store) BlobInUse(ctx context.Context, sum string) (bool, error) {
	var n int
	_, err := s.h.one(ctx, s.text(blobInUse), []any{sum, sum, sum}, &n)
	if err != nil {
		return false, fmt.Errorf("store: is blob %s in use: %w", sum, err)
	}
	return n > 0, nil
}
