package discord_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/discord"
	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// mayWrite reports whether somebody may write in a channel.
func mayWrite(u *discordtest.User, channel string) bool {
	_, err := u.Write(channel, "a word")
	return err == nil
}

// submit presses a button that shows a form, fills it in and gives what the bot says in the end.
func (w *world) submit(u *discordtest.User, channel, message, id string, values map[string]any) string {
	w.t.Helper()
	in, err := u.Click(channel, message, id)
	require.NoError(w.t, err)
	_, err = in.Answer(w.ctx())
	require.NoError(w.t, err)
	in, err = in.Submit(values)
	require.NoError(w.t, err)
	a, err := in.Final(w.ctx())
	require.NoError(w.t, err)
	return a.Message.Content
}

// question is the message in a channel that asks whether a ticket can be closed.
func (w *world) question(channel string) (out discordtest.Message) {
	w.t.Helper()
	for _, m := range w.g.Messages(channel) {
		for _, c := range m.Components {
			if strings.HasPrefix(c.CustomID, "tk1:yes:") {
				out = m
			}
		}
	}
	return out
}

// TestHeaderFollows changes a ticket where nobody in Discord is.
func TestHeaderFollows(t *testing.T) {
	t.Parallel()
	w := stage(t)
	pass := w.frozen() // of the changes that follow each other closely
	w.changeDesk = append(w.changeDesk, func(c *ticketkit.Config) { c.SLA = sla.Settings{FirstResponse: time.Hour} })
	w.start()
	pass(time.Second) // a promise counts for what comes behind it
	tk, ch := w.open(w.otto)
	f := w.fields(ch.ID)
	require.Equal(t, "General", f["Kind"])
	require.Contains(t, f["Due"], "<t:", "Discord's program counts")
	ctx, svc := t.Context(), w.desk.Tickets()
	_, err := svc.SetPriority(ctx, system, tk.ID, 0, ticket.Urgent)
	require.NoError(t, err)
	w.eventually("priority", func() bool { return w.fields(ch.ID)["Priority"] == "Urgent" })
	edits := func() (n int) {
		for _, r := range w.d.Requests() {
			if r.Method == "PATCH" && strings.HasPrefix(r.Path, "/channels/"+ch.ID+"/messages/") {
				n++
			}
		}
		return n
	}
	before := edits()
	for range 5 {
		for _, p := range []ticket.Priority{ticket.Low, ticket.High} {
			_, err := svc.SetPriority(ctx, system, tk.ID, 0, p)
			require.NoError(t, err)
		}
	}
	_, err = svc.SetStatus(ctx, system, tk.ID, 0, ticket.Status(ticket.Pending))
	require.NoError(t, err)
	w.eventually("the outcome is shown", func() bool {
		pass(time.Second)
		f := w.fields(ch.ID)
		return f["Priority"] == "High" && f["Status"] == "Pending"
	})
	require.Equal(t, before+1, edits(), "of eleven changes in a row only the outcome is shown")
	_, err = svc.Note(ctx, system, tk.ID, 0, ticket.NewMessage{Body: "nothing to see"})
	require.NoError(t, err)
	seen := edits()
	_, err = svc.SetPriority(ctx, system, tk.ID, 0, ticket.Normal)
	require.NoError(t, err)
	w.eventually("a change behind the note", func() bool {
		pass(time.Second)
		return w.fields(ch.ID)["Priority"] == "Normal"
	})
	require.Equal(t, seen+1, edits(), "a note is nothing that anybody sees")
}

func TestClaimLock(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *discord.Config) { c.ClaimLock = true })
	berta := w.g.AddUser("berta", w.support)
	tk, ch := w.open(w.erika)
	require.True(t, mayWrite(berta, ch.ID))
	_ = w.give(w.anna, ch.ID, "claim")
	require.False(t, mayWrite(berta, ch.ID), "anna has it")
	require.True(t, w.sees(berta, ch.ID))
	require.True(t, mayWrite(w.anna, ch.ID))
	require.True(t, mayWrite(w.erika, ch.ID))
	_, err := w.desk.Tickets().Assign(t.Context(), system, tk.ID, 0, "")
	require.NoError(t, err)
	w.eventually("given back elsewhere, everybody may write again", func() bool { return mayWrite(berta, ch.ID) })
}

