package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/internal/search"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

// listEvents is GET tickets/{id}/events, in the order in which things happened, or the newest first.
func (c *call) listEvents() error {
	from, limit, err := c.eventPage()
	if err != nil {
		return err
	}
	id, err := c.ticketID()
	if err != nil {
		return err
	}
	q := ticket.EventQuery{Ticket: id, Limit: limit + 1, Reverse: c.r.URL.Query().Get("newest_first") == "true"}
	if q.Reverse {
		q.Before = from
	} else {
		q.After = from
	}
	if q.Types, err = c.eventTypes(); err != nil {
		return err
	}
	es, err := c.api.service.History(c.ctx(), c.actor(), q)
	if err != nil {
		return err
	}
	return c.events(es, limit, true)
}

// audit is GET audit: what happened across the desk, the newest first.
func (c *call) audit() error {
	from, limit, err := c.eventPage()
	if err != nil {
		return err
	}
	params := c.r.URL.Query()
	q := ticket.EventQuery{Ticket: ticket.ID(params.Get("ticket")), Desk: params.Get("desk") == "true", Actor: params.Get("actor"),
		Before: from, Reverse: true, Limit: limit + 1}
	if q.Ticket != "" && !ticket.ValidID(string(q.Ticket)) {
		return ticket.InvalidField("ticket", "must be the id of a ticket")
	}
	if q.Ticket != "" && q.Desk {
		return ticket.InvalidField("desk", "cannot be given together with ticket")
	}
	if q.Types, err = c.eventTypes(); err != nil {
		return err
	}
	if q.Since, err = timeParam(params.Get("since"), "since"); err != nil {
		return err
	}
	if q.Until, err = timeParam(params.Get("until"), "until"); err != nil {
		return err
	}
	format, err := c.format()
	if err != nil {
		return err
	}
	if format != "json" {
		if err := c.api.service.Require(c.ctx(), c.actor(), ticket.OpAuditExport); err != nil {
			return err
		}
		if params.Get("limit") == "" {
			return c.auditSheet(format, q)
		}
	}
	es, err := c.api.service.Audit(c.ctx(), c.actor(), q)
	if err != nil {
		return err
	}
	oneChain := q.Ticket != "" || q.Desk
	if format == "json" {
		return c.events(es, limit, oneChain)
	}
	p := eventsPage(es, limit, oneChain)
	if p.Next != nil {
		c.w.Header().Set("X-Next-Cursor", *p.Next)
	}
	sh, err := c.sheet(format, auditName)
	if err != nil {
		return err
	}
	return sh.end(append([][]string{auditHead}, auditRows(p.Items)...))
}

const (
	auditName = "audit.csv"
	auditRead = 500 // events at once of a whole selection
)

// auditSheet answers with all that q finds, page by page.
func (c *call) auditSheet(format string, q ticket.EventQuery) error {
	q.Limit = auditRead
	rows := [][]string{auditHead}
	var sh *sheet
	for {
		es, err := c.api.service.Audit(c.ctx(), c.actor(), q)
		if err != nil {
			return err
		}
		if sh == nil {
			if sh, err = c.sheet(format, auditName); err != nil {
				return err
			}
		}
		p := eventsPage(es, len(es), false)
		rows = append(rows, auditRows(p.Items)...)
		if len(es) == 0 {
			return sh.end(rows)
		}
		if err := sh.add(rows); err != nil {
			return err
		}
		rows = nil
		if q.Before = es[len(es)-1].Seq; q.Ticket != "" || q.Desk {
			q.Before = es[len(es)-1].N
		}
	}
}

// eventPage reads limit and cursor. A cursor is the place of the last event: in its chain, or across chains in the desk.
func (c *call) eventPage() (from int64, limit int, err error) {
	if limit, err = c.limit(50); err != nil {
		return 0, 0, err
	}
	if s := c.r.URL.Query().Get("cursor"); s != "" {
		if from, err = strconv.ParseInt(s, 10, 64); err != nil || from < 1 {
			return 0, 0, ticket.InvalidField("cursor", "is not a cursor of this list")
		}
	}
	return from, limit, nil
}

// eventTypes reads which types of events are wanted; none are all.
func (c *call) eventTypes() (types []ticket.EventType, err error) {
	for t := range strings.SplitSeq(strings.Join(c.r.URL.Query()["type"], ","), ",") {
		if t != "" && !slices.Contains(types, ticket.EventType(t)) {
			types = append(types, ticket.EventType(t))
		}
	}
	if len(types) > search.MaxTerms {
		return nil, ticket.InvalidField("type", "has more than %d values", search.MaxTerms)
	}
	return types, nil
}

