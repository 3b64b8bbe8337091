package mailin_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/mailin"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/tickettest"
)

// bundle is a desk that takes mail in.
type bundle struct {
	*testing.T
	svc   *ticket.Service
	own   mailin.Desk
	blobs *blobs
	anna  ticket.Actor
	n     int
}

type everybody struct{}

func (everybody) Grant(context.Context, ticket.Reader, ticket.Actor, ticket.Op) (ticket.Grant, error) {
	return ticket.Grant{All: true}, nil
}

func (everybody) Account(_ context.Context, _ ticket.Reader, id ticket.AccountID) (ticket.Account, error) {
	return ticket.Account{ID: id, Username: string(id), Name: string(id), Active: true}, nil
}

func (everybody) Accounts(context.Context, ticket.Reader) ([]ticket.Account, error) { return nil, nil }

type blobs struct {
	mu sync.Mutex
	m  map[string][]byte
}

func (b *blobs) Put(_ context.Context, r io.Reader) (string, int64, error) {
	data, err := io.ReadAll(r)
	sum := sha256.Sum256(data)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.m[hex.EncodeToString(sum[:])] = data
	return hex.EncodeToString(sum[:]), int64(len(data)), err
}

func (b *blobs) Open(_ context.Context, key string) (io.ReadCloser, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return io.NopCloser(bytes.NewReader(b.m[key])), nil
}

func (b *blobs) Delete(context.Context, string) error { return nil }

func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{T: t, blobs: &blobs{m: map[string][]byte{}}, anna: ticket.AccountActor("anna", "Anna")}
	var err error
	b.svc, err = ticket.NewService(ticket.Config{Store: tickettest.New(), Policy: everybody{}, Directory: everybody{}, Blobs: b.blobs,
		ChainKey: bytes.Repeat([]byte{7}, 32), TokenKey: bytes.Repeat([]byte{9}, 32),
		Now: func() time.Time { return time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC) }})
	require.NoError(t, err)
	_, err = b.svc.CreateQueue(t.Context(), ticket.SystemActor("test"), "Support")
	require.NoError(t, err)
	b.own, err = mailin.NewDesk(map[string]ticket.QueueID{"support@desk.example": ""})
	require.NoError(t, err)
	return b
}

// take takes a mail in; lines are its header and, after an empty one, its body.
func (b *bundle) take(lines ...string) *ticket.Received {
	b.Helper()
	b.n++
	it, err := mailin.Convert([]byte(strings.Join(lines, "\r\n")), mailin.Source{Channel: "mail", Key: fmt.Sprint(b.n), Own: b.own, AuthServers: []string{"mx.desk.example"}})
	require.NoError(b, err)
	r, err := b.svc.Receive(b.Context(), ticket.SystemActor("mail"), it)
	require.NoError(b, err)
	return r
}

// question is a customer's first mail.
func (b *bundle) question() *ticket.Ticket {
	b.Helper()
	return b.take("From: Kim <kim@kunde.example>", "To: support@desk.example", "Subject: Drucker", "Message-ID: <q@kunde.example>", "", "Er brennt.").Ticket
}

// answer is Anna's; it has left the desk.
func (b *bundle) answer(id ticket.ID) *ticket.Message {
	b.Helper()
	m, err := b.svc.Reply(b.Context(), b.anna, id, 0, ticket.NewMessage{Body: "Mit Wasser löschen.", Status: "pending"})
	require.NoError(b, err)
	require.NoError(b, b.svc.Delivered(b.Context(), ticket.SystemActor("mail"), m.ID, string(m.ID)+"@desk.example"))
	return m
}

func (b *bundle) message(id ticket.MessageID) *ticket.Message {
	b.Helper()
	m, err := b.svc.Message(b.Context(), b.anna, id)
	require.NoError(b, err)
	return m
}

func (b *bundle) ticket(id ticket.ID) *ticket.Ticket {
	b.Helper()
	t, err := b.svc.Get(b.Context(), b.anna, id)
	require.NoError(b, err)
	return t
}

