package discord_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/discord"
	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
	"github.com/ticketkit/ticketkit/ticket"
)

// memory is a State that tells of changes.
type memory struct {
	adapters.Shared // nothing else is called

	mu      sync.Mutex
	values  map[string]string
	changed chan struct{}
}

func newMemory() *memory { return &memory{values: map[string]string{}, changed: make(chan struct{})} }

func (m *memory) Get(_ context.Context, name string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.values[name], nil
}

func (m *memory) Set(_ context.Context, name, value string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[name] = value
	close(m.changed)
	m.changed = make(chan struct{})
	return nil
}

// TakeLease and DropLease: nobody else asks.
func (m *memory) TakeLease(context.Context, string, string, time.Duration) (bool, error) {
	return true, nil
}

func (m *memory) DropLease(context.Context, string, string) error { return nil }

// wait reports whether ok said true of a value before the context ended.
func (m *memory) wait(ctx context.Context, name string, ok func(string) bool) bool {
	for {
		m.mu.Lock()
		v, changed := m.values[name], m.changed
		m.mu.Unlock()
		if ok(v) {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	f := adaptertest.Features{Sends: true, Attachments: true, Threads: true, NoSubject: true}
	adaptertest.Run(t, f, func(t testing.TB, _ adapters.Intake) adaptertest.Harness { return harness(t) })
}

func harness(t testing.TB) adaptertest.Harness {
	t.Helper()
	d := discordtest.New(discordtest.Config{MessagesPerBucket: 1000, PerSecond: 1000, Observe: discord.Observe(t)})
	require.NoError(t, d.Start())
	t.Cleanup(d.Close)
	g := d.AddGuild("Example")
	panel := g.AddChannel(discordtest.NewChannel{Name: "help"})
	room := g.AddChannel(discordtest.NewChannel{Name: "ticket-0001"})
	state := newMemory()
	require.NoError(t, state.Set(t.Context(), "discord/channel/"+room.ID, string(ticket.NewID(time.Unix(0, 0)))))
	a, err := discord.New(discord.Config{Token: d.Token(), GuildID: g.ID, PanelChannelID: panel.ID, State: state, APIBase: d.URL()})
	require.NoError(t, err)
	discord.Hurry(a)

	var mu sync.Mutex
	people, written := map[string]*discordtest.User{}, map[string]string{}
	write := func(it adaptertest.Item) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if id := written[it.ID]; id != "" { // the same once more
			g.Repeat(room.ID, id)
			return id, nil
		}
		u := people[it.Address+it.Name]
		if u == nil {
			u = g.AddUser(it.Name)
			people[it.Address+it.Name] = u
		}
		answers := ""
		if it.Answers != nil {
			_, answers, _ = strings.Cut(it.Answers.ExternalID, "/")
		}
		var files []discordtest.File
		for _, f := range it.Files {
			files = append(files, discordtest.File(f))
		}
		m, err := u.Reply(room.ID, answers, it.Text, files...)
		written[it.ID] = m.ID
		return m.ID, err
	}
	erika := g.AddUser("Erika")
	return adaptertest.Harness{
		Adapter: a,
		Inject: func(ctx context.Context, it adaptertest.Item) (bool, error) {
			if d.Wait(ctx, func() bool { return d.Connected() > 0 }) != nil {
				return false, nil
			}
			id, err := write(it)
			if err != nil {
				return false, err
			}
			return state.wait(ctx, "discord/read/"+room.ID, func(v string) bool { return len(v) >= len(id) && v >= id }), nil
		},
		Sent: func(context.Context) (out []adaptertest.Sent, err error) {
			for _, m := range g.Messages(room.ID) {
				if m.AuthorID != d.ApplicationID() {
					continue
				}
				s := adaptertest.Sent{ExternalID: room.ID + "/" + m.ID, To: []string{erika.ID}, Text: m.Content}
				for _, f := range m.Files {
					s.Files = append(s.Files, adaptertest.File(f))
				}
				out = append(out, s)
			}
			return out, nil
		},
		To:     adapters.Recipient{Name: "Erika", Identity: ticket.Identity{Kind: "discord", Value: erika.ID}},
		Origin: room.ID + "/1",
		FailSends: func(r adaptertest.Refusal) {
			d.ClearFaults()
			switch r {
			case adaptertest.Temporarily:
				d.Fail(discordtest.Fault{Route: "POST /channels/" + room.ID, Times: -1, Status: 503})
			case adaptertest.Permanently:
				d.Fail(discordtest.Fault{Route: "POST /channels/" + room.ID, Times: -1, Status: 403, Code: 50007})
			}
		},
		Break: d.DropConnections,
	}
}
