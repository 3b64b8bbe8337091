package discord_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/discord"
	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

const patience = 2 * time.Minute

var system = ticket.SystemActor("test")

// world is a whole desk with a Discord.
type world struct {
	t                 *testing.T
	d                 *discordtest.Server
	g                 *discordtest.Guild
	help, log         discordtest.Channel
	box               discordtest.Channel
	support           string
	erika, anna, otto *discordtest.User
	dir               string
	cfg               discord.Config
	desk              *ticketkit.Desk
	stop              func()
	changeDesk        []func(*ticketkit.Config)
	wrap              func(adapters.Shared) adapters.Shared // of the state, when not nil
	bot               *discord.Discord
	store             *store.Store                               // of the desk that runs
	panels            func(adapters.PanelStore) *adapters.Panels // beside that of cfg, when not nil
	lease             time.Duration                              // of the gateway; 0 is the usual one
	brisk             bool                                       // the bot waits no longer for what stands still than it does for people
}

func setup(t *testing.T, change ...func(*discord.Config)) *world {
	t.Helper()
	w := stage(t, change...)
	w.start()
	return w
}

// stage is setup without anything that runs at the desk.
func stage(t *testing.T, change ...func(*discord.Config)) *world {
	t.Helper()
	w := &world{t: t, d: discordtest.New(discordtest.Config{MessagesPerBucket: 1000, PerSecond: 1000, AnswerWithin: patience, Observe: discord.Observe(t)}), dir: t.TempDir()}
	require.NoError(t, w.d.Start())
	t.Cleanup(w.d.Close)
	w.g = w.d.AddGuild("Example")
	w.support = w.g.AddRole("support", 0)
	w.help, w.log, w.box = w.g.AddChannel(discordtest.NewChannel{Name: "help"}), w.g.AddChannel(discordtest.NewChannel{Name: "log"}), w.g.AddChannel(discordtest.NewChannel{Name: "tickets", Category: true})
	w.erika, w.anna, w.otto = w.g.AddUser("erika"), w.g.AddUser("anna", w.support), w.g.AddUser("otto")
	w.erika.SetLocale("de")
	w.cfg = discord.Config{
		Token: w.d.Token(), GuildID: w.g.ID, PanelChannelID: w.help.ID, CategoryIDs: []string{w.box.ID}, SupportRoleIDs: []string{w.support}, LogChannelID: w.log.ID, APIBase: w.d.URL(), Locale: "en",
		Kinds: []discord.Kind{
			{ID: "general", Label: discord.Text{DE: "Allgemein", EN: "General"}},
			{ID: "printer", Label: discord.Text{DE: "Drucker", EN: "Printer"}, Priority: ticket.High, Questions: []discord.Question{
				{ID: "what", Label: discord.Text{DE: "Was ist los?", EN: "What is wrong?"}, Long: true},
				{ID: "floor", Label: discord.Text{DE: "Stockwerk", EN: "Floor"}, Options: []string{"1", "2"}, Optional: true},
			}},
		},
	}
	for _, fn := range change {
		fn(&w.cfg)
	}
	return w
}

