package server_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/stretchr/testify/require"
)

// TestABackupIsRestoredByCommands: what the quickstart keeps is backed up with its secret, verified, restored into another folder, and the restored
// desk starts, lets its people in and sends nothing until it is told to.
func TestABackupIsRestoredByCommands(t *testing.T) {
	t.Parallel()
	id, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	key := filepath.Join(t.TempDir(), "key.txt")
	require.NoError(t, os.WriteFile(key, []byte(id.String()+"\n"), 0o600))

	const admin = "ADMIN_PASSWORD=ein langes Kennwort 7"
	from := t.TempDir()
	require.Zero(t, start(t, from, admin).stop())
	env := []string{"DATA_DIR=" + from, "BACKUP_AGE_RECIPIENT=" + id.Recipient().String()}
	out, _ := runs(t, 0, env, "backup", "run")
	file := strings.TrimSpace(strings.Split(out, ",")[0])
	out, _ = runs(t, 0, env, "backup", "list")
	require.Contains(t, out, file)
	_, errOut := runs(t, 1, nil, "backup", "verify", file)
	require.Contains(t, errOut, "identity is needed")
	out, _ = runs(t, 0, nil, "backup", "verify", file, "--identity", key)
	require.Contains(t, out, "whole: ")

	_, errOut = runs(t, 1, env, "restore", file, "--identity", key)
	require.Contains(t, errOut, "holds a desk already")
	to := t.TempDir()
	env = []string{"DATA_DIR=" + to}
	out, _ = runs(t, 0, env, "restore", file, "--identity", key)
	require.Contains(t, out, "restore --release")
	require.NotContains(t, out, "JWT_SECRET")
	out, _ = runs(t, 0, env, "verify")
	require.Contains(t, out, "none was changed", "the secret came with it")
	d := start(t, to)
	require.Contains(t, d.log.String(), "nothing leaves this desk")
	d.call("POST", "/auth/login", map[string]string{"username": "admin", "password": "ein langes Kennwort 7"}, nil, http.StatusOK)
	require.Zero(t, d.stop())
	runs(t, 0, env, "restore", "--release")
	out, _ = runs(t, 0, []string{"DATA_DIR=" + t.TempDir(), "JWT_SECRET=" + fileSecret}, "restore", file, "--identity", key)
	require.Contains(t, out, "needs the JWT_SECRET that it had")
	d = start(t, to)
	require.NotContains(t, d.log.String(), "nothing leaves this desk")
	require.Zero(t, d.stop())
}

// TestBackupVariables: each bad value names its variable.
func TestBackupVariables(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"BACKUP_AT=25:00", "BACKUP_KEEP=0", "BACKUP_AGE_RECIPIENT=me"} {
		_, errOut := runs(t, 1, []string{"DATA_DIR=" + t.TempDir(), bad}, "backup", "list")
		require.Contains(t, errOut, strings.Split(bad, "=")[0])
	}
}
