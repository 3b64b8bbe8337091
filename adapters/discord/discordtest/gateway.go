package discordtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Intents are what a connection wants to hear of.
type Intents int

// The intents that the Server knows.
const (
	IntentGuilds         Intents = 1 << 0
	IntentMembers        Intents = 1 << 1 // privileged
	IntentPresences      Intents = 1 << 8 // privileged
	IntentGuildMessages  Intents = 1 << 9
	IntentDirectMessages Intents = 1 << 12
	IntentMessageContent Intents = 1 << 15 // privileged
)

// session is what a bot that identified can resume.
type session struct {
	id      string
	intents Intents
	seq     int
	sent    []frame // for replay
	conn    *connection
}

// frame is a message of the gateway.
type frame struct {
	Op   int    `json:"op"`
	Data any    `json:"d"`
	Seq  *int   `json:"s"`
	Type string `json:"t,omitempty"`
}

// connection is one websocket. Frames wait in a queue, so that a slow bot holds nobody up.
type connection struct {
	ws   *websocket.Conn
	mu   sync.Mutex
	wait chan struct{}
	out  []frame
	code int // close with it once out is empty; 0 stays open
	dead bool
	seen time.Time
}

func (c *connection) push(f frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = append(c.out, f)
	c.signal()
}

func (c *connection) signal() {
	select {
	case c.wait <- struct{}{}:
	default:
	}
}

// close ends the connection with a code after what was pushed; 0 drops it at once without a close frame.
func (c *connection) close(code int) {
	c.mu.Lock()
	if code == 0 {
		c.dead = true
	} else if c.code == 0 {
		c.code = code
	}
	c.signal()
	c.mu.Unlock()
	if code == 0 {
		_ = c.ws.UnderlyingConn().Close()
	}
}

func (c *connection) write() {
	for range c.wait {
		for {
			c.mu.Lock()
			if c.dead {
				c.mu.Unlock()
				return
			}
			out, code := c.out, c.code
			c.out = nil
			c.mu.Unlock()
			for _, f := range out {
				if c.ws.WriteJSON(f) != nil {
					return
				}
			}
			if len(out) > 0 {
				continue
			}
			if code != 0 {
				_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(time.Second))
				_ = c.ws.Close()
				return
			}
			break
		}
	}
}

// connect is the gateway.
func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	refuse, hello := s.gateway.refuse, s.gateway.instead
	s.gateway.instead = nil
	s.mu.Unlock()
	if refuse {
		http.Error(w, "no gateway", http.StatusBadGateway)
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &connection{ws: ws, wait: make(chan struct{}, 1), seen: time.Now()}
	go c.write()
	if hello != nil {
		c.push(*hello)
	} else {
		c.push(frame{Op: 10, Data: obj{"heartbeat_interval": s.cfg.Heartbeat.Milliseconds()}})
	}
	s.read(c)
	s.mu.Lock()
	for _, ses := range s.sessions {
		if ses.conn == c {
			ses.conn = nil
		}
	}
	s.touch()
	s.mu.Unlock()
	c.close(0)
}

// read takes what the bot sends until the connection ends.
func (s *Server) read(c *connection) {
	var ses *session
	for {
		_ = c.ws.SetReadDeadline(time.Now().Add(2*s.cfg.Heartbeat + time.Second))
		_, b, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		var f struct {
			Op int             `json:"op"`
			D  json.RawMessage `json:"d"`
		}
		if json.Unmarshal(b, &f) != nil {
			c.close(4002)
			continue
		}
		s.mu.Lock()
		switch {
		case f.Op == 1:
			if !s.gateway.deaf {
				c.push(frame{Op: 11})
			}
		case f.Op == 2 && ses != nil:
			c.close(4005)
		case f.Op == 2:
			ses = s.identify(c, f.D)
		case f.Op == 6:
			ses = s.resume(c, f.D)
		case ses == nil:
			c.close(4003)
		}
		s.touch()
		s.mu.Unlock()
	}
}

func (s *Server) identify(c *connection, raw json.RawMessage) *session {
	var d struct {
		Token   string  `json:"token"`
		Intents Intents `json:"intents"`
	}
	_ = json.Unmarshal(raw, &d)
	s.gateway.identified = append(s.gateway.identified, d.Intents)
	switch {
	case strings.TrimPrefix(d.Token, "Bot ") != s.cfg.Token:
		c.close(4004)
		return nil
	case s.gateway.reject != 0:
		c.close(s.gateway.reject)
		return nil
	case d.Intents&s.cfg.Denied != 0:
		c.close(4014)
		return nil
	}
	ses := &session{id: newToken(), intents: d.Intents, conn: c}
	s.sessions[ses.id] = ses
	guilds := []any{}
	for _, g := range s.sortedGuilds() {
		guilds = append(guilds, obj{"id": g.id, "unavailable": true})
	}
	ses.send("READY", obj{"v": 10, "user": s.bot.wire(), "guilds": guilds, "session_id": ses.id, "resume_gateway_url": s.socketURL("resume/"),
		"application": obj{"id": s.application, "flags": 0}, "shard": []int{0, 1}, "private_channels": []any{}}, 1)
	for _, g := range s.sortedGuilds() {
		if d.Intents&IntentGuilds != 0 {
			ses.send("GUILD_CREATE", s.guildCreate(g, d.Intents), 1)
		}
	}
	return ses
}