// start runs a desk over what the one before has left.
func (w *world) start() {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return w.d.Connected() == 0 }, patience, time.Millisecond, "Discord has seen the one before go")
	blobs := store.NewFileBlobs(filepath.Join(w.dir, "blobs"))
	st, err := sqlite.Open(w.t.Context(), filepath.Join(w.dir, "desk.db"), sqlite.Options{Blobs: blobs})
	require.NoError(w.t, err)
	require.NoError(w.t, st.Migrate(w.t.Context()))
	cfg := w.cfg
	cfg.State, w.store = st, st
	if w.wrap != nil {
		cfg.State = w.wrap(st)
	}
	if w.panels != nil {
		cfg.Panels = w.panels(st)
	}
	a, err := discord.New(cfg)
	require.NoError(w.t, err)
	discord.Hurry(a)
	if w.brisk {
		discord.Brisk(a)
	}
	w.bot = a
	if w.lease > 0 {
		discord.Lease(a, w.lease)
	}
	dc := ticketkit.Config{Store: st, Blobs: blobs, Secret: []byte("nIx9JWqL2ZfCr7Tgh0sVbQeYk4uOa1Md"), Adapters: []adapters.Adapter{a}}
	for _, fn := range w.changeDesk {
		fn(&dc)
	}
	w.desk, err = ticketkit.New(dc)
	require.NoError(w.t, err)
	ctx, cancel := context.WithCancel(w.t.Context())
	end := make(chan error, 1)
	go func() { end <- w.desk.Run(ctx) }()
	stopped := false
	w.stop = func() {
		if !stopped {
			stopped = true
			cancel()
			require.NoError(w.t, <-end)
			require.NoError(w.t, st.Close())
		}
	}
	w.t.Cleanup(w.stop)
	w.eventually("the panel stands and the bot listens", func() bool { return len(w.g.Messages(w.help.ID)) == 1 && w.d.Connected() == 1 })
}

// timed gives desk and bot a clock that runs as usual and jumps where pass says so. It is for a world that has not started.
func (w *world) timed() (pass func(time.Duration)) {
	return w.clocked(time.Now)
}

// frozen is timed with a clock that stands still in between.
func (w *world) frozen() (pass func(time.Duration)) {
	began := time.Now()
	return w.clocked(func() time.Time { return began })
}

func (w *world) clocked(base func() time.Time) (pass func(time.Duration)) {
	var ahead atomic.Int64
	now := func() time.Time { return base().Add(time.Duration(ahead.Load())) }
	w.cfg.Now = now
	w.changeDesk = append(w.changeDesk, func(c *ticketkit.Config) { c.Now = now })
	return func(d time.Duration) { ahead.Add(int64(d)) }
}

func (w *world) eventually(what string, ok func() bool) {
	w.t.Helper()
	require.Eventually(w.t, func() bool { w.desk.Wake(); return ok() }, patience, 10*time.Millisecond, what)
}

func (w *world) ctx() context.Context {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	w.t.Cleanup(cancel)
	return ctx
}

// press clicks a button and gives what the bot says in the end.
func (w *world) press(u *discordtest.User, channel, message, id string) string {
	w.t.Helper()
	in, err := u.Click(channel, message, id)
	require.NoError(w.t, err)
	a, err := in.Final(w.ctx())
	require.NoError(w.t, err)
	require.NotNil(w.t, a.Message)
	require.True(w.t, a.Message.Ephemeral)
	return a.Message.Content
}

// open opens a ticket and gives it with its channel.
func (w *world) open(u *discordtest.User) (*ticket.Ticket, discordtest.Channel) {
	w.t.Helper()
	said := w.press(u, w.help.ID, w.g.Messages(w.help.ID)[0].ID, "tk1:open:general")
	ts := w.tickets()
	require.NotEmpty(w.t, ts)
	ch := w.channel(u)
	require.Contains(w.t, said, "<#"+ch.ID+">")
	return &ts[len(ts)-1], ch
}

// channel is the newest ticket channel that somebody sees.
func (w *world) channel(u *discordtest.User) discordtest.Channel {
	w.t.Helper()
	all := slices.DeleteFunc(u.Channels(), func(c discordtest.Channel) bool { return !strings.HasPrefix(c.Name, "ticket-") })
	require.NotEmpty(w.t, all, "%s sees no ticket channel", u.Name)
	return all[len(all)-1]
}

func (w *world) tickets() []ticket.Ticket {
	w.t.Helper()
	ts, _, err := w.desk.Tickets().List(w.t.Context(), system, ticket.Query{Sort: ticket.ByNumberAsc, Limit: 100})
	require.NoError(w.t, err)
	return ts
}

func (w *world) messages(id ticket.ID, kinds ...ticket.MessageKind) []ticket.Message {
	w.t.Helper()
	ms, err := w.desk.Tickets().Messages(w.t.Context(), system, ticket.MessageQuery{Ticket: id, Kinds: kinds})
	require.NoError(w.t, err)
	return ms
}

