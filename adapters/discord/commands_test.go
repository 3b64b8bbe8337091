package discord_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
	"github.com/ticketkit/ticketkit/ticket"
)

// sub is a subcommand of the command for tickets, in the form of an interaction. Arguments are name and value by turns.
func sub(name string, args ...any) map[string]any {
	opts := []map[string]any{}
	for n := 0; n < len(args); n += 2 {
		typ := 3
		switch {
		case args[n] == "user":
			typ = 6
		case args[n] == "ask":
			typ = 5
		}
		opts = append(opts, map[string]any{"name": args[n], "type": typ, "value": args[n+1]})
	}
	return map[string]any{"name": name, "type": 1, "options": opts}
}

// give gives a command in a channel and gives what the bot says in the end.
func (w *world) give(u *discordtest.User, channel string, name string, args ...any) discordtest.Message {
	w.t.Helper()
	w.commands()
	in, err := u.Command(channel, "ticket", sub(name, args...))
	require.NoError(w.t, err)
	a, err := in.Final(w.ctx())
	require.NoError(w.t, err)
	require.NotNil(w.t, a.Message)
	require.True(w.t, a.Message.Ephemeral, "nobody else reads it")
	return *a.Message
}

// commands waits for the commands to be there.
func (w *world) commands() {
	w.t.Helper()
	w.eventually("the commands are registered", func() bool { return len(w.g.Commands()) >= 3 })
}

func (w *world) ticket(id ticket.ID) *ticket.Ticket {
	w.t.Helper()
	t, err := w.desk.Tickets().Get(w.t.Context(), system, id)
	require.NoError(w.t, err)
	return t
}

// fields are the header of a ticket's channel, by name.
func (w *world) fields(channel string) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for _, f := range w.header(channel).Embeds[0].Fields {
		out[f[0]] = f[1]
	}
	return out
}

func (w *world) sees(u *discordtest.User, channel string) bool { return u.Messages(channel) != nil }

// said reports whether the bot says something in a channel that contains text and notifies exactly these.
func (w *world) said(channel, text string, pinged ...string) bool {
	for _, m := range w.g.Messages(channel) {
		if m.AuthorID == w.d.ApplicationID() && strings.Contains(m.Content, text) && len(m.Pinged) == len(pinged) {
			ok := true
			for n, id := range pinged {
				ok = ok && m.Pinged[n] == id
			}
			if ok {
				return true
			}
		}
	}
	return false
}

