package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

var numberTests = []test{
	{"EqualTheHistory", testNumbersEqualHistory},
}

// fillTests are for a store that can measure tickets that were there before.
var fillTests = []test{
	{"Fill", testNumbersFilled},
}

// measured is a desk whose tickets live by the commands of a random history.
type measured struct {
	d       *desk
	svc     *ticket.Service
	now     time.Time
	tickets []ticket.ID
	key     int
}

var agentsOfNumbers = []ticket.AccountID{"sam", "anna"}

func newMeasured(t *testing.T, d *desk, hooked bool) *measured {
	t.Helper()
	m := &measured{d: d, now: time.Date(2026, 3, 26, 6, 0, 0, 0, time.UTC)} // three days before Berlin's clocks change
	for _, a := range agentsOfNumbers {
		d.policy[string(a)] = ticket.Grant{All: true}
	}
	cfg := ticket.Config{Store: d.Store, Policy: d.policy, ChainKey: d.chainKey, TokenKey: d.chainKey, Now: func() time.Time { return m.now }}
	if hooked {
		cfg.ChangeHooks = []ticket.ChangeHook{report.NewHook(nil).Change}
	}
	var err error
	m.svc, err = ticket.NewService(cfg)
	require.NoError(t, err)
	return m
}

// step does one thing. What the desk refuses has not happened.
func (m *measured) step(rt *rapid.T) {
	ctx := m.d.t.Context()
	m.now = m.now.Add(time.Duration(rapid.IntRange(0, 40*3600).Draw(rt, "wait")) * time.Second)
	agent := ticket.AccountActor(rapid.SampledFrom(agentsOfNumbers).Draw(rt, "agent"), "")
	channel := rapid.SampledFrom([]string{"imap", "web"}).Draw(rt, "channel")
	queue := m.d.queues[rapid.IntRange(0, 1).Draw(rt, "queue")].ID
	if len(m.tickets) == 0 || rapid.IntRange(0, 5).Draw(rt, "new") == 0 {
		m.key++
		got, err := m.svc.Receive(ctx, ticket.SystemActor(channel), ticket.Incoming{Channel: channel, Key: fmt.Sprint("n", m.key), Queue: queue, Text: "Frage",
			From: ticket.Person{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: fmt.Sprintf("kunde-%d@firma.example", m.key)}}})
		require.NoError(m.d.t, err)
		m.tickets = append(m.tickets, got.TicketID)
		return
	}
	id := rapid.SampledFrom(m.tickets).Draw(rt, "ticket")
	switch what := rapid.IntRange(0, 14).Draw(rt, "what"); what {
	case 0, 1, 2:
		_, _ = m.svc.Reply(ctx, agent, id, 0, ticket.NewMessage{Body: "Antwort"})
	case 3, 4:
		m.key++
		got, err := m.svc.Receive(ctx, ticket.SystemActor(channel), ticket.Incoming{Channel: channel, Key: fmt.Sprint("n", m.key), Token: m.svc.ReplyToken(id), Text: "Noch etwas",
			Machine: what == 4 && m.key%2 == 0, From: ticket.Person{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "kunde@firma.example"}}})
		require.NoError(m.d.t, err)
		if got.Created { // the ticket is gone
			m.tickets = append(m.tickets, got.TicketID)
		}
	case 5:
		_, _ = m.svc.SetStatus(ctx, agent, id, 0, "resolved")
	case 6:
		_, _ = m.svc.Close(ctx, agent, id, 0, "")
	case 7:
		_, _ = m.svc.Reopen(ctx, agent, id, 0)
	case 8:
		_, _ = m.svc.SetStatus(ctx, agent, id, 0, rapid.SampledFrom([]ticket.Status{"pending", "open"}).Draw(rt, "status"))
	case 9:
		_, _ = m.svc.SetStatus(ctx, agent, id, 0, "spam")
	case 10:
		_, _ = m.svc.Edit(ctx, agent, id, 0, ticket.Edit{Queue: &queue})
	case 11:
		_, _ = m.svc.SetPriority(ctx, agent, id, 0, rapid.SampledFrom(ticket.Priorities()).Draw(rt, "priority"))
	case 12:
		_, _ = m.svc.Tag(ctx, agent, id, 0, []string{rapid.SampledFrom([]string{"vip", "neu"}).Draw(rt, "tag")}, nil)
	case 14:
		_, _ = m.svc.Rate(ctx, ticket.SystemActor(channel), id, rapid.IntRange(1, ticket.MaxRating).Draw(rt, "rating"))
	case 13:
		if rapid.Bool().Draw(rt, "delete") {
			_ = m.svc.Delete(ctx, ticket.SystemActor("test"), id, 0)
		} else if into := rapid.SampledFrom(m.tickets).Draw(rt, "into"); into != id {
			_, _ = m.svc.Merge(ctx, agent, id, 0, into, 0)
		}
	}
}

