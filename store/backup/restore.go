package backup

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/ticketkit/ticketkit/store"
)

// Manifest says what a backup holds.
type Manifest struct {
	Made  time.Time        `json:"made"`
	Files map[string]Entry `json:"files"`
}

// Entry is one file of a backup.
type Entry struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// ErrEncrypted is what Verify and Restore give for an encrypted file without the identity that opens it; errors.Is finds it.
var ErrEncrypted = errors.New("the backup is encrypted: its age identity is needed")

// maxManifest bounds the list of files that is read.
const maxManifest = 256 << 20

// Verify reads a backup to its end and makes sure that it is whole: every file is as the manifest says, none is missing or too many, and every
// attachment bears the name of its bytes. identities open an encrypted one.
func Verify(ctx context.Context, name string, identities ...age.Identity) (Manifest, error) {
	m, err := read(ctx, name, identities, func(string, io.Reader) error { return nil })
	if err != nil {
		return m, fmt.Errorf("backup: %s: %w", filepath.Base(name), err)
	}
	return m, nil
}

// Target is where a backup is restored to.
type Target struct {
	Store *store.Store // migrated and empty
	Blobs *store.FileBlobs
	// Files is the folder under which the further files are put, by their names; "" leaves them out. None is written over: what is there with
	// other bytes stays, and the one of the backup gets the ending .restored.
	Files string
}

// Restored says what came of a restore.
type Restored struct {
	store.Exported
	Blobs int
	Files []string // as they lie on disk
}

// Restore brings a backup back. It reads the file twice: whole before anything is written, so that a damaged one changes nothing.
func Restore(ctx context.Context, name string, to Target, identities ...age.Identity) (out Restored, err error) {
	if _, err := Verify(ctx, name, identities...); err != nil {
		return out, err
	}
	_, err = read(ctx, name, identities, func(inside string, r io.Reader) error {
		switch {
		case inside == dataName:
			var err error
			out.Exported, err = to.Store.Import(ctx, r)
			return err
		case strings.HasPrefix(inside, blobFolder):
			out.Blobs++
			_, _, err := to.Blobs.Put(ctx, r)
			return err
		case strings.HasPrefix(inside, fileFolder) && to.Files != "":
			path, err := put(to.Files, strings.TrimPrefix(inside, fileFolder), r)
			out.Files = append(out.Files, path)
			return err
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("backup: %s: %w", filepath.Base(name), err)
	}
	return out, nil
}

// put writes a file below dir, whatever links lie there.
func put(dir, name string, r io.Reader) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer func() { _ = root.Close() }()
	if err := root.MkdirAll(filepath.Dir(filepath.FromSlash(name)), 0o700); err != nil {
		return "", err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return "", err
	}
	if there, err := root.ReadFile(name); err == nil {
		if string(there) == string(raw) {
			return filepath.Join(dir, name), nil
		}
		name += ".restored"
	}
	return filepath.Join(dir, name), root.WriteFile(name, raw, 0o600)
}

// read goes through a backup and hands each file but the manifest to each, which need not read it to its end.
func read(ctx context.Context, name string, identities []age.Identity, each func(inside string, r io.Reader) error) (m Manifest, err error) {
	f, err := os.Open(name)
	if err != nil {
		return m, err
	}
	defer func() { _ = f.Close() }()
	in := bufio.NewReader(f)
	var plain io.Reader = in
	if head, _ := in.Peek(len("age-encryption.org/")); string(head) == "age-encryption.org/" {
		if len(identities) == 0 {
			return m, ErrEncrypted
		}
		if plain, err = age.Decrypt(in, identities...); err != nil {
			return m, fmt.Errorf("%w: %w", ErrEncrypted, err)
		}
	}
	zip, err := gzip.NewReader(plain)
	if err != nil {
		return m, cut(err)
	}
	t, seen := tar.NewReader(zip), map[string]Entry{}
	for {
		h, err := t.Next()
		if err != nil {
			return m, cut(err)
		}
		if h.Typeflag != tar.TypeReg || !fs.ValidPath(h.Name) {
			return m, fmt.Errorf("%q is nothing that a backup holds", h.Name)
		}
		if h.Name == manifestName {
			break
		}
		if _, twice := seen[h.Name]; twice {
			return m, fmt.Errorf("%s is there twice", h.Name)
		}
		hash := sha256.New()
		r := io.TeeReader(readerUntil{ctx, t}, hash)
		if err := each(h.Name, r); err != nil {
			return m, err
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return m, cut(err)
		}
		sum := hex.EncodeToString(hash.Sum(nil))
		if b, ok := strings.CutPrefix(h.Name, blobFolder); ok && b != sum {
			return m, fmt.Errorf("%s: its bytes were changed", h.Name)
		}
		seen[h.Name] = Entry{h.Size, sum}
	}
	if err := json.NewDecoder(io.LimitReader(t, maxManifest)).Decode(&m); err != nil {
		return m, fmt.Errorf("the manifest: %w", cut(err))
	}
	if _, err := t.Next(); err != io.EOF { //nolint:errorlint // tar gives it as it is
		return m, errors.New("something follows the manifest")
	}
	if _, err := io.Copy(io.Discard, zip); err != nil { // also what gzip and age say about the end
		return m, cut(err)
	}
	for inside, want := range m.Files {
		if got, ok := seen[inside]; !ok {
			return m, fmt.Errorf("%s is missing", inside)
		} else if got != want {
			return m, fmt.Errorf("%s: its bytes were changed", inside)
		}
	}
	if len(seen) != len(m.Files) {
		return m, errors.New("it holds files that its manifest does not know")
	}
	if _, ok := seen[dataName]; !ok {
		return m, fmt.Errorf("%s is missing", dataName)
	}
	return m, nil
}

// cut says in words that a file ended too early.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends in the middle: it was cut")
	}
	return err
}