func (w *world) count(id ticket.ID, text string) (n int) {
	w.t.Helper()
	for _, m := range w.messages(id) {
		if strings.Contains(m.Text, text) {
			n++
		}
	}
	return n
}

func (w *world) status(id ticket.ID) ticket.Category {
	w.t.Helper()
	t, err := w.desk.Tickets().Get(w.t.Context(), system, id)
	require.NoError(w.t, err)
	return t.Category
}

func (w *world) exists(channel string) bool {
	return slices.ContainsFunc(w.g.Channels(), func(c discordtest.Channel) bool { return c.ID == channel })
}

// header is the message with the buttons of a ticket's channel.
func (w *world) header(channel string) discordtest.Message {
	w.t.Helper()
	ms := w.g.Messages(channel)
	require.NotEmpty(w.t, ms)
	return ms[0]
}

func TestFromButtonToTranscript(t *testing.T) {
	t.Parallel()
	w := setup(t)
	panel := w.g.Messages(w.help.ID)[0]
	require.Len(t, panel.Components, 2)
	in, err := w.erika.Click(w.help.ID, panel.ID, "tk1:open:printer")
	require.NoError(t, err)
	a, err := in.Answer(w.ctx())
	require.NoError(t, err)
	require.Equal(t, "Drucker", a.Modal.Title, "the form is in the language of the person")
	require.Equal(t, "Was ist los?", a.Modal.Fields[0].Label)
	in, err = in.Submit(map[string]any{"what": "It is on fire\n@everyone look", "floor": []string{"2"}})
	require.NoError(t, err)
	a, err = in.Final(w.ctx())
	require.NoError(t, err)
	ch := w.channel(w.erika)
	require.Equal(t, "Dein Ticket #"+"1"+": <#"+ch.ID+">", a.Message.Content)
	require.Equal(t, w.box.ID, ch.Parent)
	require.Len(t, w.otto.Channels(), 3, "nobody else sees it")
	require.Equal(t, ch.ID, w.channel(w.anna).ID)

	tk := w.tickets()[0]
	require.Equal(t, "Drucker: It is on fire", tk.Subject)
	require.Equal(t, ticket.High, tk.Priority)
	require.Equal(t, "de", tk.Locale)
	require.Equal(t, "erika", tk.Requester.Name)
	head := w.header(ch.ID)
	require.Equal(t, []string{w.erika.ID}, head.Pinged)
	require.False(t, head.PingedEveryone)
	require.Contains(t, head.Embeds[0].Description, "It is on fire")
	require.Equal(t, "Übernehmen", head.Components[0].Label)

	_, err = w.erika.Write(ch.ID, "Please hurry", discordtest.File{Name: "photo.png", ContentType: "image/png", Data: []byte("png")})
	require.NoError(t, err)
	w.eventually("the customer's message arrives", func() bool { return w.count(tk.ID, "Please hurry") == 1 })
	require.Len(t, w.messages(tk.ID)[1].Attachments, 1)

	require.Equal(t, "You have claimed the ticket.", w.press(w.anna, ch.ID, head.ID, "tk1:claim:"+string(tk.ID)))
	require.Equal(t, "anna", w.header(ch.ID).Embeds[0].Fields[2][1])
	require.Equal(t, "Abgeben", w.header(ch.ID).Components[0].Label)
	require.Equal(t, "Das darfst du nicht. Dir fehlt das Recht: Tickets übernehmen.", w.press(w.erika, ch.ID, head.ID, "tk1:unclaim:"+string(tk.ID)))

	_, err = w.anna.Write(ch.ID, "Take the extinguisher")
	require.NoError(t, err)
	w.eventually("the agent's message is a reply", func() bool { return w.count(tk.ID, "extinguisher") == 1 })
	for _, m := range w.messages(tk.ID) {
		if strings.Contains(m.Text, "extinguisher") {
			require.Equal(t, ticket.ActorAccount, m.Author.Type)
			require.Equal(t, "anna", m.Author.Name)
			require.Equal(t, ticket.Sent, m.Delivery.State, "it stands there already")
		}
	}
	_, err = w.desk.Tickets().Reply(t.Context(), ticket.SystemActor("Max Muster"), tk.ID, 0, ticket.NewMessage{Body: "From the panel: @everyone <@" + w.erika.ID + ">"})
	require.NoError(t, err)
	w.eventually("a reply from elsewhere appears", func() bool {
		ms := w.g.Messages(ch.ID)
		return strings.Contains(ms[len(ms)-1].Content, "From the panel")
	})
	ms := w.g.Messages(ch.ID)
	last := ms[len(ms)-1]
	require.Empty(t, last.Pinged, "mentions are harmless")
	require.False(t, last.PingedEveryone)
	require.Contains(t, last.Content, "**Max Muster**")
	require.Len(t, ms, 4, "nothing stands there twice")

	in, err = w.erika.Click(ch.ID, head.ID, "tk1:close:"+string(tk.ID))
	require.NoError(t, err)
	a, err = in.Answer(w.ctx())
	require.NoError(t, err)
	require.Equal(t, "Ticket schließen", a.Modal.Title)
	_, err = in.Submit(map[string]any{"reason": "It went out"})
	require.NoError(t, err)
	w.eventually("the channel goes", func() bool { return !w.exists(ch.ID) })
	require.Equal(t, ticket.Closed, w.status(tk.ID))
	logged := w.g.Messages(w.log.ID)
	require.Len(t, logged, 1)
	require.Equal(t, "ticket-1.html", logged[0].Files[0].Name)
	require.Contains(t, string(logged[0].Files[0].Data), "Take the extinguisher")
	require.NotContains(t, string(logged[0].Files[0].Data), "It went out", "the reason is for the team")
	require.Len(t, w.erika.DMs(), 1)
	require.Contains(t, w.erika.DMs()[0].Content, "geschlossen")
}

