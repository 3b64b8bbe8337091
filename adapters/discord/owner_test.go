package discord_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/discord"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

// mortal is the state of a process that can die: then its right to be connected is neither prolonged nor given back.
type mortal struct {
	adapters.Shared
	dead atomic.Bool
}

func (m *mortal) TakeLease(ctx context.Context, name, holder string, d time.Duration) (bool, error) {
	if m.dead.Load() && strings.HasSuffix(name, "/lease/gateway") {
		return false, errors.New("this process is dead")
	}
	return m.Shared.TakeLease(ctx, name, holder, d)
}

func (m *mortal) DropLease(ctx context.Context, name, holder string) error {
	if m.dead.Load() && strings.HasSuffix(name, "/lease/gateway") {
		return errors.New("this process is dead")
	}
	return m.Shared.DropLease(ctx, name, holder)
}

// another runs a second process on the database of the first.
func (w *world) another(ttl time.Duration) (*ticketkit.Desk, *discord.Discord) {
	w.t.Helper()
	blobs := store.NewFileBlobs(filepath.Join(w.dir, "blobs"))
	st, err := sqlite.Open(w.t.Context(), filepath.Join(w.dir, "desk.db"), sqlite.Options{Blobs: blobs})
	require.NoError(w.t, err)
	cfg := w.cfg
	cfg.State = st
	bot, err := discord.New(cfg)
	require.NoError(w.t, err)
	discord.Hurry(bot)
	discord.Lease(bot, ttl)
	desk, err := ticketkit.New(ticketkit.Config{Store: st, Blobs: blobs, Secret: []byte("nIx9JWqL2ZfCr7Tgh0sVbQeYk4uOa1Md"), Adapters: []adapters.Adapter{bot}})
	require.NoError(w.t, err)
	ctx, cancel := context.WithCancel(w.t.Context())
	end := make(chan error, 1)
	go func() { end <- desk.Run(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		require.NoError(w.t, <-end)
		require.NoError(w.t, st.Close())
	})
	return desk, bot
}

// TestOneOfTwoProcessesIsConnected: the other stands by, answers leave from both, and when the first dies the second goes on without losing or
// repeating anything.
func TestOneOfTwoProcessesIsConnected(t *testing.T) {
	t.Parallel()
	const ttl = 10 * time.Second // a machine that stands still for a moment is not dead
	w := setup(t)
	w.stop()
	m := &mortal{}
	w.wrap = func(s adapters.Shared) adapters.Shared { m.Shared = s; return m }
	w.lease = ttl
	w.start()
	second, bot := w.another(ttl)
	state := func(d *discord.Discord) adapters.SourceState { return d.Sources()[0].State }
	w.eventually("the second stands by", func() bool { return state(bot) == adapters.SourceStandby && state(w.bot) == adapters.SourceReady })
	before := len(w.d.Identified())

	tk, ch := w.open(w.erika)
	_, err := bot.Send(w.ctx(), adapters.Outbound{Key: ticket.NewID(time.Now()), Ticket: *tk, Message: ticket.Message{Text: "from the one that is not connected"}})
	require.NoError(t, err)
	_, err = second.Tickets().Reply(t.Context(), system, tk.ID, 0, ticket.NewMessage{Body: "by its API"})
	require.NoError(t, err)
	w.eventually("both stand in the channel", func() bool {
		all := ""
		for _, m := range w.g.Messages(ch.ID) {
			all += m.Content
		}
		return strings.Contains(all, "not connected") && strings.Contains(all, "by its API")
	})
	require.Equal(t, 1, w.d.Connected())
	require.Len(t, w.d.Identified(), before, "the second has not tried")

	m.dead.Store(true)
	_, err = w.erika.Write(ch.ID, "is anybody there?")
	require.NoError(t, err)
	w.eventually("the second goes on, and the first knows that it does not", func() bool {
		return state(bot) == adapters.SourceReady && w.d.Connected() == 1 && state(w.bot) != adapters.SourceReady
	})
	_, err = w.erika.Write(ch.ID, "hello again")
	require.NoError(t, err)
	w.eventually("everything is in", func() bool { return w.count(tk.ID, "hello again") == 1 && w.count(tk.ID, "anybody there") == 1 })
	require.Equal(t, "You have claimed the ticket.", w.press(w.anna, ch.ID, w.header(ch.ID).ID, "tk1:claim:"+string(tk.ID)), "buttons work on")

	_, err = w.desk.Tickets().Close(t.Context(), system, tk.ID, 0, "")
	require.NoError(t, err)
	w.eventually("the channel goes, whoever sees to it", func() bool { return !w.exists(ch.ID) })
	require.Len(t, w.g.Messages(w.log.ID), 1, "one transcript")
	require.Len(t, w.tickets(), 1)
	m.dead.Store(false)
}
