package discord_test

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
	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
	"github.com/ticketkit/ticketkit/ticket"
)

// gate holds up whoever passes while it is closed.
type gate struct {
	mu     sync.Mutex
	closed chan struct{} // nil while it is open
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = make(chan struct{})
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed != nil {
		close(g.closed)
		g.closed = nil
	}
}

func (g *gate) pass(ctx context.Context) {
	g.mu.Lock()
	closed := g.closed
	g.mu.Unlock()
	if closed == nil {
		return
	}
	select {
	case <-closed:
	case <-ctx.Done():
	}
}

// slowState is a State whose reads and writes wait at a gate.
type slowState struct {
	adapters.Shared
	g *gate
}

func (s slowState) Get(ctx context.Context, name string) (string, error) {
	s.g.pass(ctx)
	return s.Shared.Get(ctx, name)
}

func (s slowState) Set(ctx context.Context, name, value string) error {
	s.g.pass(ctx)
	return s.Shared.Set(ctx, name, value)
}

// TestAnswersBeforeTheDatabase has the database stand still: everybody gets a first answer all the same, and the truth once it goes on.
func TestAnswersBeforeTheDatabase(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.commands()
	tk, ch := w.open(w.erika)
	_ = w.give(w.anna, ch.ID, "info")
	w.stop()
	g := &gate{}
	t.Cleanup(g.open)
	w.brisk = true
	w.wrap = func(s adapters.Shared) adapters.Shared { return slowState{s, g} }
	w.changeDesk = []func(*ticketkit.Config){func(c *ticketkit.Config) {
		c.Hooks = append(c.Hooks, func(ctx context.Context, _ ticket.Tx, _ *ticket.Event) error {
			g.pass(ctx) // the one writer of the database waits with it
			return nil
		})
	}}
	w.start()
	panel, head := w.g.Messages(w.help.ID)[0].ID, w.header(ch.ID).ID
	g.close()
	var ins []*discordtest.Interaction
	add := func(in *discordtest.Interaction, err error) {
		require.NoError(t, err)
		ins = append(ins, in)
	}
	add(w.otto.Click(w.help.ID, panel, "tk1:open:general"))
	add(w.otto.Click(w.help.ID, panel, "tk1:open:printer"))
	add(w.anna.Click(ch.ID, head, "tk1:claim:"+string(tk.ID)))
	add(w.erika.Click(ch.ID, head, "tk1:close:"+string(tk.ID)))
	add(w.anna.Command(ch.ID, "ticket", sub("escalate")))
	add(w.anna.Command(ch.ID, "ticket", sub("info")))
	add(w.erika.Command(ch.ID, "ticket", sub("open", "kind", "printer")))
	typing := sub("move", "queue", "")
	typing["options"].([]map[string]any)[0]["focused"] = true
	add(w.anna.Type(ch.ID, "ticket", typing))
	for n, in := range ins {
		_, err := in.Answer(w.ctx()) // while the database still stands
		require.NoError(t, err, n)
	}
	require.Len(t, w.tickets(), 1, "nothing has happened yet")
	g.open()
	a, err := ins[0].Final(w.ctx())
	require.NoError(t, err)
	require.Contains(t, a.Message.Content, "Your ticket #2: <#")
	a, err = ins[2].Final(w.ctx())
	require.NoError(t, err)
	require.Contains(t, a.Message.Content, "claimed")
}