// story is what one ticket's events say, worked out plainly and apart from the program's own fold.
type story struct {
	created time.Time
	active  []span        // when it was in the backlog
	answers []measurement // first one first
	solved  []measurement
	back    []time.Time
	removed []time.Time
	asked   []time.Time
	waiting time.Time
	rating  *rating // the newest
	ticket  *ticket.Ticket
}

type span struct{ from, to time.Time }

type measurement struct {
	at      time.Time
	seconds int64
	actor   string
	undone  time.Time
	single  bool
}

func active(c string) bool { return c == "new" || c == "open" || c == "pending" || c == "snoozed" }

// tell reads a history. It keeps the category after each event in a list, and measures on that list.
func tell(t require.TestingT, tk *ticket.Ticket, es []ticket.Event) *story {
	s := &story{ticket: tk}
	type moment struct {
		at  time.Time
		cat string
	}
	var life []moment
	cat, replies, late := "new", 0, time.Time{}
	for _, e := range es {
		var d map[string]any
		require.NoError(t, json.Unmarshal(e.Data, &d))
		was := cat
		switch e.Type {
		case ticket.EventCreated:
			s.created, s.waiting = e.At, e.At
			life = append(life, moment{e.At, "new"})
		case ticket.EventReceived:
			if d["machine"] == true {
				continue
			}
			s.asked = append(s.asked, e.At)
			if active(cat) && s.waiting.IsZero() {
				s.waiting = e.At
			}
			if (cat == "resolved" || cat == "closed") && late.IsZero() {
				late = e.At
			}
		case ticket.EventReplied:
			replies++
			since := s.waiting
			if since.IsZero() {
				since = late
			}
			s.waiting, late = time.Time{}, time.Time{}
			if !since.IsZero() {
				s.answers = append(s.answers, measurement{at: e.At, seconds: int64(e.At.Sub(since).Seconds()), actor: e.Actor.ID})
			}
		case ticket.EventRated:
			s.rating = &rating{at: e.At, value: d["rating"].(float64)}
			if n := len(s.solved); n > 0 {
				s.rating.of = s.solved[n-1].actor
			}
		case ticket.EventSnoozed:
			cat = "snoozed"
		case ticket.EventStatusChanged, ticket.EventClosed, ticket.EventReopened, ticket.EventMerged:
			cat = d["to_category"].(string)
		default:
			continue
		}
		if cat == was {
			continue
		}
		life = append(life, moment{e.At, cat})
		switch {
		case active(was) && (cat == "resolved" || cat == "closed"):
			var worked time.Duration // the time in which it was new or open
			for i := range life[:len(life)-1] {
				if life[i].cat == "new" || life[i].cat == "open" {
					worked += life[i+1].at.Sub(life[i].at)
				}
			}
			s.solved = append(s.solved, measurement{at: e.At, seconds: int64(worked / time.Second), actor: e.Actor.ID, single: replies == 1})
			s.waiting = time.Time{}
		case active(was) && !active(cat):
			s.removed = append(s.removed, e.At)
			s.waiting = time.Time{}
		case !active(was) && active(cat):
			s.back = append(s.back, e.At)
			if n := len(s.solved); n > 0 && s.solved[n-1].undone.IsZero() {
				s.solved[n-1].undone = e.At
			}
			s.waiting, late = late, time.Time{}
		}
	}
	for i, m := range life {
		if active(m.cat) {
			to := time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
			if i+1 < len(life) {
				to = life[i+1].at
			}
			s.active = append(s.active, span{m.at, to})
		}
	}
	return s
}

