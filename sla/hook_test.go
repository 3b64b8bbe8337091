package sla_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

const (
	first, next, update, solved = sla.FirstResponse, sla.NextResponse, sla.Update, sla.Resolution
	minute                      = time.Minute
)

func ladder(p *sla.Policy) {
	mail := []sla.Action{{Type: sla.NotifyMail, To: "boss@desk.example"}}
	p.Steps = []sla.Step{{Clock: first, Kind: sla.Warn, Lead: 600, Actions: mail},
		{Clock: first, Kind: sla.Escalate, After: 600, Actions: []sla.Action{{Type: sla.RaisePriority}, {Type: sla.NotifyMail, To: "boss@desk.example"}}}}
}

func (d *desk) timers() []jobs.Job {
	d.t.Helper()
	js, err := d.store.ListJobs(d.ctx, jobs.JobFilter{Kinds: []string{ticket.JobTimer}, States: []jobs.State{jobs.StatePending}})
	require.NoError(d.t, err)
	return js
}

func TestTicketsWithoutPolicyHaveNoClocks(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	a := d.open()
	d.reply(a, "")
	require.Nil(t, d.row(a), "no policy at all: nothing is kept")
	d.policy(map[sla.Clock]int64{first: 30}, func(p *sla.Policy) { p.Match.Priorities = []ticket.Priority{ticket.Urgent} })
	b := d.open()
	require.Empty(t, d.clocks(b))
	require.False(t, d.row(b).Promised)
	require.Empty(t, d.timers())
	_, err := d.tickets.SetPriority(d.ctx, anna, a.ID, 0, ticket.Urgent)
	require.NoError(t, err, "a ticket older than the first policy is taken up from its history")
	require.NotNil(t, d.row(a))
	_, err = d.tickets.SetPriority(d.ctx, anna, b.ID, 0, ticket.Urgent)
	require.NoError(t, err)
	require.Equal(t, b.CreatedAt.Add(30*minute), *d.clock(b, first).Due, "now it is promised an answer, from its beginning")
}

func TestLadder(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.policy(map[sla.Clock]int64{first: 30}, ladder)
	tk := d.open()
	require.Len(t, d.timers(), 1)
	require.Equal(t, d.now.Add(20*minute), d.timers()[0].RunAt)
	d.pass(20 * minute)
	d.work()
	require.Equal(t, []string{"first_response warn_1"}, d.steps(tk))
	require.Len(t, d.told, 1)
	require.Equal(t, "Ticket #1 is coming due: First response", d.told[0].Subject)
	require.Equal(t, "boss@desk.example", d.told[0].Action.To)
	d.pass(10*minute + time.Second)
	d.work()
	require.Equal(t, []string{"first_response warn_1", "first_response breach"}, d.steps(tk))
	require.Equal(t, d.now.Add(-time.Second), *d.clock(tk, first).BreachedAt, "the breach is at the due time, not when a timer ran")
	require.False(t, d.row(tk).BreachedAt.IsZero())
	require.True(t, d.row(tk).DueAt.IsZero())
	d.pass(10 * minute)
	d.work()
	require.Equal(t, []string{"first_response warn_1", "first_response breach", "first_response escalate_1"}, d.steps(tk))
	got, err := d.tickets.Get(d.ctx, system, tk.ID)
	require.NoError(t, err)
	require.Equal(t, ticket.High, got.Priority)
	require.Len(t, d.told, 2)
	require.Empty(t, d.timers())
	require.NoError(t, d.tickets.Chain().Verify(d.history(tk), got.Head))
	d.reply(tk, "")
	require.Equal(t, sla.Missed, d.clock(tk, first).State)
	require.True(t, d.row(tk).BreachedAt.IsZero(), "answered, so nobody needs to look any more")
}

func TestMissedInstantsAfterADowntime(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.policy(map[sla.Clock]int64{first: 30}, ladder)
	a := d.open()
	d.pass(5 * minute)
	b := d.open()
	d.pass(24 * time.Hour)
	answered := d.open()
	d.reply(answered, "")
	d.work()
	for _, tk := range []*ticket.Ticket{a, b} {
		require.Equal(t, []string{"first_response warn_1", "first_response breach", "first_response escalate_1"}, d.steps(tk), "in order of the instants, each once")
	}
	require.Equal(t, a.ID, d.told[0].TicketID, "who was due first comes first")
	require.Empty(t, d.steps(answered))
	require.Empty(t, d.timers())
}

