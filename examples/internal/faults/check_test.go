package faults_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// desk is the database after everything has ended, looked at from inside.
type desk struct {
	*ticketkit.Desk
	store *store.Store
}

func (b base) desk(t *testing.T) desk {
	t.Helper()
	st := b.open(t)
	d, err := ticketkit.New(ticketkit.Config{Store: st, Secret: []byte(secret)})
	require.NoError(t, err)
	return desk{d, st}
}

// live tells how many jobs wait or run.
func (d desk) live(t *testing.T) (n int) {
	t.Helper()
	f := jobs.JobFilter{Kinds: []string{ticket.JobDeliver, ticket.JobNotice, ticket.JobCopy, ticket.JobTimer}, States: []jobs.State{jobs.StatePending, jobs.StateLeased, jobs.StateDead}, Limit: 1000}
	for {
		page, err := d.store.ListJobs(t.Context(), f)
		require.NoError(t, err)
		for _, j := range page {
			if j.Kind != ticket.JobTimer || j.State == jobs.StateDead || !j.RunAt.After(time.Now()) {
				n++
			}
		}
		if len(page) < f.Limit {
			return n
		}
		f.After = page[len(page)-1].ID
	}
}

// check counts what is in the desk against what was promised outside.
func check(t *testing.T, d desk, tr *traffic) {
	t.Helper()
	me, s := ticket.SystemActor("check"), d.Tickets()
	mails, replies, numbers := map[string]int{}, map[string]int{}, map[int64]int{}
	tickets, threaded := 0, 0
	q := ticket.Query{Sort: ticket.ByNumberAsc, Limit: ticket.MaxLimit}
	for {
		page, next, err := s.List(t.Context(), me, q)
		require.NoError(t, err)
		for i := range page {
			tk := &page[i]
			tickets++
			numbers[tk.Number]++
			for m, err := range s.AllMessages(t.Context(), me, ticket.OpMessageRead, tk.ID) {
				require.NoError(t, err)
				switch {
				case m.Author.Type == ticket.ActorContact:
					mails[m.Text]++
					if strings.TrimPrefix(tk.Subject, "mail ") != strings.TrimPrefix(m.Text, "Nachricht Nr. ") {
						threaded++
					}
				case m.Author.Type == ticket.ActorAccount:
					replies[m.Text]++
					require.NotNil(t, m.Delivery)
					require.Equal(t, ticket.Sent, m.Delivery.State, "%s of #%d", m.Text, tk.Number)
				}
			}
		}
		if q.After = next; next.IsZero() {
			break
		}
	}
	for n := range tr.mails {
		if mails[text(n)] != 1 {
			t.Errorf("mail %d is there %d times", n, mails[text(n)])
		}
	}
	require.Len(t, mails, tr.mails, "there are messages that nobody sent")
	require.Equal(t, tr.mails/group*(group-1), tickets, "every answer belongs to the ticket that it answers")
	require.Equal(t, tr.mails/group, threaded)
	for n, times := range numbers {
		require.Equal(t, 1, times, "number %d", n)
	}
	written := 0
	for body, promised := range tr.replies {
		if promised {
			require.Equal(t, 1, replies[body], "reply %q was promised", body)
		}
		require.LessOrEqual(t, replies[body], 1, "reply %q", body)
		written += replies[body]
	}
	messages, automatic, repeats := tr.sink.counts()
	require.Equal(t, written, messages, "each reply reaches its receiver as one message")
	require.Positive(t, automatic, "receipts")
	require.LessOrEqual(t, automatic, tickets, "at most one receipt for each ticket")
	checkOrder(t, s, me)
	_, err := s.VerifyAll(t.Context(), me)
	require.NoError(t, err)
	require.Zero(t, d.live(t), "jobs that are due, or dead")
	t.Logf("%d mails in %d attempts and %d repeats became %d tickets; %d replies and %d receipts were handed over %d times too often",
		tr.mails, tr.attempts.Load(), tr.again.Load(), tickets, written, automatic, repeats)
}

// checkOrder walks all events in the order in which they become visible.
func checkOrder(t *testing.T, s *ticket.Service, me ticket.Actor) {
	t.Helper()
	var last int64
	for {
		page, err := s.Audit(t.Context(), me, ticket.EventQuery{After: last, Limit: 200})
		require.NoError(t, err)
		for i := range page {
			require.Greater(t, page[i].Seq, last, "the sequence of events must rise")
			last = page[i].Seq
		}
		if len(page) < 200 {
			break
		}
	}
	require.Positive(t, last)
}