func TestEscalationCallsTheNextRole(t *testing.T) {
	t.Parallel()
	var second, third string
	w := setup(t, func(c *discord.Config) { c.EscalationRoleIDs = []string{"1", "2"} })
	w.stop()
	second, third = w.g.AddRole("second", 0), w.g.AddRole("third", 0)
	w.cfg.EscalationRoleIDs = []string{second, third}
	w.start()
	berta, carl := w.g.AddUser("berta", second), w.g.AddUser("carl", third)
	tk, ch := w.open(w.otto)
	require.False(t, w.sees(berta, ch.ID))
	head := w.header(ch.ID).ID
	require.Contains(t, w.submit(w.anna, ch.ID, head, "tk1:escalate:"+string(tk.ID), map[string]any{"reason": "too hard"}), "level 1")
	require.Equal(t, ticket.High, w.ticket(tk.ID).Priority)
	w.eventually("the first role is called", func() bool { return w.said(ch.ID, "level 1", second) })
	require.True(t, w.sees(berta, ch.ID))
	require.False(t, w.sees(carl, ch.ID))
	require.Contains(t, w.give(berta, ch.ID, "escalate").Content, "level 2", "who was called in works on it")
	w.eventually("then the second", func() bool { return w.said(ch.ID, "level 2", third) })
	require.True(t, w.sees(carl, ch.ID))
	_, err := w.desk.Tickets().Escalate(t.Context(), system, tk.ID, 0, "")
	require.NoError(t, err)
	w.eventually("behind the last it stays with the last, wherever it is escalated", func() bool { return w.said(ch.ID, "level 3", third) })
}

func TestQuestionWhetherItCanBeClosed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.erika)
	_ = w.give(w.anna, ch.ID, "claim")
	head := w.header(ch.ID).ID
	require.Equal(t, "Das darf nur das Team.", w.press(w.erika, ch.ID, head, "tk1:ask:"+string(tk.ID)))
	require.Contains(t, w.press(w.anna, ch.ID, head, "tk1:ask:"+string(tk.ID)), "stands in the channel")
	q := w.question(ch.ID)
	require.Equal(t, []string{w.erika.ID}, q.Pinged)
	require.Contains(t, q.Content, "ist dein Anliegen gelöst?")
	require.Contains(t, w.press(w.anna, ch.ID, q.ID, "tk1:yes:"+string(tk.ID)), "Only who opened")
	require.Equal(t, "Das Ticket bleibt offen.", w.press(w.erika, ch.ID, q.ID, "tk1:no:"+string(tk.ID)))
	require.True(t, w.said(ch.ID, "braucht noch Hilfe", w.anna.ID), "who has the ticket hears of it")
	w.eventually("the question is over", func() bool { return w.question(ch.ID).ID == "" })
	require.Equal(t, ticket.Open, w.status(tk.ID))

	_ = w.give(w.anna, ch.ID, "close", "ask", true)
	_, err := w.erika.Write(ch.ID, "wait, one more thing")
	require.NoError(t, err)
	w.eventually("a word is an answer too", func() bool { return w.question(ch.ID).ID == "" })

	_, err = w.desk.Tickets().SetBranding(t.Context(), system, ticket.Branding{Name: "Werkstatt Süd", ImprintURL: "https://werkstatt.example/impressum"})
	require.NoError(t, err)
	_ = w.give(w.anna, ch.ID, "close", "ask", true)
	require.Equal(t, "Das Ticket ist geschlossen.", w.press(w.erika, ch.ID, w.question(ch.ID).ID, "tk1:yes:"+string(tk.ID)))
	w.eventually("the channel goes", func() bool { return !w.exists(ch.ID) })
	require.Equal(t, ticket.Closed, w.status(tk.ID))

	w.eventually("the transcript is sent", func() bool { return len(w.erika.DMs()) == 1 })
	dm := w.erika.DMs()[0]
	require.Len(t, dm.Files, 1)
	require.Contains(t, string(dm.Files[0].Data), "Werkstatt Süd", "as the desk's admins have set")
	require.Contains(t, string(dm.Files[0].Data), "https://werkstatt.example/impressum")
	in, err := w.erika.Click(dm.ChannelID, dm.ID, "tk1:reopen:"+string(tk.ID))
	require.NoError(t, err)
	a, err := in.Final(w.ctx())
	require.NoError(t, err)
	again := w.channel(w.erika)
	require.Contains(t, a.Message.Content, "<#"+again.ID+">", "with the link")
	require.Equal(t, ticket.Open, w.status(tk.ID))
}

