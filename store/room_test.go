package store

import (
	"bytes"
	"compress/flate"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// TestRoomForFiles: the disk of the files may be full when that of the database is not, and is looked at again by itself.
func TestRoomForFiles(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "blobs")
	b := NewFileBlobs(dir)
	require.NoError(t, b.Ready(t.Context()))
	require.NoDirExists(t, dir, "nothing is written while all is well")
	for _, code := range []error{syscall.ENOSPC, syscall.EDQUOT} {
		require.NoError(t, os.WriteFile(dir, nil, 0o600)) // in the way, so that writing fails
		require.ErrorIs(t, b.cannot(&os.PathError{Op: "write", Path: dir, Err: code}), ticket.ErrNoRoom)
		for range 3 {
			require.Equal(t, ticket.Unavailable, ticket.KindOf(b.Ready(t.Context())))
		}
		require.NoError(t, os.Remove(dir))
		require.Eventually(t, func() bool { return b.Ready(t.Context()) == nil }, time.Minute, 10*time.Millisecond, "nobody has to tell it")
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, left)
		require.NoError(t, os.Remove(dir))
	}
	require.NotErrorIs(t, b.cannot(syscall.EACCES), ticket.ErrNoRoom)
	require.NoError(t, b.Ready(t.Context()), "what is not about room is not remembered")
}

// TestFiller: PostgreSQL presses long texts together before it looks for room.
func TestFiller(t *testing.T) {
	t.Parallel()
	text := filler()
	require.Len(t, text, roomSize)
	require.NotEqual(t, text, filler())
	var small bytes.Buffer
	w, err := flate.NewWriter(&small, flate.BestCompression)
	require.NoError(t, err)
	_, err = w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.Greater(t, small.Len(), roomSize/2)
}
