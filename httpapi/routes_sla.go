package httpapi

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

func slaRoutes() []route {
	return []route{
		{method: get, path: "/tickets/{id}/sla", id: "ticketSLA", summary: "The clocks of a ticket, with all their cycles", op: ticket.OpSLARead, status: 200, answer: ticketClocksDTO{}, run: (*call).ticketSLA},
		{method: get, path: "/sla/policies", id: "listPolicies", summary: "The policies in the order in which they are asked", op: ticket.OpSLARead, status: 200, answer: page[policyDTO]{}, run: (*call).listPolicies},
		{method: post, path: "/sla/policies", id: "createPolicy", summary: "Make a policy", op: ticket.OpSLAManage, body: policyBodyDTO{}, status: 201, answer: policyDTO{}, run: (*call).createPolicy},
		{method: get, path: "/sla/policies/{id}", id: "getPolicy", summary: "All versions of a policy, the newest first", op: ticket.OpSLARead, status: 200, answer: page[policyDTO]{}, run: (*call).getPolicy},
		{method: put, path: "/sla/policies/{id}", id: "savePolicy", summary: "Make the next version of a policy", op: ticket.OpSLAManage, body: policyBodyDTO{}, status: 200, answer: policyDTO{}, run: (*call).savePolicy},
		{method: del, path: "/sla/policies/{id}", id: "retirePolicy", summary: "End a policy for clocks that start from now on", op: ticket.OpSLAManage, status: 204, run: (*call).retirePolicy},
		{method: get, path: "/sla/calendars", id: "listCalendars", summary: "The calendars", op: ticket.OpSLARead, status: 200, answer: page[calendarDTO]{}, run: (*call).listCalendars},
		{method: post, path: "/sla/calendars", id: "createCalendar", summary: "Make a calendar", op: ticket.OpSLAManage, body: calendarBodyDTO{}, status: 201, answer: calendarDTO{}, run: (*call).createCalendar},
		{method: get, path: "/sla/calendars/{id}", id: "getCalendar", summary: "All versions of a calendar, the newest first", op: ticket.OpSLARead, status: 200, answer: page[calendarDTO]{}, run: (*call).getCalendar},
		{method: put, path: "/sla/calendars/{id}", id: "saveCalendar", summary: "Make the next version of a calendar", op: ticket.OpSLAManage, body: calendarBodyDTO{}, status: 200, answer: calendarDTO{}, run: (*call).saveCalendar},
		{method: del, path: "/sla/calendars/{id}", id: "retireCalendar", summary: "Take a calendar away; 409 while a policy goes by it", op: ticket.OpSLAManage, status: 204, run: (*call).retireCalendar},
		{method: post, path: "/sla/recompute", id: "recomputeSLA", summary: "Apply the definitions in force to all open clocks; a job does it", op: ticket.OpSLAManage, status: 202, answer: queuedDTO{}, run: (*call).recomputeSLA},
		{method: post, path: "/sla/simulate", id: "simulateSLA", summary: "What would have become of the tickets of a period under a policy", op: ticket.OpSLARead, body: simulateDTO{}, status: 200, answer: simulationDTO{}, run: (*call).simulateSLA},
		{method: get, path: "/sla/report", id: "reportSLA", summary: "What was met and missed in a period, by clock and version of a policy", op: ticket.OpSLARead, params: []param{
			{"from", "string", "at or after this time (RFC 3339); left out: 30 days before to"},
			{"to", "string", "before this time (RFC 3339); left out: now"},
			formatParam,
		}, status: 200, answer: reportDTO{}, media: "text/csv", run: (*call).reportSLA},
	}
}

// levels gives the service levels.
func (c *call) levels() (*sla.Service, error) {
	if c.api.cfg.SLA == nil {
		return nil, ticket.Errorf(ticket.NotFound, "this desk keeps no service levels")
	}
	return c.api.cfg.SLA, nil
}

// clocks are those of some tickets, for who may see them.
func (c *call) clocks(ts ...ticket.Ticket) (map[ticket.ID]sla.Summary, error) {
	if c.api.cfg.SLA == nil {
		return nil, nil
	}
	ids := make([]ticket.ID, len(ts))
	for i := range ts {
		ids[i] = ts[i].ID
	}
	return c.api.cfg.SLA.Page(c.ctx(), c.actor(), ids)
}

