package ticket_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/tickettest"
)

const day = 24 * time.Hour

// pass lets time go by, fires what becomes due, in order, and each timer twice, as a worker does that died before it could say so.
func (b *bundle) pass(d time.Duration) {
	b.Helper()
	for end := b.now.Add(d); ; {
		js := slices.DeleteFunc(b.store.Jobs(), func(j tickettest.Job) bool { return j.Kind != ticket.JobTimer || j.RunAt.After(end) })
		if len(js) == 0 {
			b.now = end
			return
		}
		if js[0].RunAt.After(b.now) {
			b.now = js[0].RunAt
		}
		var p ticket.TimerPayload
		require.NoError(b, json.Unmarshal(js[0].Payload, &p))
		for range 2 {
			require.NoError(b, b.svc.Fire(b.Context(), b.system, p))
		}
	}
}

// timers are the names of the ticket's timers that wait, with how long.
func (b *bundle) timers(id ticket.ID) map[string]time.Duration {
	b.Helper()
	out := map[string]time.Duration{}
	for _, j := range b.store.Jobs() {
		var p ticket.TimerPayload
		if j.Kind == ticket.JobTimer && json.Unmarshal(j.Payload, &p) == nil && p.TicketID == id {
			out[p.Name] = j.RunAt.Sub(b.now)
		}
	}
	return out
}

func (b *bundle) reply(id ticket.ID, st ticket.Status) {
	b.Helper()
	_, err := b.svc.Reply(b.Context(), b.anna, id, 0, ticket.NewMessage{Body: "Have you tried water?", Status: st})
	require.NoError(b, err)
}

// answer is a mail of the requester to a ticket.
func (b *bundle) answer(id ticket.ID, change ...func(*ticket.Incoming)) {
	b.Helper()
	in := ticket.Incoming{Text: "Still burning.", Token: b.svc.ReplyToken(id)}
	for _, f := range change {
		f(&in)
	}
	require.Equal(b, id, b.mail(in).TicketID)
}

func machine(in *ticket.Incoming) { in.Machine = true }

func (b *bundle) count(id ticket.ID, typ ticket.EventType) (n int) {
	b.Helper()
	for _, t := range b.types(id) {
		if t == typ {
			n++
		}
	}
	return n
}

func (b *bundle) lastData(id ticket.ID, typ ticket.EventType) map[string]any {
	b.Helper()
	for _, e := range slices.Backward(b.history(id)) {
		if e.Type == typ {
			var out map[string]any
			require.NoError(b, json.Unmarshal(e.Data, &out))
			return out
		}
	}
	return nil
}

func upkeep(u ticket.Upkeep) func(*ticket.Config) {
	return func(c *ticket.Config) { c.Upkeep = u }
}

func TestInactiveTicketIsClosed(t *testing.T) {
	t.Parallel()
	b := setup(t, upkeep(ticket.Upkeep{CloseInactive: 48 * time.Hour}))
	tk := b.open()
	require.Empty(t, b.timers(tk.ID), "nobody has looked at it")
	b.reply(tk.ID, "")
	require.Equal(t, map[string]time.Duration{"close_inactive": 48 * time.Hour}, b.timers(tk.ID))
	b.pass(40 * time.Hour)
	b.answer(tk.ID, machine)
	require.Equal(t, 8*time.Hour, b.timers(tk.ID)["close_inactive"], "a program does not keep it open")
	_, err := b.svc.Note(t.Context(), b.anna, tk.ID, 0, ticket.NewMessage{Body: "hm"})
	require.NoError(t, err)
	require.Equal(t, 8*time.Hour, b.timers(tk.ID)["close_inactive"], "a note is no message")
	b.answer(tk.ID)
	require.Equal(t, 48*time.Hour, b.timers(tk.ID)["close_inactive"], "one side wrote")
	b.pass(time.Hour)
	b.reply(tk.ID, "pending")
	require.Equal(t, 48*time.Hour, b.timers(tk.ID)["close_inactive"], "the other side wrote")
	b.pass(48*time.Hour - time.Microsecond)
	require.Equal(t, ticket.Pending, b.get(tk.ID).Category)
	b.pass(time.Microsecond)
	require.Equal(t, ticket.Closed, b.get(tk.ID).Category)
	require.Equal(t, 1, b.count(tk.ID, ticket.EventClosed))
	require.Equal(t, "timer", b.lastData(tk.ID, ticket.EventClosed)["cause"])
	require.Equal(t, ticket.ActorSystem, b.history(tk.ID)[len(b.history(tk.ID))-1].Actor.Type)
	require.Empty(t, b.timers(tk.ID))
	b.answer(tk.ID)
	require.Equal(t, ticket.Open, b.get(tk.ID).Category)
	require.Equal(t, 48*time.Hour, b.timers(tk.ID)["close_inactive"], "reopened, it begins anew")
}

