package discord

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bwmarrin/discordgo"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
)

var getMe = request{method: "GET", path: "/users/@me"}

func TestFailuresThatPass(t *testing.T) {
	t.Parallel()
	for _, f := range []discordtest.Fault{{Status: 500}, {Status: 503}, {Status: 429, RetryAfter: time.Millisecond}, {Status: 429, RetryAfter: time.Millisecond, Global: true}, {Drop: true}} {
		d := start(t)
		d.Fail(f)
		var me dUser
		require.NoError(t, clientOf(d).call(t.Context(), getMe, &me))
		require.Equal(t, d.ApplicationID(), me.ID)
	}
	d := start(t)
	d.Fail(discordtest.Fault{Status: 503})
	plain, err := discordgo.New("Bot " + d.Token())
	require.NoError(t, err)
	plain.LogLevel = -1
	plain.Client.Transport = &rebase{base: d.URL()}
	_, err = plain.User("@me")
	require.Error(t, err, "the library has mended this: the own retries can go")
}

func TestFailuresThatStay(t *testing.T) {
	t.Parallel()
	d := start(t)
	err := clientOf(d).call(t.Context(), request{method: "GET", path: "/channels/1"}, nil)
	require.Equal(t, codeUnknownChannel, codeOf(err))
	require.Len(t, d.Requests(), 1, "asking again would not help")
	d.Fail(discordtest.Fault{Times: -1, Status: 500})
	err = clientOf(d).call(t.Context(), request{method: "GET", path: "/users/@me", once: true}, nil)
	require.Error(t, err)
	require.Len(t, d.Requests(), 2)
}

// TestRateLimitEndsWithItsContext: the library sleeps on.
func TestRateLimitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	d := start(t)
	d.Fail(discordtest.Fault{Times: -1, Status: 429, RetryAfter: 15 * time.Second})
	ctx, cancel := context.WithCancel(t.Context())
	end := make(chan error, 1)
	go func() { end <- clientOf(d).call(ctx, getMe, nil) }()
	wait(t, d, "the request", func() bool { return len(d.Requests()) == 1 })
	cancel()
	require.ErrorIs(t, <-end, context.Canceled)
}

// TestHiddenLimits: the third renaming within ten minutes goes back to who asked for it, and the route stays open.
func TestHiddenLimits(t *testing.T) {
	t.Parallel()
	d := start(t)
	g := d.AddGuild("Example")
	ch := g.AddChannel(discordtest.NewChannel{Name: "a"})
	c := clientOf(d)
	patch := func(body any) error {
		return c.call(t.Context(), request{method: "PATCH", path: "/channels/" + ch.ID, body: body}, nil)
	}
	for _, name := range []string{"b", "c"} {
		require.NoError(t, patch(map[string]string{"name": name}))
	}
	var e *restError
	require.ErrorAs(t, patch(map[string]string{"name": "d"}), &e)
	require.Greater(t, e.After, restMaxWait)
	require.NoError(t, patch(map[string]string{"topic": "t"}))
}

// answers is a transport that answers as told.
type answers func(n int64) *http.Response

type counted struct {
	n   atomic.Int64
	ans answers
}

func (c *counted) RoundTrip(*http.Request) (*http.Response, error) { return c.ans(c.n.Add(1)), nil }

func answer(status int, header map[string]string, body string) *http.Response {
	h := http.Header{}
	for k, v := range header {
		h.Set(k, v)
	}
	return &http.Response{StatusCode: status, Header: h, Body: &nopBody{strings.NewReader(body)}}
}

type nopBody struct{ *strings.Reader }

func (*nopBody) Close() error { return nil }

// TestKeepsToRateLimits runs on a clock of its own, so waiting costs nothing.
func TestKeepsToRateLimits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var mu sync.Mutex
		var at []time.Duration
		tr := &counted{ans: func(n int64) *http.Response {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Since(began))
			if n == 3 {
				return answer(429, map[string]string{"Retry-After": "3"}, `{"retry_after":2.5,"global":true}`)
			}
			return answer(200, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "4.0"}, "{}")
		}}
		c := newClient("http://discord.example", "t", &http.Client{Transport: tr})
		a, b := request{method: "GET", path: "/a"}, request{method: "GET", path: "/b"}
		for _, r := range []request{a, a, b} { // 0: a; 4 s: a again, its bucket was empty; at once b, which hits the global limit
			require.NoError(t, c.call(t.Context(), r, nil))
		}
		require.Equal(t, []time.Duration{0, 4 * time.Second, 4 * time.Second, 6500 * time.Millisecond}, at)
	})
}

func TestQueues(t *testing.T) {
	t.Parallel()
	var q queues
	var mu sync.Mutex
	got := map[string][]int{}
	var done sync.WaitGroup
	for n := range 100 {
		for _, key := range []string{"a", "b"} {
			done.Add(1)
			require.True(t, q.add(key, func() {
				defer done.Done()
				mu.Lock()
				got[key] = append(got[key], n)
				mu.Unlock()
				if n%10 == 0 {
					panic("boom")
				}
			}))
		}
	}
	done.Wait()
	for _, key := range []string{"a", "b"} {
		require.Len(t, got[key], 100)
		require.IsIncreasing(t, got[key])
	}
	began, hold := make(chan struct{}), make(chan struct{})
	q.add("c", func() { close(began); <-hold })
	q.add("c", func() { t.Error("what had not begun was run") })
	<-began
	stopped := make(chan struct{})
	go func() { q.stop(); close(stopped) }()
	for q.add("d", func() {}) { // until stop has begun
	}
	select {
	case <-stopped:
		t.Error("stop did not wait")
	default:
	}
	close(hold)
	<-stopped
}

func TestSeen(t *testing.T) {
	t.Parallel()
	var s seen
	require.True(t, s.first("a"))
	require.False(t, s.first("a"))
	for n := range maxSeen {
		s.first(strings.Repeat("x", n+1))
	}
	require.True(t, s.first("a"), "the oldest are forgotten")
	require.Len(t, s.ids, maxSeen)
}
