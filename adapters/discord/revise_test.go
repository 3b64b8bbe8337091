package discord_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord"
	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestAnswersThatAreChangedAtTheDesk: Discord follows, whoever posted it; what an agent wrote in Discord themselves can only go.
func TestAnswersThatAreChangedAtTheDesk(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.erika)
	svc := w.desk.Tickets()
	says := func(text string) func() bool {
		return func() bool {
			n := 0
			for _, m := range w.g.Messages(ch.ID) {
				if strings.Contains(m.Content, text) {
					n++
				}
			}
			return n == 1
		}
	}
	gone := func(text string) func() bool {
		return func() bool {
			for _, m := range w.g.Messages(ch.ID) {
				if strings.Contains(m.Content, text) {
					return false
				}
			}
			return true
		}
	}
	arrived := func(id ticket.MessageID) {
		w.eventually("it has arrived", func() bool {
			for _, m := range w.messages(tk.ID) {
				if m.ID == id {
					return m.Delivery.State == ticket.Sent
				}
			}
			return false
		})
	}
	for _, by := range []ticket.Actor{w.colleague("Max Muster"), w.colleague("Discord Team"), system} { // by a webhook, and by the bot
		m, err := svc.Reply(t.Context(), by, tk.ID, 0, ticket.NewMessage{Body: "first " + by.Name})
		require.NoError(t, err)
		arrived(m.ID)
		_, err = svc.Revise(t.Context(), by, m.ID, 0, "second "+by.Name)
		require.NoError(t, err)
		w.eventually("it says something else", says("second "+by.Name))
		require.True(t, gone("first "+by.Name)())
		_, err = svc.Withdraw(t.Context(), by, m.ID, 0)
		require.NoError(t, err)
		w.eventually("it is taken back", gone("second "+by.Name))
	}
	by := w.colleague("Max Muster")
	long := strings.Repeat("one line of many\n", 300)
	m, err := svc.Reply(t.Context(), by, tk.ID, 0, ticket.NewMessage{Body: long + "the end"})
	require.NoError(t, err)
	arrived(m.ID)
	_, err = svc.Revise(t.Context(), by, m.ID, 0, "short")
	require.NoError(t, err)
	w.eventually("the parts too many go", func() bool { return says("short")() && gone("one line of many")() && gone("the end")() })
	_, err = svc.Revise(t.Context(), by, m.ID, 0, strings.Repeat("grown again\n", 300))
	require.NoError(t, err)
	w.eventually("new parts come", func() bool { return gone("short")() && !says("grown again")() && !gone("grown again")() })
	_, err = svc.Withdraw(t.Context(), by, m.ID, 0)
	require.NoError(t, err)
	w.eventually("all of it goes", gone("grown again"))

	_, err = w.anna.Write(ch.ID, "written by hand")
	require.NoError(t, err)
	own := w.find(tk.ID, "written by hand")
	_, err = svc.Revise(t.Context(), system, own.ID, 0, "written otherwise") // a colleague may not
	require.NoError(t, err)
	w.eventually("the team hears why it stands there still", func() bool { return w.count(tk.ID, "nobody else can change") == 1 })
	_, err = svc.Withdraw(t.Context(), system, own.ID, 0)
	require.NoError(t, err)
	w.eventually("it can go", gone("written by hand"))
	require.Zero(t, w.count(tk.ID, "was deleted"), "what the desk has done itself is no news to it")
}

// TestTakenBackWhileItGrows: what a change is still posting goes with the rest, also when the change breaks off in between.
func TestTakenBackWhileItGrows(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]discordtest.Fault{
		"slow":   {Delay: 500 * time.Millisecond},
		"broken": {Status: http.StatusBadGateway},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			tk, ch := w.open(w.erika)
			svc, by := w.desk.Tickets(), w.colleague("Max Muster")
			m, err := svc.Reply(t.Context(), by, tk.ID, 0, ticket.NewMessage{Body: "short"})
			require.NoError(t, err)
			w.eventually("it counts as sent", func() bool { return w.find(tk.ID, "short").Delivery.State == ticket.Sent })
			fault.Route, fault.Every = "POST /webhooks/", 2 // the second part that is new
			w.d.Fail(fault)
			_, err = svc.Revise(t.Context(), by, m.ID, 0, strings.Repeat("grown long\n", 500))
			require.NoError(t, err)
			parts := func() (n int) {
				for _, m := range w.g.Messages(ch.ID) {
					if strings.Contains(m.Content, "grown long") {
						n++
					}
				}
				return n
			}
			w.eventually("it begins to grow", func() bool { return parts() >= 2 })
			_, err = svc.Withdraw(t.Context(), by, m.ID, 0)
			require.NoError(t, err)
			w.eventually("nothing is left, and no job", func() bool {
				live, err := w.store.ListJobs(t.Context(), jobs.JobFilter{States: []jobs.State{jobs.StatePending, jobs.StateLeased}, Kinds: []string{"discord.revise"}})
				require.NoError(t, err)
				return len(live) == 0
			})
			require.Zero(t, parts())
		})
	}
}

// TestAnswersInThreadsAreChanged: the webhook of the parent does it.
func TestAnswersInThreadsAreChanged(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *discord.Config) { c.Mode = discord.Threads })
	tk, ch := w.open(w.erika)
	by := w.colleague("Max Muster")
	m, err := w.desk.Tickets().Reply(t.Context(), by, tk.ID, 0, ticket.NewMessage{Body: "an answer"})
	require.NoError(t, err)
	w.hears(ch.ID, "an answer")
	w.eventually("it counts as sent", func() bool { return w.find(tk.ID, "an answer").Delivery.State == ticket.Sent })
	_, err = w.desk.Tickets().Revise(t.Context(), by, m.ID, 0, "a better one")
	require.NoError(t, err)
	got := w.hears(ch.ID, "a better one")
	require.Equal(t, "Max Muster", got.Author)
}
