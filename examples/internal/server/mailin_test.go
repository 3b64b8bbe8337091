package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
	"github.com/ticketkit/ticketkit/internal/testdovecot"
)

func loadMail(t *testing.T, env ...string) (*server.Config, error) {
	t.Helper()
	e, err := server.LoadEnv(nil, append([]string{"JWT_SECRET=" + fileSecret, "DATA_DIR=" + t.TempDir()}, env...))
	require.NoError(t, err)
	return server.Load(e, server.Preset{})
}

// The file of a desk that this one replaces: names, quotes and values as its documentation writes them.
const replaced = `
DEBUG=False
SECRET_KEY='zR4-vQ9_kLm2Wx7PtYb3NcJd8HsGf5Aa'
ALLOWED_HOSTS=desk.example,localhost,127.0.0.1
PROJECT_NAME="Support Desk"
LOGO_URL=/static/img/logo.png
POSTGRES_DB=desk
POSTGRES_USER=desk
POSTGRES_PASSWORD=pa:ss/word
POSTGRES_HOST=db
POSTGRES_PORT=5432
OAUTH_TENANT_ID=11111111-2222-3333-4444-555555555555
OAUTH_CLIENT_ID=66666666-7777-8888-9999-000000000000
OAUTH_CLIENT_SECRET=abc~def
OAUTH_REFRESH_TOKEN=0.AXoA
MAIL_USER=support@desk.example
MAIL_AUTH_USER=svc@desk.example # the licensed account
`

func TestTheFileOfTheReplacedDeskLoads(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "desk.env")
	require.NoError(t, os.WriteFile(file, []byte(replaced), 0o600))
	e, err := server.LoadEnv([]string{file}, []string{"DATA_DIR=" + t.TempDir()})
	require.NoError(t, err)
	c, err := server.Load(e, server.Preset{Name: "email"})
	require.NoError(t, err)
	require.Equal(t, "outlook.office365.com:993", c.Mail.IMAPAddr)
	require.Equal(t, "smtp.office365.com:587", c.SMTPAddr)
	require.Equal(t, "svc@desk.example", c.SMTPUser)
	require.Empty(t, c.SMTPPassword)
	require.Equal(t, "https://login.microsoftonline.com/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token", c.Mail.Provider.TokenURL)
	require.Equal(t, "PostgreSQL at db:5432", c.Database.Name)
	require.Equal(t, "/static/img/logo.png", c.LogoURL)
	require.Equal(t, []string{"desk.example", "localhost", "127.0.0.1"}, c.AllowedHosts)
}

func TestMailVariables(t *testing.T) {
	t.Parallel()
	c, err := loadMail(t, "MAIL_USER=s@desk.example", "MAIL_PASSWORD=pw", "IMAP_ADDR=mail.desk.example", "SMTP_ADDR=mail.desk.example")
	require.NoError(t, err)
	require.Equal(t, "mail.desk.example:993", c.Mail.IMAPAddr)
	require.Equal(t, []string{"mail.desk.example:587", "s@desk.example", "pw"}, []string{c.SMTPAddr, c.SMTPUser, c.SMTPPassword})
	c, err = loadMail(t, "MAIL_USER=s@desk.example", "OAUTH_CLIENT_ID=x", "OAUTH_TOKEN_URL=https://oauth2.googleapis.com/token", "SMTP_USER=other", "SMTP_PASSWORD=pw2")
	require.NoError(t, err)
	require.Equal(t, "imap.gmail.com:993", c.Mail.IMAPAddr)
	require.Equal(t, []string{"smtp.gmail.com:587", "other", "pw2"}, []string{c.SMTPAddr, c.SMTPUser, c.SMTPPassword})
	c, err = loadMail(t, "MAIL_USER=s@desk.example", "MAIL_PASSWORD=pw", "IMAP_ADDR=mail.desk.example:1143", "SMTP_ADDR=127.0.0.1:25", "MAIL_AUTH_USER=login")
	require.NoError(t, err)
	require.Equal(t, "login", c.Mail.AuthUser)
	require.Empty(t, c.SMTPUser, "a server on this machine needs no sign-in")
	for want, env := range map[string][]string{
		"IMAP_ADDR: needs MAIL_USER":     {"IMAP_ADDR=x", "MAIL_PASSWORD=y"},
		"IMAP_ADDR: needs MAIL_PASSWORD": {"IMAP_ADDR=x", "MAIL_USER=a@b.example"},
		"MAIL_PASSWORD":                  {"MAIL_PASSWORD=y"},
		"OAUTH_TENANT_ID":                {"OAUTH_TENANT_ID=x", "MAIL_USER=a@b.example"},
		"is no tenant":                   {"OAUTH_TENANT_ID=../x", "OAUTH_CLIENT_ID=y", "MAIL_USER=a@b.example"},
		"OAUTH_TOKEN_URL":                {"OAUTH_TOKEN_URL=http://login.example/token", "OAUTH_CLIENT_ID=y", "MAIL_USER=a@b.example"},
		"MAIL_AFTER_IMPORT":              {"IMAP_ADDR=x", "MAIL_USER=a@b.example", "MAIL_PASSWORD=y", "MAIL_AFTER_IMPORT=burn"},
		"host:port":                      {"IMAP_ADDR=x:y", "MAIL_USER=a@b.example", "MAIL_PASSWORD=z"},
	} {
		_, err := loadMail(t, env...)
		require.ErrorContains(t, err, want)
	}
}

