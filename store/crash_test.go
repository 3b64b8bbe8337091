package store_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

// crashDB names the database for the process that is to be killed.
const crashDB = "TICKETKIT_TEST_CRASH_DB"

// TestMain turns the test program into the victim when it is asked to.
func TestMain(m *testing.M) {
	if path := os.Getenv(crashDB); path != "" {
		if err := victim(path, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if path := os.Getenv(killDB); path != "" {
		step, _ := strconv.Atoi(os.Getenv(killStep))
		at, _ := strconv.Atoi(os.Getenv(killAt))
		fmt.Fprintln(os.Stderr, migrateVictim(path, step, at))
		os.Exit(1) // it should be dead
	}
	os.Exit(m.Run())
}

// victim migrates, then writes from several goroutines and prints the name of each queue once it is committed. It never stops.
func victim(path string, out io.Writer) error {
	ctx := context.Background()
	s, err := sqlite.Open(ctx, path, sqlite.Options{})
	if err != nil {
		return err
	}
	if err := s.Migrate(ctx); err != nil {
		return err
	}
	var mu sync.Mutex
	errs := make(chan error)
	for w := range 8 {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d-%d-%d", os.Getpid(), w, i)
				err := s.Update(ctx, func(tx ticket.Tx) error {
					if _, err := tx.NextNumber(ctx); err != nil {
						return err
					}
					return addQueue(ctx, tx, name)
				})
				if err != nil {
					errs <- err
					return
				}
				mu.Lock()
				_, _ = fmt.Fprintln(out, name)
				mu.Unlock()
			}
		}()
	}
	return <-errs
}

// TestKill: whatever Update has reported as done is there after kill -9, whole, and the next process starts without help.
func TestKill(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "desk.db")
	told := map[string]bool{}
	// The first rounds die in the migration or before it.
	for round, lines := range []int{0, 0, 0, 1, 50, 400} {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), crashDB+"="+path)
		var errText strings.Builder
		cmd.Stderr = &errText
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		in := bufio.NewScanner(out)
		if lines == 0 {
			timer := time.AfterFunc(time.Duration(round*15)*time.Millisecond, func() { _ = cmd.Process.Kill() })
			defer timer.Stop()
		}
		for n := 0; in.Scan(); n++ {
			told[in.Text()] = true
			if n >= lines {
				_ = cmd.Process.Kill() // what it printed until now is still read
			}
		}
		_ = cmd.Wait()
		require.Empty(t, errText.String())
	}
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	require.NoError(t, s.Migrate(t.Context()))
	have := map[string]bool{}
	for _, name := range queueNames(t, s) {
		have[name] = true
	}
	require.Greater(t, len(told), 450)
	for name := range told {
		require.True(t, have[name], "%s was reported as committed", name)
	}
	var number int64
	require.NoError(t, s.Update(t.Context(), func(tx ticket.Tx) (err error) {
		number, err = tx.NextNumber(t.Context())
		return err
	}))
	require.Equal(t, strconv.Itoa(len(have)+1), strconv.FormatInt(number, 10), "each transaction is there as a whole")
}
