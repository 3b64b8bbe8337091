package storetest

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// rankingTests are for a store that keeps the numbers and the clocks.
var rankingTests = []test{
	{"EqualsTheHistory", testRanking},
}

// deeds is what one agent did in an interval, recounted.
type deeds struct {
	resolved, reopened, met, of int64
	first                       []int64
	ratings                     []float64
}

// testRanking: each number of the ranking, and the hours in which clocks ran out, equal a recomputation from the event log and from what became of
// the clocks, for a random history and any interval.
func testRanking(t *testing.T, d *desk) {
	m := newMeasured(t, d, true)
	rapid.Check(t, func(rt *rapid.T) {
		for i := 0; i < rapid.IntRange(5, 20).Draw(rt, "steps") && len(m.tickets) < 40; i++ { // one long history says it all
			m.step(rt)
		}
	})
	m.now = m.now.Add(time.Second)
	var stories []*story
	outcomes := map[ticket.ID][]sla.Outcome{}
	for n, id := range m.tickets {
		tk, err := d.Store.Ticket(t.Context(), d.all, id)
		if ticket.KindOf(err) == ticket.NotFound {
			continue
		}
		require.NoError(t, err)
		es, err := d.Store.Events(t.Context(), d.all, ticket.EventQuery{Ticket: id, Limit: 10_000})
		require.NoError(t, err)
		s := tell(t, tk, es)
		var list []sla.Outcome
		if len(s.answers) > 0 {
			list = append(list, sla.Outcome{TicketID: id, Clock: sla.FirstResponse, Cycle: 1, Met: n%3 != 0, At: s.answers[0].at})
		}
		if len(s.solved) > 0 {
			list = append(list, sla.Outcome{TicketID: id, Clock: sla.Resolution, Cycle: 1, Met: n%2 == 0, At: s.solved[len(s.solved)-1].at})
		}
		d.save(sla.Row{TicketID: id, Open: true}, list...)
		if tk.Category == ticket.Merged || tk.Category == ticket.Spam {
			continue // counts nowhere
		}
		outcomes[id] = list
		stories = append(stories, s)
	}
	first := time.Date(2026, 3, 26, 0, 0, 0, 0, time.UTC)
	length := m.now.Sub(first)
	for _, i := range []report.Interval{{From: first, To: m.now}, {From: first.Add(length / 3), To: first.Add(2 * length / 3)}, {From: first.Add(length / 2), To: m.now}, {From: first, To: first.Add(time.Minute)}} {
		if i.To.Sub(i.From) > 365*24*time.Hour {
			i.From = i.To.Add(-365 * 24 * time.Hour)
		}
		i.Zone = time.UTC
		want, heat := recountRanking(stories, outcomes, i)
		for _, minimum := range []int64{1, 4, 1000} {
			got, err := report.RankAgents(t.Context(), d.Reports, d.all, i, report.Filter{}, report.RankingSettings{Minimum: minimum}, "", func(id ticket.AccountID) string { return "name of " + string(id) })
			require.NoError(t, err)
			var left int64
			seen := map[ticket.AccountID]bool{}
			for _, x := range got.Items {
				w := want[x.Agent]
				require.NotNil(t, w, "%s did nothing", x.Agent)
				seen[x.Agent] = true
				require.Equal(t, "name of "+string(x.Agent), x.Name)
				require.Equal(t, []int64{w.resolved, w.reopened, w.met, w.of}, []int64{x.Resolved, x.Reopened, x.Attainment.N, x.Attainment.Of}, "%s", x.Agent)
				require.Equal(t, nearest(w.first), x.FirstResponse)
				require.Equal(t, opinions(w.ratings), x.Rating)
			}
			for id, w := range want {
				if few := w.resolved+int64(len(w.first)) < minimum; few {
					left++
					require.False(t, seen[id], "%s has too little to be compared", id)
				} else {
					require.True(t, seen[id], "%s is missing", id)
				}
			}
			require.Equal(t, left, got.LeftOut)
			require.True(t, slices.IsSortedFunc(got.Items, func(a, b report.Rank) int { return int(b.Resolved - a.Resolved) }))
		}
		hidden, err := report.RankAgents(t.Context(), d.Reports, d.all, i, report.Filter{}, report.RankingSettings{Minimum: 1, Anonymous: true}, "sam", func(id ticket.AccountID) string { return string(id) })
		require.NoError(t, err)
		for _, x := range hidden.Items {
			require.True(t, x.Agent == "sam" && x.Name == "sam" || x.Agent == "" && x.Name != "anna", "%+v", x)
		}
		a, err := report.Analyze(t.Context(), d.Reports, d.all, i, report.Filter{}, m.now)
		require.NoError(t, err)
		require.Equal(t, heat, a.HeatBreached)
	}
	_, err := report.RankAgents(t.Context(), d.Reports, d.all, report.Interval{From: first, To: m.now.Add(time.Hour).Truncate(time.Hour)}, report.Filter{}, report.RankingSettings{Off: true}, "", nil)
	require.Error(t, err)
}

// recountRanking works the ranking out from histories: what somebody did in the interval, and of the clocks that ended in it those that they ended.
func recountRanking(stories []*story, outcomes map[ticket.ID][]sla.Outcome, i report.Interval) (map[ticket.AccountID]*deeds, [7][24]int64) {
	in := func(at time.Time) bool { return !at.Before(i.From) && at.Before(i.To) }
	out := map[ticket.AccountID]*deeds{}
	of := func(actor string) *deeds {
		id := ticket.AccountID(actor)
		if out[id] == nil {
			out[id] = &deeds{}
		}
		return out[id]
	}
	for _, s := range stories {
		if r := s.rating; r != nil && r.of != "" && in(r.at) {
			of(r.of).ratings = append(of(r.of).ratings, r.value)
		}
		if len(s.answers) > 0 && in(s.answers[0].at) {
			x := of(s.answers[0].actor)
			x.first = append(x.first, s.answers[0].seconds)
		}
		for _, r := range s.solved {
			if !in(r.at) {
				continue
			}
			x := of(r.actor)
			x.resolved++
			if !r.undone.IsZero() && r.undone.Sub(r.at) <= 7*24*time.Hour {
				x.reopened++
			}
		}
	}
	var heat [7][24]int64
	for _, s := range stories {
		for _, o := range outcomes[s.ticket.ID] {
			if !in(o.At) {
				continue
			}
			if !o.Met {
				local := o.At.In(i.Zone)
				heat[(int(local.Weekday())+6)%7][local.Hour()]++
			}
			actor := ""
			switch {
			case o.Clock == sla.FirstResponse:
				actor = s.answers[0].actor
			case s.solved[len(s.solved)-1].undone.IsZero():
				actor = s.solved[len(s.solved)-1].actor
			}
			if x := out[ticket.AccountID(actor)]; actor != "" && x != nil {
				x.of++
				if o.Met {
					x.met++
				}
			}
		}
	}
	return out, heat
}