func TestInactivityByChannelAndQueue(t *testing.T) {
	t.Parallel()
	b := setup(t)
	byQueue := map[ticket.QueueID]time.Duration{b.billing: -1}
	svc, err := ticket.NewService(ticket.Config{Store: b.store, Policy: &people{}, ChainKey: make([]byte, 32), Now: func() time.Time { return b.now }, Upkeep: ticket.Upkeep{
		CloseIn: []ticket.Category{ticket.New}, CloseByChannel: map[string]time.Duration{"discord": 48 * time.Hour, "fax": -1}, CloseByQueue: byQueue, CloseInactive: 10 * day}})
	require.NoError(t, err)
	clear(byQueue) // the service has its own
	b.svc = svc
	open := func(channel string, q ticket.QueueID) map[string]time.Duration {
		return b.timers(b.open(func(n *ticket.NewTicket) { n.Channel, n.Queue = channel, q }).ID)
	}
	require.Equal(t, 48*time.Hour, open("discord", b.support)["close_inactive"])
	require.Equal(t, 10*day, open("api", b.support)["close_inactive"])
	require.Empty(t, open("fax", b.support))
	require.Empty(t, open("discord", b.billing), "the queue counts before the channel")
	tk := b.open(func(n *ticket.NewTicket) { n.Queue = b.billing })
	b.pass(time.Hour)
	_, err = b.svc.Edit(t.Context(), b.system, tk.ID, 0, ticket.Edit{Queue: &b.support})
	require.NoError(t, err)
	require.Equal(t, 10*day, b.timers(tk.ID)["close_inactive"])
	require.Empty(t, b.timers(b.open(func(n *ticket.NewTicket) { n.Demo = true }).ID))
}

func TestWarningBeforeItIsClosed(t *testing.T) {
	t.Parallel()
	b := setup(t, upkeep(ticket.Upkeep{CloseInactive: 5 * day, WarnBefore: 2 * day}))
	tk := b.open(func(n *ticket.NewTicket) { n.Locale = "en" })
	b.reply(tk.ID, "pending")
	require.Equal(t, map[string]time.Duration{"close_warning": 3 * day}, b.timers(tk.ID))
	b.pass(3 * day)
	require.Equal(t, "requester", b.lastData(tk.ID, ticket.EventCloseWarned)["waits_for"])
	ms, err := b.svc.Messages(t.Context(), b.system, ticket.MessageQuery{Ticket: tk.ID})
	require.NoError(t, err)
	warning := ms[len(ms)-1]
	require.Contains(t, warning.Text, "closed automatically in 2 days")
	require.Contains(t, warning.Text, "#1")
	require.True(t, warning.Machine)
	require.Equal(t, []ticket.Identity{{Kind: "email", Value: "kim@customer.example"}}, warning.To)
	require.Equal(t, ticket.Queued, warning.Delivery.State)
	require.Equal(t, "Have you tried water?", b.get(tk.ID).Preview)
	require.Equal(t, map[string]time.Duration{"close_inactive": 2 * day}, b.timers(tk.ID), "the warning itself keeps nothing open")
	b.pass(day)
	b.answer(tk.ID)
	require.Equal(t, map[string]time.Duration{"close_warning": 3 * day}, b.timers(tk.ID))

	// Now the desk has to act: no message to the requester, and the time promised counts from a warning that came late.
	b.now = b.now.Add(30 * day)
	b.pass(0)
	require.Equal(t, "desk", b.lastData(tk.ID, ticket.EventCloseWarned)["waits_for"])
	require.Equal(t, 2, b.count(tk.ID, ticket.EventCloseWarned))
	ms, err = b.svc.Messages(t.Context(), b.system, ticket.MessageQuery{Ticket: tk.ID, Newest: true, Limit: 1})
	require.NoError(t, err)
	require.Equal(t, "Still burning.", ms[0].Text)
	require.Equal(t, map[string]time.Duration{"close_inactive": 2 * day}, b.timers(tk.ID))
	b.pass(2 * day)
	require.Equal(t, ticket.Closed, b.get(tk.ID).Category)
}

