package imap_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/imap"
	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/ticket"
)

func subjects(rec *adaptertest.Recorder) map[string]int {
	out := map[string]int{}
	for _, c := range rec.Taken() {
		out[c.Item.Subject]++
	}
	return out
}

func onceEach(t *testing.T, rec *adaptertest.Recorder, n int) {
	t.Helper()
	got := subjects(rec)
	require.Len(t, got, n)
	for s, times := range got {
		require.Equal(t, 1, times, s)
	}
}

// fetchItems are what a FETCH may ask for.
var fetchItems = regexp.MustCompile(`^UID FETCH [0-9:*,]+ \((UID|RFC822\.SIZE|INTERNALDATE|FLAGS|BODY\.PEEK\[(HEADER)?\]| )+\)$`)

func TestMailsAreTakenInAndMoved(t *testing.T) {
	t.Parallel()
	s, rec := newServer(t), &adaptertest.Recorder{}
	for n := range 250 { // several batches
		s.deliver(letter(n))
	}
	w := start(t, newState(), rec, imap.Static{s.mailbox(func(m *imap.Mailbox) { m.Queue = "q-support" })}, func(c *imap.Config) { c.Poll = time.Hour })
	eventually(t, "moved", func() bool { return s.count("Processed") == 250 })
	onceEach(t, rec, 250)
	eventually(t, "the inbox", func() bool { return s.count("INBOX") == 0 })
	require.Equal(t, ticket.QueueID("q-support"), rec.Taken()[0].Item.Queue)
	eventually(t, "ready", func() bool { return w.source("main").State == adapters.SourceReady })
	eventually(t, "idles", func() bool { said := s.said(); return said[len(said)-1] == "IDLE" })
	// Noticed by IDLE, for the next poll is an hour away. This server forgets to tell of what came in the moment before IDLE began.
	more := 0
	eventually(t, "pushed", func() bool {
		more++
		s.deliver(letter(1000 + more))
		return s.count("Processed") > 250
	})
	eventually(t, "ready again", func() bool { return w.source("main").State == adapters.SourceReady })
	st := w.source("main")
	require.Greater(t, st.Imported, int64(250))
	eventually(t, "nothing waits", func() bool { return w.source("main").Lag == 0 })
	require.NotZero(t, st.LastImport)
	fetches := 0
	for _, c := range s.said() {
		if strings.Contains(c, "FETCH") {
			require.Regexp(t, fetchItems, c)
			fetches++
		}
	}
	require.Positive(t, fetches)
}

func TestWhatHappensAfterwards(t *testing.T) {
	t.Parallel()
	flags := func(s *server, n uint32) (out []string) {
		for _, c := range s.said() {
			if strings.Contains(c, fmt.Sprintf("UID STORE %d ", n)) {
				out = append(out, c)
			}
		}
		return out
	}
	for _, after := range []imap.After{imap.Flag, imap.Delete, imap.Leave} {
		t.Run(string(after), func(t *testing.T) {
			t.Parallel()
			s, rec := newServer(t), &adaptertest.Recorder{}
			s.deliver(letter(1))
			s.deliver([]byte("\r\n")) // nothing that could be read
			w := start(t, newState(), rec, imap.Static{s.mailbox(func(m *imap.Mailbox) { m.After = after })})
			eventually(t, "ready", func() bool {
				st := w.source("main")
				return st.Imported == 1 && st.Parked == 1 && st.State == adapters.SourceReady
			})
			require.Len(t, rec.Parked(), 1)
			require.Equal(t, -1, s.count("Processed"))
			switch after {
			case imap.Flag:
				require.Contains(t, flags(s, 1)[0], `(\Seen)`)
				require.Contains(t, flags(s, 2)[0], `(\Seen \Flagged)`)
			case imap.Delete:
				require.Equal(t, 1, s.count("INBOX"), "what was parked stays")
			case imap.Leave:
				eventually(t, "the inbox", func() bool { return s.count("INBOX") == 2 })
			}
			w.stop()
			again := start(t, w.state, rec, imap.Static{s.mailbox(func(m *imap.Mailbox) { m.After = after })})
			s.deliver(letter(2))
			eventually(t, "only the new one", func() bool {
				return again.source("main").Imported == 1 && again.source("main").State == adapters.SourceReady
			})
			require.Len(t, rec.Calls(), 2, "the cursor goes on where it was")
		})
	}
}

