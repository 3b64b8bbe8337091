package pages

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// auditPage is the history of the whole desk, newest first.
type auditPage struct {
	*view
	Filter  auditFilter
	Rows    []auditRow
	Types   []ticket.EventType
	Agents  []ticket.Account
	Older   string
	Newer   string
	Problem string
}

// auditFilter is what the form holds. Everything stands in the URL.
type auditFilter struct{ Type, Actor, From, To, Ticket, Desk string }

// Narrowed reports whether the filter leaves anything out.
func (f auditFilter) Narrowed() bool {
	return f.Type+f.Actor+f.From+f.To+f.Ticket+f.Desk != ""
}

func (f auditFilter) values() url.Values {
	q := url.Values{}
	for _, p := range [][2]string{{"type", f.Type}, {"actor", f.Actor}, {"from", f.From}, {"to", f.To}, {"ticket", f.Ticket}, {"desk", f.Desk}} {
		if p[1] != "" {
			q.Set(p[0], p[1])
		}
	}
	return q
}

// auditRow is an event with what it is about.
type auditRow struct {
	Event  ticket.Event
	Actor  string
	Text   string
	Number int64    // of the ticket; 0 when it is not about one, or it is gone
	About  string   // account that it is about
	From   string   // remote address
	Facts  []factKV // everything that was kept
}

type factKV struct{ Key, Value string }

const auditPerPage = 50

// auditTypes are the events to choose from.
var auditTypes = []ticket.EventType{
	ticket.EventCreated, ticket.EventReceived, ticket.EventReplied, ticket.EventNoted, ticket.EventDelivered, ticket.EventDeliveryFailed, ticket.EventBounced, ticket.EventResent, ticket.EventRevised, ticket.EventWithdrawn, ticket.EventMailed, ticket.EventMailFailed,
	ticket.EventClaimed, ticket.EventUnclaimed, ticket.EventAssigned, ticket.EventEscalated, ticket.EventPriorityChanged,
	ticket.EventStatusChanged, ticket.EventClosed, ticket.EventReopened, ticket.EventRated, ticket.EventSnoozed, ticket.EventCloseWarned, ticket.EventReminded, ticket.EventInactive, ticket.EventTagged, ticket.EventSubjectChanged,
	ticket.EventQueueChanged, ticket.EventFieldsChanged, ticket.EventMerged, ticket.EventMergeReceived,
	ticket.EventSplit, ticket.EventSplitReceived, ticket.EventLinked, ticket.EventUnlinked, ticket.EventTimer, ticket.EventDeleted, ticket.EventQueueCreated,
	ticket.EventQueueUpdated, ticket.EventQueueDeleted, ticket.EventMailRulesChanged, ticket.EventFieldCreated, ticket.EventFieldUpdated, ticket.EventTagRenamed, ticket.EventTagDeleted,
	ticket.EventCheckpoint, ticket.EventKeysRotated, ticket.EventJobRetried, ticket.EventJobDropped, ticket.EventParkedRetried, ticket.EventParkedDeleted,
	ticket.EventMailboxCreated, ticket.EventMailboxUpdated, ticket.EventMailboxDeleted,
	rbac.EventLogin, rbac.EventLoginFailed, rbac.EventLogout, rbac.EventPasswordChanged, rbac.EventUserCreated, rbac.EventUserUpdated,
	rbac.EventUserDeleted, rbac.EventTokenCreated, rbac.EventTokenRevoked, rbac.EventRoleCreated, rbac.EventRoleUpdated, rbac.EventRoleDeleted,
}

// TypeName is what an event is called in the filter.
func (v *view) TypeName(t ticket.EventType) string { return v.term("kind.", string(t)) }

