package server_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
	"github.com/ticketkit/ticketkit/sla"
)

func TestPromisesFromTheEnvironment(t *testing.T) {
	t.Parallel()
	load := func(vars ...string) (*server.Config, error) {
		env, err := server.LoadEnv(nil, append(vars, "JWT_SECRET="+fileSecret, "DATA_DIR="+t.TempDir()))
		require.NoError(t, err)
		return server.Load(env, server.Preset{})
	}
	for _, c := range []struct {
		vars []string
		want sla.Settings
	}{
		{nil, sla.Settings{FirstResponse: 30 * time.Minute, Hours: "24/7"}},
		{[]string{"SLA_FIRST_RESPONSE_MINUTES=off", "SLA_RESOLUTION_MINUTES=480"}, sla.Settings{Resolution: 8 * time.Hour, Hours: "24/7"}},
		{[]string{"SLA_FIRST_RESPONSE_MINUTES=0.5", "BUSINESS_HOURS=Mo-Fr 08:00-12:00,13:00-17:00; Sa 9-12"},
			sla.Settings{FirstResponse: 30 * time.Second, Hours: "Mo-Fr 08:00-12:00,13:00-17:00; Sa 9-12"}},
	} {
		got, err := load(c.vars...)
		require.NoError(t, err, c.vars)
		require.Equal(t, c.want, got.SLA, c.vars)
	}
	for key, value := range map[string]string{"SLA_FIRST_RESPONSE_MINUTES": "soon", "SLA_RESOLUTION_MINUTES": "-1", "BUSINESS_HOURS": "9 to 5"} {
		_, err := load(key + "=" + value)
		require.ErrorContains(t, err, key)
	}
}
