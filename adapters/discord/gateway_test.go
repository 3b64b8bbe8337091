package discord

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
)

// TestUnknownComponents has a message with a component that Discord invented yesterday. The library on its own loses who wrote it.
func TestUnknownComponents(t *testing.T) {
	t.Parallel()
	d := start(t)
	g := d.AddGuild("Example")
	help := g.AddChannel(discordtest.NewChannel{Name: "help"})
	erika := g.AddUser("erika")
	d.AddUnknownComponents(true)

	plain, err := discordgo.New("Bot " + d.Token())
	require.NoError(t, err)
	plain.LogLevel = -1
	plain.Identify.Intents = discordgo.IntentsGuildMessages | discordgo.IntentMessageContent
	plain.Client.Transport = &rebase{base: d.URL()}
	got := make(chan *discordgo.MessageCreate, 10)
	plain.AddHandler(func(_ *discordgo.Session, m *discordgo.MessageCreate) { got <- m })
	require.NoError(t, plain.Open())
	t.Cleanup(func() { _ = plain.Close() })
	l := listen(t, d)
	l.next(t, "GUILD_CREATE")

	_, err = erika.Write(help.ID, "hello")
	require.NoError(t, err)
	m := <-got
	require.True(t, m.Message == nil || m.Author == nil, "the library has mended this: the own decoding can go")
	ours := l.message(t)
	require.Equal(t, "hello", ours.Content)
	require.Equal(t, erika.ID, ours.Author.ID)
}

func TestGoesOnAfterALostConnection(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(*discordtest.Server){
		"cut":         (*discordtest.Server).DropConnections,
		"closed":      func(d *discordtest.Server) { d.CloseConnections(4000) },
		"reconnect":   (*discordtest.Server).AskToReconnect,
		"invalidated": func(d *discordtest.Server) { d.InvalidateSessions(false); d.DropConnections() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := start(t)
			g := d.AddGuild("Example")
			help := g.AddChannel(discordtest.NewChannel{Name: "help"})
			erika := g.AddUser("erika")
			l := listen(t, d)
			l.next(t, "GUILD_CREATE")
			lose(d)
			if name == "invalidated" {
				l.next(t, "READY") // the session is a new one
			}
			_, err := erika.Write(help.ID, "are you back?")
			require.NoError(t, err)
			require.Equal(t, "are you back?", l.message(t).Content)
		})
	}
}

// TestToldToGoAwayBeforeHello is where the library waits for its own lock for ever.
func TestToldToGoAwayBeforeHello(t *testing.T) {
	t.Parallel()
	d := start(t)
	d.AddGuild("Example")
	d.GreetWith(7)
	l := listen(t, d, func(g *gateway) { g.deadline = 2 * time.Second })
	l.next(t, "READY")
}

func TestGatewayComesBack(t *testing.T) {
	t.Parallel()
	d := start(t)
	d.AddGuild("Example")
	d.RefuseConnections(true)
	l := listen(t, d)
	asked := func() (n int) {
		for _, r := range d.Requests() {
			if r.Path == "/gateway" {
				n++
			}
		}
		return n
	}
	wait(t, d, "it asks for the address again", func() bool { return asked() >= 2 })
	d.RefuseConnections(false)
	l.next(t, "READY")
}

// TestWhatIsRefusedForGood: the library tries a wrong token and missing intents for ever once it has been connected.
func TestWhatIsRefusedForGood(t *testing.T) {
	t.Parallel()
	for code, says := range map[int]string{4004: "token", 4010: "shard", 4011: "shard", 4012: "retired", 4013: "intents"} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			t.Parallel() // the library waits after each refusal to resume
			d := start(t)
			d.AddGuild("Example")
			l := listen(t, d)
			l.next(t, "READY")
			d.RejectWith(code)
			d.InvalidateSessions(false)
			d.DropConnections()
			err := l.ended(t)
			var fatal *fatalError
			require.ErrorAs(t, err, &fatal)
			require.ErrorContains(t, err, says)
		})
	}
}

func TestIntentsThatAreSwitchedOff(t *testing.T) {
	t.Parallel()
	d := start(t, func(c *discordtest.Config) { c.Denied = discordtest.IntentMembers })
	d.AddGuild("Example")
	l := listen(t, d)
	l.next(t, "READY")
	ids := d.Identified()
	require.Len(t, ids, 2)
	require.NotZero(t, ids[0]&discordtest.IntentMembers)
	require.Zero(t, ids[1]&discordtest.IntentMembers, "it goes on without")

	d = start(t, func(c *discordtest.Config) { c.Denied = discordtest.IntentMessageContent })
	l = listen(t, d)
	require.ErrorContains(t, l.ended(t), "switch on MESSAGE CONTENT INTENT")
	require.Len(t, d.Identified(), 2)
}

// TestPanicInAHandler ends the process with the library alone.
func TestPanicInAHandler(t *testing.T) {
	t.Parallel()
	d := start(t)
	g := d.AddGuild("Example")
	help := g.AddChannel(discordtest.NewChannel{Name: "help"})
	erika := g.AddUser("erika")
	var inner func(string, json.RawMessage)
	l := listen(t, d, func(g *gateway) {
		pass := g.handle
		inner = func(typ string, data json.RawMessage) {
			pass(typ, data)
			if typ == "MESSAGE_CREATE" {
				panic("boom")
			}
		}
		g.handle = func(typ string, data json.RawMessage) { inner(typ, data) }
	})
	l.next(t, "GUILD_CREATE")
	for range 2 {
		_, err := erika.Write(help.ID, "hello")
		require.NoError(t, err)
		require.Equal(t, "hello", l.message(t).Content)
	}
}
