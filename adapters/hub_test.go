package adapters_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

func incoming(n int) ticket.Incoming {
	return ticket.Incoming{
		Key:     fmt.Sprintf("key-%d", n),
		From:    ticket.Person{Name: "Erika Beispiel", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "erika@kunde.example"}},
		Subject: fmt.Sprintf("Item %d", n),
		Text:    "It burns.",
	}
}

func TestNewRefusesWrongConfigs(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	ok := adapters.Config{Service: d.svc, State: d.store}
	for name, change := range map[string]func(*adapters.Config){
		"no service":   func(c *adapters.Config) { c.Service = nil },
		"no state":     func(c *adapters.Config) { c.State = nil },
		"grace":        func(c *adapters.Config) { c.Grace = -1 },
		"nil adapter":  func(c *adapters.Config) { c.Adapters = []adapters.Adapter{nil} },
		"name":         func(c *adapters.Config) { c.Adapters = []adapters.Adapter{&channel{name: "My Channel"}} },
		"empty name":   func(c *adapters.Config) { c.Adapters = []adapters.Adapter{&channel{}} },
		"long name":    func(c *adapters.Config) { c.Adapters = []adapters.Adapter{&channel{name: strings.Repeat("x", 33)}} },
		"two the same": func(c *adapters.Config) { c.Adapters = []adapters.Adapter{&channel{name: "a"}, &channel{name: "a"}} },
	} {
		c := ok
		change(&c)
		_, err := adapters.New(c)
		require.Error(t, err, name)
	}
	_, err := adapters.New(ok)
	require.NoError(t, err)
}

type routed struct{ *channel }

func (routed) Routes(in adapters.Intake) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := in.Receive(r.Context(), incoming(1)); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
}

func TestHubKnowsItsAdapters(t *testing.T) {
	t.Parallel()
	a, b := &channel{name: "a"}, routed{&channel{name: "b"}}
	d := newDesk(t, a, b)
	require.Equal(t, []adapters.Adapter{a, b}, d.hub.Adapters())
	got, ok := d.hub.Adapter("b")
	require.True(t, ok)
	require.Equal(t, b, got)
	_, ok = d.hub.Adapter("c")
	require.False(t, ok)
	routes := d.hub.Routes()
	require.Len(t, routes, 1)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	require.NoError(t, err)
	routes["b"].ServeHTTP(nil, req)
	require.Equal(t, "b", d.tickets()[0].Channel)
}

func TestReceive(t *testing.T) {
	t.Parallel()
	d := newDesk(t, &channel{name: "chat"})
	in := d.hub.Intake("chat")
	it := incoming(1)
	it.Channel = "somebody-else"
	require.NoError(t, in.Receive(t.Context(), it))
	require.NoError(t, in.Receive(t.Context(), incoming(1)), "a repeat is known")
	require.NoError(t, d.hub.Intake("mail").Receive(t.Context(), incoming(1)), "keys belong to their channel")
	ts := d.tickets()
	require.Len(t, ts, 2)
	require.ElementsMatch(t, []string{"chat", "mail"}, []string{ts[0].Channel, ts[1].Channel})
	require.Equal(t, int64(1), d.hub.Status()[0].Received)
	require.False(t, d.hub.Status()[0].LastReceived.IsZero())
	require.Empty(t, d.parked())
}

// TestReceiveTellsErrorsApart is the table of what an intake does with each way in which the desk can fail.
func TestReceiveTellsErrorsApart(t *testing.T) {
	t.Parallel()
	kind := func(k ticket.Kind) error { return ticket.Errorf(k, "because") }
	for name, c := range map[string]struct {
		store  error // of the database
		hook   error // of a rule
		reason string
	}{
		"database out of reach":    {store: kind(ticket.Unavailable)},
		"database fails":           {store: kind(ticket.Internal)},
		"database fails plainly":   {store: errors.New("broken pipe")},
		"somebody else was faster": {store: kind(ticket.Stale)},
		"no time left":             {store: context.DeadlineExceeded},
		"rule out of reach":        {hook: kind(ticket.Unavailable)},
		"rule vetoes":              {hook: errors.New("no printers, please"), reason: "refused by a rule of this desk: no printers, please"},
		"rule vetoes with a kind":  {hook: ticket.InvalidField("subject", "names a printer"), reason: "subject: names a printer"},
		"rule limits":              {hook: kind(ticket.RateLimited), reason: "because"},
		"too large":                {hook: kind(ticket.TooLarge), reason: "because"},
		"denied":                   {hook: kind(ticket.Denied), reason: "because"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, &channel{name: "chat"})
			if c.store != nil {
				d.fail(c.store)
			}
			d.onEvent(func(context.Context, ticket.Tx, *ticket.Event) error { return c.hook })
			err := d.hub.Intake("chat").Receive(t.Context(), incoming(1))
			require.Empty(t, d.tickets())
			if c.reason == "" {
				require.Error(t, err)
				require.Empty(t, d.parked())
				d.fail(nil)
				d.onEvent(pass)
				require.NoError(t, d.hub.Intake("chat").Receive(t.Context(), incoming(1)))
				require.Len(t, d.tickets(), 1)
				return
			}
			require.NoError(t, err)
			require.NoError(t, d.hub.Intake("chat").Receive(t.Context(), incoming(1)), "the same item again")
			ps := d.parked()
			require.Len(t, ps, 1)
			require.Equal(t, c.reason, ps[0].Reason)
			require.Equal(t, "chat", ps[0].Channel)
			require.Equal(t, "key-1", ps[0].Key)
			require.Equal(t, "erika@kunde.example", ps[0].Sender)
			require.Equal(t, "Item 1", ps[0].Subject)
			require.False(t, ps[0].At.IsZero())
		})
	}
}

