package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/internal/search"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// intervalParams are those of every call about an interval.
var intervalParams = []param{
	{"from", "string", "at or after this time (RFC 3339), or this date (2026-01-31) in the zone; left out: 30 days before to"},
	{"to", "string", "before this time, or this date; left out: now"},
	{"zone", "string", "IANA name of the time zone of days and hours; left out: the desk's"},
	{"queue", "string", "ids or names of queues"},
	{"channel", "string", "names of channels"},
	{"priority", "string", "low, normal, high, urgent"},
	{"tag", "string", "one tag"},
	{"agent", "string", "me or the id of an account: only what this one did"},
	formatParam,
}

func numberRoutes() []route {
	return []route{
		{method: get, path: "/analytics", id: "analytics", summary: "The numbers of an interval, counted by the time of each event; merged, spam and deleted tickets count nowhere", op: ticket.OpAnalyticsRead, params: intervalParams, status: 200, answer: report.Analytics{}, media: "text/csv", run: (*call).analytics},
		{method: get, path: "/ranking", id: "ranking", summary: "What each agent did in an interval; 404 when the desk compares nobody", op: ticket.OpRankingRead, params: intervalParams, status: 200, answer: report.Ranking{}, media: "text/csv", run: (*call).ranking},
		{method: get, path: "/settings/ranking", id: "rankingSettings", summary: "Whether and how agents are compared", op: ticket.OpRankingRead, status: 200, answer: rankingSettingsDTO{}, run: (*call).rankingSettings},
		{method: put, path: "/settings/ranking", id: "setRankingSettings", summary: "Change whether and how agents are compared", op: ticket.OpSettingsWrite, body: newRankingSettingsDTO{}, status: 200, answer: rankingSettingsDTO{}, run: (*call).setRankingSettings},
	}
}

// numbers gives the keeper of the numbers.
func (c *call) numbers() (report.Store, error) {
	if c.api.cfg.Reports == nil {
		return nil, ticket.Errorf(ticket.NotFound, "this desk keeps no numbers")
	}
	return c.api.cfg.Reports, nil
}

// interval reads from, to and zone.
func (c *call) interval() (i report.Interval, err error) {
	params := c.r.URL.Query()
	i.Zone = c.zone()
	if name := params.Get("zone"); name != "" {
		if i.Zone, err = time.LoadLocation(name); err != nil || name == "Local" || len(name) > 64 {
			return i, ticket.InvalidField("zone", "must be the name of a time zone like Europe/Berlin")
		}
	}
	at := func(name string) (time.Time, error) {
		s := params.Get(name)
		if d, err := time.ParseInLocation(time.DateOnly, s, i.Zone); err == nil {
			return d, nil
		}
		return timeParam(s, name)
	}
	if i.To, err = at("to"); err != nil {
		return i, err
	}
	if i.To.IsZero() {
		i.To = c.api.now().UTC()
	}
	if i.From, err = at("from"); err != nil {
		return i, err
	}
	if i.From.IsZero() {
		i.From = i.To.AddDate(0, 0, -30)
	}
	return i, nil
}

// zone is that of the branding, else of the configuration.
func (c *call) zone() *time.Location {
	b, err := c.api.service.Branding(c.ctx(), c.actor())
	if err == nil && b.TimeZone != "" {
		if z, err := time.LoadLocation(b.TimeZone); err == nil {
			return z
		}
	}
	return c.api.cfg.Zone
}

// numberFilter reads which tickets count.
func (c *call) numberFilter() (f report.Filter, err error) {
	params := c.r.URL.Query()
	text := search.Text{Filters: map[string][]string{}}
	for _, name := range []string{"queue", "channel", "priority"} {
		text.Filters[name] = strings.FieldsFunc(strings.Join(params[name], ","), func(r rune) bool { return r == ',' })
		if len(text.Filters[name]) > search.MaxTerms {
			return f, ticket.InvalidField(name, "has more than %d values", search.MaxTerms)
		}
	}
	var q ticket.Query
	if err := (search.Finder{Desk: c.api.service, Actor: c.actor()}).Apply(c.ctx(), &q, text); err != nil {
		return f, err
	}
	f = report.Filter{Queues: q.Queue, Channels: q.Channel, Priorities: q.Priority, Tag: strings.ToLower(params.Get("tag")), Agent: ticket.AccountID(params.Get("agent"))}
	if f.Agent == "me" {
		f.Agent = c.who.Account.ID
	}
	if len(f.Agent) > ticket.MaxAccountID {
		return f, ticket.InvalidField("agent", "must be me or the id of an account")
	}
	return f, nil
}