// TestQuestionWithoutAnswer lets the timer of a question run out, over a restart.
func TestQuestionWithoutAnswer(t *testing.T) {
	t.Parallel()
	w := stage(t)
	pass := w.timed()
	w.start()
	tk, ch := w.open(w.erika)
	_ = w.give(w.anna, ch.ID, "close", "ask", true)
	w.stop()
	pass(25 * time.Hour)
	w.start()
	w.eventually("it is closed", func() bool { return w.status(tk.ID) == ticket.Closed })
	w.eventually("the channel goes", func() bool { return !w.exists(ch.ID) })
}

func TestQueueBringsCategoryAndRoles(t *testing.T) {
	t.Parallel()
	w := setup(t)
	q, err := w.desk.Tickets().CreateQueue(t.Context(), system, "First")
	require.NoError(t, err)
	bills, err := w.desk.Tickets().CreateQueue(t.Context(), system, "Bills")
	require.NoError(t, err)
	w.stop()
	money := w.g.AddRole("money", 0)
	berta := w.g.AddUser("berta", money)
	box := w.g.AddChannel(discordtest.NewChannel{Name: "bills", Category: true})
	w.cfg.Kinds = []discord.Kind{{ID: "general", Label: discord.Text{EN: "General"}, Queue: q.ID},
		{ID: "bill", Label: discord.Text{EN: "Bill"}, Queue: bills.ID, SupportRoleIDs: []string{money}, CategoryIDs: []string{box.ID}}}
	w.start()
	tk, ch := w.open(w.otto)
	require.False(t, w.sees(berta, ch.ID))
	require.Contains(t, w.give(w.anna, ch.ID, "move", "queue", "Bills").Content, "Bills")
	require.True(t, w.sees(berta, ch.ID))
	require.False(t, w.sees(w.anna, ch.ID), "the ticket is not hers any more")
	now := w.channel(w.otto)
	require.Equal(t, box.ID, now.Parent)
	_, err = w.desk.Tickets().Edit(t.Context(), system, tk.ID, 0, ticket.Edit{Queue: &q.ID})
	require.NoError(t, err)
	w.eventually("moved elsewhere, it follows as well", func() bool { return w.sees(w.anna, ch.ID) && !w.sees(berta, ch.ID) })
}

// TestNames has a ticket renamed more often than Discord names a channel.
func TestNames(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.otto)
	nameOf := func() string {
		for _, c := range w.g.Channels() {
			if c.ID == ch.ID {
				return c.Name
			}
		}
		return ""
	}
	require.Contains(t, w.give(w.anna, ch.ID, "rename", "name", "Größe & Form!").Content, "has this name now.")
	require.Equal(t, "0001-größe-form", nameOf())
	require.Equal(t, "Größe & Form!", w.ticket(tk.ID).Subject)
	_ = w.give(w.anna, ch.ID, "rename", "name", "second")
	require.Contains(t, w.give(w.anna, ch.ID, "rename", "name", "third").Content, "in some minutes")
	require.Equal(t, "0001-second", nameOf())
	for _, r := range w.d.Requests() {
		require.NotEqual(t, 429, r.Status, "the limit is kept, not met")
	}
	require.Contains(t, w.give(w.anna, ch.ID, "close").Content, "closed")
	w.eventually("closing waits for no name", func() bool { return !w.exists(ch.ID) })
}

func TestStillTicketIsVisible(t *testing.T) {
	t.Parallel()
	w := stage(t)
	pass := w.timed()
	w.changeDesk = append(w.changeDesk, func(c *ticketkit.Config) {
		c.Upkeep = ticket.Upkeep{CloseInactive: 48 * time.Hour, WarnBefore: 24 * time.Hour, CloseIn: []ticket.Category{ticket.New, ticket.Open, ticket.Pending}}
	})
	w.start()
	_, ch := w.open(w.otto)
	pass(25 * time.Hour)
	w.eventually("the team has to act", func() bool { return w.said(ch.ID, "waits for the team", w.support) })
	pass(24 * time.Hour)
	w.eventually("and has not", func() bool { return !w.exists(ch.ID) })

	tk, ch := w.open(w.erika)
	_, err := w.anna.Write(ch.ID, "is it fine?")
	require.NoError(t, err)
	w.eventually("the answer arrives", func() bool { return w.count(tk.ID, "fine?") == 1 })
	pass(25 * time.Hour)
	w.eventually("the requester has to act", func() bool { return w.said(ch.ID, "geschlossen", w.erika.ID) })
	pass(24 * time.Hour)
	w.eventually("and has not", func() bool { return !w.exists(ch.ID) })
}

