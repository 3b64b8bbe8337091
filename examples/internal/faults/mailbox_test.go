package faults_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/mail"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/faulttest"
	"github.com/ticketkit/ticketkit/internal/testdovecot"
	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/ticket"
)

const (
	box         = "support@desk.example"
	boxPassword = "pw of the mailbox"
)

// letters are mails of which each fourth answers the one before it; some have no Message-ID, as one in five has none.
func letters(from string, count int) [][]byte {
	out := make([][]byte, 0, count)
	for n := range count {
		var b bytes.Buffer
		fmt.Fprintf(&b, "From: Kim %d <kim%d@customer.example>\r\nTo: %s\r\nSubject: Letter %d\r\n", n/4, n/4, from, n)
		if n%5 != 0 || n%4 == 2 {
			fmt.Fprintf(&b, "Message-ID: <%d@customer.example>\r\n", n)
		}
		if n%4 == 3 {
			fmt.Fprintf(&b, "In-Reply-To: <%d@customer.example>\r\n", n-1)
		}
		fmt.Fprintf(&b, "\r\nLetter number %d.\r\n", n)
		out = append(out, b.Bytes())
	}
	return out
}

func mailboxOf(dove *testdovecot.Server, sink *sink) []string {
	return []string{"MAIL_USER=" + box, "MAIL_PASSWORD=" + boxPassword, "IMAP_ADDR=" + dove.IMAP, "SMTP_ADDR=" + sink.addr, "SMTPD_ADDR=off"}
}

// eachOnce demands that every letter is one message, and each answer in the ticket that it answers.
func eachOnce(t *testing.T, d desk, count int) {
	t.Helper()
	me, s := ticket.SystemActor("check"), d.Tickets()
	got, tickets := map[string]int{}, 0
	q := ticket.Query{Sort: ticket.ByNumberAsc, Limit: ticket.MaxLimit}
	for {
		page, next, err := s.List(t.Context(), me, q)
		require.NoError(t, err)
		for i := range page {
			tickets++
			for m, err := range s.AllMessages(t.Context(), me, ticket.OpMessageRead, page[i].ID) {
				require.NoError(t, err)
				if m.Author.Type == ticket.ActorContact {
					got[m.Text]++
				}
			}
		}
		if q.After = next; next.IsZero() {
			break
		}
	}
	for n := range count {
		require.Equal(t, 1, got[fmt.Sprintf("Letter number %d.", n)], "letter %d", n)
	}
	require.Len(t, got, count)
	require.Equal(t, count-count/4, tickets, "answers belong to their tickets")
	_, err := s.VerifyAll(t.Context(), me)
	require.NoError(t, err)
}

// copiesOnce demands that what left is in the folder for sent mail, each once, however often it was handed over.
func copiesOnce(t *testing.T, dove *testdovecot.Server, sink *sink) {
	t.Helper()
	seen := map[string]int{}
	for _, raw := range dove.Mails(box, "Sent") {
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		require.NoError(t, err)
		seen[m.Header.Get("Message-ID")]++
	}
	sink.mu.Lock()
	defer sink.mu.Unlock()
	require.NotEmpty(t, sink.auto)
	for id, n := range seen {
		require.Equal(t, 1, n, "%s has several copies", id)
	}
	require.Len(t, seen, len(sink.auto), "each mail that left has a copy")
}

// killAsItGoes kills one of the processes again and again while they import, each time when a few more mails have left the inbox, or none is
// left: in between anything may be under way.
func killAsItGoes(t *testing.T, dove *testdovecot.Server, times int, procs ...*proc) {
	t.Helper()
	for n := range times {
		left := dove.Count(box, "")
		few := 1 + rand.IntN(20)
		require.Eventually(t, func() bool { now := dove.Count(box, ""); return now <= left-few || now == 0 }, time.Minute, time.Millisecond)
		p := procs[n%len(procs)]
		t.Logf("kill %d with %d mails left", n+1, dove.Count(box, ""))
		p.Kill()
		p.Start()
	}
}