func (c *call) analytics() error {
	st, err := c.numbers()
	if err != nil {
		return err
	}
	scope, err := c.api.service.Scope(c.ctx(), c.actor(), ticket.OpAnalyticsRead)
	if err != nil {
		return err
	}
	i, err := c.interval()
	if err != nil {
		return err
	}
	f, err := c.numberFilter()
	if err != nil {
		return err
	}
	a, err := report.Analyze(c.ctx(), st, scope, i, f, c.api.now())
	if err != nil {
		return err
	}
	return c.table(a, "analytics.csv", func() [][]string { return analyticsRows(a) })
}

// cells writes numbers; what is not known is empty.
func cells(values ...any) []string {
	out := make([]string, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case *int64:
			if v != nil {
				out[i] = strconv.FormatInt(*v, 10)
			}
		case *float64:
			if v != nil {
				out[i] = strconv.FormatFloat(*v, 'f', 4, 64)
			}
		default:
			out[i] = fmt.Sprint(v)
		}
	}
	return out
}

// analyticsRows is one table for everything: what it is about, of what, and how much.
func analyticsRows(a *report.Analytics) [][]string {
	out := [][]string{{"section", "key", "measure", "value"}}
	add := func(section, key string, pairs ...any) {
		for i := 0; i+1 < len(pairs); i += 2 {
			out = append(out, append([]string{section, key}, cells(pairs[i], pairs[i+1])...))
		}
	}
	durations := func(section, key string, d *report.Durations) {
		if d != nil {
			add(section, key, "n", d.N, "p50_seconds", d.P50, "p90_seconds", d.P90, "business_p50_seconds", d.BusinessP50, "business_p90_seconds", d.BusinessP90)
		}
	}
	for _, d := range a.Days {
		add("day", d.Date, "created", d.Created, "resolved", d.Resolved, "reopened", d.Reopened, "removed", d.Removed, "backlog", d.Backlog)
	}
	b := a.Backlog
	add("backlog", "", "from", b.From, "created", b.Created, "reopened", b.Reopened, "resolved", b.Resolved, "removed", b.Removed, "to", b.To)
	durations("first_response", "", &a.FirstResponse)
	durations("next_response", "", &a.NextResponse)
	durations("first_resolution", "", &a.FirstResolution)
	durations("last_resolution", "", &a.LastResolution)
	add("one_touch", "", "n", a.OneTouch.N, "of", a.OneTouch.Of, "rate", a.OneTouch.Rate)
	add("reopen_rate", "", "n", a.ReopenRate.N, "of", a.ReopenRate.Of, "rate", a.ReopenRate.Rate)
	if a.Rating != nil {
		add("rating", "", "n", a.Rating.Positive.Of, "average", a.Rating.Average, "positive", a.Rating.Positive.N, "positive_rate", a.Rating.Positive.Rate)
	}
	for _, part := range []struct {
		name string
		list []report.Breakdown
	}{{"channel", a.Channels}, {"queue", a.Queues}, {"priority", a.Priorities}, {"tag", a.Tags}} {
		for i := range part.list {
			s := &part.list[i]
			add(part.name, s.Key, "created", s.Created, "resolved", s.Resolved, "reopened", s.Reopened)
			durations(part.name+".first_response", s.Key, s.FirstResponse)
			durations(part.name+".resolution", s.Key, s.Resolution)
		}
	}
	for day := range 7 {
		for hour := range 24 {
			add("hour", fmt.Sprintf("%d %02d", day+1, hour), "created", a.HeatCreated[day][hour], "asked", a.HeatAsked[day][hour], "breached", a.HeatBreached[day][hour])
		}
	}
	return out
}

