package imap_test

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/imap"
	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/internal/mailauth"
	"github.com/ticketkit/ticketkit/internal/testdovecot"
)

func dovecotBox(s *testdovecot.Server, change ...func(*imap.Mailbox)) imap.Mailbox {
	m := imap.Mailbox{ID: "main", Address: address, Password: password, Server: s.IMAPS, Security: imap.TLS, TLS: &tls.Config{RootCAs: s.Roots, ServerName: "localhost"}}
	for _, f := range change {
		f(&m)
	}
	return m
}

func quick(c *imap.Config) { c.Backoff, c.Lease = 10*time.Millisecond, 3*time.Second }

// mixed are mails of many shapes, some of them broken.
func mixed(n int) [][]byte {
	out := make([][]byte, 0, n)
	for i := range n {
		raw := letter(i)
		switch i % 8 {
		case 1:
			raw = append(letter(i, `Content-Type: text/html; charset=utf-8`), []byte("<p>Grüße</p>")...)
		case 2:
			raw = compose(adaptertest.Item{ID: fmt.Sprintf("i%d", i), Name: "Jürgen", Address: "j@customer.example", Subject: fmt.Sprintf("Letter %d", i), Text: "Größe",
				Files: []adaptertest.File{{Name: "a.bin", ContentType: "application/octet-stream", Data: []byte(strings.Repeat("\x00\xff", 3000))}}})
		case 3: // a structure that a server cannot describe
			raw = letter(i, "Content-Type: multipart/mixed; boundary=\"x", "Content-Disposition: ; ;; filename*=")
		case 4:
			raw = append([]byte("From kim Sun Nov 22 10:00:00 2026\n"), letter(i)...)
		case 5:
			raw = []byte(strings.ReplaceAll(string(letter(i)), "\r\n", "\n"))
		case 6:
			raw = append(letter(i), []byte(strings.Repeat("x", 20_000))...)
		}
		out = append(out, raw)
	}
	return out
}

func TestDovecotThousandMails(t *testing.T) {
	t.Parallel()
	s, rec := testdovecot.Start(t), &adaptertest.Recorder{}
	require.NoError(t, s.User(address, password))
	const n = 1000
	require.NoError(t, s.Put(address, mixed(n)...))
	w := start(t, newState(), rec, imap.Static{dovecotBox(s)}, quick, func(c *imap.Config) { c.Poll = time.Hour })
	slowly(t, "all", func() bool { return s.Count(address, "Processed") == n })
	onceEach(t, rec, n)
	require.Empty(t, rec.Parked())
	require.NoError(t, s.Put(address, letter(n))) // IDLE
	slowly(t, "pushed", func() bool { return s.Count(address, "Processed") == n+1 })
	slowly(t, "gone from the inbox", func() bool { return s.Count(address, "") == 0 }) // Dovecot moves a file by a second link
	slowly(t, "ready", func() bool { return w.source("main").State == adapters.SourceReady })

	require.NoError(t, s.Stop()) // a restart of the server
	require.NoError(t, s.Put(address, letter(n+1)))
	slowly(t, "noticed", func() bool { return w.source("main").State == adapters.SourceWaiting })
	require.NoError(t, s.Again())
	slowly(t, "goes on", func() bool { return s.Count(address, "Processed") == n+2 })
	onceEach(t, rec, n+2)
}

func slowly(t testing.TB, what string, ok func() bool) {
	t.Helper()
	require.Eventually(t, ok, 2*time.Minute, 10*time.Millisecond, what)
}

func TestDovecotNumbersAnew(t *testing.T) {
	t.Parallel()
	s, rec := testdovecot.Start(t), &adaptertest.Recorder{}
	require.NoError(t, s.User(address, password))
	require.NoError(t, s.Put(address, mixed(40)...))
	leave := imap.Static{dovecotBox(s, func(m *imap.Mailbox) { m.After = imap.Leave })}
	w := start(t, newState(), rec, leave, quick)
	slowly(t, "all", func() bool { return w.source("main").Imported == 40 })
	require.NoError(t, s.Stop())
	require.NoError(t, s.Renumber(address))
	time.Sleep(1100 * time.Millisecond) // Dovecot takes the time of day in seconds for UIDVALIDITY
	require.NoError(t, s.Put(address, letter(1000)))
	require.NoError(t, s.Again())
	slowly(t, "looked at again", func() bool { return w.source("main").Imported == 81 })
	onceEach(t, rec, 41)
}