func TestResolvedTicketIsClosed(t *testing.T) {
	t.Parallel()
	b := setup(t, upkeep(ticket.Upkeep{CloseResolved: 7 * day}))
	tk := b.open()
	b.reply(tk.ID, "resolved")
	b.pass(6 * day)
	b.reply(tk.ID, "")
	require.Equal(t, 7*day, b.timers(tk.ID)["close_resolved"])
	b.answer(tk.ID)
	require.Empty(t, b.timers(tk.ID), "open again")
	b.reply(tk.ID, "resolved")
	b.pass(7 * day)
	require.Equal(t, ticket.Closed, b.get(tk.ID).Category)
	require.Equal(t, "timer", b.lastData(tk.ID, ticket.EventClosed)["cause"])
}

func TestReminder(t *testing.T) {
	t.Parallel()
	b := setup(t, upkeep(ticket.Upkeep{RemindAfter: 3 * day, Reminders: 2}))
	tk := b.open()
	b.reply(tk.ID, "")
	require.Empty(t, b.timers(tk.ID), "nobody waits for the requester")
	b.reply(tk.ID, "pending")
	b.pass(2 * day)
	b.reply(tk.ID, "") // an agent asks once more
	require.Equal(t, 3*day, b.timers(tk.ID)["reminder"])
	b.pass(3 * day)
	require.EqualValues(t, 1, b.lastData(tk.ID, ticket.EventReminded)["n"])
	b.answer(tk.ID, machine) // out of office
	b.pass(30 * day)
	require.EqualValues(t, 2, b.lastData(tk.ID, ticket.EventReminded)["n"])
	require.Equal(t, 2, b.count(tk.ID, ticket.EventReminded), "no more until somebody writes")
	require.Equal(t, ticket.Pending, b.get(tk.ID).Category)
	ms, err := b.svc.Messages(t.Context(), b.system, ticket.MessageQuery{Ticket: tk.ID, Newest: true, Limit: 1})
	require.NoError(t, err)
	require.Contains(t, ms[0].Text, "warten wir noch auf Ihre Antwort", "the desk's language")
	require.NotContains(t, ms[0].Text, "Kim", "a stranger chose that name")
	require.True(t, b.get(tk.ID).FirstResponseAt.Before(b.now.Add(-30*day)))

	b.answer(tk.ID)
	require.Empty(t, b.timers(tk.ID))
	b.reply(tk.ID, "pending")
	b.pass(3 * day)
	require.EqualValues(t, 1, b.lastData(tk.ID, ticket.EventReminded)["n"], "counted anew")
}

// TestReminderSpeaksAsTheMailAroundIt: a ticket without a language of its own has that of its requester.
func TestReminderSpeaksAsTheMailAroundIt(t *testing.T) {
	t.Parallel()
	b := setup(t, upkeep(ticket.Upkeep{RemindAfter: day}))
	b.mail(ticket.Incoming{Text: "My printer is on fire", Locale: "en"})
	id := b.mail(ticket.Incoming{Text: "??"}).TicketID
	require.Empty(t, b.get(id).Locale)
	b.reply(id, "pending")
	b.pass(day)
	ms, err := b.svc.Messages(t.Context(), b.system, ticket.MessageQuery{Ticket: id, Newest: true, Limit: 1})
	require.NoError(t, err)
	require.Contains(t, ms[0].Text, "your answer")
	out, err := b.svc.Outgoing(t.Context(), b.system, ms[0].ID)
	require.NoError(t, err)
	require.Equal(t, "en", out.Locale)
}

