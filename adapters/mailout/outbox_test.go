package mailout_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestOutboxRepeatReplaces(t *testing.T) {
	t.Parallel()
	c := config()
	c.OutboxDir = filepath.Join(t.TempDir(), "mail", "out")
	s := newSender(t, c)
	first, err := s.Send(t.Context(), outbound())
	require.NoError(t, err)
	require.Equal(t, key+"@desk.example", first)
	m := outbound()
	m.Message.Text = "again"
	second, err := s.Send(t.Context(), m)
	require.NoError(t, err)
	require.Equal(t, first, second)
	files, err := os.ReadDir(c.OutboxDir)
	require.NoError(t, err)
	require.Len(t, files, 1)
	require.Equal(t, "20261122T093000Z-1042-"+key+".eml", files[0].Name())
	raw, err := os.ReadFile(filepath.Join(c.OutboxDir, files[0].Name()))
	require.NoError(t, err)
	require.Contains(t, string(raw), "again")
}

func TestOutboxConcurrently(t *testing.T) {
	t.Parallel()
	c := config()
	c.OutboxDir = t.TempDir()
	s := newSender(t, c)
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			m := outbound()
			m.Key = strings.Replace(key, "0197", string(rune('a'+i/2))+"197", 1)
			_, err := s.Send(t.Context(), m)
			require.NoError(t, err)
		})
	}
	wg.Wait()
	files, err := os.ReadDir(c.OutboxDir)
	require.NoError(t, err)
	require.Len(t, files, 10)
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(c.OutboxDir, f.Name()))
		require.NoError(t, err)
		parse(t, raw)
	}
}

func TestOutboxLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	c := config()
	c.OutboxDir = t.TempDir()
	s := newSender(t, c)
	broken := errors.New("disk on fire")
	for _, fault := range []struct {
		err       error
		permanent bool
	}{{broken, false}, {ticket.Errorf(ticket.NotFound, "blob is gone"), true}} {
		m := outbound()
		a := attachment("a.bin", "application/pdf", nil)
		a.Open = func(context.Context) (io.ReadCloser, error) { return nil, fault.err }
		m.Attachments = []adapters.Attachment{attachment("first.bin", "application/pdf", []byte("x")), a}
		_, err := s.Send(t.Context(), m)
		require.ErrorIs(t, err, fault.err)
		require.Equal(t, fault.permanent, adapters.IsPermanent(err))
	}
	files, err := os.ReadDir(c.OutboxDir)
	require.NoError(t, err)
	require.Empty(t, files)

	ctx, cancel := context.WithCancel(t.Context())
	m := outbound()
	a := attachment("a.bin", "application/pdf", nil)
	a.Open = func(context.Context) (io.ReadCloser, error) {
		cancel()
		return io.NopCloser(strings.NewReader("x")), nil
	}
	m.Attachments = []adapters.Attachment{a}
	_, err = s.Send(ctx, m)
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Send(ctx, outbound())
	require.ErrorIs(t, err, context.Canceled)
	files, err = os.ReadDir(c.OutboxDir)
	require.NoError(t, err)
	require.Empty(t, files)
}

func TestOutboxThatIsAFile(t *testing.T) {
	t.Parallel()
	c := config()
	c.OutboxDir = filepath.Join(t.TempDir(), "file")
	s := newSender(t, c)
	f := s.Check(t.Context())
	require.Len(t, f, 1)
	require.Equal(t, "warning", f[0].Level)
	require.NoError(t, os.WriteFile(c.OutboxDir, nil, 0o600))
	_, err := s.Send(t.Context(), outbound())
	require.Error(t, err)
	require.False(t, adapters.IsPermanent(err))
	require.Equal(t, "error", s.Check(t.Context())[0].Level)
}