func TestTwoClicksMakeOneTicket(t *testing.T) {
	t.Parallel()
	w := stage(t)
	w.frozen() // the clicks follow each other closely, however slow the machine is
	w.start()
	w.d.RepeatEvents(true)
	panel := w.g.Messages(w.help.ID)[0].ID
	var ins []*discordtest.Interaction
	for range 3 {
		in, err := w.otto.Click(w.help.ID, panel, "tk1:open:general")
		require.NoError(t, err)
		ins = append(ins, in)
	}
	for _, in := range ins {
		a, err := in.Final(w.ctx())
		require.NoError(t, err)
		require.Contains(t, a.Message.Content, "Your ticket #1: <#")
	}
	require.Len(t, w.tickets(), 1)
	ch := w.channel(w.otto)
	_, err := w.otto.Write(ch.ID, "customer once")
	require.NoError(t, err)
	_, err = w.anna.Write(ch.ID, "agent once")
	require.NoError(t, err)
	id := w.tickets()[0].ID
	w.eventually("both arrive", func() bool { return w.count(id, "customer once") == 1 && w.count(id, "agent once") == 1 })
	require.Len(t, w.messages(id), 3)
}

// TestRestart stops the program in the middle; people go on.
func TestRestart(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.erika)
	_, err := w.erika.Write(ch.ID, "before")
	require.NoError(t, err)
	w.eventually("it arrives", func() bool { return w.count(tk.ID, "before") == 1 })
	w.stop()
	for _, text := range []string{"while it was away 1", "while it was away 2"} {
		_, err = w.erika.Write(ch.ID, text)
		require.NoError(t, err)
	}
	_, err = w.anna.Write(ch.ID, "an agent answers all the same")
	require.NoError(t, err)
	w.start()
	w.eventually("what was missed arrives", func() bool { return w.count(tk.ID, "all the same") == 1 })
	require.Equal(t, 2, w.count(tk.ID, "while it was away"))
	require.Equal(t, 1, w.count(tk.ID, "before"))
	for _, m := range w.messages(tk.ID) {
		if strings.Contains(m.Text, "all the same") {
			require.Equal(t, ticket.ActorAccount, m.Author.Type, "roles are asked for")
		}
	}
	require.Len(t, w.tickets(), 1)
	require.Len(t, w.g.Messages(w.help.ID), 1, "the panel is the same")
	require.Equal(t, "You have claimed the ticket.", w.press(w.anna, ch.ID, w.header(ch.ID).ID, "tk1:claim:"+string(tk.ID)), "buttons work on")
}

