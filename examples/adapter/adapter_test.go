package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/adaptertest"
)

var _ adapters.Adapter = (*Alarms)(nil)

// TestAlarms is all that it takes to prove an adapter: a world that speaks its protocol, and the suite.
func TestAlarms(t *testing.T) {
	t.Parallel()
	adaptertest.Run(t, adaptertest.Features{}, func(t testing.TB, _ adapters.Intake) adaptertest.Harness {
		a := newAlarms(t)
		return adaptertest.Harness{Adapter: a, Inject: func(ctx context.Context, it adaptertest.Item) (bool, error) {
			line, err := json.Marshal(alarm{ID: it.ID, Name: it.Name, Email: it.Address, Subject: it.Subject, Text: it.Text})
			if err != nil {
				return false, err
			}
			return tell(ctx, a, line) == "ok", nil
		}}
	})
}

func TestNonsenseIsParked(t *testing.T) {
	t.Parallel()
	a, rec := newAlarms(t), &adaptertest.Recorder{}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx, rec) }()
	require.Equal(t, "ok", tell(ctx, a, []byte("{nonsense")))
	stop()
	require.NoError(t, <-done)
	require.Len(t, rec.Parked(), 1)
	require.Equal(t, "{nonsense", string(rec.Parked()[0].Raw))
}

// newAlarms listens on a socket of its own. Its path is short, for systems allow about a hundred bytes.
func newAlarms(t testing.TB) *Alarms {
	dir, err := os.MkdirTemp("", "alarms")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return &Alarms{Network: "unix", Addr: filepath.Join(dir, "s")}
}

// tell sends one line and gives the answer, or "" when there is none before ctx ends. It waits for the adapter to listen.
func tell(ctx context.Context, a *Alarms, line []byte) string {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	conn, err := (&net.Dialer{}).DialContext(ctx, a.Network, a.Addr)
	for err != nil {
		select {
		case <-tick.C:
			conn, err = (&net.Dialer{}).DialContext(ctx, a.Network, a.Addr)
		case <-ctx.Done():
			return ""
		}
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })()
	if _, err := conn.Write(append(line, '\n')); err != nil {
		return ""
	}
	answer := bufio.NewScanner(conn)
	answer.Scan()
	return answer.Text()
}
