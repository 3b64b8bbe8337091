package server_test

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
	"github.com/ticketkit/ticketkit/internal/testdovecot"
	"github.com/ticketkit/ticketkit/internal/testservers"
)

type finding struct{ Level, Check, Text, Fix string }

type diagnosis struct {
	OK               bool
	Errors, Warnings int
	Findings         []finding
	code             int
}

// of gives the findings of a level about something.
func (d diagnosis) of(level, check string) (out []finding) {
	for _, f := range d.Findings {
		if f.Level == level && f.Check == check {
			out = append(out, f)
		}
	}
	return out
}

// doctor runs the command and reads its JSON; the exit code must say the same.
func doctor(t *testing.T, dir string, env ...string) (d diagnosis) {
	t.Helper()
	var out, errOut bytes.Buffer
	env = append([]string{"JWT_SECRET=" + fileSecret, "DATA_DIR=" + dir, "LISTEN_ADDR=" + testservers.FreeAddr(t)}, env...)
	d.code = server.Run(t.Context(), server.Preset{Name: "email"}, []string{"doctor", "--json"}, env, &out, &errOut, nil)
	require.NoError(t, json.Unmarshal(out.Bytes(), &d), "%s%s", out.String(), errOut.String())
	require.Equal(t, d.Errors > 0, d.code == 1, "%+v", d)
	require.Equal(t, d.Errors == 0, d.OK)
	for _, f := range d.Findings {
		require.NotEmpty(t, f.Text)
		require.NotContains(t, f.Text+f.Fix, "doctor.", "a text is missing")
		require.NotRegexp(t, `\{[a-z]+\}`, f.Text+f.Fix, "a placeholder is left")
		if f.Level != "ok" {
			require.NotEmpty(t, f.Fix, "%+v does not say what to do", f)
		}
	}
	return d
}

func TestDoctorBeforeTheFirstStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := doctor(t, dir)
	require.Zero(t, d.code, "%+v", d)
	require.NotEmpty(t, d.of("ok", "database"))
	require.Contains(t, d.of("ok", "database")[0].Text, "der erste Start legt es an")
	require.NotEmpty(t, d.of("warning", "outbox"))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left, "it leaves nothing behind")

	var out bytes.Buffer
	env := []string{"JWT_SECRET=" + fileSecret, "DATA_DIR=" + dir, "LISTEN_ADDR=" + testservers.FreeAddr(t), "LOCALE=en"}
	require.Zero(t, server.Run(t.Context(), server.Preset{Name: "email"}, []string{"doctor"}, env, &out, &bytes.Buffer{}, nil), out.String())
	require.Contains(t, out.String(), "the first start makes it")
	require.Contains(t, out.String(), "→ set the address of an SMTP server")
	require.Contains(t, out.String(), "No error, ")
}

func TestDoctorOfAConfigurationThatIsNoGood(t *testing.T) {
	t.Parallel()
	d := doctor(t, t.TempDir(), "TIME_ZONE=Mond")
	require.Equal(t, 1, d.code)
	require.Contains(t, d.of("error", "configuration")[0].Text, "TIME_ZONE")

	file := filepath.Join(t.TempDir(), "desk.env")
	require.NoError(t, os.WriteFile(file, []byte("IMAP_HOST=x\n"), 0o600))
	var out, errOut bytes.Buffer
	require.Equal(t, 1, server.Run(t.Context(), server.Preset{Name: "email"}, []string{"doctor", "--env-file", file}, nil, &out, &errOut, nil))
	require.Contains(t, out.String(), "FEHLER   configuration: ")
	require.Contains(t, out.String(), "nothing reads IMAP_HOST")
	require.Contains(t, errOut.String(), "1 Fehler gefunden")
}

func TestDoctorOfAFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "open")
	require.NoError(t, os.Mkdir(dir, 0o700))
	require.NoError(t, os.Chmod(dir, 0o755))
	d := doctor(t, dir)
	require.Zero(t, d.code)
	require.Contains(t, d.of("warning", "disk")[0].Text, "0755")
	d = doctor(t, "/proc") // nobody can write there, not even root
	require.Contains(t, d.of("error", "disk")[0].Text, "/proc")
}

