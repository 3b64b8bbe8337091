package discordtest_test

import (
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
)

const everything = discordtest.IntentGuilds | discordtest.IntentMembers | discordtest.IntentGuildMessages | discordtest.IntentDirectMessages | discordtest.IntentMessageContent

func TestEvents(t *testing.T) {
	t.Parallel()
	w := setup(t)
	g, _ := w.identify(everything)
	g.write(1, 1)
	require.Equal(t, 11, g.next().Op)
	m, err := w.erika.Write(w.help.ID, "hello")
	require.NoError(t, err)
	e := g.next()
	require.Equal(t, "MESSAGE_CREATE", e.Type)
	require.Equal(t, "hello", e.str("content"))
	require.Equal(t, w.erika.ID, e.str("author.id"))
	require.NoError(t, w.erika.Edit(w.help.ID, m.ID, "hello!"))
	e = g.next()
	require.Equal(t, "MESSAGE_UPDATE", e.Type)
	require.Equal(t, "hello!", e.str("content"))
	require.NoError(t, w.erika.Delete(w.help.ID, m.ID))
	require.Equal(t, "MESSAGE_DELETE", g.next().Type)
	require.Equal(t, 201, w.do("POST", "/guilds/"+w.g.ID+"/channels", obj{"name": "new"}).status)
	e = g.next()
	require.Equal(t, "CHANNEL_CREATE", e.Type)
	w.g.DeleteChannel(e.str("id"))
	require.Equal(t, "CHANNEL_DELETE", g.next().Type)
	w.erika.Leave()
	require.Equal(t, "GUILD_MEMBER_REMOVE", g.next().Type)
}

func TestIntents(t *testing.T) {
	t.Parallel()
	w := setup(t)
	g, _ := w.identify(discordtest.IntentGuildMessages) // neither guilds nor content
	w.g.AddChannel(discordtest.NewChannel{Name: "unheard"})
	_, err := w.erika.Write(w.help.ID, "secret")
	require.NoError(t, err)
	e := g.next()
	require.Equal(t, "MESSAGE_CREATE", e.Type)
	require.Empty(t, e.str("content"))
	_, err = w.erika.Write(w.help.ID, "hey <@"+w.d.ApplicationID()+">")
	require.NoError(t, err)
	require.NotEmpty(t, g.next().str("content"), "who is mentioned may read")
}

func TestResume(t *testing.T) {
	t.Parallel()
	w := setup(t)
	g, ready := w.identify(everything)
	w.d.DropConnections()
	require.Equal(t, websocket.CloseAbnormalClosure, g.closed(), "no close frame")
	_, err := w.erika.Write(w.help.ID, "while you were away")
	require.NoError(t, err)
	g = w.connect()
	g.write(6, obj{"token": w.d.Token(), "session_id": ready.str("session_id"), "seq": 2})
	require.Equal(t, "while you were away", g.next().str("content"))
	require.Equal(t, "RESUMED", g.next().Type)
	require.Equal(t, 1, w.d.Resumed())

	w.d.InvalidateSessions(false)
	require.Equal(t, 9, g.next().Op)
	g = w.connect()
	g.write(6, obj{"token": w.d.Token(), "session_id": ready.str("session_id"), "seq": 3})
	e := g.next()
	require.Equal(t, 9, e.Op)
	require.Equal(t, false, e.Data)
	g.write(2, obj{"token": w.d.Token(), "intents": 0})
	require.Equal(t, "READY", g.next().Type)
}

func TestCloseCodes(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *discordtest.Config) { c.Denied = discordtest.IntentPresences })
	g := w.connect()
	g.write(2, obj{"token": "wrong", "intents": 0})
	require.Equal(t, 4004, g.closed())
	g = w.connect()
	g.write(2, obj{"token": w.d.Token(), "intents": everything | discordtest.IntentPresences})
	require.Equal(t, 4014, g.closed())
	g = w.connect()
	g.write(3, obj{})
	require.Equal(t, 4003, g.closed())
	g, _ = w.identify(everything)
	g.write(2, obj{"token": w.d.Token()})
	require.Equal(t, 4005, g.closed())
	g, _ = w.identify(everything)
	require.NoError(t, w.d.Wait(t.Context(), func() bool { return w.d.Connected() == 1 }), "the one before is gone")
	w.d.CloseConnections(4000)
	require.Equal(t, 4000, g.closed())
	w.d.RejectWith(4013)
	g = w.connect()
	g.write(2, obj{"token": w.d.Token()})
	require.Equal(t, 4013, g.closed())
	require.Len(t, w.d.Identified(), 5)
}

