package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/gorilla/websocket"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/backoff"
)

// gateway keeps a connection for events. discordgo speaks the protocol; whether, when and how to connect again is decided here, because
// the library tries for ever what Discord refuses for good, and hangs when it is told to go away before it was greeted.
type gateway struct {
	rest     *client
	needed   discordgo.Intent
	optional discordgo.Intent // privileged; done without when the developer portal has them switched off
	deadline time.Duration    // for opening, up to READY or RESUMED
	pause    time.Duration    // base of the pauses between attempts
	log      *slog.Logger
	source   *source // told how it fares; nil is fine
	// handle gets each event in order. It must return soon.
	handle func(typ string, data json.RawMessage)
}

// fatalError says why connecting again would not help, and what would.
type fatalError struct{ reason, fix string }

func (e *fatalError) Error() string { return e.reason + ": " + e.fix }

// The close codes that no repetition mends, by what is wrong.
var fatalCodes = map[int]fatalError{
	4004: {"Discord does not accept the token", "make a new one in the developer portal under Bot and set DISCORD_BOT_TOKEN"},
	4010: {"the shard is not valid", "update the program"},
	4011: {"the bot is in so many servers that it must shard, which this adapter does not", "use a bot of its own for this server"},
	4012: {"Discord has retired this version of its gateway", "update the program"},
	4013: {"Discord does not know one of the intents", "update the program"},
	4014: {"Discord does not grant a privileged intent", ""},
}

const (
	codeDisallowed = 4014
	gatewayPauseTo = 2 * time.Minute
	gatewaySteady  = 2 * time.Minute
)

// run holds the connection until ctx ends, and then returns nil. It returns a fatalError when Discord refuses for good.
func (g *gateway) run(ctx context.Context) error {
	intents := g.needed | g.optional
	var link *link
	failures, less := 0, ""
	for ctx.Err() == nil {
		g.source.enter(adapters.SourceConnecting)
		if link == nil {
			link = g.newLink(intents)
		}
		began := time.Now()
		ready, err := g.hold(ctx, link, less)
		if ctx.Err() != nil {
			return nil
		}
		if code := closeCode(err); code == codeDisallowed && intents != g.needed {
			off := g.switchedOff(ctx, intents)
			g.log.LogAttrs(ctx, slog.LevelWarn, "discord: goes on without what the developer portal has switched off", slog.String("switches", off))
			intents, link, less = g.needed, nil, off
			continue
		} else if why, fatal := fatalCodes[code]; fatal {
			if code == codeDisallowed {
				why.fix = "switch on " + g.switchedOff(ctx, intents) + " in the developer portal under Bot"
			}
			g.source.halt(errors.New(why.reason), why.fix)
			return &why
		}
		if !ready { // what could not be resumed begins anew, at the address that Discord gives now
			link = nil
		}
		if ready && time.Since(began) > gatewaySteady {
			failures = 0
		}
		failures++
		wait := backoff.Delay(failures, g.pause, gatewayPauseTo, nil)
		g.source.fail(err, "", time.Now().Add(wait))
		g.log.LogAttrs(ctx, slog.LevelInfo, "discord: connects again", slog.Any("error", err), slog.Duration("in", wait))
		if sleep(ctx, wait) != nil {
			return nil
		}
	}
	return nil
}

// switchedOff names the switches of the developer portal that the intents need and that are off, as the application's flags tell.
func (g *gateway) switchedOff(ctx context.Context, intents discordgo.Intent) string {
	var app struct {
		Flags int `json:"flags"`
	}
	ctx, cancel := context.WithTimeout(ctx, g.deadline)
	defer cancel()
	known := g.rest.call(ctx, request{method: "GET", path: "/applications/@me"}, &app) == nil
	var off []string
	for _, s := range []struct {
		intent discordgo.Intent
		flags  int
		name   string
	}{
		{discordgo.IntentsGuildPresences, 1<<12 | 1<<13, "PRESENCE INTENT"},
		{discordgo.IntentsGuildMembers, 1<<14 | 1<<15, "SERVER MEMBERS INTENT"},
		{discordgo.IntentMessageContent, 1<<18 | 1<<19, "MESSAGE CONTENT INTENT"},
	} {
		if intents&s.intent != 0 && (!known || app.Flags&s.flags == 0) {
			off = append(off, s.name)
		}
	}
	return strings.Join(off, ", ")
}

