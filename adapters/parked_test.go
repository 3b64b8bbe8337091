package adapters_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

func TestPark(t *testing.T) {
	t.Parallel()
	d := newDesk(t, &channel{name: "chat"})
	in := d.hub.Intake("chat")
	p := adapters.Parked{Channel: "other", Reason: "no header\r\nat all", Sender: "x\x00y", Subject: strings.Repeat("ü", 300), Raw: []byte("\x00\xffbytes")}
	require.NoError(t, in.Park(t.Context(), p))
	require.NoError(t, in.Park(t.Context(), p), "the same bytes park once")
	p.Raw = []byte("other bytes")
	require.NoError(t, in.Park(t.Context(), p))
	p.Key, p.Raw = "k", nil
	require.NoError(t, in.Park(t.Context(), p), "without bytes")
	ps := d.parked()
	require.Len(t, ps, 3)
	for _, got := range ps {
		require.Equal(t, "chat", got.Channel)
		require.Equal(t, "no header at all", got.Reason)
		require.LessOrEqual(t, len(got.Subject), 255)
	}
	var raws []string
	for _, got := range ps {
		raw, item := d.raw(got.ID)
		require.False(t, item)
		raws = append(raws, raw)
	}
	require.ElementsMatch(t, []string{"\x00\xffbytes", "other bytes", ""}, raws)
	require.Equal(t, int64(4), d.hub.Status()[0].Parked)
}

func TestParkedNeedsPermission(t *testing.T) {
	t.Parallel()
	d := newDesk(t, &channel{name: "chat"})
	require.NoError(t, d.hub.Intake("chat").Park(t.Context(), adapters.Parked{Raw: []byte("x")}))
	id := d.parked()[0].ID
	for want, a := range map[ticket.Kind]ticket.Actor{ticket.Denied: ticket.AccountActor("viewer", "Viktor"), ticket.Unauthenticated: {}} {
		_, err := d.hub.ListParked(t.Context(), a, "", 10)
		require.Equal(t, want, ticket.KindOf(err))
		_, _, _, err = d.hub.OpenParked(t.Context(), a, id)
		require.Equal(t, want, ticket.KindOf(err))
		require.Equal(t, want, ticket.KindOf(d.hub.RetryParked(t.Context(), a, id)))
		require.Equal(t, want, ticket.KindOf(d.hub.DeleteParked(t.Context(), a, id)))
	}
	require.Len(t, d.parked(), 1)
	_, err := d.hub.ListParked(t.Context(), agent, "", 10)
	require.NoError(t, err)
	require.NoError(t, d.hub.DeleteParked(t.Context(), agent, id))
	require.Empty(t, d.parked())
	require.Equal(t, ticket.NotFound, ticket.KindOf(d.hub.DeleteParked(t.Context(), agent, id)))
	require.Equal(t, ticket.NotFound, ticket.KindOf(d.hub.RetryParked(t.Context(), agent, id)))
}

