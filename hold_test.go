package ticketkit_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

// posted is a mail server that counts.
type posted struct{ sent chan string }

func (p *posted) Send(_ context.Context, m adapters.Outbound) (string, error) {
	p.sent <- m.Message.Text
	return "<" + string(m.Message.ID) + ">", nil
}

// TestHeldDeskSendsNothingUntilItIsReleased: what was asked for while a desk is held waits, however long, and leaves once after the release.
func TestHeldDeskSendsNothingUntilItIsReleased(t *testing.T) {
	t.Parallel()
	synctest.Test(t, testHeldDesk)
}

func testHeldDesk(t *testing.T) {
	st, err := sqlite.Open(t.Context(), t.TempDir()+"/desk.db", sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	require.NoError(t, st.Migrate(t.Context()))
	mail := &posted{make(chan string, 10)}
	d, err := ticketkit.New(ticketkit.Config{Store: st, Secret: secret, Mail: mail, Notices: ticket.Notices{Mails: map[ticket.NoticeKind]bool{}}})
	require.NoError(t, err)
	require.NoError(t, ticketkit.HoldOutgoing(t.Context(), st))
	at, err := ticketkit.OutgoingHeld(t.Context(), st)
	require.NoError(t, err)
	require.False(t, at.IsZero())

	tk, err := d.Tickets().Open(t.Context(), moving, ticket.NewTicket{Subject: "x", Body: "y", Requester: ticket.Person{Identity: ticket.Identity{Value: "zoe@firma.example"}}})
	require.NoError(t, err)
	_, err = d.Tickets().Reply(t.Context(), moving, tk.ID, 0, ticket.NewMessage{Body: "Antwort"})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	require.Eventually(t, func() bool { // it was looked at, and waits
		list, err := d.Tickets().Jobs(t.Context(), moving, ticket.JobQuery{Kinds: []string{ticket.JobDeliver}, Limit: 10})
		return err == nil && len(list) == 1 && list[0].RunAt.After(time.Now().Add(10*time.Second)) && list[0].State == ticket.JobPending
	}, time.Minute, 10*time.Millisecond)
	require.Empty(t, mail.sent)

	require.NoError(t, ticketkit.ReleaseOutgoing(t.Context(), st))
	select {
	case text := <-mail.sent:
		require.Equal(t, "Antwort", text)
	case <-time.After(2 * time.Minute):
		t.Fatal("it never left")
	}
	stop()
	if err := <-done; !errors.Is(err, context.Canceled) {
		require.NoError(t, err)
	}
	require.Empty(t, mail.sent)
}
