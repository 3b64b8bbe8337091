package discord

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
)

// The faults of the library, each shown first with the library alone. When one of these fails, the library has mended it, and what stands
// around it here can go. Messages with unknown parts are in TestUnknownComponents.

// library is discordgo as it comes, pointed at a Discord in memory.
func library(t *testing.T, base, token string) *discordgo.Session {
	t.Helper()
	s, err := discordgo.New("Bot " + token)
	require.NoError(t, err)
	s.LogLevel = -1
	s.Identify.Intents = discordgo.IntentsGuilds | discordgo.IntentsGuildMessages | discordgo.IntentMessageContent
	s.Client = &http.Client{Transport: &rebase{base: base}}
	return s
}

// stacks are those of all goroutines.
func stacks() string {
	for size := 4 << 20; ; size *= 2 { // those of the other tests are among them
		b := make([]byte, size)
		if n := runtime.Stack(b, true); n < size || size >= 1<<28 {
			return string(b[:n])
		}
	}
}

// TestLibraryHangsWhenToldToGoAwayBeforeHello: it waits for a lock that it holds. Ours is TestToldToGoAwayBeforeHello.
func TestLibraryHangsWhenToldToGoAwayBeforeHello(t *testing.T) {
	t.Parallel()
	d := start(t)
	d.AddGuild("Example")
	d.GreetWith(7)
	s := library(t, d.URL(), d.Token())
	go func() { _ = s.Open() }()
	require.Eventually(t, func() bool {
		for _, g := range strings.Split(stacks(), "\n\n") {
			if strings.Contains(g, "discordgo.(*Session).Open") && strings.Contains(g, "discordgo.(*Session).CloseWithCode") && strings.Contains(g, "RWMutex") {
				return true
			}
		}
		return false
	}, patience, 100*time.Millisecond, "the library has mended this: it does not wait for its own lock any more")
}

// TestLibraryTriesForEverWhatIsRefusedForGood. Ours is TestWhatIsRefusedForGood.
func TestLibraryTriesForEverWhatIsRefusedForGood(t *testing.T) {
	t.Parallel()
	d := start(t)
	d.AddGuild("Example")
	s := library(t, d.URL(), d.Token())
	require.NoError(t, s.Open())
	t.Cleanup(func() { _ = s.Close() })
	d.RejectWith(4004)
	d.InvalidateSessions(false)
	d.DropConnections()
	wait(t, d, "it tries again and again", func() bool { return len(d.Identified()) >= 3 })
}

// TestLibraryRunsHandlersSideBySide: the second message is handled while the first still is. Ours handles those of a channel in order.
func TestLibraryRunsHandlersSideBySide(t *testing.T) {
	t.Parallel()
	d := start(t)
	g := d.AddGuild("Example")
	help := g.AddChannel(discordtest.NewChannel{Name: "help"})
	erika := g.AddUser("erika")
	s := library(t, d.URL(), d.Token())
	second, order := make(chan struct{}), make(chan string, 2)
	s.AddHandler(func(_ *discordgo.Session, m *discordgo.MessageCreate) {
		if m.Content == "first" {
			<-second
		}
		order <- m.Content
		if m.Content == "second" {
			close(second)
		}
	})
	require.NoError(t, s.Open())
	t.Cleanup(func() { _ = s.Close() })
	for _, text := range []string{"first", "second"} {
		_, err := erika.Write(help.ID, text)
		require.NoError(t, err)
	}
	require.Equal(t, "second", <-order)
	require.Equal(t, "first", <-order)

	var q queues
	got := make(chan string, 2)
	gate := make(chan struct{})
	q.add("channel", func() { <-gate; got <- "first" })
	q.add("channel", func() { got <- "second" })
	close(gate)
	require.Equal(t, "first", <-got)
	require.Equal(t, "second", <-got)
	q.stop()
}

// TestLibrarySleepsOnWhenNobodyWaits: the end of its context does not reach it while it keeps to a rate limit; ours lets go at once.
func TestLibrarySleepsOnWhenNobodyWaits(t *testing.T) {
	t.Parallel()
	d := start(t)
	g := d.AddGuild("Example")
	help := g.AddChannel(discordtest.NewChannel{Name: "help"})
	d.Fail(discordtest.Fault{Route: "POST /channels/", Times: 2, Status: 429, RetryAfter: 15 * time.Second})
	s := library(t, d.URL(), d.Token())
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	theirs, ours := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := s.ChannelMessageSend(help.ID, "x", discordgo.WithContext(ctx))
		theirs <- err
	}()
	go func() {
		ours <- clientOf(d).call(ctx, request{method: "POST", path: "/channels/" + help.ID + "/messages", body: obj{"content": "x"}}, nil)
	}()
	wait(t, d, "both were told to wait", func() bool {
		n := 0
		for _, r := range d.Requests() {
			if r.Status == 429 {
				n++
			}
		}
		return n == 2
	})
	require.Eventually(t, func() bool { // it sleeps, and ours waits
		for _, g := range strings.Split(stacks(), "\n\n") {
			if strings.Contains(g, "time.Sleep") && strings.Contains(g, "discordgo.(*Session).ChannelMessageSend") {
				return true
			}
		}
		return false
	}, patience, 100*time.Millisecond)
	cancel()
	require.ErrorIs(t, <-ours, context.Canceled)
	select {
	case err := <-theirs:
		t.Fatalf("the library has mended this: it ends with its context: %v", err)
	default:
	}
}

// TestLibraryGivesUpOnA503. Ours tries again.
func TestLibraryGivesUpOnA503(t *testing.T) {
	t.Parallel()
	d := start(t)
	g := d.AddGuild("Example")
	help := g.AddChannel(discordtest.NewChannel{Name: "help"})
	s := library(t, d.URL(), d.Token())
	d.Fail(discordtest.Fault{Route: "POST /channels/", Status: 503})
	_, err := s.ChannelMessageSend(help.ID, "x")
	require.Error(t, err, "the library has mended this: it tries again")
	d.Fail(discordtest.Fault{Route: "POST /channels/", Status: 503})
	require.NoError(t, clientOf(d).call(t.Context(), request{method: "POST", path: "/channels/" + help.ID + "/messages", body: obj{"content": "x"}}, nil))
	require.Len(t, g.Messages(help.ID), 1)
}

const victim = "TICKETKIT_TEST_VICTIM"

// TestPanicKillsTheProcessOfTheLibrary, in a process of its own. Ours is TestPanicInAHandler.
func TestPanicKillsTheProcessOfTheLibrary(t *testing.T) {
	t.Parallel()
	if base := os.Getenv(victim); base != "" {
		s := library(t, base, "discordtest")
		s.AddHandler(func(*discordgo.Session, *discordgo.Ready) { panic("boom in a handler") })
		require.NoError(t, s.Open())
		<-t.Context().Done()
		return
	}
	d := start(t)
	d.AddGuild("Example")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestPanicKillsTheProcessOfTheLibrary$")
	cmd.Env = append(os.Environ(), victim+"="+d.URL())
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	require.NoError(t, ctx.Err(), "the library has mended this: the process lives on")
	require.Contains(t, string(out), "boom in a handler")
}