func (c *call) ticketSLA() error {
	s, err := c.levels()
	if err != nil {
		return err
	}
	id, err := c.ticketID()
	if err != nil {
		return err
	}
	t, err := s.Ticket(c.ctx(), c.actor(), id)
	if err != nil {
		return err
	}
	out := ticketClocksDTO{At: stamp(t.At), Clocks: make([]clockDTO, 0, len(t.Records))}
	for i := range t.Records {
		out.Clocks = append(out.Clocks, clockOf(&t.Records[i]))
	}
	if t.Policy != nil {
		out.Policy = &policyNameDTO{t.Policy.ID, t.Policy.Version, t.Policy.Name}
	}
	return c.json(http.StatusOK, out)
}

// listed answers with definitions.
func listed[T, D any](c *call, list []sla.Kept[T], err error, shape func(*sla.Kept[T]) (D, error)) error {
	if err != nil {
		return err
	}
	out := page[D]{Items: make([]D, 0, len(list))}
	for i := range list {
		d, err := shape(&list[i])
		if err != nil {
			return err
		}
		out.Items = append(out.Items, d)
	}
	return c.json(http.StatusOK, out)
}

// answered answers with one definition.
func answered[T, D any](c *call, status int, k sla.Kept[T], err error, shape func(*sla.Kept[T]) (D, error)) error {
	if err != nil {
		return err
	}
	d, err := shape(&k)
	if err != nil {
		return err
	}
	return c.json(status, d)
}

func (c *call) listPolicies() error {
	s, err := c.levels()
	if err != nil {
		return err
	}
	all, err := s.Policies(c.ctx(), c.actor())
	return listed(c, all, err, policyOf)
}

func (c *call) getPolicy() error {
	s, err := c.levels()
	if err != nil {
		return err
	}
	all, err := s.Policy(c.ctx(), c.actor(), sla.PolicyID(c.r.PathValue("id")))
	return listed(c, all, err, policyOf)
}

func (c *call) createPolicy() error { return c.putPolicy(http.StatusCreated, "") }

func (c *call) savePolicy() error {
	return c.putPolicy(http.StatusOK, sla.PolicyID(c.r.PathValue("id")))
}

func (c *call) putPolicy(status int, id sla.PolicyID) error {
	s, err := c.levels()
	if err != nil {
		return err
	}
	var in policyBodyDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	p, err := in.policy()
	if err != nil {
		return err
	}
	k, err := s.SavePolicy(c.ctx(), c.actor(), id, in.Version, p)
	return answered(c, status, k, err, policyOf)
}

func (c *call) retirePolicy() error {
	s, err := c.levels()
	if err != nil {
		return err
	}
	if err := s.RetirePolicy(c.ctx(), c.actor(), sla.PolicyID(c.r.PathValue("id")), 0); err != nil {
		return err
	}
	return c.empty()
}

func (c *call) listCalendars() error {
	s, err := c.levels()
	if err != nil {
		return err
	}
	all, err := s.Calendars(c.ctx(), c.actor())
	return listed(c, all, err, calendarOf)
}

func (c *call) getCalendar() error {
	s, err := c.levels()
	if err != nil {
		return err
	}
	all, err := s.Calendar(c.ctx(), c.actor(), sla.CalendarID(c.r.PathValue("id")))
	return listed(c, all, err, calendarOf)
}

func (c *call) createCalendar() error { return c.putCalendar(http.StatusCreated, "") }

func (c *call) saveCalendar() error {
	return c.putCalendar(http.StatusOK, sla.CalendarID(c.r.PathValue("id")))
}

func (c *call) putCalendar(status int, id sla.CalendarID) error {
	s, err := c.levels()
	if err != nil {
		return err
	}
	var in calendarBodyDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	cal, err := in.calendar()
	if err != nil {
		return err
	}
	k, err := s.SaveCalendar(c.ctx(), c.actor(), id, in.Version, cal)
	return answered(c, status, k, err, calendarOf)
}

func (c *call) retireCalendar() error {
	s, err := c.levels()
	if err != nil {
		return err
	}
	if err := s.RetireCalendar(c.ctx(), c.actor(), sla.CalendarID(c.r.PathValue("id")), 0); err != nil {
		return err
	}
	return c.empty()
}

func (c *call) recomputeSLA() error {
	s, err := c.levels()
	if err != nil {
		return err
	}
	if err := s.Recompute(c.ctx(), c.actor()); err != nil {
		return err
	}
	return c.json(http.StatusAccepted, queuedDTO{"queued"})
}

// queuedDTO says that a job will do what was asked for.
type queuedDTO struct {
	Status string `json:"status" enum:"queued"`
}