func TestWhoIsOnlineHearsOfIt(t *testing.T) {
	t.Parallel()
	w := stage(t, func(c *discord.Config) { c.PingOnline = true })
	pass := w.timed()
	w.changeDesk = append(w.changeDesk, func(c *ticketkit.Config) { c.SLA = sla.Settings{FirstResponse: time.Hour} })
	berta, carl := w.g.AddUser("berta", w.support), w.g.AddUser("carl", w.support)
	w.anna.SetStatus("online")
	w.otto.SetStatus("online")
	carl.SetStatus("dnd")
	w.start()
	berta.SetStatus("idle")
	w.anna.SetStatus("offline")
	_, ch := w.open(w.erika)
	w.eventually("who is there hears of it", func() bool {
		pass(time.Second) // it may be tried again in a while, because the channel was not there yet
		return w.said(ch.ID, "Neues Ticket", berta.ID)
	})
	pass(2 * time.Hour)
	w.eventually("and again when nobody has answered", func() bool { return w.said(ch.ID, "überfällig", berta.ID) })
}

// TestPanelsOfTheDesk sets panels up as the API does.
func TestPanelsOfTheDesk(t *testing.T) {
	t.Parallel()
	w := setup(t)
	var book *adapters.Panels
	w.panels = func(s adapters.PanelStore) *adapters.Panels {
		var err error
		book, err = adapters.NewPanels(adapters.PanelsConfig{Store: s, Changed: func() { w.bot.PanelsChanged() },
			Verify: func(p adapters.Panel) error { return discord.CheckPanel(p, time.UTC) }})
		require.NoError(t, err)
		return book
	}
	w.stop()
	w.start()
	desk := adapters.NewPanelDesk(w.desk.Tickets(), book)
	bills := w.g.AddChannel(discordtest.NewChannel{Name: "bills"})
	money := w.g.AddRole("money", 0)
	berta := w.g.AddUser("berta", money)
	p, err := desk.Create(t.Context(), system, adapters.Panel{Channel: bills.ID, Style: adapters.PanelSelect, Title: adapters.PanelText{EN: "Bills"},
		Kinds: []adapters.PanelKind{{ID: "bill", Label: adapters.PanelText{EN: "A bill"}, Emoji: "🧾", SupportRoleIDs: []string{money}}, {ID: "refund", Label: adapters.PanelText{EN: "A refund"}}}})
	require.NoError(t, err)
	w.eventually("it is posted at once", func() bool { return len(w.g.Messages(bills.ID)) == 1 })
	m := w.g.Messages(bills.ID)[0]
	require.Equal(t, "Bills", m.Embeds[0].Title)
	require.Equal(t, []string{"bill", "refund"}, m.Components[0].Options)
	in, err := w.otto.Choose(bills.ID, m.ID, "tk1:open:", "bill")
	require.NoError(t, err)
	a, err := in.Final(w.ctx())
	require.NoError(t, err)
	ch := w.channel(w.otto)
	require.Contains(t, a.Message.Content, ch.ID)
	require.True(t, w.sees(berta, ch.ID))
	require.False(t, w.sees(w.anna, ch.ID), "the kind has roles of its own")
	require.Contains(t, w.give(berta, ch.ID, "claim").Content, "claimed")

	_, err = desk.Update(t.Context(), system, p.ID, func(p *adapters.Panel) {
		p.Style, p.Kinds = adapters.PanelButtons, p.Kinds[1:]
	})
	require.NoError(t, err)
	w.eventually("it is edited at once", func() bool {
		ms := w.g.Messages(bills.ID)
		return len(ms) == 1 && ms[0].ID == m.ID && ms[0].Components[0].CustomID == "tk1:open:refund"
	})
	require.True(t, w.sees(berta, ch.ID), "what was opened stays with who has it")
	w.stop()
	w.start()
	_, err = w.desk.Tickets().SetPriority(t.Context(), system, w.tickets()[0].ID, 0, ticket.Urgent)
	require.NoError(t, err)
	w.eventually("shown", func() bool { return w.fields(ch.ID)["Priority"] == "Urgent" })
	require.True(t, w.sees(berta, ch.ID), "also after a restart")
	require.False(t, w.sees(w.anna, ch.ID))
	desk = adapters.NewPanelDesk(w.desk.Tickets(), book)
	require.NoError(t, desk.Delete(t.Context(), system, p.ID))
	w.eventually("it goes at once", func() bool { return len(w.g.Messages(bills.ID)) == 0 })
	require.Len(t, w.g.Messages(w.help.ID), 1, "the one of the configuration stays")
}