// events answers with a page of at most limit, of which es may hold one more. oneChain says what the cursor counts.
func (c *call) events(es []ticket.Event, limit int, oneChain bool) error {
	return c.json(http.StatusOK, eventsPage(es, limit, oneChain))
}

// chainDTO is the newest end of the desk's own chain, and what the last checkpoint pinned.
type chainDTO struct {
	Events     int64  `json:"events" doc:"in the chain of the desk itself"`
	Checkpoint *stamp `json:"checkpoint_at" doc:"when the heads of all chains were pinned last; null: never"`
}

// auditChain is GET audit/chain. It tells what is sealed; checking all of it is done by the program's verify.
func (c *call) auditChain() error {
	es, err := c.api.service.Audit(c.ctx(), c.actor(), ticket.EventQuery{Desk: true, Reverse: true, Limit: 1})
	if err != nil {
		return err
	}
	out := chainDTO{}
	if len(es) > 0 {
		out.Events = es[0].N
	}
	pins, err := c.api.service.Audit(c.ctx(), c.actor(), ticket.EventQuery{Desk: true, Reverse: true, Limit: 1, Types: []ticket.EventType{ticket.EventCheckpoint}})
	if err != nil {
		return err
	}
	if len(pins) > 0 {
		out.Checkpoint = stampOf(pins[0].At)
	}
	return c.json(http.StatusOK, out)
}

func eventsPage(es []ticket.Event, limit int, oneChain bool) page[eventDTO] {
	out := page[eventDTO]{Items: make([]eventDTO, 0, len(es))}
	if len(es) > limit {
		es = es[:limit]
		at := es[limit-1].Seq
		if oneChain {
			at = es[limit-1].N
		}
		next := strconv.FormatInt(at, 10)
		out.Next = &next
	}
	for i := range es {
		out.Items = append(out.Items, eventOf(&es[i]))
	}
	return out
}

// timeParam reads a parameter; the zero time when it is absent.
func timeParam(s, name string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, ticket.InvalidField(name, "must be a time such as 2026-01-31T09:00:00Z (RFC 3339)")
	}
	return t.UTC(), nil
}

// participantDTO is somebody who gets copies.
type participantDTO struct {
	Contact personDTO `json:"contact"`
	Role    string    `json:"role" doc:"cc"`
}

func (c *call) participants() error {
	id, err := c.ticketID()
	if err != nil {
		return err
	}
	ps, err := c.api.service.Participants(c.ctx(), c.actor(), id)
	if err != nil {
		return err
	}
	out := page[participantDTO]{Items: make([]participantDTO, 0, len(ps))}
	for _, p := range ps {
		out.Items = append(out.Items, participantDTO{personDTO(p.Contact), p.Role})
	}
	return c.json(http.StatusOK, out)
}

// transcript is GET tickets/{id}/transcript, a download: the requester's version, or with notes=true what the desk itself may read.
func (c *call) transcript() error {
	params := c.r.URL.Query()
	format := transcript.Format(params.Get("format"))
	if format == "" {
		format = transcript.HTML
	}
	if !format.Valid() {
		return ticket.InvalidField("format", "must be html, md, txt or json")
	}
	lang := params.Get("lang")
	if lang != "" && lang != "de" && lang != "en" {
		return ticket.InvalidField("lang", "must be de or en")
	}
	id, err := c.ticketID()
	if err != nil {
		return err
	}
	src, err := transcript.FromService(c.ctx(), c.api.service, c.actor(), id)
	if err != nil {
		return err
	}
	signer, err := c.api.cfg.Seal.Signer(c.ctx())
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", format.ContentType())
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="ticket-%d.%s"`, src.Ticket.Number, format))
	h.Set("Content-Security-Policy", fileCSP)
	return transcript.Render(c.ctx(), c.w, format, src, transcript.Options{Lang: lang, Zone: c.zone(), Brand: c.brand(),
		IncludeNotes: params.Get("notes") == "true", Now: c.api.now(), Signer: signer})
}

// brand is what a transcript says about the desk: what its admins have set, else the configuration.
func (c *call) brand() transcript.Brand {
	b, err := c.api.service.Branding(c.ctx(), c.actor())
	if err != nil {
		return c.api.cfg.Brand
	}
	return c.api.cfg.Brand.With(b)
}