func TestGatewayFaults(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.d.GreetWith(7)
	require.Equal(t, 7, w.dial().next().Op)
	g, _ := w.identify(everything)
	w.d.AskToReconnect()
	require.Equal(t, 7, g.next().Op)
	w.d.RepeatEvents(true)
	_, err := w.erika.Write(w.help.ID, "twice")
	require.NoError(t, err)
	one, two := g.next(), g.next()
	require.Equal(t, one, two)
	w.d.RepeatEvents(false)
	w.d.LoseEvents(func(typ string) bool { return typ == "MESSAGE_CREATE" })
	m, err := w.erika.Write(w.help.ID, "lost")
	require.NoError(t, err)
	w.d.LoseEvents(nil)
	w.d.AddUnknownComponents(true)
	w.g.Repeat(w.help.ID, m.ID)
	e := g.next()
	require.Equal(t, "lost", e.str("content"))
	require.Greater(t, e.Seq, one.Seq+1, "the numbers have a gap")
	require.Len(t, e.Data.(obj)["components"], 1)
	w.d.IgnoreHeartbeats(true)
	g.write(1, e.Seq)
	_, err = w.erika.Write(w.help.ID, "no answer to the heartbeat")
	require.NoError(t, err)
	require.Equal(t, 0, g.next().Op)
	w.d.RefuseConnections(true)
	_, res, err := websocket.DefaultDialer.DialContext(t.Context(), w.do("GET", "/gateway", nil).str("url"), nil)
	require.Error(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, 502, res.StatusCode)
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *discordtest.Config) { c.MessagesPerBucket, c.PerSecond = 2, 20 })
	at := "/channels/" + w.help.ID + "/messages"
	post := func() answer { return w.do("POST", at, obj{"content": "x"}) }
	require.Equal(t, "1", post().header.Get("X-Ratelimit-Remaining"))
	a := post()
	require.Equal(t, "0", a.header.Get("X-Ratelimit-Remaining"))
	require.Equal(t, "5.000", a.header.Get("X-Ratelimit-Reset-After"))
	require.NotEmpty(t, a.header.Get("X-Ratelimit-Bucket"))
	a = post()
	require.Equal(t, 429, a.status)
	require.Equal(t, "5", a.header.Get("Retry-After"))
	require.Equal(t, 5.0, a.body.(obj)["retry_after"])
	other := w.g.AddChannel(discordtest.NewChannel{Name: "other"})
	require.Equal(t, 200, w.do("POST", "/channels/"+other.ID+"/messages", obj{"content": "x"}).status, "each channel has its own")
	w.clock.add(5 * time.Second)
	require.Equal(t, 200, post().status)

	for n := range 2 {
		require.Equal(t, 200, w.do("PATCH", "/channels/"+w.help.ID, obj{"name": string(rune('a' + n))}).status)
	}
	a = w.do("PATCH", "/channels/"+w.help.ID, obj{"name": "c"})
	require.Equal(t, 429, a.status, "renaming has a limit that no header shows")
	require.Equal(t, "600", a.header.Get("Retry-After"))
	require.Equal(t, 200, w.do("PATCH", "/channels/"+w.help.ID, obj{"topic": "t"}).status)
	w.clock.add(time.Second)
	for range 20 {
		require.Equal(t, 200, w.do("GET", "/users/@me", nil).status)
	}
	a = w.do("GET", "/users/@me", nil)
	require.Equal(t, "true", a.header.Get("X-Ratelimit-Global"))
}

func TestRestFaults(t *testing.T) {
	t.Parallel()
	w := setup(t)
	at := "/channels/" + w.help.ID + "/messages"
	w.d.Fail(discordtest.Fault{Route: "POST /channels/", Status: 503})
	require.Equal(t, 200, w.do("GET", "/users/@me", nil).status)
	require.Equal(t, 503, w.do("POST", at, obj{"content": "x"}).status)
	require.Equal(t, 200, w.do("POST", at, obj{"content": "x"}).status)
	w.d.Fail(discordtest.Fault{Times: -1, Status: 429, RetryAfter: 1500 * time.Millisecond, Global: true})
	for range 3 {
		a := w.do("POST", at, obj{"content": "x"})
		require.Equal(t, "2", a.header.Get("Retry-After"))
		require.Equal(t, true, a.body.(obj)["global"])
	}
	w.d.ClearFaults()
	require.Equal(t, 200, w.do("GET", "/users/@me", nil).status)
	require.Equal(t, []int{200, 503, 200, 429}, statuses(w.d.Requests()[:4]))
}

func statuses(rs []discordtest.Request) (out []int) {
	for _, r := range rs {
		out = append(out, r.Status)
	}
	return out
}