func TestRestart(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "desk.db")
	d := openDesk(t.Context(), t, path, monday)
	d.policy(map[sla.Clock]int64{first: 30}, ladder)
	tk := d.open()
	require.NoError(t, d.store.Close())
	d = openDesk(t.Context(), t, path, monday.Add(21*minute))
	t.Cleanup(func() { require.NoError(t, d.store.Close()) })
	d.work()
	require.Equal(t, []string{"first_response warn_1"}, d.steps(tk), "the timer is a row")
}

func TestNobodyIsAlarmedAboutWhatIsOver(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(d *desk, id ticket.ID) error{
		"closed": func(d *desk, id ticket.ID) error { _, err := d.tickets.Close(d.ctx, anna, id, 0, ""); return err },
		"spam": func(d *desk, id ticket.ID) error {
			_, err := d.tickets.SetStatus(d.ctx, anna, id, 0, "spam")
			return err
		},
		"merged": func(d *desk, id ticket.ID) error {
			_, err := d.tickets.Merge(d.ctx, anna, id, 0, d.other, 0)
			return err
		},
		"deleted": func(d *desk, id ticket.ID) error { return d.tickets.Delete(d.ctx, anna, id, 0) },
	} {
		d := newDesk(t)
		d.policy(map[sla.Clock]int64{first: 30, solved: 60}, ladder)
		into := d.open(func(n *ticket.NewTicket) { n.Demo = true }) // which alarms nobody
		d.other = into.ID
		tk := d.open()
		require.NoError(t, end(d, tk.ID), name)
		require.Empty(t, d.timers(), name)
		d.pass(time.Hour)
		d.work()
		require.Empty(t, d.told, name)
		if name == "deleted" {
			require.Nil(t, d.row(tk))
			continue
		}
		require.Empty(t, d.steps(tk), name)
		require.Equal(t, sla.Cancelled, d.clock(tk, first).State, name)
		require.False(t, d.row(tk).Open)
	}
	d := newDesk(t) // over between the step and its notification
	d.policy(map[sla.Clock]int64{first: 30}, ladder)
	tk := d.open()
	d.pass(20 * minute)
	timer := d.timers()[0]
	d.run(timer)
	_, err := d.tickets.Close(d.ctx, anna, tk.ID, 0, "")
	require.NoError(t, err)
	d.work()
	require.Empty(t, d.told)
}

func TestDemoTicketsAlarmNobody(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.policy(map[sla.Clock]int64{first: 30}, ladder)
	tk := d.open(func(n *ticket.NewTicket) { n.Demo = true })
	require.Empty(t, d.timers())
	d.pass(time.Hour)
	require.Equal(t, sla.Missed, d.clock(tk, first).State, "but it is shown what became of it")
}

func TestWaitingPauses(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.policy(map[sla.Clock]int64{first: 600, solved: 60})
	tk := d.open()
	due := *d.clock(tk, solved).Due
	d.pass(10 * minute)
	d.reply(tk, "waiting_supplier")
	require.Equal(t, sla.Paused, d.clock(tk, solved).State)
	require.EqualValues(t, 50*60, d.clock(tk, solved).Remaining)
	require.True(t, d.row(tk).DueAt.IsZero())
	d.pass(time.Hour)
	d.write(tk)
	require.Equal(t, due.Add(time.Hour), *d.clock(tk, solved).Due)
	_, err := d.tickets.Snooze(d.ctx, anna, tk.ID, 0, d.now.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, sla.Paused, d.clock(tk, solved).State)
	d.pass(time.Hour)
	d.work() // the snooze ends
	require.Equal(t, due.Add(2*time.Hour), *d.clock(tk, solved).Due)
}