// TestAMailboxIsReadThroughKills kills the importing process again and again: every mail is one message, and every receipt that left has one
// copy in the folder for sent mail.
func TestAMailboxIsReadThroughKills(t *testing.T) {
	t.Parallel()
	dove, out, dir := testdovecot.Start(t), newSink(t), t.TempDir()
	require.NoError(t, dove.User(box, boxPassword))
	count := faulttest.Count(100, 400, 2000)
	require.NoError(t, dove.Put(box, letters(box, count)...))
	p := newProc(t, dir, mailboxOf(dove, out)...)
	p.Start()
	killAsItGoes(t, dove, faulttest.Count(3, 8, 20), p)
	d := afterwards(t, dove, base{name: "sqlite", dsn: sqliteIn(dir)}, count, p)
	eachOnce(t, d, count)
	copiesOnce(t, dove, out)
}

// TestTwoReplicasReadOneMailbox is the same with two processes on one database: one of them reads, and the other takes over.
func TestTwoReplicasReadOneMailbox(t *testing.T) {
	t.Parallel()
	b := on(t, "postgres", testservers.StartPostgres(t, testservers.Options{Durable: true}))
	b.migrate(t)
	dove, out, dir := testdovecot.Start(t), newSink(t), t.TempDir()
	require.NoError(t, dove.User(box, boxPassword))
	count := faulttest.Count(60, 200, 1000)
	require.NoError(t, dove.Put(box, letters(box, count)...))
	env := append(mailboxOf(dove, out), "DATABASE_URL="+b.dsn)
	one, two := newProc(t, dir, env...), newProc(t, dir, env...)
	one.Start()
	two.Start()
	killAsItGoes(t, dove, faulttest.Count(2, 4, 20), one, two)
	d := afterwards(t, dove, b, count, one, two)
	eachOnce(t, d, count)
	copiesOnce(t, dove, out)
}

// TestAMailboxIsTakenOver kills the process that reads a mailbox and leaves it dead: the other one, which could not read so far, goes on with what comes
// after that, once the lease has run out. The lease is 15 seconds long and is asked for at least every 6; the log tells how long it took.
func TestAMailboxIsTakenOver(t *testing.T) {
	t.Parallel()
	b := on(t, "postgres", testservers.StartPostgres(t, testservers.Options{Durable: true}))
	b.migrate(t)
	dove, out, dir := testdovecot.Start(t), newSink(t), t.TempDir()
	require.NoError(t, dove.User(box, boxPassword))
	all := letters(box, 8)
	require.NoError(t, dove.Put(box, all[:4]...))
	env := append(mailboxOf(dove, out), "DATABASE_URL="+b.dsn)
	one, two := newProc(t, dir, env...), newProc(t, dir, env...)
	one.Start()
	require.Eventually(t, func() bool { return dove.Count(box, "Processed") == 4 }, 2*time.Minute, 20*time.Millisecond, "the first one reads")
	two.Start()
	one.Kill()
	began := time.Now()
	require.NoError(t, dove.Put(box, all[4:]...))
	d := afterwards(t, dove, b, len(all), two)
	t.Logf("the second one had read everything %s after the first one had died", time.Since(began).Round(time.Second))
	eachOnce(t, d, len(all))
}

// afterwards waits until everything is in and nothing is left to do, and ends the processes in order.
func afterwards(t *testing.T, dove *testdovecot.Server, b base, count int, procs ...*proc) desk {
	t.Helper()
	require.Eventually(t, func() bool { return dove.Count(box, "Processed") == count && dove.Count(box, "") == 0 }, 8*time.Minute, 50*time.Millisecond,
		"%d mails are left", dove.Count(box, ""))
	d := b.desk(t)
	d.settle(t)
	for _, p := range procs {
		p.Stop()
	}
	require.Zero(t, dove.Count(box, "Failed"))
	return d
}