// TestRetryOfAnItem retries what the hub itself kept, of a channel that cannot read its items again.
func TestRetryOfAnItem(t *testing.T) {
	t.Parallel()
	d := newDesk(t, &channel{name: "chat"})
	yes := true
	it := incoming(1)
	it.To = []ticket.Identity{{Kind: "chat", Value: "desk"}}
	it.Cc = []ticket.Person{{Name: "Max", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "max@kunde.example"}}}
	it.HTML, it.Quoted, it.Raw = "<p>It <b>burns</b>.</p>", "> earlier", []byte("raw\x00bytes")
	it.ExternalID, it.Refs, it.Machine, it.Verified, it.Priority, it.Locale = "ext-1", []string{"ref-1"}, true, &yes, ticket.High, "en"
	it.Uploads = []ticket.Upload{
		{Name: "a.bin", ContentType: "application/octet-stream", Body: strings.NewReader("\x00\xff bytes")},
		{Name: "b.png", ContentType: "image/png", Inline: true, ContentID: "cid-1", Body: strings.NewReader("not read before the veto")},
	}
	d.onEvent(func(context.Context, ticket.Tx, *ticket.Event) error { return errors.New("veto") })
	in := d.hub.Intake("chat")
	require.NoError(t, in.Receive(t.Context(), it))
	p := d.parked()[0]
	raw, item := d.raw(p.ID)
	require.True(t, item)
	require.Contains(t, raw, `"subject":"Item 1"`)

	require.Equal(t, ticket.Conflict, ticket.KindOf(d.hub.RetryParked(t.Context(), agent, p.ID)), "still refused")
	require.Len(t, d.parked(), 1)
	d.fail(ticket.Errorf(ticket.Unavailable, "away"))
	require.Equal(t, ticket.Unavailable, ticket.KindOf(d.hub.RetryParked(t.Context(), agent, p.ID)))
	require.Len(t, d.parked(), 1)
	d.fail(nil)
	d.onEvent(pass)
	require.NoError(t, d.hub.RetryParked(t.Context(), agent, p.ID))
	require.Empty(t, d.parked())
	require.NoError(t, in.Receive(t.Context(), incoming(1)), "the source offers it again")

	ts := d.tickets()
	require.Len(t, ts, 1)
	require.Equal(t, ticket.High, ts[0].Priority)
	require.Equal(t, "en", ts[0].Locale)
	ms := d.messages(ts[0].ID)
	require.Len(t, ms, 1)
	m := ms[0]
	require.Equal(t, "> earlier", m.Quoted)
	require.True(t, m.HasHTML)
	require.True(t, m.Machine)
	require.True(t, *m.Verified)
	require.Equal(t, "ext-1", m.ExternalID)
	require.NotEmpty(t, m.RawSHA256)
	require.Len(t, m.Attachments, 2)
	for n, want := range []string{"\x00\xff bytes", "not read before the veto"} {
		_, r, err := d.svc.OpenAttachment(t.Context(), system, ts[0].ID, m.Attachments[n].ID)
		require.NoError(t, err)
		b, err := io.ReadAll(r)
		require.NoError(t, err)
		require.Equal(t, want, string(b))
	}
	require.Equal(t, "cid-1", m.Attachments[1].ContentID)
}

// TestForgedItem parks bytes that look like an item: they must never become one, with the sender that they claim to have proven.
func TestForgedItem(t *testing.T) {
	t.Parallel()
	d := newDesk(t, &channel{name: "chat"})
	in := d.hub.Intake("chat")
	d.onEvent(func(context.Context, ticket.Tx, *ticket.Event) error { return errors.New("veto") })
	require.NoError(t, in.Receive(t.Context(), incoming(1)))
	d.onEvent(pass)
	genuine, err := d.store.ParkedItem(t.Context(), d.parked()[0].ID)
	require.NoError(t, err)
	require.NoError(t, in.Park(t.Context(), adapters.Parked{Key: "forged", Raw: genuine.Raw}))
	for _, p := range d.parked() {
		if p.Key != "forged" {
			continue
		}
		raw, item := d.raw(p.ID)
		require.False(t, item)
		require.Equal(t, string(genuine.Raw), raw)
		require.Equal(t, ticket.Conflict, ticket.KindOf(d.hub.RetryParked(t.Context(), agent, p.ID)))
	}
	require.Empty(t, d.tickets())
}

// TestRetryByTheAdapter has a channel that reads its bytes again.
func TestRetryByTheAdapter(t *testing.T) {
	t.Parallel()
	read := func(ctx context.Context, in adapters.Intake, p adapters.Parked) error {
		subject, text, ok := strings.Cut(string(p.Raw), "\n")
		if !ok {
			return in.Park(ctx, adapters.Parked{Key: "another key", Reason: "still no line end", Raw: p.Raw})
		}
		it := incoming(1)
		it.Key, it.Subject, it.Text, it.Raw = p.Key, subject, text, p.Raw
		return in.Receive(ctx, it)
	}
	for name, c := range map[string]struct {
		retry func(ctx context.Context, in adapters.Intake, p adapters.Parked) error
		raw   string
		want  ticket.Kind
		left  string // reason of what stays parked
	}{
		"goes in":        {read, "Subject\nText", "", ""},
		"cannot be read": {read, "Subject", ticket.Conflict, "still no line end"},
		"fails":          {func(context.Context, adapters.Intake, adapters.Parked) error { return errors.New("no") }, "x", ticket.Internal, "first"},
		"fails with a kind": {func(context.Context, adapters.Intake, adapters.Parked) error {
			return ticket.Errorf(ticket.Unavailable, "no")
		}, "x", ticket.Unavailable, "first"},
		"panics":       {func(context.Context, adapters.Intake, adapters.Parked) error { panic("boom") }, "x", ticket.Internal, "first"},
		"does nothing": {func(context.Context, adapters.Intake, adapters.Parked) error { return nil }, "x", ticket.Conflict, "first"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, reader{&channel{name: "mail"}, c.retry})
			require.NoError(t, d.hub.Intake("mail").Park(t.Context(), adapters.Parked{Key: "key-1", Reason: "first", Raw: []byte(c.raw)}))
			id := d.parked()[0].ID
			err := d.hub.RetryParked(t.Context(), agent, id)
			require.Equal(t, c.want, ticket.KindOf(err))
			if c.left == "" {
				require.Empty(t, d.parked())
				require.Len(t, d.tickets(), 1)
				require.Equal(t, "Subject", d.tickets()[0].Subject)
				return
			}
			require.Len(t, d.parked(), 1)
			require.Equal(t, id, d.parked()[0].ID)
			require.Equal(t, c.left, d.parked()[0].Reason)
		})
	}
}