func TestBreachOutlivesTheChangeOfItsPolicy(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	p := d.policy(map[sla.Clock]int64{first: 30})
	tk, fresh := d.open(), (*ticket.Ticket)(nil)
	d.pass(31 * minute)
	d.work()
	fresh = d.open()
	p.Targets = map[sla.Clock]sla.Target{first: {All: 6000}}
	_, err := d.sla.SavePolicy(d.ctx, anna, p.ID, p.Version, p)
	require.NoError(t, err)
	d.pass(time.Microsecond)
	require.NoError(t, d.sla.Recompute(d.ctx, anna))
	d.work()
	require.NotNil(t, d.clock(tk, first).BreachedAt)
	require.Equal(t, fresh.CreatedAt.Add(6000*time.Second), *d.clock(fresh, first).Due, "the recompute gave an open clock the new time")
	require.EqualValues(t, 2, d.clock(fresh, first).PolicyVersion)
	d.reply(tk, "resolved")
	d.reply(fresh, "resolved")
	lines, err := d.sla.Report(d.ctx, anna, monday, monday.AddDate(0, 0, 1))
	require.NoError(t, err)
	require.Equal(t, []sla.Line{
		{Clock: first, PolicyID: p.ID, PolicyVersion: 1, Policy: "P", Missed: 1, Attainment: new(0.0)},
		{Clock: first, PolicyID: p.ID, PolicyVersion: 2, Policy: "P", Met: 1, Attainment: new(1.0)},
	}, lines)
}

func TestPriorityAndQueueChooseAnew(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.policy(map[sla.Clock]int64{first: 60}, func(p *sla.Policy) { p.Position = 9 })
	d.policy(map[sla.Clock]int64{first: 30}, func(p *sla.Policy) { p.Name, p.Position, p.Match.Queues = "Q", 2, d.queues[1:] })
	d.policy(map[sla.Clock]int64{first: 10}, func(p *sla.Policy) { p.Name, p.Position, p.Match.Priorities = "U", 1, []ticket.Priority{ticket.Urgent} })
	tk := d.open()
	require.Equal(t, d.now.Add(time.Hour), d.row(tk).DueAt)
	require.Equal(t, d.now.Add(time.Hour+time.Microsecond), d.timers()[0].RunAt)
	_, err := d.tickets.Edit(d.ctx, anna, tk.ID, 0, ticket.Edit{Queue: &d.queues[1]})
	require.NoError(t, err)
	require.Equal(t, d.now.Add(30*minute), d.row(tk).DueAt)
	require.Len(t, d.timers(), 1, "one timer, replaced")
	d.pass(15 * minute)
	_, err = d.tickets.SetPriority(d.ctx, anna, tk.ID, 0, ticket.Urgent)
	require.NoError(t, err)
	r := d.clock(tk, first)
	require.Equal(t, sla.CausePolicyChange, r.Cause)
	require.Equal(t, d.now, *r.BreachedAt)
	d.work()
	require.Equal(t, []string{"first_response breach"}, d.steps(tk))
	lines, err := d.sla.Report(d.ctx, anna, monday, monday.AddDate(0, 0, 1))
	require.NoError(t, err)
	require.EqualValues(t, 1, lines[0].ByChange)
}

func TestReopeningTakesBackWhatWasMet(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.policy(map[sla.Clock]int64{solved: 60})
	tk := d.open()
	d.pass(10 * minute)
	d.reply(tk, "resolved")
	sum := func() (met, missed int64) {
		lines, err := d.sla.Report(d.ctx, anna, monday, monday.AddDate(0, 0, 1))
		require.NoError(t, err)
		for _, l := range lines {
			met, missed = met+l.Met, missed+l.Missed
		}
		return met, missed
	}
	met, missed := sum()
	require.Equal(t, []int64{1, 0}, []int64{met, missed})
	d.write(tk)
	met, missed = sum()
	require.Equal(t, []int64{0, 0}, []int64{met, missed})
	d.pass(2 * time.Hour)
	d.work()
	met, missed = sum()
	require.Equal(t, []int64{0, 1}, []int64{met, missed})
}

