package ticketkit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/smtp"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/mailout"
	"github.com/ticketkit/ticketkit/adapters/smtpd"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestLessons holds a whole desk to what other systems' advisories teach, one test for each lesson that shows from outside. Those that
// concern accounts alone stand in package rbac (missing keys, token fields, deletions of one's own type, throttling, equal work for
// unknown users), those of parsers in internal/mime (address headers, nesting) and those of outgoing requests in internal/outbound.
func TestLessons(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(*testing.T, *mailDesk){
		"sign-in headers from a peer nobody trusts are ignored":        lessonSignInHeaders,
		"a forged Message-ID with an agent's From is no agent's reply": lessonForgedAgent,
		"an attachment of another queue is not there":                  lessonForeignAttachment,
		"an SVG and a javascript: link are inert":                      lessonInert,
		"a line break in an address is refused":                        lessonLineBreak,
		"a note is text wherever it is shown":                          lessonNotes,
		"a forged requester gets no flood of answers":                  lessonNoFlood,
		"a spoofed mail adds no reader":                                lessonNoReader,
		"filters come from a list":                                     lessonFilters,
		"an export reads no files":                                     lessonNoFiles,
		"a mail of a hundred levels or 500,000 addresses is bounded":   lessonBounded,
		"ids of one kind open nothing of another":                      lessonKinds,
		"a number in the subject is believed only from who takes part": lessonNumber,
		"a reply token of another desk or a changed one leads nowhere": lessonToken,
		"what a limited agent may not read cannot be found or counted": lessonNotFound,
		"what came from outside never names the desk's own authors":    lessonAuthors,
		"merging and linking need both tickets":                        lessonBothTickets,
		"an upload is only its uploader's until it is sent":            lessonUpload,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newMailDesk(t))
		})
	}
}

// mailDesk is a desk with two queues, its people, and mail in and out through real sockets and files.
type mailDesk struct {
	*testing.T
	*ticketkit.Desk
	dir    string
	smtp   string
	queues map[string]ticket.QueueID
	tokens map[string]string
}

var me = ticket.SystemActor("test")

const phrase = "vier Pferde ziehen den Wagen"

func newMailDesk(t *testing.T) *mailDesk {
	t.Helper()
	d := &mailDesk{T: t, dir: t.TempDir(), queues: map[string]ticket.QueueID{}, tokens: map[string]string{}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	d.smtp = l.Addr().String()
	out, err := mailout.New(mailout.Config{From: mail.Address{Name: "Desk", Address: "support@localhost"}, OutboxDir: filepath.Join(d.dir, "outbox"), DeskID: "abc"})
	require.NoError(t, err)
	d.Desk = newDesk(t, func(c *ticketkit.Config) {
		in, err := smtpd.New(smtpd.Config{Listener: l, Addr: d.smtp, Inbox: "support@localhost", Recipients: map[string]ticket.QueueID{"support@localhost": "", "sales@localhost": "Verkauf"},
			AcceptAny: true, Out: out, DeskID: "abc"})
		require.NoError(t, err)
		c.Notices.Mails = map[ticket.NoticeKind]bool{} // only what people write
		c.Adapters, c.Mail, c.Blobs = []adapters.Adapter{in}, out, store.NewFileBlobs(filepath.Join(d.dir, "blobs"))
	})
	for _, name := range []string{"Support", "Verkauf"} {
		q, err := d.Tickets().CreateQueue(t.Context(), me, name)
		require.NoError(t, err)
		d.queues[name] = q.ID
	}
	for name, role := range map[string]string{"anna": rbac.RoleAdmin, "sam": rbac.RoleSupport} {
		var limit []ticket.QueueID
		if name == "sam" {
			limit = []ticket.QueueID{d.queues["Support"]}
		}
		_, err := d.Accounts().CreateUser(t.Context(), me, rbac.NewUser{Username: name, Role: role, Password: phrase, Queues: limit})
		require.NoError(t, err)
		in, err := d.Accounts().Login(t.Context(), name, phrase, rbac.LoginMeta{Address: "192.0.2.9"})
		require.NoError(t, err)
		d.tokens[name] = in.Token
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- d.Desk.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-done)
	})
	return d
}

// mail sends a message as its lines say and gives the ticket that is the newest then.
func (d *mailDesk) mail(to string, lines ...string) {
	d.Helper()
	raw := strings.Join(lines, "\r\n") + "\r\n"
	require.NoError(d, smtp.SendMail(d.smtp, nil, "sender@customer.example", []string{to}, []byte(raw)))
}

