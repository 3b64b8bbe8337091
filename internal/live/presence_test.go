package live_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/live"
	"github.com/ticketkit/ticketkit/ticket"
)

// company takes, and gives who the newest news say is at each ticket.
func (c *client) company() map[ticket.ID][]string {
	c.t.Helper()
	require.NoError(c.t, c.take())
	var out map[ticket.ID][]string
	for _, p := range c.batch.Company {
		if out == nil {
			out = map[ticket.ID][]string{}
		}
		out[p.Ticket] = []string{}
		for _, who := range p.People {
			out[p.Ticket] = append(out[p.Ticket], who.Name+" "+string(who.State))
		}
	}
	return out
}

func TestPresence(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := setup(t)
		tk := d.open(0)
		one, two, anna := d.connect("one"), d.connect("two"), d.connect("anna")
		say := func(account ticket.AccountID, state ticket.PresenceState) {
			t.Helper()
			require.NoError(t, d.svc.SetPresence(t.Context(), ticket.AccountActor(account, ""), tk.ID, state))
			time.Sleep(time.Second)
			synctest.Wait()
		}
		require.Nil(t, anna.company())
		say("one", ticket.Viewing)
		require.Equal(t, map[ticket.ID][]string{tk.ID: {"Name of one viewing"}}, anna.company())
		require.Equal(t, map[ticket.ID][]string{tk.ID: {"Name of one viewing"}}, one.company())
		require.Nil(t, two.company(), "not their queue")
		say("anna", ticket.Replying)
		say("one", ticket.Replying)
		require.Equal(t, map[ticket.ID][]string{tk.ID: {"Name of one replying", "Name of anna replying"}}, anna.company(), "only the newest")
		late := d.connect("one", func(s *live.Subscription) { s.Ticket = tk.ID })
		require.Len(t, late.company(), 1, "who follows one ticket is told at once")
		all := d.connect("one")
		require.Nil(t, all.company())

		time.Sleep(10 * time.Second)
		say("one", ticket.Replying)
		require.Nil(t, anna.company(), "to say it again is no news")
		say("one", ticket.HasLeft)
		require.Equal(t, map[ticket.ID][]string{tk.ID: {"Name of anna replying"}}, anna.company())
		time.Sleep(ticket.PresenceTTL)
		synctest.Wait()
		require.Equal(t, map[ticket.ID][]string{tk.ID: {}}, anna.company(), "who says nothing is gone")
		require.Empty(t, anna.seqs, "none of it is an event")
		time.Sleep(time.Minute)
		require.Nil(t, anna.company())

		say("one", ticket.Viewing)
		require.Len(t, one.company(), 1)
		d.move(tk.ID, 1)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		require.Nil(t, one.company(), "the ticket has left, and with it who is there")
		require.NoError(t, d.svc.Delete(t.Context(), system, tk.ID, 0))
		time.Sleep(time.Second)
		synctest.Wait()
		require.Nil(t, two.company())
	})
}

// TestAccountThatIsGone counts as nobody, and is not news again at each look.
func TestAccountThatIsGone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := setup(t)
		tk := d.open(0)
		anna := d.connect("anna")
		require.NoError(t, d.put(ticket.Presence{TicketID: tk.ID, Account: "gone", State: ticket.Viewing, Since: time.Now(), Until: time.Now().Add(time.Hour)}))
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(t, map[ticket.ID][]string{tk.ID: {}}, anna.company())
		time.Sleep(time.Second)
		synctest.Wait()
		require.Nil(t, anna.company())
	})
}