func TestAMailboxBecomesTickets(t *testing.T) {
	t.Parallel()
	dove := testdovecot.Start(t)
	dove.Issuer.Grant("by-code", testdovecot.Person{Name: "svc@desk.example", Mailbox: "support@desk.example"})
	require.NoError(t, dove.User("support@desk.example", "pw-of-the-mailbox"))
	mail := func(n string) []byte {
		return []byte("From: Kim <kim@customer.example>\r\nTo: support@desk.example\r\nSubject: Mail " + n + "\r\nMessage-ID: <" + n + "@customer.example>\r\n\r\nHello " + n + "\r\n")
	}
	require.NoError(t, dove.Put("support@desk.example", mail("one")))
	dir := t.TempDir()
	env := []string{"JWT_SECRET=" + fileSecret, "DATA_DIR=" + dir, "LISTEN_ADDR=127.0.0.1:0", "MAIL_USER=support@desk.example", "IMAP_ADDR=" + dove.IMAP, "ADMIN_PASSWORD=a long enough password 1"}
	run := func(more ...string) (logs *safeBuffer, stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		logs = &safeBuffer{}
		done := make(chan int, 1)
		ready := make(chan struct{})
		go func() {
			done <- server.Run(ctx, server.Preset{Name: "email"}, nil, append(env, more...), &bytes.Buffer{}, logs, func(server.Addresses) { close(ready) })
		}()
		select {
		case <-ready:
		case <-time.After(time.Minute):
			t.Fatal(logs.String())
		}
		return logs, func() {
			cancel()
			require.Equal(t, 0, <-done, logs.String())
		}
	}
	_, stop := run("MAIL_PASSWORD=pw-of-the-mailbox")
	require.Eventually(t, func() bool { return dove.Count("support@desk.example", "Processed") == 1 }, time.Minute, 10*time.Millisecond)
	stop()

	// The same desk, by OAuth: what has come in stays known.
	oauth := []string{"OAUTH_CLIENT_ID=app", "OAUTH_REFRESH_TOKEN=by-code", "OAUTH_TOKEN_URL=" + dove.Issuer.URL + "/token", "MAIL_AUTH_USER=svc@desk.example", "LOG_LEVEL=debug"}
	require.NoError(t, dove.Put("support@desk.example", mail("one"), mail("two")))
	logs, stop := run(oauth...)
	require.Eventually(t, func() bool { return dove.Count("support@desk.example", "Processed") == 3 }, time.Minute, 10*time.Millisecond, logs.String())
	stop()
	require.NotContains(t, logs.String(), "by-code")
	require.NotContains(t, logs.String(), "rt-")
	_, stop = run(oauth...) // the rotated token is the one that counts
	require.NoError(t, dove.Put("support@desk.example", mail("three")))
	require.Eventually(t, func() bool { return dove.Count("support@desk.example", "Processed") == 4 }, time.Minute, 10*time.Millisecond)
	stop()
	var out, errOut bytes.Buffer
	require.Equal(t, 0, server.Run(t.Context(), server.Preset{Name: "email"}, []string{"verify"}, append(env, "MAIL_PASSWORD=x"), &out, &errOut, nil), errOut.String())
	raw, err := os.ReadFile(filepath.Join(dir, "ticketkit.db"))
	require.NoError(t, err)
	require.NotContains(t, string(raw), "rt-")
	require.Positive(t, strings.Count(string(raw), "Mail three"))
}

func TestAMailboxSetUpAtTheDeskIsReadAtOnce(t *testing.T) {
	t.Parallel()
	dove := testdovecot.Start(t)
	require.NoError(t, dove.User("sales@desk.example", "pw-of-sales"))
	require.NoError(t, dove.Put("sales@desk.example", []byte("From: kim@customer.example\r\nTo: sales@desk.example\r\nSubject: Offer\r\n\r\nHello\r\n")))
	d := start(t, t.TempDir(), "ADMIN_PASSWORD="+mailAdmin)
	call := func(token, path string, body map[string]any) (out map[string]any) {
		b, err := json.Marshal(body)
		require.NoError(t, err)
		r, err := http.NewRequestWithContext(t.Context(), "POST", "http://"+d.addr.HTTP+"/api"+path, bytes.NewReader(b))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		require.NoError(t, json.NewDecoder(resp.Body).Decode(&out))
		require.Less(t, resp.StatusCode, 300, out)
		return out
	}
	token := call("", "/auth/login", map[string]any{"username": "admin", "password": mailAdmin})["token"].(string)
	got := call(token, "/admin/mailboxes", map[string]any{"address": "sales@desk.example", "server": dove.IMAP, "password": "pw-of-sales"})
	require.Eventually(t, func() bool { return dove.Count("sales@desk.example", "Processed") == 1 }, time.Minute, 10*time.Millisecond)
	found := call(token, "/admin/mailboxes/"+got["id"].(string)+"/check", nil)
	require.Equal(t, "ok", found["items"].([]any)[0].(map[string]any)["level"])
	require.NotContains(t, d.log.String(), "pw-of-sales")
}

const mailAdmin = "a long enough password 1"