func (d *mailDesk) tickets() []ticket.Ticket {
	d.Helper()
	ts, _, err := d.Tickets().List(d.Context(), me, ticket.Query{Sort: ticket.ByNumberAsc})
	require.NoError(d, err)
	return ts
}

func (d *mailDesk) messages(id ticket.ID) []ticket.Message {
	d.Helper()
	ms, err := d.Tickets().Messages(d.Context(), me, ticket.MessageQuery{Ticket: id})
	require.NoError(d, err)
	return ms
}

// outbox reads the mails that have left, once there are at least n.
func (d *mailDesk) outbox(n int) (out []*mail.Message) {
	d.Helper()
	var files []string
	require.Eventually(d, func() bool {
		files, _ = filepath.Glob(filepath.Join(d.dir, "outbox", "*.eml"))
		return len(files) >= n
	}, 2*time.Minute, 10*time.Millisecond)
	for _, f := range files {
		raw, err := os.ReadFile(f)
		require.NoError(d, err)
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		require.NoError(d, err)
		out = append(out, m)
	}
	return out
}

// api calls as somebody and demands a status; 0 is any. headers are pairs.
func (d *mailDesk) api(who string, status int, method, path string, body any, headers ...string) *httptest.ResponseRecorder {
	d.Helper()
	var r io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		require.NoError(d, err)
		r = bytes.NewReader(raw)
	}
	req := httptest.NewRequestWithContext(d.Context(), method, "http://desk.example/api/"+path, r)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if who != "" {
		req.Header.Set("Authorization", "Bearer "+d.tokens[who])
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	d.Handler().ServeHTTP(w, req)
	if status != 0 {
		require.Equal(d, status, w.Code, "%s %s: %s", method, path, w.Body)
	}
	return w
}

func lessonSignInHeaders(t *testing.T, d *mailDesk) {
	for _, h := range []string{"Remote-User", "X-Remote-User", "X-Forwarded-User", "X-Forwarded-Email", "X-Auth-Request-User", "X-WebAuth-User", "X-Authenticated-User", "REMOTE_USER", "Auth-User"} {
		d.api("", http.StatusUnauthorized, "GET", "auth/me", nil, h, "anna")
	}
	for _, h := range []string{"X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override"} {
		d.api("", http.StatusUnauthorized, "GET", "tickets", nil, h, "/api/health")
	}
}

func lessonForgedAgent(t *testing.T, d *mailDesk) {
	d.mail("support@localhost", "From: Kim <kim@customer.example>", "To: support@localhost", "Message-ID: <1@customer.example>", "Subject: Hilfe", "", "Bitte.")
	tk := d.tickets()[0]
	_, err := d.Tickets().Reply(t.Context(), ticket.AccountActor("nobody", "anna"), tk.ID, 0, ticket.NewMessage{Body: "x"})
	require.Error(t, err, "an actor's name is no account")
	d.api("sam", http.StatusCreated, "POST", "tickets/"+string(tk.ID)+"/messages", map[string]string{"kind": "reply", "body": "Gern."})
	ours := d.outbox(1)[0].Header.Get("Message-ID")
	for _, from := range []string{"support@localhost", "sam@localhost", "anna@localhost"} {
		d.mail("support@localhost", "From: sam <"+from+">", "To: kim@customer.example", "In-Reply-To: "+ours, "References: "+ours, "Message-ID: <sam-"+from+">", "Subject: Re: Hilfe", "", "Sie bekommen alles ersetzt.")
	}
	agents := 0
	for _, x := range d.tickets() {
		for _, m := range d.messages(x.ID) {
			if m.Author.Type == ticket.ActorAccount {
				agents++
			}
		}
	}
	require.Equal(t, 1, agents, "only what sam wrote in the desk is sam's")
}

