package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// Rank is what one agent did in an interval. Each number is credited to who caused its event.
type Rank struct {
	Agent         ticket.AccountID `json:"agent_id"` // "" when the ranking names nobody
	Name          string           `json:"name"`
	Resolved      int64            `json:"resolved"`
	FirstResponse Durations        `json:"first_response"`
	Attainment    Share            `json:"sla"`      // clocks that were met, of those that were met or missed
	Reopened      int64            `json:"reopened"` // of the resolved, back within seven days
	Rating        *Ratings         `json:"rating"`   // of tickets that this one resolved; nil: nobody has rated
}

// RankingSettings say whether agents are compared, and how.
type RankingSettings struct {
	Off       bool  `json:"off"`       // there is no ranking
	Anonymous bool  `json:"anonymous"` // names are replaced by numbers, except one's own
	Minimum   int64 `json:"minimum"`   // who has resolved and first answered less together is left out; 0 is DefaultMinimum
}

// DefaultMinimum keeps chance out of a ranking.
const DefaultMinimum = 5

// Ranking are the agents of an interval, who has resolved most first. Left out tells how many had too little to be compared.
type Ranking struct {
	Items     []Rank `json:"items"`
	LeftOut   int64  `json:"left_out"`
	Minimum   int64  `json:"minimum"`
	Anonymous bool   `json:"anonymous"`
}

// RankAgents computes the ranking. me is who asks; names tells how people are called.
func RankAgents(ctx context.Context, st Store, s ticket.Scope, i Interval, f Filter, set RankingSettings, me ticket.AccountID, names func(ticket.AccountID) string) (*Ranking, error) {
	if err := i.check(); err != nil {
		return nil, err
	}
	if set.Off {
		return nil, ticket.Errorf(ticket.NotFound, "this desk compares nobody")
	}
	type sums struct {
		Rank
		first spans
		rated opinions
	}
	all := map[ticket.AccountID]*sums{}
	of := func(id ticket.AccountID) *sums {
		if all[id] == nil {
			all[id] = &sums{}
		}
		return all[id]
	}
	err := st.Facts(ctx, s, FactQuery{From: i.From, To: i.To, Kinds: []FactKind{FactFirstResponse, FactResolved, FactRated}, Filter: f}, func(r *FactRow) {
		if r.Actor == "" {
			return
		}
		x := of(ticket.AccountID(strings.Clone(string(r.Actor))))
		switch r.Kind {
		case FactFirstResponse:
			x.first.add(r)
			return
		case FactRated:
			x.rated.add(r)
			return
		}
		x.Resolved++
		if r.UndoneAt != 0 && r.UndoneAt-r.At <= reopenWithin.Microseconds() {
			x.Reopened++
		}
	})
	if err != nil {
		return nil, err
	}
	promises, err := st.Promises(ctx, s, f, i.From, i.To)
	if err != nil {
		return nil, err
	}
	for _, p := range promises {
		if x := all[p.Agent]; x != nil {
			x.Attainment.Of += p.N
			if p.Met {
				x.Attainment.N += p.N
			}
		}
	}
	out := &Ranking{Items: []Rank{}, Minimum: cmp.Or(set.Minimum, DefaultMinimum), Anonymous: set.Anonymous}
	for id, x := range all {
		if x.Resolved+int64(len(x.first.calendar)) < out.Minimum {
			out.LeftOut++
			continue
		}
		x.Agent, x.Rank.FirstResponse, x.Attainment, x.Rating = id, x.first.durations(), share(x.Attainment.N, x.Attainment.Of), x.rated.ratings()
		out.Items = append(out.Items, x.Rank)
	}
	slices.SortFunc(out.Items, func(a, b Rank) int {
		return cmp.Or(cmp.Compare(b.Resolved, a.Resolved), cmp.Compare(b.FirstResponse.N, a.FirstResponse.N), cmp.Compare(a.Agent, b.Agent))
	})
	for n := range out.Items {
		x := &out.Items[n]
		if set.Anonymous && x.Agent != me {
			x.Agent, x.Name = "", fmt.Sprintf("#%d", n+1)
			continue
		}
		x.Name = names(x.Agent)
	}
	return out, nil
}