func (c *call) ranking() error {
	st, err := c.numbers()
	if err != nil {
		return err
	}
	scope, err := c.api.service.Scope(c.ctx(), c.actor(), ticket.OpRankingRead)
	if err != nil {
		return err
	}
	i, err := c.interval()
	if err != nil {
		return err
	}
	f, err := c.numberFilter()
	if err != nil {
		return err
	}
	if f.Agent != "" {
		return ticket.InvalidField("agent", "is no filter of a ranking")
	}
	set, _, err := c.rankingOf()
	if err != nil {
		return err
	}
	names := map[ticket.AccountID]string{}
	if !set.Off {
		all, err := c.api.service.Agents(c.ctx(), ticket.SystemActor("ranking")) // names stand in every history that ranking:read reaches
		if err != nil {
			return err
		}
		for _, a := range all {
			names[a.ID] = a.Name
		}
	}
	r, err := report.RankAgents(c.ctx(), st, scope, i, f, set, c.who.Account.ID, func(id ticket.AccountID) string { return names[id] })
	if err != nil {
		return err
	}
	return c.table(r, "ranking.csv", func() [][]string {
		out := [][]string{{"agent_id", "name", "resolved", "first_response_n", "first_response_p50_seconds", "first_response_p90_seconds", "sla_met", "sla_of", "sla_rate", "reopened", "ratings", "rating_average"}}
		for _, x := range r.Items {
			var rating report.Ratings
			if x.Rating != nil {
				rating = *x.Rating
			}
			out = append(out, cells(x.Agent, x.Name, x.Resolved, x.FirstResponse.N, x.FirstResponse.P50, x.FirstResponse.P90, x.Attainment.N, x.Attainment.Of, x.Attainment.Rate, x.Reopened, rating.Positive.Of, rating.Average))
		}
		return out
	})
}

// rankingSettingsDTO says whether agents are compared.
type rankingSettingsDTO struct {
	Off       bool  `json:"off" doc:"there is no ranking"`
	Anonymous bool  `json:"anonymous" doc:"numbers in place of names, except one's own"`
	Minimum   int64 `json:"minimum" doc:"who has resolved and first answered less together is left out"`
	Version   int64 `json:"version"`
}

// newRankingSettingsDTO is what PUT settings/ranking takes.
type newRankingSettingsDTO struct {
	Off       bool  `json:"off"`
	Anonymous bool  `json:"anonymous"`
	Minimum   int64 `json:"minimum" doc:"1 to 1000; left out or 0: 5"`
	Version   int64 `json:"version" doc:"the one that was seen; a newer one refuses the change. Left out or 0: any"`
}

func (c *call) rankingOf() (set report.RankingSettings, version int64, err error) {
	body, version, err := c.api.service.Setting(c.ctx(), c.actor(), ticket.SettingRanking)
	if err == nil && body != nil {
		err = json.Unmarshal(body, &set)
	}
	if set.Minimum == 0 {
		set.Minimum = report.DefaultMinimum
	}
	return set, version, err
}

func (c *call) rankingSettings() error {
	if err := c.api.service.Require(c.ctx(), c.actor(), ticket.OpRankingRead); err != nil {
		return err
	}
	set, version, err := c.rankingOf()
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, rankingSettingsDTO{set.Off, set.Anonymous, set.Minimum, version})
}

func (c *call) setRankingSettings() error {
	var in newRankingSettingsDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	if in.Minimum < 0 || in.Minimum > 1000 {
		return ticket.InvalidField("minimum", "must be between 1 and 1000")
	}
	body, err := json.Marshal(report.RankingSettings{Off: in.Off, Anonymous: in.Anonymous, Minimum: in.Minimum})
	if err != nil {
		return err
	}
	if err := c.api.service.SetSetting(c.ctx(), c.actor(), ticket.SettingRanking, body, in.Version); err != nil {
		return err
	}
	set, version, err := c.rankingOf()
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, rankingSettingsDTO{set.Off, set.Anonymous, set.Minimum, version})
}

// auditRows is a page of the audit as a table.
// auditHead are the columns of auditRows.
var auditHead = []string{"seq", "at", "type", "ticket_id", "actor_type", "actor_id", "actor", "data"}

func auditRows(es []eventDTO) (out [][]string) {
	for i := range es {
		e := &es[i]
		id := ""
		if e.TicketID != nil {
			id = string(*e.TicketID)
		}
		out = append(out, []string{strconv.FormatInt(e.Seq, 10), time.Time(e.At).UTC().Format(time.RFC3339Nano), string(e.Type), id, string(e.Actor.Type), e.Actor.ID, e.Actor.Name, string(e.Data)})
	}
	return out
}

// online are the accounts that were seen lately.
func (c *call) online(ctx context.Context) ([]ticket.AccountID, error) {
	if c.api.cfg.Reports == nil {
		return nil, nil
	}
	ids, err := c.api.cfg.Reports.Online(ctx, c.api.now())
	slices.Sort(ids)
	return ids, err
}