// simulateDTO is what POST sla/simulate takes.
type simulateDTO struct {
	From     time.Time        `json:"from" required:"true" doc:"tickets created at or after this time"`
	To       time.Time        `json:"to" required:"true" doc:"and before this one, at most 366 days later"`
	Policy   policyBodyDTO    `json:"policy" required:"true"`
	Calendar *calendarBodyDTO `json:"calendar" doc:"that the policy is to go by; left out: the one that it names"`
}

// simulationDTO is what POST sla/simulate gives.
type simulationDTO struct {
	Tickets   int             `json:"tickets" doc:"how many were looked at; at most 200"`
	Truncated bool            `json:"truncated" doc:"there were more in the period"`
	Clocks    []comparisonDTO `json:"clocks"`
}

// comparisonDTO is one clock as it was and as it would have been.
type comparisonDTO struct {
	Clock   sla.Clock `json:"clock" enum:"first_response,next_response,update,resolution"`
	Actual  countsDTO `json:"actual"`
	Instead countsDTO `json:"instead"`
}

// countsDTO counts clocks.
type countsDTO struct {
	Met    int `json:"met"`
	Missed int `json:"missed"`
	Open   int `json:"open"`
}

func (c *call) simulateSLA() error {
	s, err := c.levels()
	if err != nil {
		return err
	}
	var in simulateDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	p, err := in.Policy.policy()
	if err != nil {
		return err
	}
	var cal *sla.Calendar
	if in.Calendar != nil {
		own, err := in.Calendar.calendar()
		if err != nil {
			return err
		}
		cal = &own
	}
	r, err := s.Simulate(c.ctx(), c.actor(), p, cal, in.From, in.To)
	if err != nil {
		return err
	}
	out := simulationDTO{Tickets: r.Tickets, Truncated: r.Truncated}
	for _, x := range r.Clocks {
		out.Clocks = append(out.Clocks, comparisonDTO{x.Clock, countsDTO{x.Met, x.Missed, x.Open}, countsDTO{x.WouldMeet, x.WouldMiss, x.WouldBeOpen}})
	}
	return c.json(http.StatusOK, out)
}

// reportDTO is what GET sla/report gives.
type reportDTO struct {
	From  stamp           `json:"from"`
	To    stamp           `json:"to"`
	Lines []reportLineDTO `json:"lines"`
}

// reportLineDTO is one clock under one version of a policy.
type reportLineDTO struct {
	Clock         sla.Clock    `json:"clock" enum:"first_response,next_response,update,resolution"`
	PolicyID      sla.PolicyID `json:"policy_id"`
	PolicyVersion int64        `json:"policy_version"`
	Policy        string       `json:"policy" doc:"its name"`
	Met           int64        `json:"met"`
	Missed        int64        `json:"missed"`
	ByChange      int64        `json:"missed_by_change" doc:"of missed: because a policy, priority or queue was changed"`
	Attainment    *float64     `json:"attainment" doc:"met / (met + missed)"`
}

func (c *call) reportSLA() error {
	s, err := c.levels()
	if err != nil {
		return err
	}
	params := c.r.URL.Query()
	to, err := timeParam(params.Get("to"), "to")
	if err != nil {
		return err
	}
	if to.IsZero() {
		to = c.api.now().UTC()
	}
	from, err := timeParam(params.Get("from"), "from")
	if err != nil {
		return err
	}
	if from.IsZero() {
		from = to.AddDate(0, 0, -30)
	}
	lines, err := s.Report(c.ctx(), c.actor(), from, to)
	if err != nil {
		return err
	}
	out := reportDTO{From: stamp(from), To: stamp(to), Lines: make([]reportLineDTO, 0, len(lines))}
	for _, l := range lines {
		out.Lines = append(out.Lines, reportLineDTO(l))
	}
	return c.table(out, "sla.csv", out.rows)
}

// rows are the lines as a table with a head.
func (r *reportDTO) rows() [][]string {
	out := [][]string{{"clock", "policy_id", "policy_version", "policy", "met", "missed", "missed_by_change", "attainment"}}
	for _, l := range r.Lines {
		share := ""
		if l.Attainment != nil {
			share = strconv.FormatFloat(*l.Attainment, 'f', 4, 64)
		}
		out = append(out, []string{string(l.Clock), string(l.PolicyID), fmt.Sprint(l.PolicyVersion), l.Policy, fmt.Sprint(l.Met), fmt.Sprint(l.Missed),
			fmt.Sprint(l.ByChange), share})
	}
	return out
}
