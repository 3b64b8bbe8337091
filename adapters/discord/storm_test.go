package discord_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestNoFaultOfTheGatewayLosesOrDoublesAMessage: one after the other, with messages before, meanwhile and after.
func TestNoFaultOfTheGatewayLosesOrDoublesAMessage(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.otto)
	type fault struct {
		name string
		do   func()
	}
	faults := []fault{
		{"dropped", w.d.DropConnections},
		{"op 7", w.d.AskToReconnect},
		{"op 9 resumable", func() { w.d.InvalidateSessions(true); w.d.DropConnections() }},
		{"op 9", func() { w.d.InvalidateSessions(false) }},
		{"op 9 and dropped", func() { w.d.InvalidateSessions(false); w.d.DropConnections() }},
		{"op 7 first", func() { w.d.GreetWith(7); w.d.DropConnections() }},
		{"repeats", func() { w.d.RepeatEvents(true) }},
		{"unknown components", func() { w.d.RepeatEvents(false); w.d.AddUnknownComponents(true) }},
	}
	for _, code := range []int{4000, 4001, 4002, 4003, 4005, 4007, 4008, 4009} {
		faults = append(faults, fault{fmt.Sprint("closed with ", code), func() { w.d.CloseConnections(code) }})
	}
	var want []string
	say := func(text string) {
		_, err := w.otto.Write(ch.ID, text)
		require.NoError(t, err)
		want = append(want, text)
	}
	for _, f := range faults {
		say("before: " + f.name)
		f.do()
		say("meanwhile: " + f.name)
		w.eventually("it is there again after: "+f.name, func() bool {
			return w.count(tk.ID, "meanwhile: "+f.name) > 0 && w.bot.Sources()[0].State == adapters.SourceReady
		})
		say("after: " + f.name)
		w.eventually("it hears after: "+f.name, func() bool { return w.count(tk.ID, "after: "+f.name) > 0 })
	}
	var got []string
	for _, m := range w.messages(tk.ID, ticket.Public) {
		if strings.Contains(m.Text, ": ") && m.Author.Type == ticket.ActorContact && m.N > 1 {
			got = append(got, m.Text)
		}
	}
	require.Equal(t, want, got, "all of them, once, in order")
}

// TestWithoutTheIntentForMembers the bot goes on, and says what it does without.
func TestWithoutTheIntentForMembers(t *testing.T) {
	t.Parallel()
	w := stage(t)
	w.d.SetDenied(discordtest.IntentMembers)
	w.start()
	tk, ch := w.open(w.otto)
	_, err := w.otto.Write(ch.ID, "works all the same")
	require.NoError(t, err)
	w.find(tk.ID, "works all the same")
	s := w.bot.Sources()[0]
	require.Equal(t, adapters.SourceReady, s.State)
	require.Contains(t, s.LastError+s.LastErrorFix, "MEMBERS INTENT")
}

// TestARefusedTokenIsShown with what to do about it.
func TestARefusedTokenIsShown(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.d.RejectWith(4004)
	w.d.InvalidateSessions(false)
	w.d.DropConnections()
	w.eventually("the channel page says so", func() bool { return w.bot.Sources()[0].State == adapters.SourceStopped })
	require.Contains(t, w.bot.Sources()[0].LastError, "token")
	require.Contains(t, w.bot.Sources()[0].LastErrorFix, "developer portal")
	require.True(t, w.desk.Channels().Troubled())
	w.d.RejectWith(0)
	w.eventually("it goes on once somebody has mended it", func() bool { return w.bot.Sources()[0].State == adapters.SourceReady })
}