func TestActionsChangeTheTicketItself(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.policy(map[sla.Clock]int64{first: 30}, func(p *sla.Policy) {
		p.Steps = []sla.Step{{Clock: first, Kind: sla.Warn, Lead: 60, Actions: []sla.Action{{Type: sla.MoveQueue, To: string(d.queues[1])},
			{Type: sla.Reassign, To: "nobody"}, {Type: sla.Reassign, To: "bert"}, {Type: sla.NotifyAssignee}, {Type: sla.NotifyQueue}}}}
	})
	_, err := d.tickets.KeepPreferences(d.ctx, ticket.AccountActor("bert", "Bert"), ticket.PreferencesEdit{Locale: new("de")})
	require.NoError(t, err)
	tk := d.open()
	d.pass(29 * minute)
	d.work()
	got, err := d.tickets.Get(d.ctx, system, tk.ID)
	require.NoError(t, err)
	require.Equal(t, d.queues[1], got.Queue.ID)
	require.Equal(t, ticket.AccountID("bert"), got.Assignee.ID, "what the policy cannot do any more does not keep the rest from happening")
	var told []ticket.AccountID
	for _, n := range d.told {
		told = append(told, n.Account.ID)
		want := map[ticket.AccountID]string{"bert": "de", "anna": "en"}[n.Account.ID]
		require.Equal(t, want, n.Locale, "each in their language, else the desk's")
		require.Equal(t, want == "en", strings.Contains(n.Subject, "is coming due"), n.Subject)
	}
	require.ElementsMatch(t, []ticket.AccountID{"bert", "anna", "bert"}, told)
}

func TestQuietChangesWriteNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.policy(map[sla.Clock]int64{first: 30, solved: 600})
	tk := d.open()
	before := d.row(tk)
	d.pass(minute)
	_, err := d.tickets.Note(d.ctx, anna, tk.ID, 0, ticket.NewMessage{Body: "x"})
	require.NoError(t, err)
	_, err = d.tickets.Tag(d.ctx, anna, tk.ID, 0, []string{"x"}, nil)
	require.NoError(t, err)
	require.Equal(t, before, d.row(tk))
}

func TestClocksBelongToTheScopeOfTickets(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.policy(map[sla.Clock]int64{first: 30})
	mine, other := d.open(func(n *ticket.NewTicket) { n.Queue = d.queues[1] }), d.open()
	kind := func(want ticket.Kind, err error) { t.Helper(); require.Equal(t, want, ticket.KindOf(err), "%v", err) }
	_, err := d.sla.Ticket(d.ctx, bert, other.ID)
	kind(ticket.NotFound, err)
	_, err = d.sla.Ticket(d.ctx, bert, mine.ID)
	require.NoError(t, err)
	_, err = d.sla.Ticket(d.ctx, vera, mine.ID)
	kind(ticket.Denied, err)
	_, err = d.sla.Ticket(d.ctx, ticket.Actor{}, mine.ID)
	kind(ticket.Unauthenticated, err)
	page, err := d.sla.Page(d.ctx, bert, []ticket.ID{mine.ID, other.ID})
	require.NoError(t, err)
	require.Len(t, page, 1)
	require.Contains(t, page, mine.ID)
	page, err = d.sla.Page(d.ctx, vera, []ticket.ID{mine.ID})
	require.NoError(t, err)
	require.Empty(t, page)
	for _, a := range []ticket.Actor{bert, vera} {
		_, err = d.sla.SavePolicy(d.ctx, a, "", 0, sla.Policy{Name: "x", Targets: map[sla.Clock]sla.Target{first: {All: 1}}})
		kind(ticket.Denied, err)
		kind(ticket.Denied, d.sla.Recompute(d.ctx, a))
	}
	kind(ticket.Denied, d.tickets.RecomputeSLA(d.ctx, anna, mine.ID))
	s, err := d.sla.Simulate(d.ctx, bert, sla.Policy{Name: "x", Targets: map[sla.Clock]sla.Target{first: {All: 60}}}, nil, monday, monday.Add(time.Hour))
	require.NoError(t, err)
	require.Equal(t, 1, s.Tickets)
}

