package server_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/mail"
	"net/smtp"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
	"github.com/ticketkit/ticketkit/internal/testservers"
)

// desk is the real program on real sockets, in a folder of its own.
type desk struct {
	*testing.T
	dir   string
	addr  server.Addresses
	token string
	out   *safeBuffer
	log   *safeBuffer
	stop  func() int
	wait  func() // until it listens
}

func start(t *testing.T, dir string, extra ...string) *desk {
	t.Helper()
	d := begin(t, dir, extra...)
	d.wait()
	return d
}

// begin starts the program and does not wait for it.
func begin(t *testing.T, dir string, extra ...string) *desk {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	d := &desk{T: t, dir: dir, out: &safeBuffer{}, log: &safeBuffer{}}
	up, done, code := make(chan server.Addresses, 1), make(chan struct{}), 0
	env := append([]string{"DATA_DIR=" + dir, "LISTEN_ADDR=127.0.0.1:0", "SMTPD_ADDR=127.0.0.1:0", "RATE_LIMIT=off", "LOG_LEVEL=debug"}, extra...)
	go func() {
		defer close(done)
		code = server.Run(ctx, server.Unhurried(server.Preset{Name: "quickstart", KeepSecret: true, Demo: false}), []string{"serve"}, env, d.out, d.log,
			func(a server.Addresses) { up <- a })
	}()
	d.stop = func() int {
		cancel()
		<-done
		return code
	}
	t.Cleanup(func() {
		d.stop()
		if t.Failed() {
			t.Log(d.log.String())
		}
	})
	d.wait = func() {
		t.Helper()
		select {
		case d.addr = <-up:
		case <-done:
			t.Fatalf("the program ended with %d: %s", code, d.log.String())
		case <-time.After(time.Minute):
			t.Fatal("the program does not come up: " + d.log.String())
		}
	}
	return d
}