func TestBrokenMailsDoNotBlockTheQueue(t *testing.T) {
	t.Parallel()
	s, rec := newServer(t), &adaptertest.Recorder{}
	s.deliver([]byte("\r\n"))
	s.deliver(letter(1))
	s.deliver(append(letter(2, "Subject: too large"), make([]byte, 50_000)...))
	s.deliver(append(letter(3, "Subject: far too large"), make([]byte, 200_000)...))
	s.deliver(letter(4))
	start(t, newState(), rec, imap.Static{s.mailbox()}, func(c *imap.Config) { c.MaxBytes, c.HardMaxBytes = 20_000, 100_000 })
	eventually(t, "the good ones", func() bool { return s.count("Processed") == 2 })
	eventually(t, "the others", func() bool { return s.count("Failed") == 3 })
	parked := rec.Parked()
	require.Len(t, parked, 3)
	require.Equal(t, "Letter 2", parked[1].Subject)
	require.Contains(t, parked[1].Reason, "more than")
	require.Contains(t, parked[1].Sender, "kim2@customer.example")
	require.Contains(t, parked[2].Reason, "only its header")
	require.Contains(t, string(parked[2].Raw), "Subject: far too large")
	require.Less(t, len(parked[2].Raw), 1000)
}

func TestOneBadItemLetsOthersPass(t *testing.T) {
	t.Parallel()
	s, rec := newServer(t), &adaptertest.Recorder{}
	poison := errors.New("a constraint was violated")
	bad := &failing{subject: "Letter 2", err: poison}
	rec.Next = bad
	for n := range 5 {
		s.deliver(letter(n))
	}
	w := start(t, newState(), rec, imap.Static{s.mailbox()})
	eventually(t, "others", func() bool { return s.count("Processed") == 4 })
	eventually(t, "the inbox", func() bool { return s.count("INBOX") == 1 })
	eventually(t, "offered again", func() bool { return bad.times() > 2 })
	bad.mend()
	eventually(t, "in the end", func() bool { return s.count("Processed") == 5 })
	require.EqualValues(t, 5, w.source("main").Imported)
}

func TestADeskThatIsDownLosesNothing(t *testing.T) {
	t.Parallel()
	s, rec := newServer(t), &adaptertest.Recorder{}
	rec.FailWith(ticket.Errorf(ticket.Unavailable, "the database is gone"))
	for n := range 30 {
		s.deliver(letter(n))
	}
	w := start(t, newState(), rec, imap.Static{s.mailbox()})
	eventually(t, "noticed", func() bool { return w.source("main").LastError != "" })
	require.Positive(t, w.source("main").Lag, "mails wait")
	eventually(t, "the inbox", func() bool { return s.count("INBOX") == 30 })
	rec.FailWith(nil)
	eventually(t, "in", func() bool { return s.count("Processed") == 30 })
	onceEach(t, rec, 30)
}

// TestAnswersWaitForWhatTheyAnswer: while the desk has no room for a mail, what answers it does not go in either, however much room there is
// for small ones; it would be a ticket of its own.
func TestAnswersWaitForWhatTheyAnswer(t *testing.T) {
	t.Parallel()
	s, rec := newServer(t), &adaptertest.Recorder{}
	large := &failing{subject: "Letter 0", err: ticket.Errorf(ticket.Unavailable, "no room left")}
	rec.Next = large
	s.deliver(letter(0))
	for n := 1; n < 30; n++ {
		s.deliver(letter(n, "In-Reply-To: <0@customer.example>"))
	}
	start(t, newState(), rec, imap.Static{s.mailbox()})
	eventually(t, "offered again", func() bool { return large.times() > 5 })
	require.Empty(t, subjects(rec))
	large.mend()
	eventually(t, "in", func() bool { return s.count("Processed") == 30 })
	onceEach(t, rec, 30)
	require.Equal(t, "Letter 0", rec.Taken()[0].Item.Subject)
}

func TestNumbersThatChange(t *testing.T) {
	t.Parallel()
	s, rec := newServer(t), &adaptertest.Recorder{}
	leave := imap.Static{s.mailbox(func(m *imap.Mailbox) { m.After = imap.Leave })}
	for n := range 10 {
		s.deliver(letter(n))
	}
	w := start(t, newState(), rec, leave)
	eventually(t, "in", func() bool { return w.source("main").Imported == 10 })
	w.stop()
	require.NoError(t, s.user.Delete("INBOX"))
	require.NoError(t, s.user.Create("INBOX", nil))
	for n := range 12 { // in another order, and two of them new
		s.deliver(letter(11 - n))
	}
	again := start(t, w.state, rec, leave)
	eventually(t, "looked at", func() bool {
		return again.source("main").Imported == 12 && again.source("main").State == adapters.SourceReady
	})
	onceEach(t, rec, 12)
}