func (b *bundle) bouncing(t *ticket.Ticket) bool {
	b.Helper()
	ct, err := b.svc.Contact(b.Context(), b.anna, t.Requester.ID)
	require.NoError(b, err)
	i, ok := ct.Identity(ticket.KindEmail)
	require.True(b, ok)
	return !i.BouncedAt.IsZero()
}

// report is a report of delivery about a mail with the id.
func report(to, id, action, status string) []string {
	return strings.Split("Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.kunde.example>\nTo: "+to+"\nSubject: Undelivered Mail Returned to Sender\n"+
		"Content-Type: multipart/report; report-type=delivery-status; boundary=r\n\n--r\nContent-Type: text/plain\n\nSorry.\n"+
		"--r\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.kunde.example\n\nFinal-Recipient: rfc822; Kim@Kunde.example\nAction: "+action+"\nStatus: "+status+
		"\nDiagnostic-Code: smtp; 550 "+status+" <kim@kunde.example>: no such user\n\n--r\nContent-Type: text/rfc822-headers\n\nFrom: support@desk.example\nMessage-ID: <"+id+">\nSubject: x\n\n--r--\n", "\n")
}

func TestBouncesFindTheirMessage(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		mail    func(b *bundle, id string, token string) []string
		state   ticket.DeliveryState
		reason  string
		bounced bool
		lost    bool // it belongs to no ticket
	}{
		"report": {mail: func(_ *bundle, id, _ string) []string { return report("support@desk.example", id, "failed", "5.1.1") },
			state: ticket.Bounced, reason: "kim@kunde.example: 550 5.1.1 <kim@kunde.example>: no such user", bounced: true},
		"report of a delay": {mail: func(_ *bundle, id, _ string) []string { return report("support@desk.example", id, "delayed", "4.2.2") },
			state: ticket.Sent, reason: "kim@kunde.example: 550 4.2.2 <kim@kunde.example>: no such user"},
		"report of success": {mail: func(_ *bundle, id, _ string) []string {
			return report("support@desk.example", id, "delivered", "2.0.0")
		}, state: ticket.Sent},
		"with another id, by the reply token": {mail: func(_ *bundle, _, token string) []string {
			return report("support+"+token+"@desk.example", "0100@ses.example", "failed", "5.1.1")
		}, state: ticket.Bounced, reason: "kim@kunde.example: 550 5.1.1 <kim@kunde.example>: no such user", bounced: true},
		"with an id that the desk never sent": {mail: func(*bundle, string, string) []string {
			return report("support@desk.example", "other@desk.example", "failed", "5.1.1")
		}, state: ticket.Sent, lost: true},
		"about the customer's own mail": {mail: func(*bundle, string, string) []string {
			return report("support@desk.example", "q@kunde.example", "failed", "5.1.1")
		}, state: ticket.Sent, lost: true},
		"qmail": {mail: func(_ *bundle, id, _ string) []string {
			return strings.Split("Return-Path: <>\nFrom: MAILER-DAEMON@mx.kunde.example\nTo: support@desk.example\nSubject: failure notice\n\nHi. This is the qmail-send program at mx.kunde.example.\n"+
				"I'm afraid I wasn't able to deliver your message to the following addresses.\n\n<kim@kunde.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 5.1.1 User unknown\nGiving up on 192.0.2.1.\n\n"+
				"--- Below this line is a copy of the message.\n\nReturn-Path: <support@desk.example>\nFrom: Hilfe <support@desk.example>\nTo: kim@kunde.example\nMessage-ID: <"+id+">\nSubject: Re: Drucker\n\nMit Wasser.\n", "\n")
		}, state: ticket.Bounced, reason: "kim@kunde.example: 550 5.1.1 User unknown", bounced: true},
		"Exim": {mail: func(_ *bundle, id, _ string) []string {
			return strings.Split("Return-path: <>\nFrom: Mail Delivery System <Mailer-Daemon@mx.kunde.example>\nTo: support@desk.example\nX-Failed-Recipients: kim@kunde.example\nAuto-Submitted: auto-replied\n"+
				"Subject: Mail delivery failed: returning message to sender\n\nThis message was created automatically by mail delivery software.\n\n  kim@kunde.example\n    SMTP error from remote mail server after RCPT TO:<kim@kunde.example>:\n"+
				"    host mx [192.0.2.1]: 550 5.1.1 User unknown\n\n------ This is a copy of the message, including all the headers. ------\n\nMessage-Id: <"+id+">\nFrom: support@desk.example\n\nx\n", "\n")
		}, state: ticket.Bounced, reason: "kim@kunde.example: 550 5.1.1 User unknown", bounced: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			tk := b.question()
			m := b.answer(tk.ID)
			r := b.take(tc.mail(b, string(m.ID)+"@desk.example", b.svc.ReplyToken(tk.ID))...)
			require.Equal(t, tc.lost, r.Created)
			require.Equal(t, tc.lost, r.TicketID != tk.ID)
			require.True(t, b.message(r.MessageID).Machine)
			got := b.message(m.ID)
			require.Equal(t, tc.state, got.Delivery.State)
			require.Equal(t, tc.reason, got.Delivery.Reason)
			require.Equal(t, tc.bounced, b.bouncing(tk))
			require.Equal(t, ticket.Pending, b.ticket(tk.ID).Category, "a report reopens nothing")
		})
	}
}

