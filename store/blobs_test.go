package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

func put(t *testing.T, b *store.FileBlobs, text string) string {
	sum, size, err := b.Put(t.Context(), strings.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, int64(len(text)), size)
	return sum
}

// files lists the files below dir.
func files(t *testing.T, dir string) []string {
	out := []string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			out = append(out, rel)
		}
		return err
	}))
	return out
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "blobs")
	b := store.NewFileBlobs(dir)
	_, err := os.Stat(dir)
	require.ErrorIs(t, err, fs.ErrNotExist, "no I/O before the first blob")

	for _, text := range []string{"hallo", "", strings.Repeat("größe", 100_000)} {
		sum := put(t, b, text)
		want := sha256.Sum256([]byte(text))
		require.Equal(t, hex.EncodeToString(want[:]), sum)
		require.Equal(t, sum, put(t, b, text), "the same bytes are one blob")
		f, err := b.Open(t.Context(), sum)
		require.NoError(t, err)
		got, err := io.ReadAll(f)
		require.NoError(t, errors.Join(err, f.Close()))
		require.Equal(t, text, string(got))
	}
	require.Len(t, files(t, dir), 3)
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		require.Equal(t, want, info.Mode().Perm(), path)
		return nil
	}))

	sum := put(t, b, "hallo")
	require.NoError(t, b.Delete(t.Context(), sum))
	require.NoError(t, b.Delete(t.Context(), sum), "what is not there")
	_, err = b.Open(t.Context(), sum)
	require.Equal(t, ticket.NotFound, ticket.KindOf(err))
}

// TestBlobNames: a name from outside never becomes another path.
func TestBlobNames(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "blobs")
	b := store.NewFileBlobs(dir)
	sum := put(t, b, "hallo")
	secret := filepath.Join(filepath.Dir(dir), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("x"), 0o600))
	for _, name := range []string{"", ".", "..", "../secret", secret, strings.ToUpper(sum), sum + "/", sum[:63], sum + "0", "../../" + sum, "\x00" + sum[1:], strings.Repeat("/", 64)} {
		_, err := b.Open(t.Context(), name)
		require.Equal(t, ticket.NotFound, ticket.KindOf(err), name)
		require.NoError(t, b.Delete(t.Context(), name))
	}
	_, err := os.Stat(secret)
	require.NoError(t, err)
	_, err = b.Open(t.Context(), sum)
	require.NoError(t, err)
}

func TestBlobFailures(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "blobs")
	b := store.NewFileBlobs(dir)
	_, _, err := b.Put(t.Context(), io.MultiReader(strings.NewReader("half"), iotest.ErrReader(errAbort)))
	require.ErrorIs(t, err, errAbort, "the reader's error comes back")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = b.Put(ctx, strings.NewReader("x"))
	require.ErrorIs(t, err, context.Canceled)
	_, err = b.Open(ctx, put(t, b, "y"))
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, files(t, dir), 1, "nothing half is left")

	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, _, err = store.NewFileBlobs(file).Put(t.Context(), strings.NewReader("x"))
	require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
}

func TestBlobsConcurrently(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			b := store.NewFileBlobs(dir)
			text := bytes.Repeat([]byte{byte(i % 4)}, 100_000)
			sum, _, err := b.Put(t.Context(), bytes.NewReader(text))
			require.NoError(t, err)
			f, err := b.Open(t.Context(), sum)
			require.NoError(t, err)
			got, err := io.ReadAll(f)
			require.NoError(t, errors.Join(err, f.Close()))
			require.Equal(t, text, got)
		})
	}
	wg.Wait()
	require.Len(t, files(t, dir), 4)
}

func TestSweep(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "blobs")
	b := store.NewFileBlobs(dir)
	none := func(context.Context, string) (bool, error) { return false, nil }
	n, err := b.Sweep(t.Context(), time.Now(), none)
	require.NoError(t, err)
	require.Zero(t, n, "nothing is there yet")

	used, old, young := put(t, b, "used"), put(t, b, "old"), put(t, b, "young")
	leftover := filepath.Join(dir, "incoming-123")
	stranger := filepath.Join(dir, "README")
	for _, path := range []string{leftover, stranger} {
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
	past, limit := time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
	for _, rel := range files(t, dir) {
		if !strings.HasSuffix(rel, young) {
			require.NoError(t, os.Chtimes(filepath.Join(dir, rel), past, past))
		}
	}
	asked := map[string]bool{}
	n, err = b.Sweep(t.Context(), limit, func(_ context.Context, sum string) (bool, error) {
		asked[sum] = true
		return sum == used, nil
	})
	require.NoError(t, err)
	require.Equal(t, 2, n)
	require.Equal(t, map[string]bool{used: true, old: true}, asked, "young ones are not asked for: their row may not be committed yet")
	left := files(t, dir)
	require.Len(t, left, 3)
	require.Contains(t, left, "README", "what is no blob is not ours")
	require.Equal(t, used, put(t, b, "used"), "putting makes it young")
	n, err = b.Sweep(t.Context(), limit, none)
	require.NoError(t, err)
	require.Zero(t, n)
	_, err = b.Sweep(t.Context(), time.Now().Add(time.Hour), func(context.Context, string) (bool, error) { return false, errAbort })
	require.ErrorIs(t, err, errAbort)
	require.Len(t, files(t, dir), 3, "an answer that is not known deletes nothing")
}

func TestBlobInUse(t *testing.T) {
	t.Parallel()
	h := openHost(t, "")
	svc := hostService(t, h)
	raw, file, parked := strings.Repeat("a", 64), strings.Repeat("b", 64), strings.Repeat("c", 64)
	tk, err := svc.Open(t.Context(), ticket.SystemActor("x"), ticket.NewTicket{Subject: "x", Requester: ticket.Person{Identity: ticket.Identity{Value: "a@firma.example"}}})
	require.NoError(t, err)
	require.NoError(t, h.s.Update(t.Context(), func(tx ticket.Tx) error {
		return tx.InsertMessage(t.Context(), &ticket.Message{ID: "m", TicketID: tk.ID, N: 1, Kind: ticket.Public, RawSHA256: raw,
			Attachments: []ticket.Attachment{{ID: "f", SHA256: file}}})
	}))
	require.NoError(t, h.s.ParkItem(t.Context(), &parkedItem{Channel: "x", Key: "1", RawSHA256: parked}))
	for sum, want := range map[string]bool{raw: true, file: true, parked: true, strings.Repeat("d", 64): false, "": false} {
		got, err := h.s.BlobInUse(t.Context(), sum)
		require.NoError(t, err)
		require.Equal(t, want, got, sum)
	}
}

func TestParkedBytes(t *testing.T) {
	t.Parallel()
	blobs := store.NewFileBlobs(t.TempDir())
	s, err := sqlite.Open(t.Context(), ":memory:", sqlite.Options{Blobs: blobs})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	p := &parkedItem{Channel: "imap", Key: "1", Reason: "x", Raw: []byte("bytes")}
	require.NoError(t, s.ParkItem(t.Context(), p))
	require.Equal(t, int64(5), p.Size)
	got, err := s.ParkedItem(t.Context(), p.ID)
	require.NoError(t, err)
	require.Equal(t, "bytes", string(got.Raw))
	require.Equal(t, p.RawSHA256, got.RawSHA256)
	require.False(t, got.At.IsZero(), "dated by the store's clock")
	require.NoError(t, blobs.Delete(t.Context(), p.RawSHA256))
	got, err = s.ParkedItem(t.Context(), p.ID)
	require.NoError(t, err, "the item is shown without its bytes")
	require.Empty(t, got.Raw)
}