func TestCutAnywhere(t *testing.T) {
	t.Parallel()
	s, rec := newServer(t), &adaptertest.Recorder{}
	const n = 120
	for i := range n {
		s.deliver(append(letter(i), []byte(strings.Repeat("some more text\r\n", i*3))...))
	}
	rnd := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // not a secret
	s.set(func(s *server) {
		s.cutAfter = func() int {
			return rnd.IntN(60_000)
		}
	})
	w := start(t, newState(), rec, imap.Static{s.mailbox()}, func(c *imap.Config) { c.Backoff = time.Millisecond })
	eventually(t, "all in", func() bool { return len(subjects(rec)) == n })
	s.set(func(s *server) { s.cutAfter = nil })
	eventually(t, "moved", func() bool { return s.count("INBOX") == 0 && w.source("main").State == adapters.SourceReady })
	onceEach(t, rec, n)
	require.Empty(t, rec.Parked())
	s.mu.Lock()
	defer s.mu.Unlock()
	require.Greater(t, s.dials, 5)
}

func TestAServerThatStallsIsLeft(t *testing.T) {
	t.Parallel()
	s, rec := newServer(t), &adaptertest.Recorder{}
	w := start(t, newState(), rec, imap.Static{s.mailbox()}, func(c *imap.Config) { c.Timeout, c.Backoff = 200*time.Millisecond, time.Millisecond })
	eventually(t, "ready", func() bool { return w.source("main").State == adapters.SourceReady })
	s.set(func(s *server) { s.stall = true })
	s.deliver(letter(1))
	eventually(t, "given up", func() bool { return w.source("main").State == adapters.SourceWaiting })
	s.set(func(s *server) { s.stall = false })
	eventually(t, "in", func() bool { return s.count("Processed") == 1 })
}

func TestAWrongPasswordIsNotTriedAgainAndAgain(t *testing.T) {
	t.Parallel()
	s, rec := newServer(t), &adaptertest.Recorder{}
	other := newServer(t)
	other.deliver(letter(1))
	w := start(t, newState(), rec, imap.Static{s.mailbox(func(m *imap.Mailbox) { m.Password = "wrong" }), other.mailbox(func(m *imap.Mailbox) { m.ID = "good" })})
	eventually(t, "stopped", func() bool { return w.source("main").State == adapters.SourceStopped })
	st := w.source("main")
	require.Contains(t, st.LastErrorFix, "password")
	require.Greater(t, time.Until(st.RetryAt), time.Minute)
	require.NotContains(t, st.LastError, "wrong")
	eventually(t, "the other one works", func() bool { return other.count("Processed") == 1 })
	logins := 0
	for _, c := range s.said() {
		if strings.HasPrefix(c, "LOGIN") {
			logins++
		}
	}
	require.Equal(t, 1, logins)
}

func TestForeignAnswersAreIgnored(t *testing.T) {
	t.Parallel()
	s, rec := newServer(t), &adaptertest.Recorder{}
	for n := range 3 {
		s.deliver(letter(n))
	}
	flagsFirst := true
	s.set(func(s *server) {
		s.rewrite = func(line string) string {
			if flagsFirst && strings.HasPrefix(line, "* 2 FETCH (UID 2 ") && strings.Contains(line, "BODY[]") {
				flagsFirst = false // somebody reads the mail just now: the library takes this for the answer
				return "* 2 FETCH (UID 2 FLAGS (\\Seen))\r\n* 9 FETCH (UID 4711 FLAGS ())\r\n" + line
			}
			return line
		}
	})
	start(t, newState(), rec, imap.Static{s.mailbox()})
	eventually(t, "all", func() bool { return s.count("Processed") == 3 })
	onceEach(t, rec, 3)
	s.mu.Lock()
	defer s.mu.Unlock()
	require.False(t, flagsFirst, "the fault was injected")
}