// TestAnswersWhileDiscordLimits has every other request refused for ten seconds, as a whole.
func TestAnswersWhileDiscordLimits(t *testing.T) {
	t.Parallel()
	w := stage(t)
	w.brisk = true
	w.start()
	w.commands()
	tk, ch := w.open(w.erika)
	head := w.header(ch.ID).ID
	const limited = 10 * time.Second
	for _, route := range []string{"POST /channels/", "PATCH /channels/", "POST /guilds/", "GET /guilds/"} {
		w.d.Fail(discordtest.Fault{Route: route, Times: -1, Status: 429, RetryAfter: limited, Global: true})
	}
	opening, err := w.otto.Click(w.help.ID, w.g.Messages(w.help.ID)[0].ID, "tk1:open:general")
	require.NoError(t, err)
	claiming, err := w.anna.Click(ch.ID, head, "tk1:claim:"+string(tk.ID))
	require.NoError(t, err)
	for _, in := range []*discordtest.Interaction{opening, claiming} {
		a, err := in.Answer(w.ctx())
		require.NoError(t, err)
		require.Less(t, a.After, limited, "before the limit has ended")
	}
	a, err := claiming.Final(w.ctx())
	require.NoError(t, err)
	require.Equal(t, "You have claimed the ticket.", a.Message.Content, "the channel shows it later")
	w.d.ClearFaults()
	a, err = opening.Final(w.ctx())
	require.NoError(t, err)
	require.Contains(t, a.Message.Content, "#2")
	w.eventually("and then it does", func() bool { return w.fields(ch.ID)["Zuständig"] == "anna" && len(w.otto.Channels()) == 4 })
}

// TestStorm has 200 people open a ticket at once, in categories with room for 150, while each twentieth request fails and some answers get lost.
func TestStorm(t *testing.T) {
	t.Parallel()
	const people, room = 200, 150
	w := setup(t)
	w.stop()
	for n := range 2 {
		w.cfg.CategoryIDs = append(w.cfg.CategoryIDs, w.g.AddChannel(discordtest.NewChannel{Name: fmt.Sprint("more ", n), Category: true}).ID)
	}
	w.start()
	users := make([]*discordtest.User, people)
	for n := range users {
		users[n] = w.g.AddUser(fmt.Sprintf("user-%03d", n))
	}
	panel := w.g.Messages(w.help.ID)[0].ID
	w.d.Fail(discordtest.Fault{Route: "POST /guilds/", Times: -1, Every: 31, LoseAnswer: true})
	w.d.Fail(discordtest.Fault{Times: -1, Every: 20, Status: 500})
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	said := make([]string, people)
	var all sync.WaitGroup
	for n, u := range users {
		all.Go(func() {
			in, err := u.Click(w.help.ID, panel, "tk1:open:general")
			if err != nil {
				t.Error(err)
				return
			}
			a, err := in.Final(ctx)
			if err != nil || a.Message == nil {
				t.Errorf("%s hears nothing: %v", u.Name, err)
				return
			}
			said[n] = a.Message.Content
		})
	}
	all.Wait()
	w.d.ClearFaults()

	var ts []ticket.Ticket
	q := ticket.Query{Sort: ticket.ByNumberAsc, Limit: ticket.MaxLimit}
	for {
		page, next, err := w.desk.Tickets().List(t.Context(), system, q)
		require.NoError(t, err)
		ts = append(ts, page...)
		if next.IsZero() {
			break
		}
		q.After = next
	}
	require.Len(t, ts, people)
	number := map[string]int64{}
	for _, tk := range ts {
		number[tk.Requester.Name] = tk.Number
	}
	require.Len(t, number, people, "each has one")
	for n, u := range users {
		require.Contains(t, said[n], fmt.Sprintf("#%d", number[u.Name]), "each was told of their own")
		if _, link, ok := strings.Cut(said[n], "<#"); ok {
			id, _, _ := strings.Cut(link, ">")
			require.True(t, w.sees(u, id), "who was told of a channel has it")
		} else {
			require.True(t, strings.Contains(said[n], "full") || strings.Contains(said[n], "tried again"), said[n])
		}
	}
	made := func() (n int) {
		topics := map[string]bool{}
		for _, c := range w.g.Channels() {
			if c.Topic != "" {
				require.False(t, topics[c.Topic], "a ticket has one channel")
				topics[c.Topic] = true
				n++
			}
		}
		return n
	}
	require.Eventually(t, func() bool { w.desk.Wake(); return made() == room }, 3*time.Minute, 50*time.Millisecond, "what has room is made")
}
