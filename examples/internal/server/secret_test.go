package server_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
	"github.com/ticketkit/ticketkit/internal/keys"
)

// declines starts the program and gives what it says when it does not come up.
func declines(t *testing.T, env ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errOut safeBuffer
	code := server.Run(ctx, server.Preset{Name: "email", SMTPDAddr: "127.0.0.1:0"}, []string{"serve"}, append([]string{"LISTEN_ADDR=127.0.0.1:0", "BACKUP_AT=off"}, env...), &out, &errOut,
		func(server.Addresses) {
			t.Error("it has started")
			cancel()
		})
	require.Equal(t, 1, code, errOut.String())
	return errOut.String()
}

// TestASecretOfAnotherDatabase: a desk with a secret that its database does not know neither starts nor records anything, and says what to do.
func TestASecretOfAnotherDatabase(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, env, first, second := t.TempDir(), database(t), keys.Generate(), keys.Generate()
			with := func(secret string, more ...string) []string {
				return append(append([]string{"DATA_DIR=" + dir, "JWT_SECRET=" + secret}, env...), more...)
			}
			d := start(t, dir, with(first, "ADMIN_PASSWORD="+mailAdmin)...)
			d.asAdmin()
			d.call("POST", "admin/mailboxes", map[string]any{"address": "help@desk.example", "server": "127.0.0.1:1", "password": "word"}, nil, http.StatusCreated)
			require.Zero(t, d.stop())

			said := declines(t, with(second)...)
			require.Contains(t, said, "JWT_SECRET")
			require.Contains(t, said, "JWT_SECRET_PREVIOUS")
			require.Contains(t, said, "email secret --lost")
			_, said = runs(t, 1, with(second), "user", "create", "jana")
			require.Contains(t, said, "JWT_SECRET_PREVIOUS")
			found := doctor(t, dir, with(second)...)
			require.Equal(t, 1, found.code)
			require.Len(t, found.of("error", "secret"), 1)
			require.Contains(t, found.of("error", "secret")[0].Text, "JWT_SECRET")
			require.Contains(t, found.of("error", "secret")[0].Fix, "JWT_SECRET_PREVIOUS")

			found = doctor(t, dir, with(first)...)
			require.Empty(t, found.of("error", "secret"), "%+v", found)
			runs(t, 0, with(first), "verify")
			_, said = runs(t, 1, with(first), "secret", "--lost")
			require.Contains(t, said, "nothing is lost")

			// A change of the secret, and then a loss.
			d = start(t, dir, with(second, "JWT_SECRET_PREVIOUS="+first)...)
			require.Eventually(t, func() bool { return strings.Contains(d.log.String(), "sealed with a new key") }, time.Minute, 10*time.Millisecond)
			require.Zero(t, d.stop())
			runs(t, 0, with(second), "verify")
			require.Empty(t, doctor(t, dir, with(second)...).of("error", "secret"), "the mailbox is sealed anew")
			require.Contains(t, declines(t, with(first)...), "JWT_SECRET")
			third := keys.Generate()
			out, _ := runs(t, 0, with(third), "secret", "--lost")
			require.Contains(t, out, "goes on")
			out, _ = runs(t, 0, with(third), "verify")
			require.Regexp(t, `(?m)^[1-9]\d* events verified.*\n[1-9]\d* events before 20.*the secret that sealed them is lost$`, out)
			d = start(t, dir, with(third)...)
			require.Zero(t, d.stop())
			found = doctor(t, dir, with(third)...)
			require.Len(t, found.of("error", "secret"), 1)
			require.Contains(t, found.of("error", "secret")[0].Text, "help@desk.example")
		})
	}
}

// TestAGeneratedSecretThatIsGone: the file in DATA_DIR is named when the new one is not that of the database.
func TestAGeneratedSecretThatIsGone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	require.Zero(t, start(t, dir, "ADMIN_PASSWORD="+mailAdmin).stop())
	file := filepath.Join(dir, "secret.key")
	secret, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, declines(t, "DATA_DIR="+dir, "JWT_SECRET="+fileSecret), file, "it was generated once and is still there")
	require.Contains(t, doctor(t, dir).of("error", "secret")[0].Fix, file)
	require.NoError(t, os.Remove(file))
	_, said := runs(t, 1, []string{"DATA_DIR=" + dir}, "user", "list")
	require.Contains(t, said, file)
	runs(t, 0, []string{"DATA_DIR=" + dir, "JWT_SECRET=" + strings.TrimSpace(string(secret))}, "user", "list")
}