func TestTwoReplicasReadAMailboxInTurns(t *testing.T) {
	t.Parallel()
	s, rec, state := newServer(t), &adaptertest.Recorder{}, newState()
	fast := func(c *imap.Config) { c.Lease = 8 * time.Second } // one that stands still for a moment keeps its turn
	one := start(t, state, rec, imap.Static{s.mailbox()}, fast)
	eventually(t, "one works", func() bool { return one.source("main").State == adapters.SourceReady })
	two := start(t, state, rec, imap.Static{s.mailbox()}, fast)
	eventually(t, "two waits", func() bool { return two.source("main").State == adapters.SourceStandby })
	for n := range 20 {
		s.deliver(letter(n))
	}
	eventually(t, "in", func() bool { return s.count("Processed") == 20 })
	require.Len(t, state.holders(), 1)
	one.stop()
	eventually(t, "two takes over", func() bool { return two.source("main").State == adapters.SourceReady })
	s.deliver(letter(20))
	eventually(t, "in", func() bool { return s.count("Processed") == 21 })
	onceEach(t, rec, 21)
	require.EqualValues(t, 1, two.source("main").Imported)
}

func TestAReplicaWithoutADatabaseLetsGo(t *testing.T) {
	t.Parallel()
	s, rec, state := newServer(t), &adaptertest.Recorder{}, newState()
	w := start(t, state, rec, imap.Static{s.mailbox()}, func(c *imap.Config) { c.Lease = 300 * time.Millisecond })
	eventually(t, "works", func() bool { return w.source("main").State == adapters.SourceReady })
	state.breakDown(ticket.Errorf(ticket.Unavailable, "gone"))
	eventually(t, "let go", func() bool { return w.source("main").State == adapters.SourceWaiting })
	state.breakDown(nil)
	s.deliver(letter(1))
	eventually(t, "in", func() bool { return s.count("Processed") == 1 })
}

func TestMailboxesComeAndGo(t *testing.T) {
	t.Parallel()
	s, rec := newServer(t), &adaptertest.Recorder{}
	list := &changing{}
	w := start(t, newState(), rec, list)
	list.set(s.mailbox())
	w.Wake()
	eventually(t, "came", func() bool { return w.source("main").State == adapters.SourceReady })
	list.set(s.mailbox(func(m *imap.Mailbox) { m.Server = "nowhere" }))
	eventually(t, "nonsense is shown", func() bool { return w.source("main").State == adapters.SourceStopped })
	list.set(s.mailbox(func(m *imap.Mailbox) { m.Processed = "Done" }))
	s.deliver(letter(1))
	eventually(t, "changed", func() bool { return s.count("Done") == 1 })
	list.set()
	eventually(t, "gone", func() bool { return len(w.Sources()) == 0 })
}

func TestAnUnreachableServerIsTriedAgain(t *testing.T) {
	t.Parallel()
	addr := testservers.FreeAddr(t)
	s, rec := newServer(t), &adaptertest.Recorder{}
	w := start(t, newState(), rec, imap.Static{s.mailbox(func(m *imap.Mailbox) { m.Server = addr })}, func(c *imap.Config) { c.Backoff = time.Millisecond })
	eventually(t, "waits", func() bool { return w.source("main").State == adapters.SourceWaiting })
	back, err := net.Listen("tcp", addr)
	require.NoError(t, err)
	defer func() { _ = back.Close() }()
	s.deliver(letter(1))
	go func() {
		for {
			c, err := back.Accept()
			if err != nil {
				return
			}
			up, err := net.Dial("tcp", s.addr)
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, up) }()
			go func() { _, _ = io.Copy(up, c) }()
		}
	}()
	eventually(t, "in", func() bool { return s.count("Processed") == 1 })
}

func TestParkedMailsAreReadAgain(t *testing.T) {
	t.Parallel()
	s, rec := newServer(t), &adaptertest.Recorder{}
	big := append(letter(1), []byte(strings.Repeat("more\r\n", 10_000))...)
	s.deliver(big)
	w := start(t, newState(), rec, imap.Static{s.mailbox()}, func(c *imap.Config) { c.MaxBytes, c.HardMaxBytes = 20_000, 200_000 })
	eventually(t, "parked", func() bool { return s.count("Failed") == 1 })
	p := rec.Parked()[0]
	p.Raw = big // what the blobs have
	require.NoError(t, w.Retry(t.Context(), rec, p))
	require.Empty(t, rec.Taken(), "still too large")
	w.stop()
	larger := start(t, w.state, rec, imap.Static{s.mailbox()})
	eventually(t, "runs", func() bool { return larger.source("main").State == adapters.SourceReady })
	require.NoError(t, larger.Retry(t.Context(), rec, p))
	taken := rec.Taken()
	require.Len(t, taken, 1)
	require.Equal(t, p.Key, taken[0].Item.Key)
	p.Key = "head:" + strings.TrimPrefix(p.Key, "uid:")
	require.NoError(t, larger.Retry(t.Context(), rec, p))
	require.Len(t, rec.Taken(), 1)
}