// oauthWorld is a mailbox with OAuth.
func tokensFor(t *testing.T, s *testdovecot.Server, name, refresh string) *mailauth.Source {
	t.Helper()
	ring, err := keys.New([]byte(keys.Generate()))
	require.NoError(t, err)
	p, err := mailauth.ProviderOf("", s.Issuer.URL+"/token", "")
	require.NoError(t, err)
	src, err := mailauth.New(mailauth.Config{Name: name, Provider: p, ClientID: "app", Refresh: refresh, Store: newState(), Box: ring.Box(keys.LabelStateSecrets)})
	require.NoError(t, err)
	return src
}

func TestDovecotOAuth(t *testing.T) {
	t.Parallel()
	s, rec := testdovecot.Start(t), &adaptertest.Recorder{}
	s.Issuer.Grant("seed", testdovecot.Person{Name: "svc@desk.example", Mailbox: address}) // the token is somebody else's: a shared mailbox
	tokens := tokensFor(t, s, "main", "seed")
	require.NoError(t, s.Put(address, letter(0)))
	box := dovecotBox(s, func(m *imap.Mailbox) { m.Password, m.Tokens, m.User = "", tokens, "svc@desk.example" })
	w := start(t, newState(), rec, imap.Static{box}, quick)
	slowly(t, "in", func() bool { return s.Count(address, "Processed") == 1 })

	s.Issuer.Expire() // the server refuses the old one, which nobody has to mend
	require.NoError(t, s.Stop())
	require.NoError(t, s.Put(address, letter(1)))
	require.NoError(t, s.Again())
	slowly(t, "with a new token", func() bool { return s.Count(address, "Processed") == 2 })

	s.Issuer.Revoke("svc@desk.example")
	require.NoError(t, s.Stop())
	require.NoError(t, s.Put(address, letter(2)))
	require.NoError(t, s.Again())
	slowly(t, "stopped", func() bool {
		st := w.source("main")
		return st.State == adapters.SourceStopped && strings.Contains(st.LastErrorFix, "oauth login")
	})
	asked := len(s.Issuer.Log())
	s.Issuer.Grant("by-login", testdovecot.Person{Name: "svc@desk.example", Mailbox: address})
	require.NoError(t, tokens.Keep(t.Context(), "by-login"))
	slowly(t, "works again", func() bool { return s.Count(address, "Processed") == 3 })
	require.LessOrEqual(t, len(s.Issuer.Log()), asked+2)
	onceEach(t, rec, 3)
}

func TestDovecotThreeMailboxesSideBySide(t *testing.T) {
	t.Parallel()
	s, rec := testdovecot.Start(t), &adaptertest.Recorder{}
	for _, u := range []string{"wrong@desk.example", "revoked@desk.example", "good@desk.example"} {
		require.NoError(t, s.User(u, password))
		require.NoError(t, s.Put(u, letter(1, "X-For: "+u)))
	}
	w := start(t, newState(), rec, imap.Static{
		dovecotBox(s, func(m *imap.Mailbox) { m.ID, m.Address, m.Password = "wrong", "wrong@desk.example", "no" }),
		dovecotBox(s, func(m *imap.Mailbox) {
			m.ID, m.Address, m.Password, m.Tokens = "revoked", "revoked@desk.example", "", tokensFor(t, s, "revoked", "was revoked")
		}),
		dovecotBox(s, func(m *imap.Mailbox) {
			m.ID, m.Address, m.Server, m.Security = "good", "good@desk.example", s.IMAP, imap.StartTLS
		}),
	}, quick)
	slowly(t, "the good one", func() bool { return s.Count("good@desk.example", "Processed") == 1 })
	slowly(t, "the others", func() bool {
		return w.source("wrong").State == adapters.SourceStopped && w.source("revoked").State == adapters.SourceStopped
	})
	require.Contains(t, w.source("wrong").LastErrorFix, "password")
	require.Contains(t, w.source("revoked").LastErrorFix, "oauth login")
	require.Len(t, s.Issuer.Log(), 1)
	require.Len(t, rec.Taken(), 1)
}