func TestCommandsOfATicket(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ctx := t.Context()
	said := w.give(w.erika, w.help.ID, "open", "kind", "general")
	require.Contains(t, said.Content, "Dein Ticket #1: <#")
	tk, ch := w.tickets()[0], w.channel(w.erika)
	require.Equal(t, "Das geht nur im Kanal eines Tickets.", w.give(w.erika, w.help.ID, "info").Content)
	require.Equal(t, "You have claimed the ticket.", w.give(w.anna, ch.ID, "claim").Content)
	require.Equal(t, "anna", w.ticket(tk.ID).Assignee.Name)
	require.Equal(t, "You have claimed the ticket.", w.give(w.anna, ch.ID, "claim").Content, "it is hers already")

	require.Equal(t, "Das darfst du nicht. Dir fehlt das Recht: Tickets übernehmen.", w.give(w.erika, ch.ID, "unclaim").Content)
	require.Equal(t, "Das darfst du nicht. Dir fehlt das Recht: Priorität ändern.", w.give(w.erika, ch.ID, "priority", "level", "low").Content)
	require.Equal(t, "Das darfst du nicht. Dir fehlt das Recht: Notizen schreiben.", w.give(w.erika, ch.ID, "add", "user", w.otto.ID).Content)
	require.Equal(t, "Das darfst du nicht. Dir fehlt das Recht: Tickets eskalieren.", w.give(w.erika, ch.ID, "escalate").Content)
	require.Equal(t, "Das darfst du nicht. Dir fehlt das Recht: Tickets bearbeiten.", w.give(w.erika, ch.ID, "rename", "name", "x").Content)

	require.Contains(t, w.give(w.anna, ch.ID, "priority", "level", "urgent").Content, "Urgent")
	require.Equal(t, ticket.Urgent, w.ticket(tk.ID).Priority)
	require.Contains(t, w.give(w.anna, ch.ID, "note", "text", "he is in a hurry").Content, "kept")
	require.Equal(t, 1, w.count(tk.ID, "he is in a hurry"))
	require.Equal(t, ticket.Note, w.messages(tk.ID, ticket.Note)[0].Kind)
	for _, m := range w.g.Messages(ch.ID) {
		require.NotContains(t, m.Content, "hurry", "notes are not for the channel")
	}

	require.Contains(t, w.give(w.anna, ch.ID, "add", "user", w.otto.ID).Content, w.otto.ID)
	require.True(t, w.sees(w.otto, ch.ID))
	_, err := w.otto.Write(ch.ID, "I was there too")
	require.NoError(t, err)
	w.eventually("who was added writes to the ticket", func() bool { return w.count(tk.ID, "there too") == 1 })
	require.Equal(t, "Only the team and who opened this ticket may do that.", w.give(w.otto, ch.ID, "close").Content)
	require.Contains(t, w.give(w.anna, ch.ID, "remove", "user", w.otto.ID).Content, "does not see")
	require.False(t, w.sees(w.otto, ch.ID))
	require.Contains(t, w.give(w.anna, ch.ID, "remove", "user", w.otto.ID).Content, "was not added")
	require.Contains(t, w.give(w.anna, ch.ID, "remove", "user", w.erika.ID).Content, "stays in it")
	require.Equal(t, 1, w.count(tk.ID, "otto was added"), "it stands in the history")

	q, err := w.desk.Tickets().CreateQueue(ctx, system, "Second level")
	require.NoError(t, err)
	require.Contains(t, w.give(w.anna, ch.ID, "move", "queue", "nowhere").Content, "does not exist")
	require.Contains(t, w.give(w.anna, ch.ID, "move", "queue", string(q.ID)).Content, "Second level")
	require.Equal(t, q.ID, w.ticket(tk.ID).Queue.ID)

	berta := w.g.AddUser("berta", w.support)
	require.Contains(t, w.give(w.anna, ch.ID, "transfer", "agent", "berta").Content, "cannot get the ticket", "the desk has not met her yet")
	_ = w.give(berta, ch.ID, "info")
	w.stop()
	w.start() // the list of agents is read anew
	require.Contains(t, w.give(w.anna, ch.ID, "transfer", "agent", "berta").Content, "berta")
	require.Equal(t, "berta", w.ticket(tk.ID).Assignee.Name)

	said = w.give(w.erika, ch.ID, "transcript")
	require.Len(t, said.Files, 1)
	require.Contains(t, string(said.Files[0].Data), "there too")
	require.NotContains(t, string(said.Files[0].Data), "hurry", "notes are for the team")
	info := w.give(w.erika, ch.ID, "info").Content
	require.Contains(t, info, "berta")
	require.Contains(t, info, "Dringend")

	require.Equal(t, "Das Ticket ist geschlossen.", w.give(w.erika, ch.ID, "close", "reason", "done").Content)
	w.eventually("the channel goes", func() bool { return !w.exists(ch.ID) })
	es, err := w.desk.Tickets().History(ctx, system, ticket.EventQuery{Ticket: tk.ID, Limit: 200})
	require.NoError(t, err)
	for _, e := range es {
		if e.Type == ticket.EventClosed {
			require.Equal(t, ticket.ActorContact, e.Actor.Type, "the opener has closed it, not the program")
			require.Equal(t, "erika", e.Actor.Name)
		}
	}
}

func TestOpenCommandAsksForTheKind(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.commands()
	in, err := w.erika.Command(w.help.ID, "ticket", sub("open"))
	require.NoError(t, err)
	a, err := in.Answer(w.ctx())
	require.NoError(t, err)
	require.Equal(t, "Bitte wähle eine Art: Allgemein, Drucker.", a.Message.Content)
	in, err = w.erika.Command(w.help.ID, "ticket", sub("open", "kind", "drucker"))
	require.NoError(t, err)
	a, err = in.Answer(w.ctx())
	require.NoError(t, err)
	require.Equal(t, "Drucker", a.Modal.Title, "a form is the first answer")
}

func TestWhatIsOfferedWhileTyping(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.commands()
	_, err := w.desk.Tickets().CreateQueue(t.Context(), system, "Support")
	require.NoError(t, err)
	_, err = w.desk.Tickets().CreateQueue(t.Context(), system, "Billing")
	require.NoError(t, err)
	_, ch := w.open(w.erika)
	_ = w.give(w.anna, ch.ID, "info") // the desk meets her
	offered := func(u *discordtest.User, name, option, typed string) (names []string) {
		s := sub(name, option, typed)
		s["options"].([]map[string]any)[0]["focused"] = true
		in, err := u.Type(ch.ID, "ticket", s)
		require.NoError(t, err)
		a, err := in.Answer(w.ctx())
		require.NoError(t, err)
		for _, c := range a.Choices {
			names = append(names, c.Name)
		}
		return names
	}
	require.Equal(t, []string{"Allgemein", "Drucker"}, offered(w.erika, "open", "kind", ""))
	require.Equal(t, []string{"General"}, offered(w.anna, "open", "kind", "gen"))
	require.Equal(t, []string{"Billing"}, offered(w.anna, "move", "queue", "BILL"))
	require.Equal(t, []string{"anna"}, offered(w.anna, "transfer", "agent", ""))
	require.Empty(t, offered(w.erika, "move", "queue", ""), "what the desk looks like inside is for the team")
	require.Empty(t, offered(w.erika, "transfer", "agent", ""))
}