// call makes an API call and decodes the answer into out, if there is one.
func (d *desk) call(method, path string, in, out any, want int, header ...string) http.Header {
	d.Helper()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		require.NoError(d, err)
		body = bytes.NewReader(b)
	}
	r, err := http.NewRequestWithContext(d.Context(), method, "http://"+d.addr.HTTP+"/api/"+path, body)
	require.NoError(d, err)
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if d.token != "" {
		r.Header.Set("Authorization", "Bearer "+d.token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	require.NoError(d, err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	require.NoError(d, err)
	require.Equal(d, want, res.StatusCode, "%s %s: %s", method, path, b)
	switch o := out.(type) {
	case nil:
	case *[]byte:
		*o = b
	default:
		require.NoError(d, json.Unmarshal(b, out), "%s", b)
	}
	return res.Header
}

type ticketShape struct {
	ID        string `json:"id"`
	Number    int64  `json:"number"`
	Subject   string `json:"subject"`
	Status    string `json:"status"`
	Priority  string `json:"priority"`
	Version   int64  `json:"version"`
	Requester struct{ Email string }
	Assignee  *struct{ Name string } `json:"assignee"`
}

type messageShape struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	Text     string `json:"text"`
	Delivery *struct{ State, Reason string }
	Files    []struct {
		ID, Name, SHA256 string
		Size             int64
	} `json:"attachments"`
}

func (d *desk) tickets() []ticketShape {
	d.Helper()
	var l struct{ Items []ticketShape }
	d.call("GET", "tickets", nil, &l, 200)
	return l.Items
}

func (d *desk) messages(id string) []messageShape {
	d.Helper()
	var l struct{ Items []messageShape }
	d.call("GET", "tickets/"+id+"/messages", nil, &l, 200)
	return l.Items
}

// eventually waits for something that the worker does on its own time.
func (d *desk) eventually(what string, ok func() bool) {
	d.Helper()
	require.Eventually(d, ok, 2*time.Minute, 20*time.Millisecond, what)
}

func (d *desk) signIn() {
	d.Helper()
	require.NotEmpty(d, d.addr.Password)
	require.Contains(d, d.out.String(), d.addr.Password)
	var in struct {
		Token string
		User  struct {
			Role       string
			MustChange bool `json:"must_change_password"`
		}
	}
	d.call("POST", "auth/login", map[string]string{"username": "admin", "password": "not the password"}, nil, 401)
	d.call("POST", "auth/login", map[string]string{"username": "admin", "password": d.addr.Password}, &in, 200)
	require.True(d, in.User.MustChange)
	d.token = in.Token
	d.call("GET", "tickets", nil, nil, 403)
	var changed struct{ Token string }
	d.call("POST", "auth/password", map[string]string{"old_password": d.addr.Password, "password": "ein langer Satz als Kennwort"}, &changed, 200)
	if changed.Token != "" {
		d.token = changed.Token
	}
	d.call("GET", "tickets", nil, nil, 200)
}

const picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func firstMail() string {
	return strings.ReplaceAll(`From: "Kim Müller" <kim@customer.example>
To: support@localhost
Subject: =?UTF-8?Q?Drucker_l=C3=A4uft_nicht?=
Message-ID: <first@customer.example>
Date: Sun, 22 Nov 2026 10:00:00 +0100
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=xyz

--xyz
Content-Type: text/plain; charset=utf-8

Guten Tag, der Drucker läuft nicht.
--xyz
Content-Type: image/png; name="foto.png"
Content-Disposition: attachment; filename="foto.png"
Content-Transfer-Encoding: base64

`+picture+`
--xyz--
`, "\n", "\r\n")
}

// databases are where a desk can be kept: each gives the variables of a fresh one.
var databases = map[string]func(t *testing.T) []string{
	"sqlite":   func(*testing.T) []string { return nil },
	"postgres": func(t *testing.T) []string { return migrated(t, testservers.Postgres(t)) },
	"mariadb":  func(t *testing.T) []string { return migrated(t, testservers.MariaDB(t)) },
}

// migrated brings the tables of a server's database up to date as a person would.
func migrated(t *testing.T, url string) []string {
	t.Helper()
	env := []string{"DATABASE_URL=" + url}
	out, _ := runs(t, 0, append(env, "DATA_DIR="+t.TempDir()), "migrate", "up")
	require.Contains(t, out, "the tables are up to date")
	return env
}

// runs calls the program for one command and requires how it ends.
func runs(t *testing.T, code int, env []string, args ...string) (out, errOut string) {
	t.Helper()
	var o, e safeBuffer
	got := server.Run(t.Context(), server.Preset{Name: "quickstart", KeepSecret: true}, args, append([]string{"LISTEN_ADDR=127.0.0.1:0"}, env...), &o, &e,
		func(server.Addresses) { t.Error("it started") })
	require.Equal(t, code, got, e.String())
	return o.String(), e.String()
}

func TestAMailIsWorkedOnFromIntakeToTranscript(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			walk(t, database(t))
		})
	}
}

