package smtpd_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	gosmtp "github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/smtpd"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestReceive(t *testing.T) {
	t.Parallel()
	addr, rec := started(t, smtpd.Config{})
	require.NoError(t, send(t, addr, "erika@kunde.example", []string{inbox}, simple))
	it := taken(t, rec).Item
	require.Equal(t, "Hallo", it.Subject)
	require.Equal(t, "Der Drucker brennt.", strings.TrimSpace(it.Text))
	require.Equal(t, ticket.Person{Name: "Erika Beispiel", Identity: ticket.Identity{Kind: "email", Value: "erika@kunde.example"}}, it.From)
	require.Equal(t, "m1@kunde.example", it.ExternalID)
	require.Equal(t, "email", it.Source)
	require.False(t, it.Machine)
	require.Nil(t, it.Verified)
	require.Regexp(t, `^Return-Path: <erika@kunde\.example>\r\nDelivered-To: support@desk\.example\r\nReceived: from localhost \(\[127\.0\.0\.1\]\)\r\n\tby localhost \(ticketkit\) with ESMTP;\r\n\t[^\r\n]+\r\nFrom: Erika`, string(it.Raw))
	require.True(t, strings.HasSuffix(string(it.Raw), "\r\nDer Drucker brennt.\r\n"))
}

func TestRepeatHasTheSameKey(t *testing.T) {
	t.Parallel()
	addr, rec := started(t, smtpd.Config{Recipients: map[string]ticket.QueueID{"sales@desk.example": "q-sales"}})
	for _, to := range [][]string{{inbox, "sales@desk.example"}, {"Sales@desk.example", inbox}, {inbox}, {"sales@desk.example"}} {
		require.NoError(t, send(t, addr, "erika@kunde.example", to, simple))
	}
	calls := rec.Calls()
	require.Len(t, calls, 4)
	require.Equal(t, calls[0].Item.Key, calls[1].Item.Key, "the same mail to the same people")
	require.NotEqual(t, calls[0].Item.Key, calls[2].Item.Key)
	require.NotEqual(t, calls[2].Item.Key, calls[3].Item.Key, "one mail in two mailboxes lands in both")
}

func TestRecipients(t *testing.T) {
	t.Parallel()
	addr, _ := started(t, smtpd.Config{Recipients: map[string]ticket.QueueID{"Sales@Desk.example": "q-sales"}, MaxRecipients: 2})
	c := dial(t, addr)
	require.NoError(t, c.Mail("erika@kunde.example", nil))
	for _, to := range []string{"other@desk.example", "support@other.example", "supportx@desk.example", "+abc@desk.example"} {
		require.Equal(t, 550, code(c.Rcpt(to, nil)), to)
	}
	require.NoError(t, c.Rcpt("SALES+x+y@desk.EXAMPLE", nil))
	require.NoError(t, c.Rcpt("support+"+token+"@desk.example", nil))
	require.Equal(t, 452, code(c.Rcpt(inbox, nil)))

	anyAddr, rec := started(t, smtpd.Config{AcceptAny: true})
	require.NoError(t, send(t, anyAddr, "erika@kunde.example", []string{"whoever@wherever.example"}, simple))
	require.Len(t, rec.Taken(), 1)
}

// TestAddresses: what could end a line has no place in an address.
func TestAddresses(t *testing.T) {
	t.Parallel()
	addr, rec := started(t, smtpd.Config{AcceptAny: true})
	talk := conversation(t, addr)
	require.Equal(t, "250", talk("EHLO kunde.example"))
	require.Equal(t, "553", talk("MAIL FROM:<a\rb@kunde.example>"))
	require.Equal(t, "553", talk("MAIL FROM:<\"a\x00b\"@kunde.example>"))
	require.Equal(t, "553", talk("MAIL FROM:<\"a>b\"@kunde.example>"))
	require.Equal(t, "553", talk("MAIL FROM:<"+strings.Repeat("a", 400)+"@kunde.example>"))
	require.Equal(t, "250", talk("MAIL FROM:<jörg@kunde.example> SMTPUTF8"))
	require.Equal(t, "553", talk("RCPT TO:<sup\rport@desk.example>"))
	require.Equal(t, "553", talk("RCPT TO:<sup\xffport@desk.example>"))
	require.Empty(t, rec.Calls())
}

// conversation speaks raw lines and gives the code of each reply.
func conversation(t *testing.T, addr string) func(string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	r := bufio.NewReader(c)
	read := func() string {
		for {
			line, err := r.ReadString('\n')
			require.NoError(t, err)
			if line[3] == ' ' {
				return line[:3]
			}
		}
	}
	require.Equal(t, "220", read())
	return func(line string) string {
		_, err := c.Write([]byte(line + "\r\n"))
		require.NoError(t, err)
		return read()
	}
}