func closeCode(err error) int {
	if e, ok := errors.AsType[*websocket.CloseError](err); ok {
		return e.Code
	}
	return 0
}

// link is one session of the library, with its sockets. The library resumes when the same session is opened again.
type link struct {
	session *discordgo.Session
	ready   chan struct{} // gets a value with READY and RESUMED
	gone    chan struct{} // gets a value when the connection is lost

	mu   sync.Mutex
	conn net.Conn
}

func (g *gateway) newLink(intents discordgo.Intent) *link {
	l := &link{ready: make(chan struct{}, 1), gone: make(chan struct{}, 1)}
	s, _ := discordgo.New("Bot " + g.rest.token) // it never fails
	s.LogLevel = -1                              // the library logs to a global logger
	s.ShouldReconnectOnError = false
	s.ShouldReconnectVoiceOnSessionError = false
	s.ShouldRetryOnRateLimit = false
	s.MaxRestRetries = 0
	s.StateEnabled = false
	s.SyncEvents = true
	s.Identify.Intents = intents
	s.Client = &http.Client{Transport: &rebase{g.rest.base, g.rest.http.Transport}, Timeout: g.deadline}
	s.Dialer = &websocket.Dialer{Proxy: http.ProxyFromEnvironment, HandshakeTimeout: g.deadline, NetDialContext: l.dial}
	s.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) { g.event(l, e) })
	s.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) { signal(l.gone) })
	l.session = s
	return l
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (l *link) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = conn
	return conn, err
}

// cut ends the socket without asking the library, which may be stuck.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn != nil {
		_ = l.conn.Close()
	}
}

// event passes an event on. The library calls it in order; it may hold its lock.
func (g *gateway) event(l *link, e *discordgo.Event) {
	defer func() {
		if v := recover(); v != nil {
			g.log.Error("discord: an event made the program fail", slog.String("event", e.Type), slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
		}
	}()
	if e.Operation != 0 {
		return
	}
	g.handle(e.Type, e.RawData)
	if e.Type == "READY" || e.Type == "RESUMED" {
		signal(l.ready)
	}
}

// hold opens the connection and returns when it is lost, or ctx has ended. ready reports whether it ever was usable. less are switches of the
// developer portal that it does without.
func (g *gateway) hold(ctx context.Context, l *link, less string) (ready bool, err error) {
	select { // what was left of the connection before
	case <-l.gone:
	default:
	}
	opened := make(chan error, 1)
	go func() { // its lock is never given back when Discord says op 7 before hello: then this goroutine is lost, and the session with it
		defer func() {
			if v := recover(); v != nil {
				opened <- fmt.Errorf("discordgo: %v", v)
			}
		}()
		opened <- l.session.Open()
	}()
	limit := time.NewTimer(g.deadline)
	defer limit.Stop()
	for open, usable := false, false; !open || !usable; {
		select {
		case err := <-opened:
			if err != nil {
				l.cut()
				return false, err
			}
			open = true
		case <-l.ready:
			usable = true
		case <-l.gone:
			l.cut()
			return false, errors.New("discord closed the connection before it was ready")
		case <-limit.C:
			l.cut()
			return false, fmt.Errorf("discord was not ready within %s", g.deadline)
		case <-ctx.Done():
			l.cut()
			return false, nil
		}
	}
	if less != "" {
		g.source.ready("the bot does without "+less, "switch on "+less+" in the developer portal under Bot and start again")
	} else {
		g.source.ready("", "")
	}
	select {
	case <-l.gone:
		return true, errors.New("the connection was lost")
	case <-ctx.Done():
		l.cut()
		return true, nil
	}
}

// rebase sends the library's requests to another server: its own address is a constant.
type rebase struct {
	base string
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t *rebase) RoundTrip(r *http.Request) (*http.Response, error) {
	base, err := url.Parse(t.base)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = base.Scheme, base.Host, base.Host
	next := t.next
	if next == nil {
		next = http.DefaultTransport
	}
	return next.RoundTrip(r)
}