func lessonForeignAttachment(t *testing.T, d *mailDesk) {
	for _, to := range []string{"support@localhost", "sales@localhost"} {
		d.mail(to, "From: kim@customer.example", "To: "+to, "Subject: "+to, "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", "", "--b", "Content-Type: text/plain", "", "x",
			"--b", "Content-Type: text/plain", "Content-Disposition: attachment; filename=geheim.txt", "", "geheim", "--b--")
	}
	ts := d.tickets()
	require.Len(t, ts, 2)
	mine, theirs := ts[0], ts[1]
	require.Equal(t, d.queues["Verkauf"], theirs.Queue.ID)
	own, foreign := d.messages(mine.ID)[0].Attachments[0].ID, d.messages(theirs.ID)[0].Attachments[0].ID
	d.api("sam", http.StatusOK, "GET", "tickets/"+string(mine.ID)+"/attachments/"+string(own), nil)
	d.api("sam", http.StatusNotFound, "GET", "tickets/"+string(theirs.ID)+"/attachments/"+string(foreign), nil)
	d.api("sam", http.StatusNotFound, "GET", "tickets/"+string(mine.ID)+"/attachments/"+string(foreign), nil)
	d.api("sam", http.StatusNotFound, "POST", "tickets/"+string(mine.ID)+"/messages", map[string]any{"kind": "reply", "body": "x", "attachment_ids": []any{foreign}})
	d.api("sam", http.StatusNotFound, "POST", "tickets/"+string(mine.ID)+"/messages", map[string]any{"kind": "note", "body": "x", "attachment_ids": []any{foreign}})
}