func TestReceiveParksWhatPanics(t *testing.T) {
	t.Parallel()
	d := newDesk(t, &channel{name: "chat"})
	d.onEvent(func(context.Context, ticket.Tx, *ticket.Event) error { panic("boom") })
	require.NoError(t, d.hub.Intake("chat").Receive(t.Context(), incoming(1)))
	require.Len(t, d.parked(), 1)
	require.NotContains(t, d.parked()[0].Reason, "boom")
	d.onEvent(pass)
	require.NoError(t, d.hub.Intake("chat").Receive(t.Context(), incoming(2)), "the desk goes on")
	require.Len(t, d.tickets(), 1)
}

type panicReader struct{}

func (panicReader) Read([]byte) (int, error) { panic("boom") }

func TestReceiveParksWhosFilePanics(t *testing.T) {
	t.Parallel()
	d := newDesk(t, &channel{name: "chat"})
	it := incoming(1)
	it.Uploads = []ticket.Upload{{Name: "a", Body: panicReader{}}}
	require.NoError(t, d.hub.Intake("chat").Receive(t.Context(), it))
	require.Len(t, d.parked(), 1)
}

func TestReceiveWithoutKey(t *testing.T) {
	t.Parallel()
	d := newDesk(t, &channel{name: "chat"})
	it := incoming(1)
	it.Key = ""
	require.NoError(t, d.hub.Intake("chat").Receive(t.Context(), it))
	it.Key = strings.Repeat("k", 501)
	require.NoError(t, d.hub.Intake("chat").Receive(t.Context(), it))
	ps := d.parked()
	require.Len(t, ps, 2, "an adapter without keys loses nothing")
	for _, p := range ps {
		require.NotEmpty(t, p.Key)
		require.LessOrEqual(t, len(p.Key), 500)
	}
}

// TestKeysThatAreNoText: an item is not refused for the bytes of its key, whether it goes in or is parked, and is known again.
func TestKeysThatAreNoText(t *testing.T) {
	t.Parallel()
	d := newDesk(t, &channel{name: "chat"})
	in := d.hub.Intake("chat")
	for i, key := range []string{"nul\x00@kunde.example", "caf\xe9@kunde.example", "caf\xe8@kunde.example"} {
		it := incoming(i)
		it.Key = key
		d.onEvent(func(context.Context, ticket.Tx, *ticket.Event) error { return errors.New("no") })
		for range 2 {
			require.NoError(t, in.Receive(t.Context(), it), "%q", key)
			require.NoError(t, in.Park(t.Context(), adapters.Parked{Key: key, Reason: "unreadable"}), "%q", key)
		}
		require.Len(t, d.parked(), i+1, "%q", key)
		d.onEvent(pass)
		require.NoError(t, d.hub.RetryParked(t.Context(), system, d.parked()[0].ID))
		require.NoError(t, in.Receive(t.Context(), it))
		require.Len(t, d.tickets(), i+1, "the item is known")
		require.NoError(t, in.Park(t.Context(), adapters.Parked{Key: key, Reason: "unreadable"}), "%q", key)
	}
}

// TestPoison has an item that makes the database fail, among others that do not.
func TestPoison(t *testing.T) {
	t.Parallel()
	d := newDesk(t, &channel{name: "chat"})
	in := d.hub.Intake("chat")
	bad := errors.New("value out of range")
	for range 10 { // the database is down: nobody is to blame
		d.fail(bad)
		require.ErrorIs(t, in.Receive(t.Context(), incoming(1)), bad)
	}
	d.fail(nil)
	require.NoError(t, in.Receive(t.Context(), incoming(2)))
	require.Empty(t, d.parked())
	d.fail(bad)
	require.NoError(t, in.Receive(t.Context(), incoming(1)), "others go in, this one never does")
	require.Len(t, d.parked(), 1)
	require.Contains(t, d.parked()[0].Reason, "value out of range")

	for range 10 { // an unreachable database is never an item's fault
		d.fail(ticket.Errorf(ticket.Unavailable, "away"))
		require.Error(t, in.Receive(t.Context(), incoming(3)))
	}
	require.Len(t, d.parked(), 1)
}

func TestReceiveWhenParkingFails(t *testing.T) {
	t.Parallel()
	d := newDesk(t, &channel{name: "chat"})
	d.onEvent(func(context.Context, ticket.Tx, *ticket.Event) error { return errors.New("veto") })
	d.blobs.fail.Store(true)
	require.Error(t, d.hub.Intake("chat").Receive(t.Context(), incoming(1)), "neither a ticket nor parked: offer it again")
	d.blobs.fail.Store(false)
	require.NoError(t, d.hub.Intake("chat").Receive(t.Context(), incoming(1)))
	require.Len(t, d.parked(), 1)
}
