package ticketkit_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// post keeps what a desk mails.
type post struct {
	mu   sync.Mutex
	list []adapters.Outbound
}

func (p *post) Addresses() []string { return []string{"support@desk.example"} }

func (p *post) Send(_ context.Context, m adapters.Outbound) (string, error) {
	for i := range m.Attachments {
		r, err := m.Attachments[i].Open(context.Background())
		if err != nil {
			return "", err
		}
		defer r.Close()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.list = append(p.list, m)
	return m.Key + "@desk.example", nil
}

// of gives the mails of a kind.
func (p *post) of(kind ticket.NoticeKind) (out []adapters.Outbound) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.list {
		if m.Notice == kind {
			out = append(out, m)
		}
	}
	return out
}

// TestNotices follows a ticket through every mail that the desk sends by itself.
func TestNotices(t *testing.T) {
	t.Parallel()
	mail := &post{}
	d := newDesk(t, func(c *ticketkit.Config) { c.Mail = mail })
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-done) })
	anna, err := d.Accounts().CreateUser(ctx, me, rbac.NewUser{Username: "anna", Password: "neunzehn rote Hunde", Role: rbac.RoleSupport, Email: "Anna@Desk.example"})
	require.NoError(t, err)
	require.Equal(t, "anna@desk.example", anna.Email)

	got, err := d.Tickets().Receive(ctx, me, ticket.Incoming{Channel: "test", Key: "1", Subject: "Drucker", Text: "Es brennt.", Locale: "en",
		From: ticket.Person{Name: "Kim", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "kim@customer.example"}}})
	require.NoError(t, err)
	waits := func(kind ticket.NoticeKind) adapters.Outbound {
		t.Helper()
		require.Eventually(t, func() bool { return len(mail.of(kind)) > 0 }, 2*time.Minute, 10*time.Millisecond)
		return mail.of(kind)[0]
	}
	receipt := waits(ticket.NoticeReceipt)
	require.Equal(t, "en", receipt.Locale)
	require.Equal(t, "kim@customer.example", receipt.To[0].Identity.Value)

	_, err = d.Tickets().Assign(ctx, me, got.TicketID, 0, anna.ID)
	require.NoError(t, err)
	require.Equal(t, "anna@desk.example", waits(ticket.NoticeAssigned).To[0].Identity.Value)

	_, err = d.Tickets().Close(ctx, me, got.TicketID, 0, "")
	require.NoError(t, err)
	closed := waits(ticket.NoticeClosed)
	require.Equal(t, fmt.Sprintf("ticket-%d.html", got.Ticket.Number), closed.Attachments[0].Name)
	r, err := closed.Attachments[0].Open(ctx)
	require.NoError(t, err)
	proof, err := d.Seal().Verify(ctx, r)
	require.NoError(t, err, "the transcript is signed")
	require.Equal(t, got.TicketID, proof.TicketID)
	require.False(t, proof.Internal)
	require.Len(t, mail.of(ticket.NoticeReceipt), 1)
}

// TestTwoDesksThatAnswerEachOther: neither knows a machine when it sees one, and every mail of one is a new ticket of the other.
func TestTwoDesksThatAnswerEachOther(t *testing.T) {
	t.Parallel()
	desks := [2]*ticketkit.Desk{}
	sent := [2]int{}
	mails := [2]*post{{}, {}}
	for i := range desks {
		desks[i] = newDesk(t, func(c *ticketkit.Config) {
			c.Mail, c.Notices = mails[i], ticket.Notices{PerPerson: 4}
		})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- desks[i].Run(ctx) }()
		t.Cleanup(func() { stop(); require.NoError(t, <-done) })
	}
	receive := func(to int, n int) {
		_, err := desks[to].Tickets().Receive(t.Context(), me, ticket.Incoming{Channel: "test", Key: fmt.Sprint(n), Subject: "Ihre Anfrage", Text: "ist eingegangen",
			From: ticket.Person{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: fmt.Sprintf("desk%d@desk.example", 1-to)}}})
		require.NoError(t, err)
	}
	receive(0, 0)
	for turn := 1; turn < 40; turn++ {
		to := turn % 2
		from := 1 - to
		more := func() bool { return len(mails[from].of(ticket.NoticeReceipt)) > sent[from] }
		require.Eventually(t, func() bool { return more() || jobsLeft(t, desks[from]) == 0 }, 2*time.Minute, 10*time.Millisecond)
		quiet := !more()
		if quiet {
			break
		}
		sent[from]++
		receive(to, turn)
	}
	require.LessOrEqual(t, sent[0], 4)
	require.LessOrEqual(t, sent[1], 4)
	require.Positive(t, sent[0])
}

// jobsLeft counts mails that wait or are being sent.
func jobsLeft(t *testing.T, d *ticketkit.Desk) (n int) {
	t.Helper()
	list, err := d.Tickets().Jobs(t.Context(), me, ticket.JobQuery{Kinds: []string{ticket.JobNotice}, States: []ticket.JobState{ticket.JobPending, ticket.JobLeased}})
	require.NoError(t, err)
	return len(list)
}

// TestEmailOfAccounts takes the address of an account through API and command.
func TestEmailOfAccounts(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	u, err := d.Accounts().CreateUser(t.Context(), me, rbac.NewUser{Username: "bert@desk.example", Password: "neunzehn rote Hunde", Role: rbac.RoleSupport})
	require.NoError(t, err)
	require.Equal(t, "bert@desk.example", u.Email, "a username that is an address")
	for in, want := range map[string]string{"": "", " Bert@Elsewhere.Example ": "bert@elsewhere.example"} {
		u, err = d.Accounts().UpdateUser(t.Context(), me, u.ID, rbac.UserChange{Email: &in})
		require.NoError(t, err)
		require.Equal(t, want, u.Email)
		require.EqualValues(t, 1, u.Version, "nobody is signed out for it")
	}
	for _, bad := range []string{"bert", "Bert <b@desk.example>", "b@desk.example\r\nBcc: x@y.example", strings.Repeat("x", 300) + "@y.example"} {
		_, err = d.Accounts().UpdateUser(t.Context(), me, u.ID, rbac.UserChange{Email: &bad})
		require.Equal(t, ticket.Invalid, ticket.KindOf(err), bad)
	}
}
