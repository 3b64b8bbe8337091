package main

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// printed is what a program has written, for two goroutines.
type printed struct {
	mu sync.Mutex
	b  strings.Builder
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.String()
}

type ticketShape struct {
	ID, Subject, Status, Channel string
	Requester                    struct{ Name string }
}

type messageShape struct {
	Kind, Text  string
	Author      struct{ Type, Name string }
	Attachments []struct{ Name string }
	Delivery    *struct{ State string }
}

// TestRehearsal runs the whole program, quickly, and looks at what the people in it have done by the API.
func TestRehearsal(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, log := &printed{}, &printed{}
	up, end := make(chan desk, 1), make(chan int, 1)
	r := &rehearsal{args: []string{"--demo"}, environ: []string{"LISTEN_ADDR=127.0.0.1:0", "DATABASE_URL=postgres://nobody.invalid/real", "DISCORD_BOT_TOKEN=a-real-one"},
		out: out, errOut: log, beat: 20 * time.Millisecond, started: func(d desk) { up <- d }}
	go func() {
		code, err := r.run(ctx)
		if err != nil {
			t.Error(err)
		}
		end <- code
	}()
	var d desk
	select {
	case d = <-up:
	case code := <-end:
		t.Fatalf("it ended with %d: %s", code, log)
	case <-time.After(time.Minute):
		t.Fatalf("it does not come up: %s", log)
	}
	pages := &api{desk: d}
	require.NoError(t, pages.signIn(ctx), "what it prints signs in")
	require.Contains(t, out.String(), d.password)
	require.Contains(t, out.String(), d.address)

	tickets := func() []ticketShape {
		var list struct{ Items []ticketShape }
		require.NoError(t, pages.call(ctx, http.MethodGet, "tickets?sort=number&limit=100", nil, &list))
		return list.Items
	}
	messages := func(id string) []messageShape {
		var list struct{ Items []messageShape }
		require.NoError(t, pages.call(ctx, http.MethodGet, "tickets/"+id+"/messages?limit=100", nil, &list))
		return list.Items
	}
	require.Eventually(t, func() bool {
		closed, told := 0, false // the first story to its end
		ts := tickets()
		for _, s := range ts {
			if s.Status == "closed" {
				closed++
				told = told || s.Requester.Name == stories[0].people[0]
			}
		}
		return len(ts) >= len(stories) && closed >= 3 && told
	}, 5*time.Minute, 100*time.Millisecond, "%s\n%s", out, log)
	ts := tickets()
	for _, s := range stories {
		require.True(t, slices.ContainsFunc(ts, func(got ticketShape) bool {
			return got.Channel == "discord" && slices.Contains(s.people, got.Requester.Name)
		}), "%q has not opened", s.people)
	}
	first := ts[slices.IndexFunc(ts, func(s ticketShape) bool { return s.Requester.Name == stories[0].people[0] })]
	var told []string
	files := 0
	for _, m := range messages(first.ID) {
		told = append(told, m.Kind+" "+m.Author.Type+": "+m.Text)
		files += len(m.Attachments)
	}
	for _, s := range stories[0].steps {
		if s.text == "" || s.deed == finish {
			continue
		}
		require.True(t, slices.ContainsFunc(told, func(m string) bool { return strings.Contains(m, s.text) }), "%q is missing in %q", s.text, told)
	}
	require.Equal(t, 1, files)
	require.NotContains(t, out.String(), "gives up")
	require.Eventually(t, func() bool { return len(d.world.guild.Messages(d.world.log.ID)) >= 3 }, time.Minute, 50*time.Millisecond, "transcripts stand in the log channel")
	stop()
	require.Equal(t, 0, <-end, log.String())
}

func TestWhatAsksForTheRehearsal(t *testing.T) {
	t.Parallel()
	require.True(t, rehearses([]string{"--demo"}))
	require.True(t, rehearses([]string{"serve", "--demo=true"}))
	require.False(t, rehearses([]string{"--demo=false"}))
	require.False(t, rehearses([]string{"demo", "clear"}))
}
