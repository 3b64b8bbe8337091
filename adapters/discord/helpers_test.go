package discord

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
	"github.com/ticketkit/ticketkit/internal/discordspec"
)

// patience bounds what must happen.
const patience = 2 * time.Minute

var document = sync.OnceValues(func() (*discordspec.Document, error) {
	path := os.Getenv(discordspec.Env)
	if path == "" {
		return nil, nil
	}
	return discordspec.Load(path)
})

// observe holds every exchange against Discord's document, if the variable names it.
func observe(t testing.TB) func(discordtest.Exchange) {
	doc, err := document()
	require.NoError(t, err)
	return func(x discordtest.Exchange) {
		if doc != nil {
			if err := doc.Check(discordspec.Exchange(x)); err != nil {
				t.Errorf("%v\nrequest: %s\nanswer %d: %s", err, x.RequestBody, x.Status, x.ResponseBody)
			}
		}
	}
}

func TestSpecificationIsThere(t *testing.T) {
	t.Parallel()
	if os.Getenv(discordspec.Env) == "" {
		t.Skipf("%s does not name Discord's OpenAPI document: requests are not held against it", discordspec.Env)
	}
}

// start makes a Discord for a test.
func start(t testing.TB, change ...func(*discordtest.Config)) *discordtest.Server {
	t.Helper()
	cfg := discordtest.Config{Observe: observe(t), MessagesPerBucket: 1000, PerSecond: 1000}
	for _, fn := range change {
		fn(&cfg)
	}
	d := discordtest.New(cfg)
	require.NoError(t, d.Start())
	t.Cleanup(d.Close)
	return d
}

func clientOf(d *discordtest.Server) *client {
	return newClient(d.URL(), d.Token(), &http.Client{Timeout: patience})
}

// listener is a gateway under test with what it heard.
type listener struct {
	g      *gateway
	d      *discordtest.Server
	events chan heard
	end    chan error
}

type heard struct {
	typ  string
	data json.RawMessage
}

func listen(t *testing.T, d *discordtest.Server, change ...func(*gateway)) *listener {
	t.Helper()
	l := &listener{d: d, events: make(chan heard, 1000), end: make(chan error, 1)}
	l.g = &gateway{rest: clientOf(d), needed: discordgo.IntentsGuilds | discordgo.IntentsGuildMessages | discordgo.IntentMessageContent, optional: discordgo.IntentsGuildMembers,
		deadline: 10 * time.Second, pause: time.Millisecond, log: slog.New(slog.DiscardHandler),
		handle: func(typ string, data json.RawMessage) { l.events <- heard{typ, data} }}
	for _, fn := range change {
		fn(l.g)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { l.end <- l.g.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-l.end:
		case <-time.After(patience):
			t.Error("the gateway did not end with its context")
		}
	})
	return l
}

// next gives the next event of a type.
func (l *listener) next(t *testing.T, typ string) json.RawMessage {
	t.Helper()
	limit := time.After(patience)
	for {
		select {
		case h := <-l.events:
			if h.typ == typ {
				return h.data
			}
		case err := <-l.end:
			l.end <- err
			t.Fatalf("the gateway ended: %v", err)
		case <-limit:
			t.Fatalf("no %s", typ)
		}
	}
}

func (l *listener) message(t *testing.T) dMessage {
	t.Helper()
	var m dMessage
	require.NoError(t, json.Unmarshal(l.next(t, "MESSAGE_CREATE"), &m))
	return m
}

// ended waits for run to return.
func (l *listener) ended(t *testing.T) error {
	t.Helper()
	select {
	case err := <-l.end:
		l.end <- err
		return err
	case <-time.After(patience):
		t.Fatal("the gateway goes on")
		return nil
	}
}

// wait waits for something in the world.
func wait(t testing.TB, d *discordtest.Server, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, d.Wait(ctx, ok), what)
}