func TestForgedReport(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.question()
	m := b.answer(tk.ID)
	lines := report("support@desk.example", string(m.ID)+"@desk.example", "failed", "5.1.1")
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], "im@", "ai@") // Kai never got anything
	}
	b.take(lines...)
	require.Equal(t, ticket.Bounced, b.message(m.ID).Delivery.State)
	require.False(t, b.bouncing(tk), "only an address that the message went to is marked")
}

func TestVacationChangesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.question()
	m := b.answer(tk.ID)
	for _, sign := range []string{"Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: auto_reply", "X-Auto-Response-Suppress: All"} {
		r := b.take("From: Kim <kim@kunde.example>", "To: support@desk.example", "Cc: boss@kunde.example", "Subject: Abwesend", "In-Reply-To: <"+string(m.ID)+"@desk.example>", sign, "", "Ich bin im Urlaub.")
		require.Equal(t, tk.ID, r.TicketID)
		got := b.message(r.MessageID)
		require.True(t, got.Machine)
		require.Equal(t, "Ich bin im Urlaub.", got.Text)
	}
	require.Equal(t, ticket.Pending, b.ticket(tk.ID).Category)
	require.False(t, b.bouncing(tk))
	require.Equal(t, ticket.Sent, b.message(m.ID).Delivery.State)
	r := b.take("From: Kim <kim@kunde.example>", "To: support@desk.example", "Subject: AW: Drucker", "In-Reply-To: <"+string(m.ID)+"@desk.example>", "", "Danke.")
	require.Equal(t, tk.ID, r.TicketID)
	require.Equal(t, ticket.Open, b.ticket(tk.ID).Category)
}

