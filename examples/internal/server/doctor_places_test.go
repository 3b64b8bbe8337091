package server_test

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
)

// TestDoctorOfPlaces: what would go wrong only at night, or before anybody's eyes, is found beforehand.
func TestDoctorOfPlaces(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	d := doctor(t, filepath.Join(dir, "data"), "BACKUP_DIR="+filepath.Join(file, "backups"), "LOCALE=en")
	require.Len(t, d.of("error", "backup"), 1)
	require.Contains(t, d.of("error", "backup")[0].Fix, "change BACKUP_DIR")

	later := filepath.Join(dir, "not", "there", "yet")
	d = doctor(t, filepath.Join(dir, "data"), "BACKUP_DIR="+later, "STATIC_DIR="+dir, "LOGO_URL=/static/logo.svg")
	require.Zero(t, d.code, "%+v", d)
	require.NotEmpty(t, d.of("ok", "backup"))
	require.NoDirExists(t, filepath.Join(dir, "not"))
	require.Contains(t, d.of("warning", "logo")[0].Fix, filepath.Join(dir, "logo.svg"))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "logo.svg"), []byte("<svg/>"), 0o600))
	d = doctor(t, filepath.Join(dir, "data"), "STATIC_DIR="+dir, "LOGO_URL=/static/logo.svg")
	require.Empty(t, d.of("warning", "logo"))
}

func TestDoctorOfAddresses(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = other.Close() }()
	addr := other.Addr().String()
	d := doctor(t, t.TempDir(), "METRICS_ADDR="+addr)
	require.Len(t, d.of("error", "listen"), 1, "%+v", d)
	require.Contains(t, d.of("error", "listen")[0].Text, "METRICS_ADDR: an "+addr)

	d = doctor(t, t.TempDir(), "LISTEN_ADDR=192.0.2.1:0", "LOCALE=en") // RFC 5737: no machine's own
	require.Len(t, d.of("error", "listen"), 1, "%+v", d)
	require.Contains(t, d.of("error", "listen")[0].Fix, "an address of this machine")
}

func TestDoctorOfVariables(t *testing.T) {
	t.Parallel()
	d := doctor(t, t.TempDir(), "MONGO_URL=mongodb://localhost", "LOCALE=en")
	require.Zero(t, d.code)
	require.Contains(t, d.of("warning", "configuration")[0].Text, "MONGO_URL is read by nobody any more")

	d = doctor(t, t.TempDir(), "JWT_SECRET=short")
	require.Len(t, d.Findings, 2, "clock and secret: %+v", d)
	require.Contains(t, d.of("error", "configuration")[0].Text, "the command secret prints a good one")
}

// TestCommandsWithoutAConfiguration: who writes the file needs a secret for it first.
func TestCommandsWithoutAConfiguration(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "desk.env")
	require.NoError(t, os.WriteFile(file, []byte("JWT_SECRET=GENERIERE_EINEN_SICHEREN_KEY\n"), 0o600))
	run := func(want int, args ...string) string {
		var out, errOut bytes.Buffer
		require.Equal(t, want, server.Run(t.Context(), server.Preset{Name: "email"}, append([]string{"--env-file", file}, args...), nil, &out, &errOut, nil), errOut.String())
		return out.String() + errOut.String()
	}
	require.GreaterOrEqual(t, len(run(0, "secret")), 32)
	require.Contains(t, run(0, "version"), "email")
	require.NotContains(t, run(1, "backup", "verify", file), "placeholder", "it says what it thinks of the file")
	require.Contains(t, run(1, "user", "list"), "as the command secret prints it")
}

// TestNoDeskThere: a command about a desk does not take an empty folder for one, and leaves nothing in it.
func TestNoDeskThere(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"user", "list"}, {"user", "passwd", "anna"}, {"user", "deactivate", "anna"}, {"user", "delete", "anna"}, {"jobs", "list"}, {"jobs", "retry", "--all"}, {"verify"},
		{"demo", "clear"}, {"export", "-"}, {"backup", "run"}, {"migrate", "status"}, {"restore", "--release"}} {
		dir := t.TempDir()
		_, said := runs(t, 1, []string{"DATA_DIR=" + dir}, args...)
		require.Contains(t, said, filepath.Join(dir, "ticketkit.db"), "%s", args)
		require.Contains(t, said, "DATA_DIR")
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Empty(t, left, "%s", args)
	}
	dir := t.TempDir()
	runs(t, 0, []string{"DATA_DIR=" + dir}, "migrate", "up")
	runs(t, 0, []string{"DATA_DIR=" + dir}, "user", "list")
}