func (s *Server) sortedGuilds() []*guild {
	out := make([]*guild, 0, len(s.guilds))
	for _, g := range s.guilds {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *guild) int { return strings.Compare(a.id, b.id) })
	return out
}

func (s *Server) guildCreate(g *guild, in Intents) obj {
	o := g.wire()
	channels, threads, members := []any{}, []any{}, []any{g.members[s.bot.id].wire()}
	for _, ch := range s.sortedChannels(g) {
		if ch.isThread() {
			threads = append(threads, ch.wire())
		} else {
			channels = append(channels, ch.wire())
		}
	}
	if in&IntentMembers != 0 {
		members = []any{}
		for _, m := range g.members {
			members = append(members, m.wire())
		}
	}
	presences := []any{}
	if in&IntentPresences != 0 {
		for _, m := range g.members {
			if m.user.status != "" && m.user.status != "offline" {
				presences = append(presences, m.user.presence(g.id))
			}
		}
	}
	o["channels"], o["threads"], o["members"], o["member_count"], o["presences"], o["joined_at"], o["large"], o["unavailable"] = channels, threads, members, len(g.members), presences,
		stamp(g.members[s.bot.id].joined), false, false
	return o
}

func (s *Server) resume(c *connection, raw json.RawMessage) *session {
	var d struct {
		Token     string `json:"token"`
		SessionID string `json:"session_id"`
		Seq       int    `json:"seq"`
	}
	_ = json.Unmarshal(raw, &d)
	ses := s.sessions[d.SessionID]
	s.gateway.resumed++
	if strings.TrimPrefix(d.Token, "Bot ") != s.cfg.Token {
		c.close(4004)
		return nil
	}
	if ses == nil || d.Seq > ses.seq {
		c.push(frame{Op: 9, Data: false})
		return nil
	}
	if ses.conn != nil {
		ses.conn.close(0)
	}
	ses.conn = c
	for _, f := range ses.sent {
		if *f.Seq > d.Seq {
			c.push(f)
		}
	}
	ses.send("RESUMED", obj{}, 1)
	return ses
}

// send puts an event into the session n times, and on the wire if it is connected.
func (ses *session) send(typ string, data any, n int) {
	ses.seq++
	seq := ses.seq
	// The data is made into bytes here: what happens later to the world must not change an event.
	b, err := json.Marshal(data)
	if err != nil {
		panic("discordtest: " + err.Error())
	}
	f := frame{Data: json.RawMessage(b), Seq: &seq, Type: typ}
	ses.sent = append(ses.sent, f)
	for range n {
		if ses.conn != nil {
			ses.conn.push(f)
		}
	}
}

// dispatch tells every session in the guild that has the intent.
func (s *Server) dispatch(g *guild, intent Intents, typ string, data any) {
	for _, ses := range s.sessions {
		if intent == 0 || ses.intents&intent != 0 {
			s.sendTo(ses, typ, data)
		}
	}
	s.touch()
}

// dispatchTo tells of something in a channel, if the bot sees it. An interaction is told in any case.
func (s *Server) dispatchTo(ch *channel, intent Intents, typ string, data func(*session) any) {
	if typ != "INTERACTION_CREATE" && ch.guild != nil && ch.permissions(ch.botMember(s))&ViewChannel == 0 {
		return
	}
	for _, ses := range s.sessions {
		if intent == 0 || ses.intents&intent != 0 {
			s.sendTo(ses, typ, data(ses))
		}
	}
}

func (s *Server) sendTo(ses *session, typ string, data any) {
	n := 1
	if s.gateway.lose != nil && s.gateway.lose(typ) {
		n = 0
		ses.seq++ // lost on the way: neither sent nor replayed
		return
	}
	if s.gateway.twice {
		n = 2
	}
	ses.send(typ, data, n)
}

// tell sends an event about a message.
func (s *Server) tell(m *message, typ string) {
	intent := IntentDirectMessages
	if m.channel.guild != nil {
		intent = IntentGuildMessages
	}
	s.dispatchTo(m.channel, intent, typ, func(ses *session) any {
		mentioned := slices.Contains(m.pinged, s.bot.id)
		o := m.wire(s, ses.intents&IntentMessageContent != 0 || m.channel.guild == nil || mentioned)
		if g := m.channel.guild; g != nil {
			o["guild_id"] = g.id
			if mem := g.members[m.author.id]; mem != nil {
				w := mem.wire()
				delete(w, "user")
				o["member"] = w
			}
		}
		return s.strange(o)
	})
}

// mayReadContent reports whether the bot's last connection had the intent for the content of messages; REST hides it as well.
func (s *Server) mayReadContent() bool { return s.cfg.Denied&IntentMessageContent == 0 }