// walk is the life of one ticket, on the database that env names.
func walk(t *testing.T, env []string) {
	d := start(t, t.TempDir(), env...)
	d.signIn()

	// A mail with an attachment becomes a ticket, once.
	send := func(rcpt, raw string) {
		require.NoError(t, smtp.SendMail(d.addr.SMTP, nil, "kim@customer.example", []string{rcpt}, []byte(raw)))
	}
	send("support@localhost", firstMail())
	send("support@localhost", firstMail())
	ts := d.tickets()
	require.Len(t, ts, 1)
	tk := ts[0]
	require.Equal(t, "Drucker läuft nicht", tk.Subject)
	require.Equal(t, "kim@customer.example", tk.Requester.Email)
	ms := d.messages(tk.ID)
	require.Len(t, ms, 1)
	require.Equal(t, "Guten Tag, der Drucker läuft nicht.", ms[0].Text)
	require.Len(t, ms[0].Files, 1)
	var file []byte
	h := d.call("GET", "tickets/"+tk.ID+"/attachments/"+ms[0].Files[0].ID, nil, &file, 200)
	want, err := base64.StdEncoding.DecodeString(picture)
	require.NoError(t, err)
	require.Equal(t, want, file)
	require.Contains(t, h.Get("Content-Disposition"), "attachment")
	var raw []byte
	d.call("GET", "messages/"+ms[0].ID+"/raw", nil, &raw, 200)
	require.Contains(t, string(raw), "Message-ID: <first@customer.example>")

	// Claim, note, reply with a file, escalate, priority.
	d.call("POST", "tickets/"+tk.ID+"/claim", nil, &tk, 200, "If-Match", fmt.Sprintf("%q", fmt.Sprint(tk.Version)))
	require.Equal(t, "open", tk.Status)
	require.Equal(t, "admin", tk.Assignee.Name)
	d.call("POST", "tickets/"+tk.ID+"/claim", nil, nil, 412, "If-Match", `"1"`)
	d.call("POST", "tickets/"+tk.ID+"/messages", map[string]any{"kind": "note", "body": "Nur intern: Toner prüfen"}, nil, 201)
	up := d.upload(tk.ID, "anleitung.txt", "Seite 1")
	d.call("POST", "tickets/"+tk.ID+"/messages", map[string]any{"kind": "reply", "body": "Bitte neu starten.", "attachment_ids": []string{up}}, nil, 201)
	d.call("POST", "tickets/"+tk.ID+"/escalate", map[string]string{"reason": "Chef wartet"}, &tk, 200)
	require.Equal(t, "high", tk.Priority)
	d.call("PATCH", "tickets/"+tk.ID, map[string]string{"priority": "urgent"}, &tk, 200)
	require.Equal(t, "urgent", tk.Priority)

	// The reply leaves as a file that a mail program opens.
	var reply *mail.Message
	var body []byte
	d.eventually("a file in the outbox", func() bool { reply, body = d.outgoing(); return reply != nil })
	require.Equal(t, "<first@customer.example>", reply.Header.Get("In-Reply-To"))
	require.Contains(t, string(body), "anleitung.txt")
	require.NotContains(t, string(body), "Nur intern")
	subject, err := new(mime.WordDecoder).DecodeHeader(reply.Header.Get("Subject"))
	require.NoError(t, err)
	require.Contains(t, subject, "Drucker läuft nicht")
	back, err := reply.Header.AddressList("Reply-To")
	require.NoError(t, err)
	require.Regexp(t, `^support\+[a-z2-7]{42}@localhost$`, back[0].Address)
	d.eventually("the message to be marked as sent", func() bool {
		m := d.messages(tk.ID)
		return m[2].Delivery != nil && m[2].Delivery.State == "sent"
	})

	// The answer to that mail lands in the same ticket, even without any reference.
	d.call("POST", "tickets/"+tk.ID+"/close", map[string]string{"reason": "erledigt"}, &tk, 200)
	require.Equal(t, "closed", tk.Status)
	send(back[0].Address, "From: other@customer.example\r\nTo: "+back[0].Address+"\r\nSubject: Re: was anderes\r\n\r\nImmer noch kaputt.\r\n")
	require.Len(t, d.tickets(), 1)
	ms = d.messages(tk.ID)
	require.Equal(t, "Immer noch kaputt.", ms[len(ms)-1].Text)
	d.call("GET", "tickets/"+tk.ID, nil, &tk, 200)
	require.Equal(t, "open", tk.Status, "an answer reopens")

	d.call("POST", "tickets/"+tk.ID+"/close", map[string]string{}, nil, 200)
	d.call("POST", "tickets/"+tk.ID+"/reopen", nil, &tk, 200)
	require.Equal(t, "open", tk.Status)
	for format, has := range map[string]string{"html": "<!doctype html>", "md": "# ", "txt": "Drucker", "json": "{"} {
		var doc []byte
		d.call("GET", "tickets/"+tk.ID+"/transcript?format="+format+"&lang=de", nil, &doc, 200)
		require.Contains(t, strings.ToLower(string(doc)), strings.ToLower(has), format)
		require.Contains(t, string(doc), "Immer noch kaputt", format)
		require.Contains(t, string(doc), ms[0].Files[0].SHA256, format)
	}
	var history struct{ Items []struct{ Type string } }
	d.call("GET", "tickets/"+tk.ID+"/events", nil, &history, 200)
	require.Greater(t, len(history.Items), 10)

	// After a restart everything is there, and the history is whole.
	require.Zero(t, d.stop())
	again := start(t, d.dir, env...)
	require.Empty(t, again.addr.Password, "a password is generated once")
	again.token = d.token
	require.Len(t, again.tickets(), 1)
	require.Zero(t, again.stop())
	out, _ := runs(t, 0, append(env, "DATA_DIR="+d.dir), "verify")
	require.Contains(t, out, "events verified")
}

