package faults_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/faulttest"
	"github.com/ticketkit/ticketkit/internal/jobs"
)

const (
	workDSN  = "TICKETKIT_TEST_DSN"
	workFile = "TICKETKIT_TEST_FILE"
	workKind = "test.work"
)

// workerMain is a process that does nothing but jobs. A job of its leaves a line in a file when it begins and one when it has ended.
func workerMain() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	st, err := openStore(ctx, os.Getenv(workDSN))
	if err != nil {
		return fail(err)
	}
	out, err := os.OpenFile(os.Getenv(workFile), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fail(err)
	}
	line := func(word string, j jobs.Job) { _, _ = fmt.Fprintf(out, "%s %s %d\n", word, j.ID, os.Getpid()) }
	r, err := jobs.New(jobs.Config{
		Store: st, Lease: 600 * time.Millisecond, Poll: 50 * time.Millisecond, RetryBase: time.Millisecond, RetryMax: 20 * time.Millisecond,
		MaxAttempts: 1000, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Handlers: map[string]jobs.Handler{workKind: func(ctx context.Context, j jobs.Job) error {
			line("began", j)
			select {
			case <-time.After(40 * time.Millisecond):
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			line("ended", j)
			return nil
		}},
	})
	if err != nil {
		return fail(err)
	}
	line("ready", jobs.Job{ID: "-"})
	if err := r.Run(ctx); err != nil {
		return fail(err)
	}
	if err := st.Close(); err != nil {
		return fail(err)
	}
	return 0
}

func fail(err error) int {
	_, _ = fmt.Fprintln(os.Stderr, err)
	return 1
}

// TestAZombieCannotFinishWhatIsNoLongerHis freezes one of two workers for longer than its lease. The other takes its jobs over; when the
// first wakes up it still believes to hold them, and none of what it then says may count.
func TestAZombieCannotFinishWhatIsNoLongerHis(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, b base) {
		st := b.open(t)
		require.NoError(t, st.Migrate(t.Context()))
		file := filepath.Join(t.TempDir(), "work.txt")
		zombie, other := startWorker(t, b.dsn, file), startWorker(t, b.dsn, file)
		// One that is still starting would neither take anything over nor end well.
		require.Eventually(t, func() bool { return readWork(t, file)["ready"]["-"] == 2 }, 2*time.Minute, 5*time.Millisecond)
		count := faulttest.Count(75, 150, 500)
		for n := range count {
			require.NoError(t, st.EnqueueJob(t.Context(), jobs.Job{ID: fmt.Sprintf("job-%03d", n), Kind: workKind, RunAt: time.Now()}))
		}
		for blow := range 3 {
			want := (blow + 1) * count / 5
			require.Eventually(t, func() bool { return len(readWork(t, file)["ended"]) >= want }, 2*time.Minute, 5*time.Millisecond)
			require.NoError(t, zombie.Process.Signal(syscall.SIGSTOP))
			before := pidCount(t, file, other.Process.Pid)
			// Longer than the lease: what the zombie holds has to be taken over, unless it froze inside a transaction of SQLite.
			wait(t.Context(), 1500*time.Millisecond)
			if pidCount(t, file, other.Process.Pid) == before {
				t.Logf("blow %d: the other worker could not go on, the zombie holds the database", blow)
			}
			require.NoError(t, zombie.Process.Signal(syscall.SIGCONT))
		}
		done := func() (n int) {
			list, err := st.ListJobs(t.Context(), jobs.JobFilter{Kinds: []string{workKind}, States: []jobs.State{jobs.StateDone}, Limit: 1000})
			require.NoError(t, err)
			return len(list)
		}
		require.Eventually(t, func() bool { return done() == count }, 2*time.Minute, 20*time.Millisecond)
		for _, c := range []*exec.Cmd{zombie, other} {
			require.NoError(t, c.Process.Signal(syscall.SIGTERM))
			require.NoError(t, c.Wait())
		}
		work := readWork(t, file)
		list, err := st.ListJobs(t.Context(), jobs.JobFilter{Kinds: []string{workKind}, Limit: 1000})
		require.NoError(t, err)
		require.Len(t, list, count)
		took := 0
		for _, j := range list {
			require.Equal(t, jobs.StateDone, j.State)
			require.NotZero(t, work["ended"][j.ID], "%s counts as done but nobody did it", j.ID)
			require.LessOrEqual(t, work["began"][j.ID], j.Attempt, "%s was begun without a claim", j.ID)
			if j.Attempt > 1 {
				took++
			}
		}
		t.Logf("%d of %d jobs were taken over; %d ran to their end more than once", took, count, repeats(work["ended"]))
	})
}

func startWorker(t *testing.T, dsn, file string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{asProgram + "=worker", workDSN + "=" + dsn, workFile + "=" + file, "PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}

// readWork counts the lines of each word by job.
func readWork(t *testing.T, file string) map[string]map[string]int {
	t.Helper()
	out := map[string]map[string]int{"ready": {}, "began": {}, "ended": {}}
	eachLine(t, file, func(word, id, _ string) { out[word][id]++ })
	return out
}

func pidCount(t *testing.T, file string, pid int) (n int) {
	t.Helper()
	eachLine(t, file, func(_, _, by string) {
		if by == fmt.Sprint(pid) {
			n++
		}
	})
	return n
}

func eachLine(t *testing.T, file string, f func(word, id, pid string)) {
	t.Helper()
	in, err := os.Open(file)
	if os.IsNotExist(err) {
		return
	}
	require.NoError(t, err)
	defer func() { _ = in.Close() }()
	for sc := bufio.NewScanner(in); sc.Scan(); {
		if p := strings.Fields(sc.Text()); len(p) == 3 {
			f(p[0], p[1], p[2])
		}
	}
}

func repeats(m map[string]int) (n int) {
	for _, times := range m {
		n += times - 1
	}
	return n
}