func TestSimulate(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.policy(map[sla.Clock]int64{first: 30})
	for range 3 {
		tk := d.open()
		d.pass(20 * minute)
		d.reply(tk, "resolved")
	}
	d.open()
	s, err := d.sla.Simulate(d.ctx, anna, sla.Policy{Name: "x", Targets: map[sla.Clock]sla.Target{first: {All: 600}}}, nil, monday, monday.Add(2*time.Hour))
	require.NoError(t, err)
	require.Equal(t, 4, s.Tickets)
	require.Equal(t, sla.Comparison{Clock: first, Met: 3, Open: 1, WouldMiss: 3, WouldBeOpen: 1}, s.Clocks[0])
}

// TestReplayEqualsWhatIsKept is property 14: whatever happens to tickets, the clocks that are kept beside them are those that their history
// tells.
func TestReplayEqualsWhatIsKept(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d := openDesk(context.Background(), rt, ":memory:", monday)
		defer func() { _ = d.store.Close() }()
		d.play(rt)
	})
}

func (d *desk) play(rt *rapid.T) {
	pol := d.policy(map[sla.Clock]int64{first: 30, next: 20, update: 120, solved: 240}, ladder)
	var all []*ticket.Ticket
	breaches := map[ticket.ID]int{}
	acts := rapid.SliceOfN(rapid.IntRange(0, 13), 5, 25).Draw(rt, "acts")
	for _, act := range acts {
		d.pass(time.Duration(rapid.IntRange(0, 5000).Draw(rt, "seconds")) * time.Second)
		if act == 0 || len(all) == 0 {
			all = append(all, d.open())
			continue
		}
		tk := all[rapid.IntRange(0, len(all)-1).Draw(rt, "ticket")]
		var err error
		switch act {
		case 1, 2:
			d.write(tk)
		case 3, 4:
			_, err = d.tickets.Reply(d.ctx, anna, tk.ID, 0, ticket.NewMessage{Body: "x", Status: rapid.SampledFrom([]ticket.Status{"", "pending", "resolved"}).Draw(rt, "status")})
		case 5:
			_, err = d.tickets.SetPriority(d.ctx, anna, tk.ID, 0, rapid.SampledFrom(ticket.Priorities()).Draw(rt, "priority"))
		case 6:
			_, err = d.tickets.Snooze(d.ctx, anna, tk.ID, 0, d.now.Add(time.Hour))
		case 7:
			_, err = d.tickets.SetStatus(d.ctx, anna, tk.ID, 0, rapid.SampledFrom([]ticket.Status{"open", "waiting_supplier", "closed", "spam"}).Draw(rt, "state"))
		case 8:
			_, err = d.tickets.Note(d.ctx, anna, tk.ID, 0, ticket.NewMessage{Body: "x"})
		case 9:
			_, err = d.tickets.Edit(d.ctx, anna, tk.ID, 0, ticket.Edit{Queue: &d.queues[rapid.IntRange(0, 1).Draw(rt, "queue")]})
		case 10:
			pol.Targets[solved] = sla.Target{All: rapid.Int64Range(60, 9000).Draw(rt, "target")}
			_, err = d.sla.SavePolicy(d.ctx, anna, pol.ID, 0, pol)
			require.NoError(rt, err)
		case 11:
			require.NoError(rt, d.sla.Recompute(d.ctx, anna))
		default:
			d.work()
		}
		if k := ticket.KindOf(err); k != "" {
			require.Equal(rt, ticket.Conflict, k, "%v", err) // the state forbids it
		}
		d.check(rt, all, breaches)
	}
}

// check compares what is kept with what the history tells, and that no breach is ever taken back.
func (d *desk) check(rt *rapid.T, all []*ticket.Ticket, breaches map[ticket.ID]int) {
	for _, tk := range all {
		page, err := d.sla.Page(d.ctx, anna, []ticket.ID{tk.ID})
		require.NoError(rt, err)
		told := d.clocks(tk)
		newest := map[sla.Clock]sla.Record{}
		var order []sla.Record
		n := 0
		for _, r := range told {
			newest[r.Clock] = r
			if r.BreachedAt != nil {
				n++
			}
		}
		for _, c := range sla.Clocks() {
			if r, ok := newest[c]; ok {
				order = append(order, r)
			}
		}
		require.Equal(rt, order, page[tk.ID].Records)
		require.GreaterOrEqual(rt, n, breaches[tk.ID], "the number of breaches never falls")
		breaches[tk.ID] = n
	}
}