// TestRefusedRawOfAReader keeps the bytes as they came when the channel can read them again.
func TestRefusedRawOfAReader(t *testing.T) {
	t.Parallel()
	d := newDesk(t, reader{&channel{name: "mail"}, func(ctx context.Context, in adapters.Intake, p adapters.Parked) error {
		it := incoming(1)
		it.Key, it.Subject, it.Raw = p.Key, "again", p.Raw
		return in.Receive(ctx, it)
	}})
	it := incoming(1)
	it.Raw = []byte("Subject: x\r\n\r\n\x00")
	d.onEvent(func(context.Context, ticket.Tx, *ticket.Event) error { return errors.New("veto") })
	require.NoError(t, d.hub.Intake("mail").Receive(t.Context(), it))
	id := d.parked()[0].ID
	raw, item := d.raw(id)
	require.False(t, item)
	require.Equal(t, string(it.Raw), raw)
	require.Equal(t, ticket.Conflict, ticket.KindOf(d.hub.RetryParked(t.Context(), agent, id)))
	d.onEvent(pass)
	require.NoError(t, d.hub.RetryParked(t.Context(), agent, id))
	require.Equal(t, "again", d.tickets()[0].Subject)
}

func TestListParkedPages(t *testing.T) {
	t.Parallel()
	d := newDesk(t, &channel{name: "chat"})
	for n := range 5 {
		require.NoError(t, d.hub.Intake("chat").Park(t.Context(), adapters.Parked{Key: fmt.Sprint(n), Raw: []byte("x")}))
	}
	seen, before := map[string]bool{}, ""
	for {
		page, err := d.hub.ListParked(t.Context(), agent, before, 2)
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, p := range page {
			require.False(t, seen[p.Key])
			seen[p.Key], before = true, p.ID
		}
	}
	require.Len(t, seen, 5)
}

func TestTakeTellsWhatWasParked(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.onEvent(func(_ context.Context, _ ticket.Tx, e *ticket.Event) error {
		if e.Type == ticket.EventReceived && strings.Contains(string(e.Data), `"machine":true`) {
			return errors.New("no machines here")
		}
		return nil
	})
	in := d.hub.Intake("mail")
	item := func(key string, machine bool) ticket.Incoming {
		return ticket.Incoming{Key: key, Subject: key, Text: "Hello", Machine: machine, From: ticket.Person{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "kim@customer.example"}}}
	}
	for key, machine := range map[string]bool{"a": false, "b": true} {
		for range 2 { // known by then, and still parked
			parked, err := adapters.Take(t.Context(), in, item(key, machine))
			require.NoError(t, err)
			require.Equal(t, machine, parked, key)
		}
	}
	require.Len(t, d.parked(), 1)
	d.fail(ticket.Errorf(ticket.Unavailable, "the database is away"))
	_, err := adapters.Take(t.Context(), in, item("c", false))
	require.Error(t, err)

	d.fail(nil)
	parked, err := adapters.Take(t.Context(), silent{in}, item("d", true))
	require.NoError(t, err)
	require.False(t, parked, "it does not say")
	require.Len(t, d.parked(), 2)
}

// silent is an Intake that does not tell.
type silent struct{ adapters.Intake }