func TestDovecotFindings(t *testing.T) {
	t.Parallel()
	s := testdovecot.Start(t)
	require.NoError(t, s.User(address, password))
	a, _, err := imap.New(imap.Config{Source: imap.Static{}, State: newState()})
	require.NoError(t, err)
	const svc = "svc@desk.example"
	imapOnly := testdovecot.Person{Name: "svc", Mailbox: address, Scopes: []string{"https://outlook.office.com/IMAP.AccessAsUser.All"}}
	s.Issuer.Grant("imap-only", imapOnly)
	s.Issuer.Grant("smtp-only", testdovecot.Person{Name: "s2", Mailbox: address, Scopes: []string{"https://outlook.office.com/SMTP.Send"}})
	s.Issuer.Grant("other", testdovecot.Person{Name: "s3", Mailbox: "other@desk.example"})
	s.Issuer.Grant("other-for-shared", testdovecot.Person{Name: "s4", Mailbox: "other@desk.example"})
	s.Issuer.Grant("no-access", testdovecot.Person{Name: "s5", Mailbox: svc})
	s.Issuer.Grant("shared", testdovecot.Person{Name: "s6", Mailbox: address})
	oauth := func(refresh, user string) func(*imap.Mailbox) {
		return func(m *imap.Mailbox) {
			m.Password, m.Tokens, m.User, m.Sends = "", tokensFor(t, s, refresh, refresh), user, true
		}
	}
	missing := []string{"warning: Processed: Processed", "warning: Failed: Failed"}
	good := func(last ...string) []string {
		return append(append([]string{"ok: signed in: angemeldet"}, missing...), last...)
	}
	for name, c := range map[string]struct {
		change func(*imap.Mailbox)
		want   []string // level: words: German words
	}{
		"good":                    {func(*imap.Mailbox) {}, good()},
		"wrong password":          {func(m *imap.Mailbox) { m.Password = "no" }, []string{"error: app password: App-Passwort"}},
		"certificate":             {func(m *imap.Mailbox) { m.TLS = nil }, []string{"error: certificate: Zertifikat"}},
		"folder":                  {func(m *imap.Mailbox) { m.Folder = "Nowhere" }, []string{"error: make the folder “Nowhere”: „Nowhere“ anlegen"}},
		"no IMAP scope":           {oauth("smtp-only", ""), []string{"error: the permission https://outlook.office.com/IMAP.AccessAsUser.All is missing: IMAP.AccessAsUser.All fehlt", "ok: sending: Senden"}},
		"no SMTP scope":           {oauth("imap-only", ""), good("error: replies wait; the permission https://outlook.office.com/SMTP.Send is missing: SMTP.Send fehlt")},
		"somebody else's token":   {oauth("other", ""), []string{"error: sign in as somebody who may open support@: als jemand anmelden, der support@", "ok: sending: Senden"}},
		"not whose it should be":  {oauth("other-for-shared", svc), []string{"error: the token is not that of svc@: gehört nicht svc@", "ok: sending: Senden"}},
		"no access to the shared": {oauth("no-access", svc), []string{"error: give svc@desk.example full access to the shared mailbox support@: svc@desk.example Vollzugriff", "ok: sending: Senden"}},
		"shared":                  {oauth("shared", svc), good("ok: sending: Senden")},
		"revoked":                 {oauth("never granted", ""), []string{"error: oauth login --mailbox main: neu anmelden", "error: oauth login --mailbox main: neu anmelden"}},
		"nobody there":            {func(m *imap.Mailbox) { m.Server = "127.0.0.1:1" }, []string{"error: cannot be reached: nicht zu erreichen"}},
		"no such name":            {func(m *imap.Mailbox) { m.Server = "mail.desk.invalid:993" }, []string{"error: cannot be reached: nicht zu erreichen"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := a.CheckMailbox(t.Context(), dovecotBox(s, c.change))
			require.Len(t, got, len(c.want), "%+v", got)
			for n, f := range got {
				part := strings.SplitN(c.want[n], ": ", 3)
				require.Equal(t, part[0], f.Level, "%+v", f)
				require.Contains(t, f.Text+" "+f.Fix, part[1])
				require.Contains(t, f.German.Text+" "+f.German.Fix, part[2])
				require.NotContains(t, f.Text+f.Fix+f.German.Text, password)
				require.NotRegexp(t, `\{[a-z]+\}|imap\.[a-z]`, f.Text+f.Fix+f.German.Text+f.German.Fix)
			}
		})
	}
}
