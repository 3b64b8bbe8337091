package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
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
