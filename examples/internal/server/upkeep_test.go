package server_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/examples/internal/server"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestUpkeepFromTheEnvironment(t *testing.T) {
	t.Parallel()
	discord := map[string]time.Duration{"discord": 48 * time.Hour}
	for vars, want := range map[string]ticket.Upkeep{
		"":                              {CloseByChannel: discord},
		"AUTO_CLOSE_INACTIVE_HOURS=off": {},
		"AUTO_CLOSE_INACTIVE_HOURS=0":   {},
		"AUTO_CLOSE_INACTIVE_HOURS=72 AUTO_CLOSE_WARN_HOURS=24 AUTO_CLOSE_RESOLVED_DAYS=7": {CloseInactive: 72 * time.Hour, WarnBefore: 24 * time.Hour, CloseResolved: 7 * 24 * time.Hour},
		"REMINDER_AFTER_DAYS=2.5 AGENT_INACTIVE_HOURS=8":                                   {CloseByChannel: discord, RemindAfter: 60 * time.Hour, AgentInactive: 8 * time.Hour},
	} {
		env, err := server.LoadEnv(nil, append(strings.Fields(vars), "JWT_SECRET="+fileSecret, "DATA_DIR="+t.TempDir()))
		require.NoError(t, err)
		c, err := server.Load(env, server.Preset{})
		require.NoError(t, err, vars)
		require.Equal(t, want, c.Upkeep, vars)
	}
	for vars, key := range map[string]string{
		"AUTO_CLOSE_INACTIVE_HOURS=two":                         "AUTO_CLOSE_INACTIVE_HOURS",
		"REMINDER_AFTER_DAYS=-1":                                "REMINDER_AFTER_DAYS",
		"AUTO_CLOSE_RESOLVED_DAYS=NaN":                          "AUTO_CLOSE_RESOLVED_DAYS",
		"AGENT_INACTIVE_HOURS=1e300":                            "AGENT_INACTIVE_HOURS",
		"AUTO_CLOSE_WARN_HOURS=48":                              "AUTO_CLOSE_WARN_HOURS",
		"AUTO_CLOSE_INACTIVE_HOURS=off AUTO_CLOSE_WARN_HOURS=4": "AUTO_CLOSE_WARN_HOURS",
	} {
		env, err := server.LoadEnv(nil, append(strings.Fields(vars), "JWT_SECRET="+fileSecret, "DATA_DIR="+t.TempDir()))
		require.NoError(t, err)
		_, err = server.Load(env, server.Preset{})
		require.ErrorContains(t, err, key, vars)
	}
}

// TestVerifyPinned: a line of the log tells when the desk's own history was cut.
func TestVerifyPinned(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"DATA_DIR=" + dir, "JWT_SECRET=" + fileSecret}
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, "ticketkit.db"), sqlite.Options{})
	require.NoError(t, err)
	require.NoError(t, st.Migrate(t.Context()))
	desk, err := ticketkit.New(ticketkit.Config{Store: st, Secret: []byte(fileSecret)})
	require.NoError(t, err)
	for _, name := range []string{"One", "Two"} {
		_, err = desk.Tickets().CreateQueue(t.Context(), ticket.SystemActor("test"), name)
		require.NoError(t, err)
	}
	es, err := desk.Tickets().Audit(t.Context(), ticket.SystemActor("test"), ticket.EventQuery{Desk: true})
	require.NoError(t, err)
	require.NoError(t, st.Close())
	pin := fmt.Sprintf("2:%x", es[1].MAC)
	run := func(code int, args ...string) string {
		var out, errOut bytes.Buffer
		require.Equal(t, code, server.Run(t.Context(), server.Preset{Name: "desk"}, append([]string{"verify"}, args...), env, &out, &errOut, nil), "%s", errOut.String())
		return out.String() + errOut.String()
	}
	require.Contains(t, run(0), "events verified")
	require.Contains(t, run(0, "--pinned", pin), "events verified")
	require.Contains(t, run(1, "--pinned", fmt.Sprintf("1:%x", es[1].MAC)), "cut or replaced")
	require.Contains(t, run(1, "--pinned", "3:abcd"), "cut or replaced")
	for _, bad := range []string{"2", "x:abcd", "2:xy", "0:ab", "2:"} {
		require.Contains(t, run(1, "--pinned", bad), "is not a number")
	}
}

func TestJobsFromTheCommandLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	st, err := sqlite.Open(t.Context(), filepath.Join(dir, "ticketkit.db"), sqlite.Options{})
	require.NoError(t, err)
	require.NoError(t, st.Migrate(t.Context()))
	now := time.Now()
	for _, id := range []string{"one", "two"} {
		require.NoError(t, st.EnqueueJob(t.Context(), jobs.Job{ID: id, Kind: "deliver", RunAt: now, Payload: []byte(`"secret payload"`)}))
		list, err := st.ClaimJobs(t.Context(), []string{"deliver"}, now, time.Minute, 1)
		require.NoError(t, err)
		require.NoError(t, st.BuryJob(t.Context(), id, list[0].LeaseToken, "mailbox\nfull", now))
	}
	require.NoError(t, st.Close())
	run := func(code int, args ...string) string {
		var out, errOut bytes.Buffer
		require.Equal(t, code, server.Run(t.Context(), server.Preset{Name: "desk"}, append([]string{"jobs"}, args...),
			[]string{"DATA_DIR=" + dir, "JWT_SECRET=" + fileSecret}, &out, &errOut, nil), "%s", errOut.String())
		return out.String() + errOut.String()
	}
	list := run(0, "list")
	require.Contains(t, list, "mailbox full")
	require.Contains(t, list, "two")
	require.NotContains(t, list, "secret")
	run(1, "retry")
	require.Contains(t, run(1, "retry", "three"), "job three")
	require.Contains(t, run(0, "retry", "one"), "1 jobs will run again")
	require.NotContains(t, run(0, "list"), "one")
	require.Contains(t, run(0, "list", "--all"), "pending")
	require.Contains(t, run(0, "retry", "--all"), "1 jobs will run again")
	require.Empty(t, run(0, "list"))
}