// TestClosedElsewhere has a ticket end, and open again, in the panel; Discord follows.
func TestClosedElsewhere(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.erika.RefuseDMs()
	tk, ch := w.open(w.erika)
	_, err := w.desk.Tickets().Close(t.Context(), system, tk.ID, 0, "")
	require.NoError(t, err)
	w.eventually("the channel goes", func() bool { return !w.exists(ch.ID) })
	require.Len(t, w.g.Messages(w.log.ID), 1, "a refused direct message is fine")

	_, err = w.desk.Tickets().Reopen(t.Context(), system, tk.ID, 0)
	require.NoError(t, err)
	w.eventually("there is a new channel", func() bool { return len(w.erika.Channels()) == 4 && len(w.g.Messages(w.channel(w.erika).ID)) == 1 })
	again := w.channel(w.erika)
	require.NotEqual(t, ch.ID, again.ID)
	require.Contains(t, w.header(again.ID).Embeds[0].Footer, "geöffnet")
	_, err = w.erika.Write(again.ID, "it burns again")
	require.NoError(t, err)
	w.eventually("it belongs to the same ticket", func() bool { return w.count(tk.ID, "burns again") == 1 })
}

func TestLastWordsReopen(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.erika)
	w.d.LoseEvents(func(typ string) bool { return typ == "MESSAGE_CREATE" })
	_, err := w.erika.Write(ch.ID, "one more thing")
	require.NoError(t, err)
	_, err = w.desk.Tickets().Close(t.Context(), system, tk.ID, 0, "")
	require.NoError(t, err)
	w.eventually("what was not read yet is read before the channel goes", func() bool { return w.count(tk.ID, "one more thing") == 1 })
	w.eventually("and opens the ticket again", func() bool { return w.status(tk.ID) == ticket.Open })
	require.True(t, w.exists(ch.ID))
	require.Empty(t, w.g.Messages(w.log.ID))
}

func TestLogChannelIsGone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.erika)
	w.g.DeleteChannel(w.log.ID)
	_, err := w.desk.Tickets().Close(t.Context(), system, tk.ID, 0, "")
	require.NoError(t, err)
	w.eventually("the channel goes", func() bool { return !w.exists(ch.ID) })
	require.Equal(t, 1, w.count(tk.ID, "log channel"), "it is reported")
}

// TestLostAnswer has Discord make the channel and the answer never arrive.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.d.Fail(discordtest.Fault{Route: "POST /guilds/", LoseAnswer: true})
	said := w.press(w.erika, w.help.ID, w.g.Messages(w.help.ID)[0].ID, "tk1:open:general")
	require.Contains(t, said, "Dein Ticket #1", "the job of the opening may have mended it already")
	w.eventually("the channel is found", func() bool { return len(w.erika.Channels()) == 4 && len(w.g.Messages(w.channel(w.erika).ID)) == 1 })
	require.Len(t, w.tickets(), 1)
}

func TestWhatTheBotMayNot(t *testing.T) {
	t.Parallel()
	w := stage(t)
	pass := w.timed()
	w.start()
	w.g.SetBotPermissions(discordtest.Everyday)
	said := w.press(w.otto, w.help.ID, w.g.Messages(w.help.ID)[0].ID, "tk1:open:general")
	require.Contains(t, said, "lacks the permission")
	require.Len(t, w.tickets(), 1, "the ticket is there")
	w.g.SetBotPermissions(discordtest.Everyday | discordtest.ManageChannels | discordtest.ManageRoles)
	w.eventually("the channel comes once it may", func() bool {
		pass(time.Second) // it is tried again after a pause
		return len(w.otto.Channels()) == 4
	})
}