func TestTicketFromMessage(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.commands()
	m, err := w.otto.Write(w.help.ID, "My printer smokes\nwhat now?", discordtest.File{Name: "smoke.png", ContentType: "image/png", Data: []byte("png")})
	require.NoError(t, err)
	press := func(u *discordtest.User) string {
		in, err := u.MessageCommand(w.help.ID, m.ID, "Ticket from message")
		require.NoError(t, err)
		a, err := in.Final(w.ctx())
		require.NoError(t, err)
		return a.Message.Content
	}
	require.Contains(t, press(w.anna), "#1")
	require.Contains(t, press(w.anna), "#1", "twice is once")
	tk := w.tickets()[0]
	require.Equal(t, "otto", tk.Requester.Name, "an agent opens it for whoever wrote")
	require.Equal(t, "My printer smokes", tk.Subject)
	require.True(t, w.sees(w.otto, w.channel(w.otto).ID))
	first := w.messages(tk.ID)[0]
	require.Contains(t, first.Text, "what now?")
	require.Len(t, first.Attachments, 1)
	require.Contains(t, press(w.erika), "#2")
	require.Equal(t, "erika", w.tickets()[1].Requester.Name, "anybody else opens it for themselves")
}

func TestRegistration(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.commands()
	writes := func() (n int) {
		for _, r := range w.d.Requests() {
			if r.Method == "PUT" && strings.HasSuffix(r.Path, "/commands") {
				n++
			}
		}
		return n
	}
	w.eventually("it is written once", func() bool { return writes() == 1 })
	var ours map[string]any
	for _, c := range w.g.Commands() {
		switch c["name"] {
		case "ticket-panel":
			require.Equal(t, "32", c["default_member_permissions"])
		case "ticket":
			ours = c
			var names []string
			for _, o := range c["options"].([]any) {
				names = append(names, o.(map[string]any)["name"].(string))
			}
			require.Subset(t, names, []string{"open", "close", "claim", "unclaim", "escalate", "priority", "note", "add", "remove", "move", "transfer", "rename", "transcript", "info"})
		case "Ticket from message":
			require.Equal(t, map[string]any{"de": "Ticket aus Nachricht"}, c["name_localizations"])
		}
	}
	changed, err := w.bot.RegisterCommands(t.Context())
	require.NoError(t, err)
	require.False(t, changed, "nothing is written that is there already")
	require.Equal(t, 1, writes())

	w.g.SetCommand(map[string]any{"name": "music", "type": 1, "description": "somebody else's", "options": []any{map[string]any{"name": "song", "type": 3, "description": "which"}}})
	changed, err = w.bot.RegisterCommands(t.Context())
	require.NoError(t, err)
	require.False(t, changed, "what others have is no reason to write")
	ours["description"] = "changed by somebody"
	w.g.SetCommand(ours)
	changed, err = w.bot.RegisterCommands(t.Context())
	require.NoError(t, err)
	require.True(t, changed)
	found := map[string]string{}
	for _, c := range w.g.Commands() {
		found[c["name"].(string)] = c["description"].(string)
	}
	require.Equal(t, "somebody else's", found["music"], "it stays")
	require.Equal(t, "Open tickets and work on them", found["ticket"])
	require.Len(t, found, 4)
}

func TestPanelCommand(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.commands()
	_, err := w.anna.Command(w.help.ID, "ticket-panel")
	require.ErrorIs(t, err, discordtest.ErrForbidden, "it is not listed for who does not manage the server")
	boss := w.g.AddUser("boss", w.g.AddRole("boss", discordtest.Administrator))
	in, err := boss.Command(w.help.ID, "ticket-panel")
	require.NoError(t, err)
	a, err := in.Final(w.ctx())
	require.NoError(t, err)
	require.Equal(t, "Up to date: <#"+w.help.ID+">", a.Message.Content)
	require.Len(t, w.g.Messages(w.help.ID), 1, "it is the same panel")
}