func (d *desk) upload(id, name, content string) string {
	d.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	require.NoError(d, err)
	_, err = part.Write([]byte(content))
	require.NoError(d, err)
	require.NoError(d, w.Close())
	r, err := http.NewRequestWithContext(d.Context(), "POST", "http://"+d.addr.HTTP+"/api/tickets/"+id+"/attachments", &b)
	require.NoError(d, err)
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Authorization", "Bearer "+d.token)
	res, err := http.DefaultClient.Do(r)
	require.NoError(d, err)
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	require.NoError(d, err)
	require.Equal(d, 201, res.StatusCode, "%s", raw)
	var at struct{ ID string }
	require.NoError(d, json.Unmarshal(raw, &at))
	return at.ID
}

// outgoing reads the one mail in the outbox that a person wrote; nil while there is none.
func (d *desk) outgoing() (*mail.Message, []byte) {
	files, err := filepath.Glob(filepath.Join(d.dir, "outbox", "*.eml"))
	require.NoError(d, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		require.NoError(d, err)
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		require.NoError(d, err)
		if m.Header.Get("Auto-Submitted") != "" {
			continue
		}
		body, err := io.ReadAll(m.Body)
		require.NoError(d, err)
		return m, body
	}
	return nil, nil
}

func TestABusyPortIsExplained(t *testing.T) {
	t.Parallel()
	d := start(t, t.TempDir())
	var out, errOut bytes.Buffer
	code := server.Run(t.Context(), server.Preset{Name: "quickstart", KeepSecret: true}, nil,
		[]string{"DATA_DIR=" + t.TempDir(), "LISTEN_ADDR=" + d.addr.HTTP}, &out, &errOut, nil)
	require.Equal(t, 1, code)
	require.Contains(t, errOut.String(), "LISTEN_ADDR: another program listens on "+d.addr.HTTP)
}

func TestDemoComesAndGoes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	var out, errOut safeBuffer
	code := server.Run(ctx, server.Preset{Name: "quickstart", KeepSecret: true, Demo: true}, nil,
		[]string{"DATA_DIR=" + dir, "LISTEN_ADDR=127.0.0.1:0"}, &out, &errOut, func(server.Addresses) { cancel() })
	require.Zero(t, code, errOut.String())
	require.Contains(t, errOut.String(), "tickets=300")
	files, err := filepath.Glob(filepath.Join(dir, "outbox", "*"))
	require.NoError(t, err)
	require.Empty(t, files, "nothing of the demonstration is ever mailed")
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "ticketkit.db"))
	require.NoError(t, err)
	var ahead int
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM ticketkit_events WHERE created_at > ?", time.Now().UnixMicro()).Scan(&ahead))
	require.NoError(t, db.Close())
	require.Zero(t, ahead, "nothing has happened that lies in the future")
	run := func(args ...string) string {
		out, _ := runs(t, 0, []string{"DATA_DIR=" + dir}, args...)
		return out
	}
	require.Contains(t, run("user", "list"), "demo.miriam")
	require.Contains(t, run("demo", "clear"), "300 demonstration tickets removed")
	require.NotContains(t, run("user", "list"), "demo.")
	require.Contains(t, run("verify"), "events verified")
}