func lessonInert(t *testing.T, d *mailDesk) {
	d.mail("support@localhost", "From: kim@customer.example", "To: support@localhost", "Subject: Bild", "MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b", "",
		"--b", "Content-Type: text/html", "", `<p>x</p><a href="javascript:alert(1)">a</a><a href=" JaVaScRiPt:alert(1)">b</a><a href="data:text/html,x">c</a><svg onload=alert(1)></svg><img src=x onerror=alert(1)>`,
		"--b", "Content-Type: image/svg+xml", "Content-Disposition: inline; filename=a.svg", "", `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "--b--")
	tk := d.tickets()[0]
	m := d.messages(tk.ID)[0]
	shown := d.api("sam", http.StatusOK, "GET", "messages/"+string(m.ID)+"/html", nil)
	for _, bad := range []string{"javascript:", "data:text", "<svg", "onerror", "onload", "<script"} {
		require.NotContains(t, strings.ToLower(shown.Body.String()), bad)
	}
	require.Contains(t, shown.Header().Get("Content-Security-Policy"), "sandbox")
	require.NotContains(t, shown.Header().Get("Content-Security-Policy"), "script-src 'unsafe")
	file := d.api("sam", http.StatusOK, "GET", "tickets/"+string(tk.ID)+"/attachments/"+string(m.Attachments[0].ID), nil)
	require.True(t, strings.HasPrefix(file.Header().Get("Content-Disposition"), "attachment"))
	require.NotContains(t, file.Header().Get("Content-Type"), "svg")
	require.Equal(t, "nosniff", file.Header().Get("X-Content-Type-Options"))
}

func lessonLineBreak(t *testing.T, d *mailDesk) {
	for _, bad := range []string{"a@b.example\r\nBcc: x@y.example", "a@b.example\rx", "a\x00@b.example", "<a@b.example>, c@d.example", "a@b.example c@d.example"} {
		w := d.api("anna", http.StatusBadRequest, "POST", "tickets", map[string]any{"subject": "s", "body": "b", "requester": map[string]string{"email": bad}})
		require.Contains(t, w.Body.String(), "requester.email", "%q", bad)
	}
	w := d.api("anna", 0, "POST", "tickets", map[string]any{"subject": "s\r\nBcc: x@y.example", "body": "b", "requester": map[string]string{"email": "a@b.example"}})
	if w.Code < 300 {
		id := string(d.tickets()[0].ID)
		d.api("anna", http.StatusCreated, "POST", "tickets/"+id+"/messages", map[string]string{"kind": "reply", "body": "x"})
		require.Empty(t, d.outbox(1)[0].Header.Get("Bcc"))
	}
}

func lessonNotes(t *testing.T, d *mailDesk) {
	const evil = `<script>alert(1)</script><img src=x onerror=alert(1)> [x](javascript:alert(1))`
	tk := d.open("x")
	d.api("sam", http.StatusCreated, "POST", "tickets/"+string(tk.ID)+"/messages", map[string]string{"kind": "note", "body": evil})
	var got struct {
		Items []struct {
			Text string
			HTML bool
		}
	}
	require.NoError(t, json.Unmarshal(d.api("sam", http.StatusOK, "GET", "tickets/"+string(tk.ID)+"/messages", nil).Body.Bytes(), &got))
	last := got.Items[len(got.Items)-1]
	require.Equal(t, evil, last.Text, "text is kept as it was written")
	require.False(t, last.HTML)
	doc := d.api("sam", http.StatusOK, "GET", "tickets/"+string(tk.ID)+"/transcript?format=html", nil).Body.String()
	require.NotContains(t, doc, "<script>alert")
	require.NotContains(t, doc, "<img src=x")
	require.NotContains(t, doc, `href="javascript:`)
}

func (d *mailDesk) open(subject string) *ticket.Ticket {
	d.Helper()
	tk, err := d.Tickets().Open(d.Context(), me, ticket.NewTicket{Subject: subject, Body: "b", Queue: d.queues["Support"], Requester: ticket.Person{Identity: ticket.Identity{Value: "kim@customer.example"}}})
	require.NoError(d, err)
	return tk
}

func lessonNoFlood(t *testing.T, d *mailDesk) {
	for n := range 80 {
		d.mail("support@localhost", "From: victim@elsewhere.example", "To: support@localhost", fmt.Sprintf("Message-ID: <%d@attacker.example>", n), fmt.Sprintf("Subject: Nr %d", n), "", "x")
	}
	tk := d.open("a reply that must leave, behind whatever the desk answers by itself")
	d.api("anna", http.StatusCreated, "POST", "tickets/"+string(tk.ID)+"/messages", map[string]string{"kind": "reply", "body": "Ende"})
	toVictim := 0
	require.Eventually(t, func() bool {
		toVictim = 0
		kim := false
		for _, m := range d.outbox(1) {
			if strings.Contains(m.Header.Get("To"), "victim") {
				toVictim++
			}
			kim = kim || strings.Contains(m.Header.Get("To"), "kim")
		}
		return kim
	}, 2*time.Minute, 20*time.Millisecond)
	require.LessOrEqual(t, toVictim, 10)
}

func lessonNoReader(t *testing.T, d *mailDesk) {
	d.mail("support@localhost", "From: Kim <kim@customer.example>", "To: support@localhost", "Message-ID: <1@customer.example>", "Subject: Vertraulich", "", "Bitte.")
	tk := d.tickets()[0]
	for n, from := range []string{"kim@customer.example", "attacker@elsewhere.example"} {
		d.mail("support@localhost", "From: "+from, "To: support@localhost", "Cc: attacker@elsewhere.example", fmt.Sprintf("Message-ID: <f%d@elsewhere.example>", n), "In-Reply-To: <1@customer.example>",
			fmt.Sprintf("Subject: Re: [#%d] Vertraulich", tk.Number), "", "Danke.")
	}
	ps, err := d.Tickets().Participants(t.Context(), me, tk.ID)
	require.NoError(t, err)
	require.Empty(t, ps)
	d.api("sam", http.StatusCreated, "POST", "tickets/"+string(tk.ID)+"/messages", map[string]string{"kind": "reply", "body": "Ihr Kennwort ist neu."})
	for _, m := range d.outbox(1) {
		require.NotContains(t, m.Header.Get("To")+m.Header.Get("Cc")+m.Header.Get("Bcc"), "attacker")
	}
}

func lessonFilters(t *testing.T, d *mailDesk) {
	d.open("x")
	for _, q := range []string{"sort=password_hash", "sort=created_at;DROP", "limit=0", "limit=101", "status=%27", "priority[$ne]=x", "cursor=x"} {
		w := d.api("anna", 0, "GET", "tickets?"+q, nil)
		require.GreaterOrEqual(t, w.Code, 400, q)
		require.Less(t, w.Code, 500, q)
	}
	for _, q := range []string{"password_hash:a", "id:1", "requester.password:x", "queue_id>0", "is:admin"} {
		w := d.api("anna", 0, "GET", "tickets?q="+url.QueryEscape(q), nil)
		if w.Code == http.StatusOK { // taken as words, which are not there
			require.Contains(t, w.Body.String(), `"items":[]`, q)
		} else {
			require.Equal(t, http.StatusBadRequest, w.Code, q)
		}
	}
}

func lessonNoFiles(t *testing.T, d *mailDesk) {
	secret := filepath.Join(t.TempDir(), "secret.txt")
	require.NoError(t, os.WriteFile(secret, []byte("TOPSECRET"), 0o600))
	d.mail("support@localhost", "From: kim@customer.example", "To: support@localhost", "Subject: Bild", "MIME-Version: 1.0", "Content-Type: text/html", "",
		`<p>a</p><img src="file://`+secret+`"><iframe src="file://`+secret+`"></iframe><link rel=stylesheet href="file://`+secret+`"><object data="`+secret+`"></object><img src="cid:../../secret.txt">`)
	tk := d.tickets()[0]
	for _, f := range []string{"html", "md", "txt", "json"} {
		doc := d.api("sam", http.StatusOK, "GET", "tickets/"+string(tk.ID)+"/transcript?format="+f, nil).Body.String()
		require.NotContains(t, doc, "TOPSECRET", f)
		require.NotContains(t, doc, `src="file:`, f)
	}
}

func lessonBounded(t *testing.T, d *mailDesk) {
	var deep strings.Builder
	deep.WriteString("From: kim@customer.example\r\nTo: support@localhost\r\nSubject: tief\r\nMIME-Version: 1.0\r\n")
	for n := range 100 {
		fmt.Fprintf(&deep, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", n, n)
	}
	deep.WriteString("Content-Type: text/plain\r\n\r\nganz unten\r\n")
	wide := "From: kim@customer.example\r\nTo: support@localhost\r\nSubject: breit\r\nCc: " + strings.Repeat("a@b.example,\r\n ", 500_000) + "c@d.example\r\n\r\nx\r\n"
	for _, raw := range []string{deep.String(), wide} {
		// It may be refused, parked or mended into a ticket; it must not take the desk down.
		_ = smtp.SendMail(d.smtp, nil, "kim@customer.example", []string{"support@localhost"}, []byte(raw))
	}
	d.mail("support@localhost", "From: kim@customer.example", "To: support@localhost", "Subject: danach", "", "x")
	ts := d.tickets()
	require.Equal(t, "danach", ts[len(ts)-1].Subject)
	for _, tk := range ts {
		ps, err := d.Tickets().Participants(t.Context(), me, tk.ID)
		require.NoError(t, err)
		require.LessOrEqual(t, len(ps), d.Tickets().Limits().Participants)
	}
}

func lessonKinds(t *testing.T, d *mailDesk) {
	d.mail("support@localhost", "From: kim@customer.example", "To: support@localhost", "Subject: s", "", "x")
	tk := d.tickets()[0]
	m := d.messages(tk.ID)[0]
	for _, id := range []string{string(m.ID), string(tk.Requester.ID), string(tk.Queue.ID)} {
		d.api("anna", http.StatusNotFound, "GET", "tickets/"+id, nil)
		d.api("anna", http.StatusNotFound, "DELETE", "tickets/"+id, nil)
		d.api("anna", http.StatusNotFound, "DELETE", "admin/users/"+id, nil)
		d.api("anna", http.StatusNotFound, "DELETE", "tokens/"+id, nil)
		d.api("anna", http.StatusNotFound, "DELETE", "auth/sessions/"+id, nil)
		d.api("anna", http.StatusNotFound, "DELETE", "parked/"+id, nil)
	}
	require.Len(t, d.tickets(), 1)
	require.Len(t, d.messages(tk.ID), 1)
}

func lessonNumber(t *testing.T, d *mailDesk) {
	d.mail("support@localhost", "From: Kim <kim@customer.example>", "To: support@localhost", "Message-ID: <1@customer.example>", "Subject: Hilfe", "", "Bitte.")
	tk := d.tickets()[0]
	d.mail("support@localhost", "From: eve@elsewhere.example", "To: support@localhost", fmt.Sprintf("Subject: Re: [#%d] Hilfe", tk.Number), "", "Was steht da drin?")
	require.Len(t, d.tickets(), 2)
	require.Len(t, d.messages(tk.ID), 1)
}

func lessonToken(t *testing.T, d *mailDesk) {
	tk := d.open("Hilfe")
	other := newMailDesk(t)
	d.api("anna", http.StatusCreated, "POST", "tickets/"+string(tk.ID)+"/messages", map[string]string{"kind": "reply", "body": "x"})
	back, err := d.outbox(1)[0].Header.AddressList("Reply-To")
	require.NoError(t, err)
	local, domain, _ := strings.Cut(back[0].Address, "@")
	for _, last := range "abcdefghijklmnopqrstuvwxyz234567" { // also those that differ in bits that a lax decoder drops
		if changed := local[:len(local)-1] + string(last); changed != local {
			_, ok := d.Tickets().ParseReplyToken(strings.TrimPrefix(changed, "support+"))
			require.False(t, ok, changed)
		}
	}
	d.mail(local[:len(local)-1]+strings.Map(func(r rune) rune {
		if r == 'a' {
			return 'b'
		}
		return 'a'
	}, local[len(local)-1:])+"@"+domain, "From: eve@elsewhere.example", "To: x", "Subject: Re: Hilfe", "", "geändert")
	require.Len(t, d.messages(tk.ID), 2)
	other.mail(back[0].Address, "From: eve@elsewhere.example", "To: x", "Subject: Re: Hilfe", "", "anderswo")
	for _, x := range other.tickets() {
		require.NotEqual(t, tk.ID, x.ID)
	}
	d.mail(back[0].Address, "From: kim@customer.example", "To: x", "Subject: Re: Hilfe", "", "echt")
	require.Len(t, d.messages(tk.ID), 3)
}

func lessonNotFound(t *testing.T, d *mailDesk) {
	d.mail("sales@localhost", "From: kim@customer.example", "To: sales@localhost", "Subject: Einhornpreise", "", "Angebot fuer Einhorn")
	tk := d.tickets()[0]
	for _, path := range []string{"tickets/" + string(tk.ID), fmt.Sprintf("tickets/%d", tk.Number), "tickets/" + string(tk.ID) + "/messages", "tickets/" + string(tk.ID) + "/events",
		"tickets/" + string(tk.ID) + "/transcript", "messages/" + string(d.messages(tk.ID)[0].ID) + "/raw"} {
		d.api("sam", http.StatusNotFound, "GET", path, nil)
		d.api("anna", http.StatusOK, "GET", path, nil)
	}
	for _, q := range []string{"tickets", "tickets?q=Einhorn*", "tickets?q=" + url.QueryEscape(fmt.Sprintf("#%d", tk.Number)), "tickets?requester=" + string(tk.Requester.ID)} {
		require.Contains(t, d.api("sam", http.StatusOK, "GET", q, nil).Body.String(), `"items":[]`, q)
	}
}

func lessonAuthors(t *testing.T, d *mailDesk) {
	d.mail("support@localhost", `From: "anna" <anna@localhost>`, "To: support@localhost", "Subject: s", "X-Ticketkit-Author: account", "X-Priority: 1", "Auto-Submitted: no", "", "x")
	m := d.messages(d.tickets()[0].ID)[0]
	require.Equal(t, ticket.ActorContact, m.Author.Type)
	require.Equal(t, ticket.Public, m.Kind)
}

func lessonUpload(t *testing.T, d *mailDesk) {
	tk := d.open("x")
	in, err := d.Accounts().Authenticate(t.Context(), d.tokens["anna"])
	require.NoError(t, err)
	at, err := d.Tickets().Attach(t.Context(), in.Actor, tk.ID, ticket.Upload{Name: "a.txt", Body: strings.NewReader("x")})
	require.NoError(t, err)
	d.api("sam", http.StatusNotFound, "GET", "tickets/"+string(tk.ID)+"/attachments/"+string(at.ID), nil)
	d.api("sam", http.StatusNotFound, "POST", "tickets/"+string(tk.ID)+"/messages", map[string]any{"kind": "reply", "body": "x", "attachment_ids": []any{at.ID}})
	d.api("anna", http.StatusOK, "GET", "tickets/"+string(tk.ID)+"/attachments/"+string(at.ID), nil)
}

func lessonBothTickets(t *testing.T, d *mailDesk) {
	mine := d.open("meins")
	d.mail("sales@localhost", "From: kim@customer.example", "To: sales@localhost", "Subject: fremd", "", "geheim")
	var theirs ticket.Ticket
	for _, x := range d.tickets() {
		if x.Queue.ID == d.queues["Verkauf"] {
			theirs = x
		}
	}
	require.NotEmpty(t, theirs.ID)
	for _, into := range [][2]ticket.ID{{mine.ID, theirs.ID}, {theirs.ID, mine.ID}} {
		d.api("sam", http.StatusNotFound, "POST", "tickets/"+string(into[0])+"/merge", map[string]any{"into": into[1]})
		d.api("sam", http.StatusNotFound, "POST", "tickets/"+string(into[0])+"/links", map[string]any{"relation": "related", "ticket": into[1]})
	}
	for _, x := range []ticket.ID{mine.ID, theirs.ID} {
		tk, err := d.Tickets().Get(t.Context(), me, x)
		require.NoError(t, err)
		require.Equal(t, ticket.Version(1), tk.Version)
	}
}
