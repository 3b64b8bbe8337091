package adapters_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/ticket"
)

// composer writes the key of what it is given.
type composer struct {
	err   error
	wrote []adapters.Outbound
}

func (c *composer) Compose(_ context.Context, m adapters.Outbound, w io.Writer) (from, externalID string, err error) {
	c.wrote = append(c.wrote, m)
	_, _ = io.WriteString(w, "mail "+m.Key)
	return "support@desk.example", m.Key + "@desk.example", c.err
}

// folder keeps copies, or answers err.
type folder struct {
	off   bool
	err   error
	boom  bool
	mails []adapters.SentMail
}

func (f *folder) KeepsSent() bool { return !f.off }

func (f *folder) KeepSent(_ context.Context, m adapters.SentMail) error {
	if f.boom {
		panic("boom")
	}
	if f.err == nil {
		f.mails = append(f.mails, m)
	}
	return f.err
}

// byMail reaches addresses, and nothing else.
func byMail() adapters.DeliveryConfig {
	return adapters.DeliveryConfig{Fallback: map[string]adapters.Sender{ticket.KindEmail: sender{&channel{name: "mailout"}}}}
}

func (o *outbox) copies(c *composer, keepers ...adapters.SentKeeper) *adapters.Copies {
	o.t.Helper()
	out, err := adapters.NewCopies(adapters.CopiesConfig{Service: o.svc, Delivery: o.delivery(byMail()), Mail: c, Keepers: keepers})
	require.NoError(o.t, err)
	return out
}

func (o *outbox) copyJob(t *testing.T) jobs.Job {
	return jobs.Job{Kind: ticket.JobCopy, Attempt: 1, Payload: payload(t, ticket.CopyPayload{MessageID: o.message})}
}

func TestNewCopiesRefusesWrongConfigs(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, mailID("e@kunde.example"))
	good := adapters.CopiesConfig{Service: o.svc, Delivery: o.delivery(byMail()), Mail: &composer{}, Keepers: []adapters.SentKeeper{&folder{}}}
	for name, change := range map[string]func(*adapters.CopiesConfig){
		"service":  func(c *adapters.CopiesConfig) { c.Service = nil },
		"delivery": func(c *adapters.CopiesConfig) { c.Delivery = nil },
		"mail":     func(c *adapters.CopiesConfig) { c.Mail = nil },
		"keepers":  func(c *adapters.CopiesConfig) { c.Keepers = nil },
		"timeout":  func(c *adapters.CopiesConfig) { c.Timeout = -1 },
	} {
		c := good
		change(&c)
		_, err := adapters.NewCopies(c)
		require.Error(t, err, name)
	}
	c, err := adapters.NewCopies(good)
	require.NoError(t, err)
	require.Contains(t, c.Handlers(), ticket.JobCopy)
}

func TestACopyIsWrittenAnewForEachKeeper(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, mailID("e@kunde.example"))
	require.NoError(t, o.svc.Delivered(t.Context(), system, o.message, "x@desk.example"))
	one, two := &folder{}, &folder{off: true}
	require.NoError(t, o.copies(&composer{}, one, two).Keep(t.Context(), o.copyJob(t)))
	require.Len(t, one.mails, 1)
	require.Len(t, two.mails, 1, "who is not meant says so by itself")
	m := one.mails[0]
	require.Equal(t, "support@desk.example", m.From)
	require.Equal(t, string(o.message)+"@desk.example", m.ID)
	require.Equal(t, "mail "+string(o.message), string(m.Raw))
	require.Equal(t, o.state().At, m.At)
}

func TestCopiesThatAreNotKept(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, mailID("e@kunde.example"))
	require.NoError(t, o.svc.Delivered(t.Context(), system, o.message, "x@desk.example"))
	away := errors.New("away")
	off := &folder{off: true}
	require.NoError(t, o.copies(&composer{}, off).Keep(t.Context(), o.copyJob(t)))
	require.Empty(t, off.mails, "nobody wants any")

	f := &folder{}
	gone := jobs.Job{Kind: ticket.JobCopy, Payload: payload(t, ticket.CopyPayload{MessageID: "0197a4c0-1111-7222-8333-444455556666"})}
	require.NoError(t, o.copies(&composer{}, f).Keep(t.Context(), gone), "forgotten since")
	require.Empty(t, f.mails)
	err := o.copies(&composer{}, f).Keep(t.Context(), jobs.Job{Kind: ticket.JobCopy, Payload: []byte("[")})
	require.True(t, jobs.IsPermanent(err))

	for _, c := range []struct {
		err       error
		permanent bool
	}{{away, false}, {adapters.Permanent(away), true}, {adapters.RetryAfter(away, time.Minute), false}} {
		err := o.copies(&composer{}, &folder{err: c.err}).Keep(t.Context(), o.copyJob(t))
		require.ErrorIs(t, err, away)
		require.Equal(t, c.permanent, jobs.IsPermanent(err))
	}
	require.ErrorIs(t, o.copies(&composer{err: away}, f).Keep(t.Context(), o.copyJob(t)), away)
	require.ErrorContains(t, o.copies(&composer{}, &folder{boom: true}).Keep(t.Context(), o.copyJob(t)), "boom")
	require.Empty(t, f.mails)
}

func TestWhatGoesByAnotherChannelHasNoCopy(t *testing.T) {
	t.Parallel()
	o := newOutbox(t, chatID("42"), mailID("max@kunde.example"))
	require.NoError(t, o.svc.Delivered(t.Context(), system, o.message, "x"))
	cfg := byMail()
	cfg.Adapters = []adapters.Adapter{sender{&channel{name: "chat"}}}
	f, w := &folder{}, &composer{}
	c, err := adapters.NewCopies(adapters.CopiesConfig{Service: o.svc, Delivery: o.delivery(cfg), Mail: w, Keepers: []adapters.SentKeeper{f}})
	require.NoError(t, err)
	require.NoError(t, c.Keep(t.Context(), o.copyJob(t)))
	require.Len(t, f.mails, 1)
	require.Equal(t, []string{"max@kunde.example"}, everybody(w.wrote))
}