// recount works the numbers of an interval out from the event log.
func (m *measured) recount(rt require.TestingT, i report.Interval) *report.Analytics {
	var stories []*story
	for _, id := range m.tickets {
		tk, err := m.d.Store.Ticket(m.d.t.Context(), m.d.all, id)
		if ticket.KindOf(err) == ticket.NotFound {
			continue
		}
		require.NoError(rt, err)
		if tk.Category == ticket.Merged || tk.Category == ticket.Spam {
			continue
		}
		es, err := m.d.Store.Events(m.d.t.Context(), m.d.all, ticket.EventQuery{Ticket: id, Limit: 10_000})
		require.NoError(rt, err)
		stories = append(stories, tell(rt, tk, es))
	}
	in := func(at time.Time) bool { return !at.Before(i.From) && at.Before(i.To) }
	backlog := func(at time.Time) (n int64) { // just before at
		for _, s := range stories {
			for _, a := range s.active {
				if a.from.Before(at) && !a.to.Before(at) {
					n++
					break
				}
			}
		}
		return n
	}
	out := &report.Analytics{Backlog: report.Balance{From: backlog(i.From), To: backlog(i.To)}}
	var first, next, firstSolved, lastSolved []int64
	var ratings []float64
	for _, s := range stories {
		if in(s.created) {
			out.Backlog.Created++
			local := s.created.In(i.Zone)
			out.HeatCreated[(int(local.Weekday())+6)%7][local.Hour()]++
		}
		for _, at := range s.asked {
			if in(at) {
				local := at.In(i.Zone)
				out.HeatAsked[(int(local.Weekday())+6)%7][local.Hour()]++
			}
		}
		if r := s.rating; r != nil && in(r.at) {
			ratings = append(ratings, r.value)
		}
		for n, a := range s.answers {
			switch {
			case !in(a.at):
			case n == 0:
				first = append(first, a.seconds)
			default:
				next = append(next, a.seconds)
			}
		}
		for n, r := range s.solved {
			if !in(r.at) {
				continue
			}
			out.Backlog.Resolved++
			if n == 0 {
				firstSolved = append(firstSolved, r.seconds)
			}
			if r.undone.IsZero() {
				lastSolved = append(lastSolved, r.seconds)
			} else if r.undone.Sub(r.at) <= 7*24*time.Hour {
				out.ReopenRate.N++
			}
			if r.single {
				out.OneTouch.N++
			}
		}
		for _, at := range s.back {
			if in(at) {
				out.Backlog.Reopened++
			}
		}
		for _, at := range s.removed {
			if in(at) {
				out.Backlog.Removed++
			}
		}
		if s.ticket.Category.Active() && !s.waiting.IsZero() && len(s.answers) == 0 {
			out.Waiting.Open++
		}
	}
	out.Rating = opinions(ratings)
	out.FirstResponse, out.NextResponse, out.FirstResolution, out.LastResolution = nearest(first), nearest(next), nearest(firstSolved), nearest(lastSolved)
	return out
}

// nearest is the definition of the percentile by nearest rank: the smallest value that at least p in a hundred do not exceed.
func nearest(values []int64) report.Durations {
	at := func(p int) *int64 {
		for _, v := range slices.Sorted(slices.Values(values)) {
			n := 0
			for _, w := range values {
				if w <= v {
					n++
				}
			}
			if n*100 >= p*len(values) {
				return &v
			}
		}
		return nil
	}
	return report.Durations{N: int64(len(values)), P50: at(50), P90: at(90), BusinessP50: at(50), BusinessP90: at(90)}
}

