package httpapi

import (
	"encoding/json"
	"time"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// slaDTO is what a ticket shows of its service level: the clock to be looked at first, and whether any is late.
type slaDTO struct {
	State     string `json:"state" enum:"none,running,paused,overdue,done" doc:"none: nothing is promised; done: no clock is open"`
	Clock     string `json:"clock" doc:"first_response, next_response, update or resolution: of the open clocks the one that is due first; empty when none is open"`
	DueAt     *stamp `json:"due_at" doc:"null while paused"`
	SoonAt    *stamp `json:"soon_at" doc:"since when it is pressing: less than a quarter of the target, or than 15 minutes, of working time is left; null unless it runs and is not late"`
	Remaining *int64 `json:"remaining_seconds" doc:"of working time until it is due; negative when late"`
	Breached  bool   `json:"breached" doc:"a clock was missed and is not stopped"`
}

func slaOf(m sla.Summary) slaDTO {
	if len(m.Records) == 0 {
		return slaDTO{State: "none"}
	}
	r := m.Next()
	if r == nil {
		return slaDTO{State: "done"}
	}
	out := slaDTO{State: "running", Clock: string(r.Clock), DueAt: stampPtr(r.Due), SoonAt: stampPtr(r.SoonAt), Remaining: &r.Remaining, Breached: m.Late()}
	switch {
	case r.BreachedAt != nil:
		out.State = "overdue"
	case r.PausedSince != nil:
		out.State = "paused"
	}
	return out
}

func stampPtr(t *time.Time) *stamp {
	if t == nil {
		return nil
	}
	return stampOf(*t)
}

// clockDTO is one cycle of one clock.
type clockDTO struct {
	Clock         sla.Clock      `json:"clock" enum:"first_response,next_response,update,resolution"`
	Cycle         int            `json:"cycle" doc:"from 1"`
	State         sla.ClockState `json:"state" enum:"running,paused,met,missed,cancelled"`
	Target        int64          `json:"target_seconds" doc:"of working time"`
	Elapsed       int64          `json:"elapsed_seconds" doc:"of working time, without pauses"`
	Remaining     int64          `json:"remaining_seconds" doc:"negative when late"`
	Start         stamp          `json:"start"`
	DueAt         *stamp         `json:"due_at" doc:"null while paused"`
	SoonAt        *stamp         `json:"soon_at" doc:"since when it is pressing; null unless it runs and is not late"`
	StoppedAt     *stamp         `json:"stopped_at"`
	CancelledAt   *stamp         `json:"cancelled_at"`
	BreachedAt    *stamp         `json:"breached_at" doc:"when it was due, not when somebody noticed"`
	PausedSince   *stamp         `json:"paused_since"`
	Cause         string         `json:"cause" doc:"policy_change when a change of policy, priority or queue made it late"`
	PolicyID      sla.PolicyID   `json:"policy_id"`
	PolicyVersion int64          `json:"policy_version"`
}

func clockOf(r *sla.Record) clockDTO {
	return clockDTO{r.Clock, r.Cycle, r.State, r.Target, r.Elapsed, r.Remaining, stamp(r.Start), stampPtr(r.Due), stampPtr(r.SoonAt), stampPtr(r.StoppedAt), stampPtr(r.CancelledAt),
		stampPtr(r.BreachedAt), stampPtr(r.PausedSince), r.Cause, r.PolicyID, r.PolicyVersion}
}

// ticketClocksDTO is what GET tickets/{id}/sla gives.
type ticketClocksDTO struct {
	At     stamp          `json:"at" doc:"the moment for which this was worked out"`
	Policy *policyNameDTO `json:"policy" doc:"that of the newest clock"`
	Clocks []clockDTO     `json:"clocks"`
}

// policyNameDTO names a version of a policy.
type policyNameDTO struct {
	ID      sla.PolicyID `json:"id"`
	Version int64        `json:"version"`
	Name    string       `json:"name"`
}

// policyBodyDTO is what people write of a policy.
type policyBodyDTO struct {
	Version    int64                `json:"version" doc:"the one that was seen; a newer one refuses the change. Left out or 0: any"`
	ValidFrom  *time.Time           `json:"valid_from" doc:"in force for clocks that start from then on; left out or past: from now on"`
	Name       string               `json:"name" required:"true"`
	Position   int                  `json:"position" doc:"the first policy that matches wins, lowest position first"`
	Match      matchDTO             `json:"match" doc:"empty lists match everything"`
	CalendarID sla.CalendarID       `json:"calendar_id" doc:"empty: every hour counts"`
	Targets    map[string]targetDTO `json:"targets" required:"true" doc:"by clock: first_response, next_response, update, resolution"`
	Steps      []stepDTO            `json:"steps" doc:"the ladder"`
	Reopen     sla.Reopen           `json:"reopen" enum:",continue,restart,ignore"`
	Pauses     map[string][]string  `json:"pauses" doc:"clocks that a state, or a category, pauses; left out: pending and snoozed pause all but the first response"`
}

// matchDTO narrows a policy down.
type matchDTO struct {
	Priorities []string `json:"priorities"`
	Queues     []string `json:"queues" doc:"ids"`
	Channels   []string `json:"channels"`
}

// targetDTO is a promise in seconds of working time.
type targetDTO struct {
	All        int64            `json:"all"`
	ByPriority map[string]int64 `json:"by_priority"`
}

// stepDTO is a rung of the ladder.
type stepDTO struct {
	Clock       string      `json:"clock" required:"true"`
	Kind        string      `json:"kind" required:"true" enum:"warn,escalate"`
	Lead        int64       `json:"lead" doc:"seconds of working time before the due time, for warn"`
	After       int64       `json:"after" doc:"seconds of working time behind it, for escalate"`
	OnlyInHours bool        `json:"only_in_hours"`
	Actions     []actionDTO `json:"actions" required:"true"`
}

// actionDTO is one thing that a step does.
type actionDTO struct {
	Type string `json:"type" required:"true" enum:"notify_assignee,notify_queue,notify_role,notify_discord,notify_mail,notify_webhook,raise_priority,reassign,move_queue"`
	To   string `json:"to" doc:"role, address, webhook, account or queue"`
}

// policyDTO is a policy.
type policyDTO struct {
	ID         sla.PolicyID         `json:"id"`
	Version    int64                `json:"version"`
	ValidFrom  stamp                `json:"valid_from"`
	Retired    bool                 `json:"retired"`
	Origin     string               `json:"origin" enum:"hand,config" doc:"config: the configuration of the program says it, and it is changed there"`
	CreatedBy  ticket.AccountID     `json:"created_by"`
	CreatedAt  stamp                `json:"created_at"`
	Name       string               `json:"name"`
	Position   int                  `json:"position"`
	Match      matchDTO             `json:"match"`
	CalendarID sla.CalendarID       `json:"calendar_id"`
	Targets    map[string]targetDTO `json:"targets"`
	Steps      []stepDTO            `json:"steps"`
	Reopen     sla.Reopen           `json:"reopen" enum:",continue,restart,ignore"`
	Pauses     map[string][]string  `json:"pauses"`
}

func origin(o sla.Origin) string {
	if o == sla.ByEnvironment {
		return "config"
	}
	return "hand"
}

func (b *policyBodyDTO) policy() (p sla.Policy, err error) {
	err = reshape(b, &p)
	return p, err
}

func policyOf(k *sla.Kept[sla.Policy]) (out policyDTO, err error) {
	err = reshape(k.Value, &out)
	out.ValidFrom, out.Origin, out.CreatedBy, out.CreatedAt = stamp(k.Value.ValidFrom), origin(k.Origin), k.By, stamp(k.CreatedAt)
	out.Match.Priorities, out.Match.Queues, out.Match.Channels = filled(out.Match.Priorities), filled(out.Match.Queues), filled(out.Match.Channels)
	if out.Steps = filled(out.Steps); out.Pauses == nil {
		out.Pauses = map[string][]string{}
	}
	for i := range out.Steps {
		out.Steps[i].Actions = filled(out.Steps[i].Actions)
	}
	for c, t := range out.Targets {
		if t.ByPriority == nil {
			t.ByPriority = map[string]int64{}
			out.Targets[c] = t
		}
	}
	return out, err
}

// windowDTO is a span of local time of a day.
type windowDTO struct {
	Open  string `json:"open" required:"true" doc:"08:00"`
	Close string `json:"close" required:"true" doc:"up to 24:00"`
}

// holidayDTO is a date without work.
type holidayDTO struct {
	Date string `json:"date" required:"true" doc:"2026-12-25"`
	Name string `json:"name"`
}

// calendarBodyDTO is what people write of a calendar.
type calendarBodyDTO struct {
	Version   int64                  `json:"version" doc:"the one that was seen; a newer one refuses the change. Left out or 0: any"`
	ValidFrom *time.Time             `json:"valid_from" doc:"left out or past: from now on"`
	Name      string                 `json:"name" required:"true"`
	Zone      string                 `json:"zone" required:"true" doc:"Europe/Berlin"`
	Week      map[string][]windowDTO `json:"week" required:"true" doc:"by mon to sun; hours over midnight are two windows"`
	Holidays  []holidayDTO           `json:"holidays"`
	Overrides map[string][]windowDTO `json:"overrides" doc:"by date: windows instead of the week's"`
	Breaks    map[string][]windowDTO `json:"breaks" doc:"by date: windows taken away"`
}

// calendarDTO is a calendar.
type calendarDTO struct {
	ID        sla.CalendarID         `json:"id"`
	Version   int64                  `json:"version"`
	ValidFrom stamp                  `json:"valid_from"`
	Origin    string                 `json:"origin" enum:"hand,config" doc:"config: the configuration of the program says it, and it is changed there"`
	CreatedBy ticket.AccountID       `json:"created_by"`
	CreatedAt stamp                  `json:"created_at"`
	Name      string                 `json:"name"`
	Zone      string                 `json:"zone"`
	Week      map[string][]windowDTO `json:"week"`
	Holidays  []holidayDTO           `json:"holidays"`
	Overrides map[string][]windowDTO `json:"overrides"`
	Breaks    map[string][]windowDTO `json:"breaks"`
}

func (b *calendarBodyDTO) calendar() (c sla.Calendar, err error) {
	err = reshape(b, &c)
	return c, err
}

func calendarOf(k *sla.Kept[sla.Calendar]) (out calendarDTO, err error) {
	err = reshape(k.Value, &out)
	out.ValidFrom, out.Origin, out.CreatedBy, out.CreatedAt = stamp(k.Value.ValidFrom), origin(k.Origin), k.By, stamp(k.CreatedAt)
	out.Holidays = filled(out.Holidays)
	for _, m := range []*map[string][]windowDTO{&out.Week, &out.Overrides, &out.Breaks} {
		if *m == nil {
			*m = map[string][]windowDTO{}
		}
		for day, ws := range *m {
			(*m)[day] = filled(ws)
		}
	}
	return out, err
}

// reshape makes one shape of another by the names that both have in JSON. What the type itself refuses to read names its field.
func reshape(from, into any) error {
	b, err := json.Marshal(from)
	if err != nil {
		return &ticket.Error{Kind: ticket.Internal, Op: "sla", Msg: "the answer cannot be written", Err: err}
	}
	return decodeLoose(b, into)
}

func decodeLoose(raw []byte, into any) error {
	err := json.Unmarshal(raw, into)
	if err == nil || ticket.KindOf(err) == ticket.Invalid {
		return err
	}
	return &ticket.Error{Kind: ticket.Invalid, Msg: "the body has a value of the wrong form", Err: err}
}

// UnmarshalJSON lets reshape fill a stamp, which no request holds.
func (s *stamp) UnmarshalJSON(b []byte) error { return (*time.Time)(s).UnmarshalJSON(b) }
