package faults_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRestartBehindASocket: with a socket that a service manager keeps (sd_listen_fds(3)) a restart refuses nobody and cuts nobody off; who connects
// meanwhile waits.
func TestRestartBehindASocket(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	kept, err := l.(*net.TCPListener).File()
	require.NoError(t, err)
	t.Cleanup(func() { _ = kept.Close() })
	addr := l.Addr().String()
	require.NoError(t, l.Close()) // kept holds it open

	dir := t.TempDir()
	p := newProc(t, dir, "SMTPD_ADDR=off")
	command := func(listenAddr string) *exec.Cmd {
		cmd := exec.Command("sh", "-c", `LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" serve`, os.Args[0])
		cmd.Env, cmd.Dir = append(p.env, "LISTEN_ADDR="+listenAddr), dir
		cmd.ExtraFiles = []*os.File{kept}
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		return cmd
	}
	out, err := command("127.0.0.1:1").CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(out), "the service manager passes a socket for "+addr)

	client := &http.Client{Timeout: 2 * time.Minute, Transport: &http.Transport{DisableKeepAlives: true}} // a connection for each, as they come
	ask := func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/api/health", nil)
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		if res.StatusCode != http.StatusOK {
			err = errors.New(res.Status)
		}
		return errors.Join(err, res.Body.Close())
	}
	var running *exec.Cmd
	start := func() {
		running = command(addr)
		running.Stderr = os.Stderr
		require.NoError(t, running.Start())
	}
	start()
	t.Cleanup(func() { _ = running.Process.Kill() })
	require.NoError(t, ask(t.Context()), "who comes before the process waits for it")

	ctx, enough := context.WithCancel(t.Context())
	var asked atomic.Int64
	var mu sync.Mutex
	var lost []string
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for ctx.Err() == nil {
				if err := ask(t.Context()); err != nil {
					mu.Lock()
					lost = append(lost, fmt.Sprint(asked.Load(), ": ", err))
					mu.Unlock()
				}
				asked.Add(1)
			}
		})
	}
	for range 3 {
		before := asked.Load()
		require.Eventually(t, func() bool { return asked.Load() > before+50 }, time.Minute, time.Millisecond)
		require.NoError(t, running.Process.Signal(syscall.SIGTERM))
		require.NoError(t, running.Wait(), "it ends in order")
		start()
	}
	before := asked.Load()
	require.Eventually(t, func() bool { return asked.Load() > before+50 }, time.Minute, time.Millisecond)
	enough()
	all.Wait()
	require.Empty(t, lost, "%d of %d requests: %s", len(lost), asked.Load(), strings.Join(lost, "\n"))
	require.NoError(t, running.Process.Signal(syscall.SIGTERM))
	require.NoError(t, running.Wait())
	t.Logf("%d requests over 3 restarts, none was lost", asked.Load())
}
