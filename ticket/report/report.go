// Package report computes the numbers of a desk. Every number names its anchor event, and what cannot be computed is nil, never
// invented.
//
// Hook keeps, in the transaction of each change, what a ticket's events say (State) and each Fact that counts. Everything else is read from
// facts: what happened in an interval is counted by the time of its event, and by what its ticket is now, so that a later mark as spam takes
// it out of every number.
package report

import (
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// KPI is the flat set of numbers on the overview. A nil number is one that cannot be computed yet.
type KPI struct {
	Open             *int64   `json:"open"`       // new, open or snoozed
	Unassigned       *int64   `json:"unassigned"` // active without assignee
	Mine             *int64   `json:"mine"`       // active and assigned to who asks
	Pending          *int64   `json:"pending"`
	Breached         *int64   `json:"breached"`
	DueWithinHour    *int64   `json:"due_within_hour"`
	CreatedToday     *int64   `json:"created_today"`
	ResolvedToday    *int64   `json:"resolved_today"`
	FirstResponseP50 *int64   `json:"first_response_p50_seconds"` // of the first answers of the last seven days; nearest rank
	SLAAttainment7d  *float64 `json:"sla_attainment_7d"`
	AgentsOnline     *int64   `json:"agents_online"`
	Previous         Previous `json:"previous"`
}

// Previous holds the mean of the seven days before today, or the same number of the seven days before the last seven.
type Previous struct {
	CreatedToday     *float64 `json:"created_today"`
	ResolvedToday    *float64 `json:"resolved_today"`
	FirstResponseP50 *int64   `json:"first_response_p50_seconds"`
	SLAAttainment7d  *float64 `json:"sla_attainment_7d"`
}

// Query says for whom and when.
type Query struct {
	Account ticket.AccountID // whose tickets are Mine
	Now     time.Time
	Zone    *time.Location // where "today" begins and ends; nil is UTC
}