func TestWhereMailBelongs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.question()
	m := b.answer(tk.ID)
	sent := "<" + string(m.ID) + "@desk.example>"
	other := b.take("From: Kim <kim@kunde.example>", "To: support@desk.example", "Subject: Scanner", "Message-ID: <s@kunde.example>", "References: <never@kunde.example>", "", "Er raucht.").Ticket
	number := func(t *ticket.Ticket) string { return fmt.Sprintf("[#%d]", t.Number) }
	const kim, eve, to = "From: Kim <kim@kunde.example>", "From: eve@evil.example", "To: support@desk.example"
	for name, tc := range map[string]struct {
		lines []string
		want  ticket.ID // "" is a new ticket
	}{
		"token":                          {[]string{eve, "To: support+" + b.svc.ReplyToken(tk.ID) + "@desk.example", "References: <s@kunde.example>"}, tk.ID},
		"answer":                         {[]string{kim, to, "In-Reply-To: " + sent}, tk.ID},
		"answer from another address":    {[]string{"From: kim@home.example", to, "In-Reply-To: " + sent}, tk.ID},
		"newest reference":               {[]string{kim, to, "References: <q@kunde.example> <s@kunde.example>"}, other.ID},
		"reference never imported":       {[]string{kim, to, "References: <never@kunde.example>"}, other.ID},
		"guessed reference":              {[]string{eve, to, "References: <q@kunde.example>"}, ""},
		"number from a participant":      {[]string{kim, to, "Subject: Noch was zu " + number(tk)}, tk.ID},
		"number from a stranger":         {[]string{eve, to, "Subject: Noch was zu " + number(tk)}, ""},
		"references before the number":   {[]string{kim, to, "Subject: AW: " + number(tk), "In-Reply-To: <s@kunde.example>"}, other.ID},
		"forward by subject":             {[]string{kim, to, "Subject: WG: Drucker " + number(tk), "References: " + sent}, ""},
		"forward in French":              {[]string{kim, to, "Subject: TR: Imprimante", "References: " + sent}, ""},
		"forward of an answer":           {[]string{kim, to, "Subject: AW: WG: Drucker", "References: " + sent}, tk.ID},
		"forwarded as a file":            {[]string{kim, to, "In-Reply-To: " + sent, "Content-Type: message/rfc822", "", "Subject: Alt", "", "Text"}, ""},
		"forward to the token":           {[]string{kim, "To: support+" + b.svc.ReplyToken(tk.ID) + "@desk.example", "Subject: Fwd: x"}, tk.ID},
		"nothing":                        {[]string{kim, to, "Subject: Neu"}, ""},
		"somebody else's token is noise": {[]string{kim, "To: support+" + strings.Repeat("a", mailin.TokenSize) + "@desk.example"}, ""},
	} {
		r := b.take(append(tc.lines, "", "Text")...)
		if tc.want == "" {
			require.True(t, r.Created, name)
			continue
		}
		require.Equal(t, tc.want, r.TicketID, name)
	}
}

func TestWhoGetsAnswers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	people := func(id ticket.ID) (out []string) {
		ps, err := b.svc.Participants(t.Context(), b.anna, id)
		require.NoError(t, err)
		for _, p := range ps {
			out = append(out, p.Contact.Email)
		}
		return out
	}
	raw := []string{"From: Kim <kim@kunde.example>", "Reply-To: team@kunde.example", "To: support@desk.example, Bo <bo@kunde.example>", "Cc: SUPPORT+x@desk.example, Al <al@kunde.example>", "Subject: x", "", "Text"}
	r := b.take(raw...)
	require.ElementsMatch(t, []string{"team@kunde.example", "bo@kunde.example", "al@kunde.example"}, people(r.TicketID), "the desk is nobody's copy")
	require.Equal(t, "kim@kunde.example", b.ticket(r.TicketID).Requester.Email)
	m := b.message(r.MessageID)
	require.Equal(t, false, *m.Verified)
	require.Equal(t, strings.Join(raw, "\r\n"), string(b.blobs.m[m.RawSHA256]), "the mail is kept as it came")

	follow := []string{"From: Kim <kim@kunde.example>", "To: support+" + b.svc.ReplyToken(r.TicketID) + "@desk.example", "Cc: eve@evil.example", "", "Text"}
	require.Equal(t, r.TicketID, b.take(follow...).TicketID)
	require.NotContains(t, people(r.TicketID), "eve@evil.example", "a mail that may be forged adds no reader")
	next := b.take(append([]string{"Authentication-Results: mx.desk.example; dmarc=pass header.from=kunde.example"}, follow...)...)
	require.True(t, *b.message(next.MessageID).Verified)
	require.Contains(t, people(r.TicketID), "eve@evil.example")
	next = b.take(append([]string{"Authentication-Results: mx.evil.example; dmarc=pass header.from=kunde.example"}, follow...)...)
	require.False(t, *b.message(next.MessageID).Verified)
}