// testNumbersEqualHistory: each number equals a recomputation from the event log, for random histories and intervals.
func testNumbersEqualHistory(t *testing.T, d *desk) {
	m := newMeasured(t, d, true)
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	examples(t, func(rt *rapid.T) {
		for range rapid.IntRange(1, 12).Draw(rt, "steps") { // the desk goes on from one run to the next
			m.step(rt)
		}
		if roller, ok := d.Reports.(RollUpStore); ok && rapid.Bool().Draw(rt, "pack") {
			_, err := roller.RollUp(t.Context(), rapid.IntRange(0, 3).Draw(rt, "least"))
			require.NoError(rt, err)
		}
		m.now = m.now.Add(time.Second)
		to := m.now.Add(-time.Duration(rapid.IntRange(0, 10*24*3600).Draw(rt, "before now")) * time.Second)
		i := report.Interval{From: to.Add(-time.Duration(rapid.IntRange(1, 40*24*3600).Draw(rt, "length")) * time.Second), To: to,
			Zone: rapid.SampledFrom([]*time.Location{time.UTC, berlin}).Draw(rt, "zone")}
		got, err := report.Analyze(t.Context(), d.Reports, d.all, i, report.Filter{}, m.now)
		require.NoError(rt, err)
		want := m.recount(rt, i)
		require.Equal(rt, want.Backlog, got.Backlog)
		b := got.Backlog
		require.Equal(rt, b.To, b.From+b.Created+b.Reopened-b.Resolved-b.Removed)
		require.Equal(rt, []report.Durations{want.FirstResponse, want.NextResponse, want.FirstResolution, want.LastResolution},
			[]report.Durations{got.FirstResponse, got.NextResponse, got.FirstResolution, got.LastResolution})
		require.Equal(rt, []int64{want.OneTouch.N, want.ReopenRate.N, want.Waiting.Open}, []int64{got.OneTouch.N, got.ReopenRate.N, got.Waiting.Open})
		require.Equal(rt, want.Rating, got.Rating)
		require.Equal(rt, want.HeatCreated, got.HeatCreated)
		require.Equal(rt, want.HeatAsked, got.HeatAsked)
		var days report.Balance
		for _, day := range got.Days {
			days.Created, days.Resolved, days.Reopened, days.Removed = days.Created+day.Created, days.Resolved+day.Resolved, days.Reopened+day.Reopened, days.Removed+day.Removed
		}
		require.Equal(rt, []int64{b.Created, b.Resolved, b.Reopened, b.Removed}, []int64{days.Created, days.Resolved, days.Reopened, days.Removed})
		require.Equal(rt, b.To, got.Days[len(got.Days)-1].Backlog)
		var parts [3]int64
		for n, list := range [][]report.Breakdown{got.Channels, got.Queues, got.Priorities} {
			for _, s := range list {
				parts[n] += s.Created
			}
		}
		require.Equal(rt, [3]int64{b.Created, b.Created, b.Created}, parts, "each ticket is in one channel, queue and priority")
		sc := d.accountScope("limited", ticket.Grant{Queues: []ticket.QueueID{d.queues[0].ID}})
		mine, err := report.Analyze(t.Context(), d.Reports, sc, i, report.Filter{}, m.now)
		require.NoError(rt, err)
		filtered, err := report.Analyze(t.Context(), d.Reports, d.all, i, report.Filter{Queues: []ticket.QueueID{d.queues[0].ID}}, m.now)
		require.NoError(rt, err)
		require.Equal(rt, filtered, mine, "a scope of one queue is what a filter of it selects")
	})
}

// testNumbersFilled: a desk that was there before the numbers gets the same as one that has kept them all along.
func testNumbersFilled(t *testing.T, d *desk) {
	st := d.Reports.(report.FillStore)
	m := newMeasured(t, d, false)
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	rapid.Check(t, func(rt *rapid.T) {
		if len(m.tickets) > 60 {
			return // one long history says it all
		}
		for range rapid.IntRange(5, 20).Draw(rt, "steps") {
			m.step(rt)
		}
	})
	hook := report.NewHook(nil)
	rounds := 0
	for after := int64(0); ; rounds++ {
		last, err := hook.Fill(t.Context(), st, d.all, after, 7)
		require.NoError(t, err)
		if last == 0 {
			break
		}
		if after = last; rounds == 2 {
			after = 0 // as if it was killed and began anew
		}
	}
	require.Greater(t, rounds, 2)
	i := report.Interval{From: m.now.AddDate(0, 0, -300), To: m.now.Add(time.Second), Zone: berlin}
	got, err := report.Analyze(t.Context(), d.Reports, d.all, i, report.Filter{}, m.now)
	require.NoError(t, err)
	want := m.recount(t, i)
	require.Equal(t, want.Backlog, got.Backlog)
	require.Equal(t, want.LastResolution, got.LastResolution)
	require.Equal(t, want.Rating, got.Rating)
	require.Equal(t, want.FirstResponse, got.FirstResponse)
	require.Equal(t, want.HeatAsked, got.HeatAsked)
}