func TestDoctorOfADatabase(t *testing.T) {
	t.Parallel()
	d := doctor(t, t.TempDir(), "DATABASE_URL=postgres://desk:pw-of-the-database@127.0.0.1:1/desk")
	require.Equal(t, 1, d.code)
	require.NotContains(t, d.of("error", "database")[0].Text, "pw-of-the-database")
	for name, dsn := range map[string]func(testing.TB) string{"postgres": testservers.Postgres, "mariadb": testservers.MariaDB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, dir := "DATABASE_URL="+dsn(t), t.TempDir()
			d := doctor(t, dir, env)
			require.Equal(t, 1, d.code)
			require.Contains(t, d.of("error", "database")[0].Fix, "email migrate up")
			require.Zero(t, server.Run(t.Context(), server.Preset{Name: "email"}, []string{"migrate", "up"}, []string{"JWT_SECRET=" + fileSecret, "DATA_DIR=" + dir, env}, &bytes.Buffer{}, &bytes.Buffer{}, nil))
			d = doctor(t, dir, env)
			require.Zero(t, d.code, "%+v", d)
			require.Len(t, d.of("ok", "database"), 2)
			for _, f := range d.of("warning", "clock") { // the database runs on this machine
				require.NotContains(t, f.Text, "Datenbank")
			}
		})
	}
}

func TestDoctorOfARunningDesk(t *testing.T) {
	t.Parallel()
	desk := start(t, t.TempDir(), "LOCALE=en")
	env := []string{"LISTEN_ADDR=" + desk.addr.HTTP, "SMTPD_ADDR=" + desk.addr.SMTP, "LOCALE=en", "RATE_LIMIT=off"}
	secret, err := os.ReadFile(filepath.Join(desk.dir, "secret.key"))
	require.NoError(t, err)
	d := doctor(t, desk.dir, append(env, "JWT_SECRET="+strings.TrimSpace(string(secret)))...)
	require.Zero(t, d.code, "%+v", d)
	require.Contains(t, d.of("ok", "web")[0].Text, "the desk runs at")
	require.Contains(t, d.of("ok", "smtpd")[0].Text, desk.addr.SMTP)
	require.Contains(t, d.of("ok", "database")[0].Text, "synchronous=FULL")

	other, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = other.Close() }()
	go func() {
		for c, err := other.Accept(); err == nil; c, err = other.Accept() {
			_, _ = c.Write([]byte("SSH-2.0-x\r\n"))
			_ = c.Close()
		}
	}()
	d = doctor(t, t.TempDir(), "LISTEN_ADDR="+other.Addr().String())
	require.NotEmpty(t, d.of("error", "web"))
}

func TestDoctorOfTheWayToBrowsers(t *testing.T) {
	t.Parallel()
	d := doctor(t, t.TempDir(), "LISTEN_ADDR=0.0.0.0:0")
	require.Zero(t, d.code)
	require.NotEmpty(t, d.of("warning", "tls"))
	require.NotEmpty(t, d.of("warning", "hosts"))
	d = doctor(t, t.TempDir(), "LISTEN_ADDR=0.0.0.0:0", "TRUSTED_PROXIES=0.0.0.0/0")
	require.NotEmpty(t, d.of("error", "proxy"))
}

func TestDoctorOfAMailbox(t *testing.T) {
	t.Parallel()
	dove := testdovecot.Start(t)
	require.NoError(t, dove.User("support@desk.example", "pw-of-the-mailbox"))
	dir := t.TempDir()
	env := []string{"MAIL_USER=support@desk.example", "IMAP_ADDR=" + dove.IMAP, "SMTP_ADDR=127.0.0.1:1"}
	d := doctor(t, dir, append(env, "MAIL_PASSWORD=wrong-password")...)
	require.Equal(t, 2, d.Errors, "%+v", d)
	require.Contains(t, d.of("error", "imap support@desk.example")[0].Fix, "Passwort berichtigen")
	require.Contains(t, d.of("error", "smtp")[0].Fix, "Firewall")
	d = doctor(t, dir, append(env, "MAIL_PASSWORD=pw-of-the-mailbox")...)
	require.Len(t, d.of("ok", "imap support@desk.example"), 1, "%+v", d)

	// A token is exchanged only where what it is exchanged for can be kept.
	oauth := append(env, "OAUTH_CLIENT_ID=app", "OAUTH_REFRESH_TOKEN=seed", "OAUTH_TOKEN_URL="+dove.Issuer.URL+"/token")
	dove.Issuer.Grant("seed", testdovecot.Person{Name: "svc", Mailbox: "support@desk.example"})
	d = doctor(t, dir, oauth...)
	require.Contains(t, d.of("warning", "imap")[0].Fix, "oauth login")
	require.Empty(t, dove.Issuer.Log())
	desk := start(t, dir, append(oauth, "JWT_SECRET="+fileSecret)...)
	require.Eventually(t, func() bool { return len(dove.Issuer.Log()) > 0 }, time.Minute, 10*time.Millisecond)
	desk.stop()
	for range 2 {
		d = doctor(t, dir, oauth...)
		require.Len(t, d.of("ok", "imap support@desk.example"), 1, "%+v", d)
	}
}