// TestSmuggling: only CRLF . CRLF ends a mail. Whatever looks like an end to another program stays inside, with the commands behind it.
func TestSmuggling(t *testing.T) {
	t.Parallel()
	for n, end := range []string{"\n.\n", "\r.\r", "\n.\r\n", "\r\n.\n", "\r\n.\r", "\r.\r\n", "\n.\r", "\r\n\x00.\r\n", "\r\n.\x00\r\n"} {
		t.Run(fmt.Sprintf("%q", end), func(t *testing.T) {
			t.Parallel()
			addr, rec := started(t, smtpd.Config{})
			talk := conversation(t, addr)
			require.Equal(t, "250", talk("EHLO kunde.example"))
			require.Equal(t, "250", talk("MAIL FROM:<erika@kunde.example>"))
			require.Equal(t, "250", talk("RCPT TO:<"+inbox+">"))
			require.Equal(t, "354", talk("DATA"))
			smuggled := "MAIL FROM:<boss@desk.example>\r\nRCPT TO:<" + inbox + ">\r\nDATA\r\nFrom: boss@desk.example\r\nSubject: smuggled\r\n\r\npay"
			require.Equal(t, "250", talk(fmt.Sprintf("From: erika@kunde.example\r\nSubject: %d\r\n\r\nHallo%s%s\r\n.", n, end, smuggled)))
			require.Equal(t, "221", talk("QUIT"))
			it := taken(t, rec).Item
			require.Equal(t, fmt.Sprint(n), it.Subject)
			require.Contains(t, string(it.Raw), "smuggled")
		})
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	const limit = 10_000
	addr, rec := started(t, smtpd.Config{MaxBytes: limit})
	mail := func(size int) []byte {
		head := "From: erika@kunde.example\r\nSubject: x\r\n\r\n"
		return []byte(head + strings.Repeat("x", size-len(head)-2) + "\r\n") // one line, far longer than allowed
	}
	c := dial(t, addr)
	ok, size := c.Extension("SIZE")
	require.True(t, ok)
	require.Equal(t, fmt.Sprint(limit+1), size)
	require.Equal(t, 552, code(c.Mail("erika@kunde.example", &gosmtp.MailOptions{Size: limit + 1})))
	require.Equal(t, 552, code(c.Mail("erika@kunde.example", &gosmtp.MailOptions{Size: 10 * limit})))
	require.NoError(t, c.SendMail("erika@kunde.example", []string{inbox}, bytes.NewReader(mail(limit))))
	require.Len(t, rec.Taken(), 1)

	for _, size := range []int{limit + 1, limit + 2, 3 * limit} {
		c := dial(t, addr)
		require.Equal(t, 552, code(c.SendMail("erika@kunde.example", []string{inbox}, bytes.NewReader(bytes.ReplaceAll(mail(size), []byte("xxxx"), []byte("xx\r\n"))))), size)
		require.NoError(t, c.SendMail("erika@kunde.example", []string{inbox}, strings.NewReader(simple)), "the connection goes on")
	}
	require.Len(t, rec.Taken(), 2)
	require.Empty(t, rec.Parked())
}

func TestIntakeFails(t *testing.T) {
	t.Parallel()
	addr, rec := started(t, smtpd.Config{})
	rec.FailWith(errors.New("the database is gone"))
	c := dial(t, addr)
	err := c.SendMail("erika@kunde.example", []string{inbox}, strings.NewReader(simple))
	require.Equal(t, 451, code(err))
	require.NotContains(t, err.Error(), "database", "nobody outside reads our errors")
	rec.FailWith(nil)
	require.NoError(t, c.SendMail("erika@kunde.example", []string{inbox}, strings.NewReader(simple)))
	require.Len(t, rec.Taken(), 1)
}

var tooManyHeaders = "Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\r\nFrom: erika@kunde.example\r\n" + strings.Repeat("X-Header: y\r\n", 20_000) + "\r\nHallo\r\n"

type fullIntake struct{ adapters.Intake }

func (fullIntake) Park(context.Context, adapters.Parked) error { return errors.New("the disk is full") }

func TestParkingFails(t *testing.T) {
	t.Parallel()
	addr, stop := run(t, smtpd.Config{}, fullIntake{})
	defer stop()
	require.Equal(t, 451, code(dial(t, addr).SendMail("erika@kunde.example", []string{inbox}, strings.NewReader(tooManyHeaders))))
}

type panicIntake struct{ adapters.Intake }

func (panicIntake) Receive(context.Context, ticket.Incoming) error { panic("a hole in the floor") }

func TestIntakePanics(t *testing.T) {
	t.Parallel()
	addr, stop := run(t, smtpd.Config{}, panicIntake{})
	defer stop()
	c := dial(t, addr)
	for range 2 { // the connection survives it
		require.Equal(t, 451, code(c.SendMail("erika@kunde.example", []string{inbox}, strings.NewReader(simple))))
	}
}

func TestUnreadableMailIsParked(t *testing.T) {
	t.Parallel()
	addr, rec := started(t, smtpd.Config{MaxBytes: 1 << 20})
	for _, raw := range []string{tooManyHeaders, "", "\r\n\r\n"} {
		c := dial(t, addr)
		require.NoError(t, c.SendMail("erika@kunde.example", []string{inbox}, strings.NewReader(raw)))
	}
	require.Empty(t, rec.Calls())
	parked := rec.Parked()
	require.Len(t, parked, 3)
	require.Equal(t, "Größe", parked[0].Subject)
	require.Equal(t, "erika@kunde.example", parked[0].Sender)
	require.Contains(t, parked[0].Reason, "header_bytes")
	require.True(t, bytes.HasSuffix(parked[0].Raw, []byte(tooManyHeaders)))
	require.Contains(t, parked[1].Reason, "empty")
	require.Len(t, parked[0].Key, 64)
}

// TestRetry: what was parked is read again with its envelope, also by a later version with other limits.
func TestRetry(t *testing.T) {
	t.Parallel()
	addr, rec := started(t, smtpd.Config{Recipients: map[string]ticket.QueueID{"sales@desk.example": "q-sales"}})
	raw := "From: erika@kunde.example\r\nTo: undisclosed\r\nSubject: x\r\n\r\nHallo\r\n"
	c := dial(t, addr)
	require.NoError(t, c.SendMail("", []string{"sales+" + token + "@desk.example"}, strings.NewReader(raw)))
	first := taken(t, rec).Item
	require.Equal(t, token, first.Token)
	require.True(t, first.Machine)

	a, err := smtpd.New(smtpd.Config{Inbox: inbox, Recipients: map[string]ticket.QueueID{"sales@desk.example": "q-sales"}})
	require.NoError(t, err)
	again := &adaptertest.Recorder{}
	p := adapters.Parked{ID: "1", Channel: "smtpd", Key: "key-1", Raw: first.Raw}
	require.NoError(t, a.(adapters.Retrier).Retry(t.Context(), again, p))
	second := taken(t, again).Item
	require.Equal(t, "key-1", second.Key)
	second.Key = first.Key
	require.Equal(t, first, second)

	p.Key = ""
	again = &adaptertest.Recorder{}
	require.NoError(t, a.(adapters.Retrier).Retry(t.Context(), again, p))
	require.Equal(t, first.Key, taken(t, again).Item.Key)

	p.Raw, p.Key = first.Raw[:bytes.Index(first.Raw, []byte("From: erika"))], "key-2" // the trace alone
	again = &adaptertest.Recorder{}
	require.NoError(t, a.(adapters.Retrier).Retry(t.Context(), again, p))
	require.Len(t, again.Parked(), 1)
	require.Equal(t, "key-2", again.Parked()[0].Key)
	require.Contains(t, again.Parked()[0].Reason, "empty")
}

// TestChunks sends by BDAT (RFC 3030), which go-smtp always offers.
func TestChunks(t *testing.T) {
	t.Parallel()
	addr, rec := started(t, smtpd.Config{MaxBytes: 1000})
	talk := conversation(t, addr)
	begin := func() {
		require.Equal(t, "250", talk("EHLO kunde.example"))
		require.Equal(t, "250", talk("MAIL FROM:<erika@kunde.example>"))
		require.Equal(t, "250", talk("RCPT TO:<"+inbox+">"))
	}
	begin()
	mail := "From: erika@kunde.example\r\nSubject: chunks\r\n\r\nHallo\r\n.\r\nWelt"
	require.Equal(t, "250", talk(fmt.Sprintf("BDAT %d\r\n%s", len(mail)-2, mail[:len(mail)-4])))
	require.Equal(t, "250", talk("BDAT 4 LAST\r\nWe"))
	require.Equal(t, "chunks", taken(t, rec).Item.Subject)

	begin()
	require.Equal(t, "250", talk("BDAT 4\r\nFr")) // given up
	require.Equal(t, "250", talk("RSET"))
	begin()
	require.Equal(t, "552", talk(fmt.Sprintf("BDAT %d LAST\r\n%s", 1002, strings.Repeat("x\r\n", 333)+"x")))
	require.Equal(t, "221", talk("QUIT"))
	require.Len(t, rec.Calls(), 1)
	require.Empty(t, rec.Parked())
}

func TestBrokenTransfer(t *testing.T) {
	t.Parallel()
	addr, rec := started(t, smtpd.Config{})
	c := dial(t, addr)
	require.NoError(t, c.Mail("erika@kunde.example", nil))
	require.NoError(t, c.Rcpt(inbox, nil))
	w, err := c.Data()
	require.NoError(t, err)
	_, err = w.Write([]byte(simple))
	require.NoError(t, err)
	require.NoError(t, c.Close())
	require.NoError(t, send(t, addr, "erika@kunde.example", []string{inbox}, strings.Replace(simple, "Hallo", "whole", 1)))
	require.Equal(t, "whole", taken(t, rec).Item.Subject)
}

func TestNothingIsRelayedOrSignedIn(t *testing.T) {
	t.Parallel()
	addr, _ := started(t, smtpd.Config{})
	c := dial(t, addr)
	auth, _ := c.Extension("AUTH")
	require.False(t, auth)
	starttls, _ := c.Extension("STARTTLS")
	require.False(t, starttls)
	talk := conversation(t, addr)
	require.Equal(t, "250", talk("EHLO kunde.example"))
	require.Equal(t, "5", talk("AUTH PLAIN AGEAYg==")[:1])
}

func TestLMTPAnswersForEachRecipient(t *testing.T) {
	t.Parallel()
	addr, rec := started(t, smtpd.Config{LMTP: true, Recipients: map[string]ticket.QueueID{"sales@desk.example": "q-sales"}})
	lmtp := func() *gosmtp.Client {
		raw, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		c := gosmtp.NewClientLMTP(raw)
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	require.NoError(t, lmtp().SendMail("erika@kunde.example", []string{inbox, "sales@desk.example"}, strings.NewReader(simple)))
	require.Equal(t, ticket.QueueID("q-sales"), taken(t, rec).Item.Queue)
	rec.FailWith(errors.New("no"))
	err := lmtp().SendMail("erika@kunde.example", []string{inbox, "sales@desk.example"}, strings.NewReader(simple))
	refused, ok := errors.AsType[gosmtp.LMTPDataError](err)
	require.True(t, ok, err)
	require.Len(t, refused, 2)
}

// TestLongCommands: the length of a line ends a connection, except inside of a mail.
func TestLongCommands(t *testing.T) {
	t.Parallel()
	addr, rec := started(t, smtpd.Config{})
	for _, before := range [][]string{nil, {"EHLO kunde.example"}, {"EHLO kunde.example", "MAIL FROM:<erika@kunde.example>", "RCPT TO:<" + inbox + ">"}} {
		c, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		t.Cleanup(func() { _ = c.Close() })
		r := bufio.NewReader(c)
		for _, line := range before {
			_, err = c.Write([]byte(line + "\r\n"))
			require.NoError(t, err)
		}
		_, err = c.Write([]byte(strings.Repeat("x", 8<<10+1))) // the line never ends
		require.NoError(t, err)
		all, err := io.ReadAll(r)
		require.NoError(t, err)
		lines := strings.Split(strings.TrimSpace(string(all)), "\r\n")
		require.True(t, strings.HasPrefix(lines[len(lines)-1], "500 "), lines)
	}
	long := simple + strings.Repeat("x", 3<<20) + "\n"
	require.NoError(t, send(t, addr, "erika@kunde.example", []string{inbox}, long))
	require.Greater(t, len(taken(t, rec).Item.Raw), 3<<20)
}

// TestRefusedChunk: what belongs to a refused chunk is no command, however long.
func TestRefusedChunk(t *testing.T) {
	t.Parallel()
	addr, rec := started(t, smtpd.Config{MaxBytes: 100_000})
	talk := conversation(t, addr)
	require.Equal(t, "250", talk("EHLO kunde.example"))
	refused := "BDAT 200002 LAST\r\n" + strings.Repeat(strings.Repeat("x", 19_999)+"\n", 10)
	require.Equal(t, "502", talk(refused), "without a recipient")
	require.Equal(t, "250", talk("MAIL FROM:<erika@kunde.example>"))
	require.Equal(t, "250", talk("RCPT TO:<"+inbox+">"))
	require.Equal(t, "552", talk(refused), "too large")
	require.Equal(t, "250", talk("MAIL FROM:<erika@kunde.example>"))
	require.Equal(t, "250", talk("RCPT TO:<"+inbox+">"))
	require.Equal(t, "250", talk("BDAT 50002 LAST\r\n"+"Subject: x\r\n\r\n"+strings.Repeat("x", 50_000-len("Subject: x\r\n\r\n"))))
	require.Len(t, rec.Taken(), 1)
}