func TestNobodyIsRemindedWhoMustNotBe(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(b *bundle) ticket.ID{
		"program": func(b *bundle) ticket.ID {
			return b.mail(ticket.Incoming{Subject: "Mailbox full", Text: "full", Machine: true}).TicketID
		},
		"demo": func(b *bundle) ticket.ID { return b.open(func(n *ticket.NewTicket) { n.Demo = true }).ID },
		"unreachable": func(b *bundle) ticket.ID {
			return b.open(func(n *ticket.NewTicket) { n.Requester.Identity.Value = "a@b.invalid" }).ID
		},
		"bounced": func(b *bundle) ticket.ID {
			id := b.open().ID
			m, err := b.svc.Reply(b.Context(), b.anna, id, 0, ticket.NewMessage{Body: "x"})
			require.NoError(b, err)
			require.NoError(b, b.svc.DeliveryFailed(b.Context(), b.system, m.ID, "no such mailbox"))
			return id
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, upkeep(ticket.Upkeep{RemindAfter: day, CloseInactive: 10 * day, WarnBefore: day}))
			id := make(b)
			_, err := b.svc.SetStatus(t.Context(), b.anna, id, 0, "pending")
			require.NoError(t, err)
			before := b.get(id).MessageCount
			b.pass(9 * day)
			require.Equal(t, before, b.get(id).MessageCount)
			require.Zero(t, b.count(id, ticket.EventReminded))
		})
	}
}

func TestInactivityOfAgents(t *testing.T) {
	t.Parallel()
	b := setup(t, upkeep(ticket.Upkeep{AgentInactive: 8 * time.Hour}))
	tk := b.open()
	require.Empty(t, b.timers(tk.ID))
	_, err := b.svc.Claim(t.Context(), b.anna, tk.ID, 0)
	require.NoError(t, err)
	b.pass(5 * time.Hour)
	b.answer(tk.ID)
	require.Equal(t, 3*time.Hour, b.timers(tk.ID)["agent_inactive"], "the requester is no agent")
	_, err = b.svc.Note(t.Context(), b.anna, tk.ID, 0, ticket.NewMessage{Body: "hm"})
	require.NoError(t, err)
	require.Equal(t, 8*time.Hour, b.timers(tk.ID)["agent_inactive"])
	v := b.get(tk.ID).Version
	b.pass(100 * time.Hour)
	require.Equal(t, 1, b.count(tk.ID, ticket.EventInactive), "said once")
	require.Equal(t, "anna", b.lastData(tk.ID, ticket.EventInactive)["assignee_id"])
	require.Equal(t, v, b.get(tk.ID).Version, "nobody's view of the ticket became stale")
	b.reply(tk.ID, "pending")
	require.Empty(t, b.timers(tk.ID), "the requester has to act")
	b.answer(tk.ID)
	require.Equal(t, 8*time.Hour, b.timers(tk.ID)["agent_inactive"], "it is back")
	_, err = b.svc.Unclaim(t.Context(), b.anna, tk.ID, 0)
	require.NoError(t, err)
	require.Empty(t, b.timers(tk.ID))
}

// TestNothingHappensToWhatIsOver: no timer acts on a ticket that has become something else, even if its job was already on its way.
func TestNothingHappensToWhatIsOver(t *testing.T) {
	t.Parallel()
	all := ticket.Upkeep{CloseInactive: 5 * day, CloseResolved: 2 * day, RemindAfter: day, AgentInactive: time.Hour,
		CloseIn: []ticket.Category{ticket.New, ticket.Open, ticket.Pending, ticket.Resolved}}
	for _, end := range []ticket.Status{"closed", "spam"} {
		t.Run(string(end), func(t *testing.T) {
			t.Parallel()
			b := setup(t, upkeep(all))
			tk := b.open()
			_, err := b.svc.Claim(t.Context(), b.anna, tk.ID, 0)
			require.NoError(t, err)
			b.reply(tk.ID, "pending")
			_, err = b.svc.SetStatus(t.Context(), b.anna, tk.ID, 0, end)
			require.NoError(t, err)
			require.Empty(t, b.timers(tk.ID))
			n := len(b.history(tk.ID))
			for _, name := range []string{"close_warning", "close_inactive", "close_resolved", "reminder", "agent_inactive", "snooze"} {
				require.NoError(t, b.store.Update(t.Context(), func(tx ticket.Tx) error { return tx.SetTimer(t.Context(), tk.ID, name, b.now) }))
			}
			b.pass(100 * day)
			require.Len(t, b.history(tk.ID), n)
		})
	}
}

func TestPartsThatAreSwitchedOffDoNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.open()
	b.reply(tk.ID, "pending")
	require.Empty(t, b.timers(tk.ID))
	n := len(b.history(tk.ID))
	for _, name := range []string{"close_warning", "close_inactive", "close_resolved", "reminder", "agent_inactive"} { // set before they were switched off
		require.NoError(t, b.store.Update(t.Context(), func(tx ticket.Tx) error { return tx.SetTimer(t.Context(), tk.ID, name, b.now) }))
	}
	b.pass(day)
	require.Len(t, b.history(tk.ID), n)
	require.Empty(t, b.timers(tk.ID))
}

// TestWhatIsTakenOverIsNotClosedAtOnce: a ticket of last year, imported today.
func TestWhatIsTakenOverIsNotClosedAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, upkeep(ticket.Upkeep{CloseInactive: 5 * day, CloseIn: []ticket.Category{ticket.New}}))
	tk := b.open(func(n *ticket.NewTicket) { n.CreatedAt = b.now.AddDate(-1, 0, 0) })
	require.Equal(t, 5*day, b.timers(tk.ID)["close_inactive"])
}

func TestSnoozeTimerIsGoneWhenTheRequesterWrites(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tk := b.open()
	_, err := b.svc.Snooze(t.Context(), b.anna, tk.ID, 0, b.now.Add(day))
	require.NoError(t, err)
	require.Contains(t, b.timers(tk.ID), "snooze")
	b.answer(tk.ID, machine)
	require.Equal(t, ticket.Snoozed, b.get(tk.ID).Category)
	b.answer(tk.ID)
	require.Equal(t, ticket.Open, b.get(tk.ID).Category)
	require.Empty(t, b.timers(tk.ID))
	require.Zero(t, b.get(tk.ID).SnoozedUntil)
	n := len(b.history(tk.ID))
	b.pass(2 * day)
	require.Len(t, b.history(tk.ID), n)
}

func TestUpkeepIsChecked(t *testing.T) {
	t.Parallel()
	for name, u := range map[string]ticket.Upkeep{
		"upkeep.close_inactive": {CloseInactive: -1},
		"upkeep.close_resolved": {CloseResolved: -1},
		"upkeep.remind_after":   {RemindAfter: -1},
		"upkeep.agent_inactive": {AgentInactive: -1},
		"upkeep.reminders":      {Reminders: 11},
		"upkeep.close_in":       {CloseIn: []ticket.Category{ticket.Snoozed}},
		"upkeep.warn_before":    {CloseByChannel: map[string]time.Duration{"x": time.Hour}, WarnBefore: time.Hour},
		"upkeep.texts":          {WarnText: map[string]string{"fr": "Bonjour"}},
	} {
		_, err := ticket.NewService(ticket.Config{Store: setup(t).store, Policy: &people{}, ChainKey: make([]byte, 32), Upkeep: u})
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: name}, "%v", err)
	}
}

func TestOwnTexts(t *testing.T) {
	t.Parallel()
	for left, want := range map[time.Duration]string{2 * day: "2 Tagen", 36 * time.Hour: "36 Stunden", day: "24 Stunden",
		time.Hour: "1 Stunde", 90 * time.Minute: "1 Stunde", time.Minute: "1 Minute", time.Second: "0 Minuten"} {
		b := setup(t, upkeep(ticket.Upkeep{CloseInactive: 10 * day, WarnBefore: left, WarnText: map[string]string{"de": "Nr. {number}: noch {in}"}}))
		tk := b.open()
		b.reply(tk.ID, "pending")
		b.pass(10*day - left)
		ms, err := b.svc.Messages(t.Context(), b.system, ticket.MessageQuery{Ticket: tk.ID, Newest: true, Limit: 1})
		require.NoError(t, err)
		require.Equal(t, "Nr. 1: noch "+want, ms[0].Text, left)
	}
}