func TestFullCategory(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for range 50 {
		w.g.AddChannel(discordtest.NewChannel{Name: "old", Parent: w.box.ID, Overwrites: []discordtest.Overwrite{{ID: w.g.ID, Deny: discordtest.ViewChannel}}})
	}
	said := w.press(w.otto, w.help.ID, w.g.Messages(w.help.ID)[0].ID, "tk1:open:general")
	require.Contains(t, said, "full")
	w.stop()
	more := w.g.AddChannel(discordtest.NewChannel{Name: "more tickets", Category: true})
	w.cfg.CategoryIDs = append(w.cfg.CategoryIDs, more.ID)
	w.start()
	w.eventually("it goes to the next category", func() bool { return len(w.otto.Channels()) == 5 })
	require.Equal(t, more.ID, w.channel(w.otto).Parent)
}

func TestTooManyTickets(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.stop()
	w.changeDesk = []func(*ticketkit.Config){func(c *ticketkit.Config) { c.MaxOpenPerRequester = 1 }}
	w.start()
	w.open(w.otto)
	in, err := w.otto.Click(w.help.ID, w.g.Messages(w.help.ID)[0].ID, "tk1:open:printer")
	require.NoError(t, err)
	_, err = in.Answer(w.ctx())
	require.NoError(t, err)
	in, err = in.Submit(map[string]any{"what": "another"})
	require.NoError(t, err)
	a, err := in.Final(w.ctx())
	require.NoError(t, err)
	require.Contains(t, a.Message.Content, "as many open tickets as are allowed")
	require.Len(t, w.tickets(), 1)
}

// TestChannelDeletedByHand: answers reach the person directly.
func TestChannelDeletedByHand(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.erika)
	w.g.DeleteChannel(ch.ID)
	w.eventually("it is noted", func() bool { return w.count(tk.ID, "was deleted") == 1 })
	_, err := w.desk.Tickets().Reply(t.Context(), system, tk.ID, 0, ticket.NewMessage{Body: "Where did you go?"})
	require.NoError(t, err)
	w.eventually("the answer arrives", func() bool { return len(w.erika.DMs()) == 1 })
	require.Contains(t, w.erika.DMs()[0].Content, "Where did you go?")
	require.Len(t, w.erika.Channels(), 3, "nobody makes it again")
}

func TestEditsDeletionsAndLeaving(t *testing.T) {
	t.Parallel()
	w := setup(t)
	tk, ch := w.open(w.otto)
	m, err := w.otto.Write(ch.ID, "first words")
	require.NoError(t, err)
	w.eventually("it arrives", func() bool { return w.count(tk.ID, "first words") == 1 })
	require.NoError(t, w.otto.Edit(ch.ID, m.ID, "second thoughts"))
	w.eventually("the edit is noted", func() bool { return w.count(tk.ID, "second thoughts") == 1 })
	require.Equal(t, 1, w.count(tk.ID, "first words"), "what was said stays")
	require.NoError(t, w.otto.Delete(ch.ID, m.ID))
	w.eventually("the deletion is noted", func() bool { return w.count(tk.ID, "was deleted in Discord") == 1 })
	w.otto.Leave()
	w.eventually("the team is told", func() bool {
		ms := w.g.Messages(ch.ID)
		return strings.Contains(ms[len(ms)-1].Content, "otto has left")
	})
	require.Equal(t, "The ticket is closed.", func() string {
		in, err := w.anna.Click(ch.ID, w.header(ch.ID).ID, "tk1:close:"+string(tk.ID))
		require.NoError(t, err)
		_, err = in.Answer(w.ctx())
		require.NoError(t, err)
		in, err = in.Submit(nil)
		require.NoError(t, err)
		a, err := in.Final(w.ctx())
		require.NoError(t, err)
		return a.Message.Content
	}())
	w.eventually("the channel goes", func() bool { return !w.exists(ch.ID) })
}
