package adapters_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// noticed is a desk with one ticket that came by mail, and the job of a mail about it.
func noticed(t *testing.T, kind ticket.NoticeKind) (*desk, ticket.ID, jobs.Job) {
	t.Helper()
	d := newDesk(t)
	it := incoming(1)
	it.From.Identity, it.ExternalID = mailID("e@kunde.example"), "question-1"
	require.NoError(t, d.hub.Intake("chat").Receive(t.Context(), it))
	id := d.tickets()[0].ID
	_, err := d.svc.SetMailRules(t.Context(), ticket.SystemActor("test"), "", ticket.MailRules{Mails: map[ticket.NoticeKind]bool{kind: true}})
	require.NoError(t, err)
	at := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	return d, id, jobs.Job{Kind: ticket.JobNotice, Attempt: 1, Payload: payload(t, ticket.NoticePayload{TicketID: id, Kind: kind, EventID: "0197a4c0-1111-7222-8333-444455556666", At: at})}
}

func TestNotices(t *testing.T) {
	t.Parallel()
	d, id, job := noticed(t, ticket.NoticeClosed)
	mail := sender{&channel{name: "mailout"}}
	fail := errors.New("away")
	var err error
	n, nerr := adapters.NewNotices(adapters.NoticesConfig{Service: d.svc, Mail: mail, Transcript: func(_ context.Context, got ticket.ID, locale string) (adapters.Attachment, error) {
		require.Equal(t, id, got)
		return adapters.Attachment{Attachment: ticket.Attachment{Name: "ticket." + locale},
			Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("x")), nil }}, err
	}})
	require.NoError(t, nerr)
	err = fail
	require.ErrorIs(t, n.Mail(t.Context(), job), fail)
	require.Empty(t, mail.sent())
	err = nil
	require.NoError(t, n.Mail(t.Context(), job))
	require.Len(t, mail.sent(), 1)
	m := mail.sent()[0]
	require.Equal(t, "closed.0197a4c0-1111-7222-8333-444455556666", m.Key)
	require.Equal(t, ticket.NoticeClosed, m.Notice)
	require.Equal(t, []adapters.Recipient{{Identity: mailID("e@kunde.example")}}, m.To)
	require.Equal(t, "question-1", m.InReplyTo)
	require.Equal(t, d.svc.ReplyToken(id), m.ReplyToken)
	require.Equal(t, "ticket.de", m.Attachments[0].Name)
	require.Equal(t, 2026, m.Message.CreatedAt.Year(), "a repeat has the same date")
	require.NoError(t, n.Mail(t.Context(), job), "killed before the end was written")
	require.Equal(t, m.Key, mail.sent()[1].Key)

	for _, c := range []struct {
		err       error
		permanent bool
	}{{adapters.Permanent(fail), true}, {fail, false}, {adapters.RetryAfter(fail, time.Minute), false}} {
		mail.send = func(context.Context, adapters.Outbound) (string, error) { return "", c.err }
		err := n.Mail(t.Context(), job)
		require.ErrorIs(t, err, fail)
		require.Equal(t, c.permanent, jobs.IsPermanent(err))
	}
	mail.send = func(context.Context, adapters.Outbound) (string, error) {
		return "", adapters.Hold(fail, time.Minute)
	}
	require.ErrorContains(t, n.Mail(t.Context(), job), "snoozed")
	mail.send = func(context.Context, adapters.Outbound) (string, error) { panic("boom") }
	require.ErrorContains(t, n.Mail(t.Context(), job), "boom")

	n.Dead(t.Context(), jobs.Job{Kind: "other"}, fail)
	n.Dead(t.Context(), job, fail)
	es, err := d.svc.History(t.Context(), ticket.SystemActor("test"), ticket.EventQuery{Ticket: id, Types: []ticket.EventType{ticket.EventMailed, ticket.EventMailFailed}})
	require.NoError(t, err)
	require.Len(t, es, 3)
	require.Equal(t, ticket.EventMailFailed, es[2].Type)
}

// TestNoticesOfASlowDatabase: what has left is noted as soon as the database answers again, and once.
func TestNoticesOfASlowDatabase(t *testing.T) {
	t.Parallel()
	d, id, job := noticed(t, ticket.NoticeClosed)
	mail := sender{&channel{name: "mailout"}}
	mail.send = func(context.Context, adapters.Outbound) (string, error) {
		d.fail(ticket.Errorf(ticket.Unavailable, "away"))
		time.AfterFunc(100*time.Millisecond, func() { d.fail(nil) })
		return "closed-1", nil
	}
	n, err := adapters.NewNotices(adapters.NoticesConfig{Service: d.svc, Mail: mail})
	require.NoError(t, err)
	require.NoError(t, n.Mail(t.Context(), job))
	require.Len(t, mail.sent(), 1)
	es, err := d.svc.History(t.Context(), ticket.SystemActor("test"), ticket.EventQuery{Ticket: id, Types: []ticket.EventType{ticket.EventMailed}})
	require.NoError(t, err)
	require.Len(t, es, 1)
}

func TestNoticesNobodyWants(t *testing.T) {
	t.Parallel()
	d, id, job := noticed(t, ticket.NoticeClosed)
	mail := sender{&channel{name: "mailout"}}
	n, err := adapters.NewNotices(adapters.NoticesConfig{Service: d.svc, Mail: mail})
	require.NoError(t, err)
	_, err = d.svc.SetMailRules(t.Context(), ticket.SystemActor("test"), "", ticket.MailRules{})
	require.NoError(t, err)
	require.NoError(t, n.Mail(t.Context(), job), "switched off")
	require.NoError(t, d.svc.Delete(t.Context(), ticket.SystemActor("test"), id, 0))
	require.NoError(t, n.Mail(t.Context(), job), "deleted")
	require.True(t, jobs.IsPermanent(n.Mail(t.Context(), jobs.Job{Payload: []byte("{")})))
	require.Empty(t, mail.sent())
	n.Dead(t.Context(), job, errors.New("x"))
	for _, c := range []adapters.NoticesConfig{{}, {Service: d.svc}, {Service: d.svc, Mail: mail, Timeout: -1}} {
		_, err := adapters.NewNotices(c)
		require.Error(t, err)
	}
}