func (v *view) audit() error {
	params := v.r.URL.Query()
	get := func(name string) string { return strings.TrimSpace(params.Get(name)) }
	p := auditPage{view: v, Types: auditTypes, Filter: auditFilter{get("type"), get("actor"), get("from"), get("to"), get("ticket"), get("desk")}}
	v.Title, v.Nav = v.T("audit.title"), "audit"
	if err := v.site.service.Require(v.r.Context(), v.actor(), ticket.OpAuditRead); err != nil {
		return err
	}
	var err error
	if p.Agents, err = v.site.service.Agents(v.r.Context(), v.actor()); err != nil {
		return err
	}
	q, err := v.auditQuery(p.Filter, params.Get("before"))
	var es []ticket.Event
	if err == nil {
		es, err = v.site.service.Audit(v.r.Context(), v.actor(), q)
	}
	switch {
	case ticket.KindOf(err) == ticket.Invalid:
		p.Problem = v.explain(err)
		return v.render(statusOf(err), "audit", p)
	case err != nil:
		return err
	}
	values := p.Filter.values()
	if q.Before > 0 {
		p.Newer = v.URL("/audit") + "?" + values.Encode()
	}
	if len(es) > auditPerPage {
		es = es[:auditPerPage]
		last := es[auditPerPage-1].Seq
		if q.Ticket != "" || q.Desk {
			last = es[auditPerPage-1].N
		}
		values.Set("before", strconv.FormatInt(last, 10))
		p.Older = v.URL("/audit") + "?" + values.Encode()
	}
	if p.Rows, err = v.auditRows(es); err != nil {
		return err
	}
	return v.render(http.StatusOK, "audit", p)
}

func (v *view) auditQuery(f auditFilter, before string) (ticket.EventQuery, error) {
	q := ticket.EventQuery{Actor: f.Actor, Desk: f.Desk == "1", Reverse: true, Limit: auditPerPage + 1}
	if f.Type != "" {
		if !slices.Contains(auditTypes, ticket.EventType(f.Type)) {
			return q, ticket.InvalidField("type", "is not known")
		}
		q.Types = []ticket.EventType{ticket.EventType(f.Type)}
	}
	var err error
	if f.From != "" {
		if q.Since, err = time.ParseInLocation(time.DateOnly, f.From, v.look.zone); err != nil {
			return q, ticket.InvalidField("from", "is not a time")
		}
	}
	if f.To != "" {
		if q.Until, err = time.ParseInLocation(time.DateOnly, f.To, v.look.zone); err != nil {
			return q, ticket.InvalidField("to", "is not a time")
		}
		q.Until = q.Until.AddDate(0, 0, 1)
	}
	if f.Ticket != "" {
		n, err := strconv.ParseInt(strings.TrimPrefix(f.Ticket, "#"), 10, 64)
		if err != nil {
			return q, ticket.InvalidField("ticket", "is not known")
		}
		t, err := v.site.service.GetNumber(v.r.Context(), v.actor(), n)
		if ticket.KindOf(err) == ticket.NotFound {
			return q, ticket.InvalidField("ticket", "is not known")
		}
		if err != nil {
			return q, err
		}
		q.Ticket, q.Desk = t.ID, false
	}
	if before != "" {
		if q.Before, err = strconv.ParseInt(before, 10, 64); err != nil || q.Before < 1 {
			return q, ticket.InvalidField("cursor", "is not known")
		}
	}
	return q, nil
}

// auditRows looks up the numbers of the tickets; one that is gone or out of reach has none.
func (v *view) auditRows(es []ticket.Event) ([]auditRow, error) {
	numbers := map[ticket.ID]int64{}
	rows := make([]auditRow, 0, len(es))
	for i := range es {
		e := &es[i]
		f := factsOf(e)
		row := auditRow{Event: *e, Actor: v.actorName(e), Text: v.sentence(e), From: f.str("address")}
		if e.TicketID != "" {
			n, known := numbers[e.TicketID]
			if !known {
				t, err := v.site.service.Get(v.r.Context(), v.actor(), e.TicketID)
				if err != nil && ticket.KindOf(err) != ticket.NotFound && ticket.KindOf(err) != ticket.Denied {
					return nil, err
				}
				if err == nil {
					n = t.Number
				}
				numbers[e.TicketID] = n
			}
			row.Number = n
		}
		row.About = cmp.Or(f.str("username"), f.str("name"))
		for _, k := range slices.Sorted(maps.Keys(f)) {
			val := f.str(k)
			if val == "" {
				val = f.list(k)
			}
			if val != "" {
				row.Facts = append(row.Facts, factKV{k, val})
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}
