package discord_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// colleague is somebody who works at the desk and is not in Discord.
func (w *world) colleague(name string) ticket.Actor {
	w.t.Helper()
	p, err := w.desk.Accounts().EnsureExternal(w.t.Context(), "sso:"+name, name, name, rbac.RoleSupport)
	require.NoError(w.t, err)
	return p.Actor
}

// hears waits for a message in a channel.
func (w *world) hears(channel, text string) discordtest.Message {
	w.t.Helper()
	var found discordtest.Message
	w.eventually("somebody says "+text, func() bool {
		for _, m := range w.g.Messages(channel) {
			if strings.Contains(m.Content, text) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// TestAnswersAppearUnderTheAgentsName by one webhook for each channel, and come back as nothing new.
func TestAnswersAppearUnderTheAgentsName(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.erika)
	max := w.colleague("Max Muster")
	for _, text := range []string{"first answer", "second answer"} {
		_, err := w.desk.Tickets().Reply(t.Context(), max, tk.ID, 0, ticket.NewMessage{Body: text + " @everyone <@" + w.erika.ID + ">", Uploads: []ticket.Upload{{Name: "plan.txt", ContentType: "text/plain", Body: strings.NewReader("plan")}}})
		require.NoError(t, err)
		m := w.hears(ch.ID, text)
		require.Equal(t, "Max Muster", m.Author)
		require.NotContains(t, m.Content, "Max Muster", "the name stands above")
		require.Contains(t, m.AvatarURL, "https://cdn.discordapp.com/embed/avatars/")
		require.Empty(t, m.Pinged)
		require.False(t, m.PingedEveryone)
		require.Equal(t, "plan", string(m.Files[0].Data))
	}
	require.Len(t, w.g.Webhooks(), 1, "it is used again")
	_, err := w.erika.Write(ch.ID, "thanks")
	require.NoError(t, err)
	w.find(tk.ID, "thanks")
	require.Equal(t, 1, w.count(tk.ID, "first answer"), "what the webhook says is no message of somebody")

	// Somebody deletes the webhook; the next answer makes another.
	w.g.DeleteWebhook(w.g.Webhooks()[0].ID)
	_, err = w.desk.Tickets().Reply(t.Context(), max, tk.ID, 0, ticket.NewMessage{Body: "third answer"})
	require.NoError(t, err)
	require.Equal(t, "Max Muster", w.hears(ch.ID, "third answer").Author)

	// Two answers with the same words are two.
	for range 2 {
		_, err = w.desk.Tickets().Reply(t.Context(), max, tk.ID, 0, ticket.NewMessage{Body: "ok"})
		require.NoError(t, err)
	}
	w.eventually("both appear", func() bool {
		n := 0
		for _, m := range w.g.Messages(ch.ID) {
			if m.Content == "ok" {
				n++
			}
		}
		return n == 2
	})
	_, err = w.desk.Tickets().Close(t.Context(), max, tk.ID, 0, "")
	require.NoError(t, err)
	w.eventually("the channel goes, and its webhook", func() bool { return !w.exists(ch.ID) && len(w.g.Webhooks()) == 0 })
}

// TestALostAnswerOfAWebhookIsNotRepeated: Discord has the message and the desk does not know.
func TestALostAnswerOfAWebhookIsNotRepeated(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.erika)
	max := w.colleague("Max Muster")
	_, err := w.desk.Tickets().Reply(t.Context(), max, tk.ID, 0, ticket.NewMessage{Body: "warming up"})
	require.NoError(t, err)
	w.hears(ch.ID, "warming up")
	w.d.Fail(discordtest.Fault{Route: "POST /webhooks/" + w.g.Webhooks()[0].ID, LoseAnswer: true})
	_, err = w.desk.Tickets().Reply(t.Context(), max, tk.ID, 0, ticket.NewMessage{Body: "only once"})
	require.NoError(t, err)
	w.eventually("it counts as sent", func() bool {
		for _, m := range w.messages(tk.ID) {
			if m.Text == "only once" {
				return m.Delivery.State == ticket.Sent
			}
		}
		return false
	})
	n := 0
	for _, m := range w.g.Messages(ch.ID) {
		if m.Content == "only once" {
			n++
		}
	}
	require.Equal(t, 1, n)
}

func TestWithoutTheRightToWebhooksTheBotSpeaks(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.g.SetBotPermissions(discordtest.Everyday | discordtest.ManageChannels | discordtest.ManageRoles | discordtest.ManageMessages)
	tk, ch := w.open(w.erika)
	_, err := w.desk.Tickets().Reply(t.Context(), w.colleague("Max Muster"), tk.ID, 0, ticket.NewMessage{Body: "an answer"})
	require.NoError(t, err)
	m := w.hears(ch.ID, "an answer")
	require.Equal(t, w.d.ApplicationID(), m.AuthorID)
	require.Equal(t, "**Max Muster**\nan answer", m.Content)
	_, err = w.desk.Tickets().Reply(t.Context(), w.colleague("Discord Team"), tk.ID, 0, ticket.NewMessage{Body: "a name that may not be"})
	require.NoError(t, err)
	require.Contains(t, w.hears(ch.ID, "a name that may not be").Content, "**Discord Team**")
}

// TestAMissingPermissionHoldsAnswers: they leave once somebody has given it back.
func TestAMissingPermissionHoldsAnswers(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.erika)
	w.d.Fail(discordtest.Fault{Route: "POST /channels/" + ch.ID + "/messages", Times: -1, Status: 403, Code: 50013})
	m, err := w.desk.Tickets().Reply(t.Context(), system, tk.ID, 0, ticket.NewMessage{Body: "held"})
	require.NoError(t, err)
	w.eventually("the agent sees why it waits", func() bool {
		for _, got := range w.messages(tk.ID) {
			if got.ID == m.ID {
				return got.Delivery.State == ticket.Queued && strings.Contains(got.Delivery.Reason, "doctor")
			}
		}
		return false
	})
}

func (w *world) staffThread(ch discordtest.Channel) discordtest.Channel {
	w.t.Helper()
	var found discordtest.Channel
	w.eventually("the team has its thread", func() bool {
		for _, c := range w.g.Channels() {
			if c.Thread && c.Parent == ch.ID {
				found = c
				return true
			}
		}
		return false
	})
	return found
}

// TestNotesStandInTheStaffThread and what the team writes there is a note, which the requester sees nowhere.
func TestNotesStandInTheStaffThread(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.erika)
	staff := w.staffThread(ch)
	w.eventually("the team is in it", func() bool { return len(w.anna.Messages(staff.ID)) > 0 })
	require.Nil(t, w.erika.Messages(staff.ID), "the requester is not")
	require.Nil(t, w.otto.Messages(staff.ID))

	_, err := w.desk.Tickets().Note(t.Context(), w.colleague("Max Muster"), tk.ID, 0, ticket.NewMessage{Body: "he is a VIP", Uploads: []ticket.Upload{{Name: "list.txt", ContentType: "text/plain", Body: strings.NewReader("x")}}})
	require.NoError(t, err)
	m := w.hears(staff.ID, "he is a VIP")
	require.Contains(t, m.Content, "**Max Muster**")
	require.Len(t, m.Files, 1)

	_, err = w.anna.Reply(staff.ID, m.ID, "I know")
	require.NoError(t, err)
	n := w.find(tk.ID, "I know")
	require.Equal(t, ticket.Note, n.Kind)
	require.Equal(t, "anna", n.Author.Name)
	require.Contains(t, n.Text, "> ", "what it answers is quoted")
	_, err = w.anna.Write(staff.ID, "with a file", discordtest.File{Name: "a.txt", ContentType: "text/plain", Data: []byte("a")})
	require.NoError(t, err)
	require.Len(t, w.find(tk.ID, "with a file").Attachments, 1)

	w.stop()
	_, err = w.anna.Write(staff.ID, "while it was away")
	require.NoError(t, err)
	w.start()
	require.Equal(t, ticket.Note, w.find(tk.ID, "while it was away").Kind)
	_, err = w.erika.Write(ch.ID, "hello?")
	require.NoError(t, err)
	w.find(tk.ID, "hello?")
	for text, times := range map[string]int{"I know": 1, "with a file": 1, "he is a VIP": 1, "while it was away": 1} {
		got := 0
		for _, m := range w.g.Messages(staff.ID) {
			if strings.Contains(m.Content, text) && !strings.HasPrefix(m.Content, "> ") {
				got++
			}
		}
		require.Equal(t, times, got, "%s: it does not come back", text)
		require.Equal(t, times, len(slices.DeleteFunc(w.messages(tk.ID, ticket.Note), func(m ticket.Message) bool { return !strings.HasSuffix(m.Text, text) })), text)
	}
	for _, m := range w.g.Messages(ch.ID) {
		require.NotContains(t, m.Content, "VIP")
	}
	_, err = w.desk.Tickets().Close(t.Context(), system, tk.ID, 0, "")
	require.NoError(t, err)
	w.eventually("the channel goes", func() bool { return !w.exists(ch.ID) })
	require.NotContains(t, string(w.g.Messages(w.log.ID)[0].Files[0].Data), "VIP")
}
