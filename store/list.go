package store

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// Tickets implements ticket.Reader.
//
// A list is cut into arms, each of which some index has in exactly the order of the list: one queue, one category, one assignee.
// Each arm gives at most the wanted number, and those few are merged. So a page costs the same however many tickets there are, and is
// one query. With Words, Tag or Field it takes several; see finder. A search that takes longer than ten seconds is given up as Unavailable.
func (r reader) Tickets(ctx context.Context, sc ticket.Scope, q ticket.Query) ([]ticket.Ticket, error) {
	if q.Sort == "" {
		q.Sort = ticket.ByUpdated
	}
	l := lister{s: r.s, q: q, sort: orderOf(q.Sort), limit: orDefault(q.Limit, 30)}
	if l.inSets() {
		return r.find(ctx, sc, l)
	}
	text, args, ok := l.build(sc, r.s.ticketColumns(), neighbours)
	if !ok {
		return nil, ctx.Err()
	}
	return r.tickets(ctx, text, args)
}

// tickets reads the rows of a ticket query.
func (r reader) tickets(ctx context.Context, text string, args []any) ([]ticket.Ticket, error) {
	var out []ticket.Ticket
	scan := r.s.newTicketScan()
	err := r.h.query(ctx, text, args, func(rows *sql.Rows) error {
		if err := rows.Scan(scan.dest...); err != nil {
			return err
		}
		t, err := scan.ticket()
		out = append(out, t)
		return err
	})
	return out, err
}

// order is a column with a direction; the number breaks ties in the same direction.
type order struct {
	col  string
	desc bool
}

func orderOf(s ticket.Sort) order {
	o := order{"updated_at", s.Descending()}
	switch s {
	case ticket.ByCreated, ticket.ByCreatedAsc:
		o.col = "created_at"
	case ticket.ByPriority, ticket.ByPriorityAsc:
		o.col = "priority_rank"
	case ticket.ByNumber, ticket.ByNumberAsc:
		o.col = "number"
	}
	return o
}

// by is the ORDER BY clause over an alias.
func (o order) by(alias string) string {
	dir := ""
	if o.desc {
		dir = " DESC"
	}
	if o.col == "number" {
		return " ORDER BY " + alias + ".number" + dir
	}
	return " ORDER BY " + alias + "." + o.col + dir + ", " + alias + ".number" + dir
}

// behind is the WHERE clause for what follows a position.
func (o order) behind(c ticket.Cursor) (string, []any) {
	cmp := ">"
	if o.desc {
		cmp = "<"
	}
	if o.col == "number" {
		return "t.number " + cmp + " ?", []any{c.Number}
	}
	col := "t." + o.col // written out, because not every database finds the index for (a, b) < (?, ?)
	return col + " " + cmp + "= ? AND (" + col + " " + cmp + " ? OR t.number " + cmp + " ?)", []any{c.Key, c.Key, c.Number}
}

// inSets reports whether the query selects by sets that no index has in the order of a list.
func (l *lister) inSets() bool {
	return len(l.q.Words) > 0 || len(l.q.Tag) > 0 || len(l.q.Field) > 0 || l.q.Mentioned != ""
}

type lister struct {
	s     *Store
	q     ticket.Query
	sort  order
	limit int
}

// maxArms bounds how many arms a list is cut into; beyond it, one arm filters what it meets.
const maxArms = 24

// build gives the statement, without Words, Tag and Field; ok is false when nothing is in scope. columns may use t and what joins adds.
func (l *lister) build(sc ticket.Scope, columns, joins string) (text string, args []any, ok bool) {
	alts := reach(sc)
	if len(alts) == 0 {
		return "", nil, false
	}
	arms := l.arms(alts)
	if len(arms) == 1 {
		where, args := l.where(arms[0])
		return l.s.expand("SELECT " + columns + " FROM {tickets} t" + joins + where + l.sort.by("t") + limitTo(l.limit)), args, true
	}
	// The positions are merged before anything is read of their tickets.
	position := "number"
	if l.sort.col != position {
		position = l.sort.col + ", number"
	}
	var b strings.Builder
	b.WriteString("SELECT " + columns + " FROM (SELECT u.number FROM (")
	union := " UNION ALL "
	if len(alts) > 1 { // a ticket may be in scope for two reasons
		union = " UNION "
	}
	for i, a := range arms {
		if i > 0 {
			b.WriteString(union)
		}
		where, wargs := l.where(a)
		b.WriteString("SELECT " + position + " FROM (SELECT t." + strings.ReplaceAll(position, ", ", ", t.") + " FROM {tickets} t" + where + l.sort.by("t") + limitTo(l.limit) + ") x")
		args = append(args, wargs...)
	}
	b.WriteString(") u" + l.sort.by("u") + limitTo(l.limit) + ") p JOIN {tickets} t ON t.number = p.number" + joins)
	if clause, cargs := scopeWhere(sc, l.s.flavor.aside); clause != "" {
		b.WriteString(" WHERE " + clause)
		args = append(args, cargs...)
	}
	b.WriteString(l.sort.by("t") + limitTo(l.limit))
	return l.s.expand(b.String()), args, true
}

// among gives the statement for the positions of all candidates that are in the list, in its order. numbers is a JSON array.
func (l *lister) among(sc ticket.Scope, numbers string) (text string, args []any) {
	where, args := l.where(nil)
	if clause, cargs := scopeWhere(sc, l.s.flavor.aside); clause != "" {
		where, args = joinWhere(where, clause), append(args, cargs...)
	}
	where, args = joinWhere(where, l.s.flavor.among("t.number")), append(args, numbers)
	return l.s.expand("SELECT t.number, t." + l.sort.col + " FROM {tickets} t" + where + l.sort.by("t")), args
}

func joinWhere(where, clause string) string {
	if where == "" {
		return " WHERE " + clause
	}
	return where + " AND " + clause
}

// arm is one part of a list: comparisons that an index serves.
type arm []cond

func (a arm) has(col string) bool {
	return slices.ContainsFunc(a, func(c cond) bool { return c.col == col })
}

// arms cuts the list. Each begins with one alternative of the scope; each step multiplies what there is with the values of one column,
// until an index fits.
func (l *lister) arms(alts []cond) []arm {
	var arms []arm
	for _, c := range alts {
		if c.col == "" {
			arms = append(arms, arm{})
		} else {
			arms = append(arms, arm{c})
		}
	}
	split := func(when func(arm) bool, col string, values []any) {
		var out []arm
		for _, a := range arms {
			if !when(a) || a.has(col) {
				out = append(out, a)
				continue
			}
			for i, v := range values {
				if slices.Contains(values[:i], v) { // named twice, it would be found twice
					continue
				}
				out = append(out, append(slices.Clip(a), cond{col: col, val: v}))
			}
		}
		if len(out) <= maxArms {
			arms = out
		}
	}
	always := func(arm) bool { return true }
	free := func(a arm) bool { return !a.has("requester_id") && !a.has("assignee_id") && !a.has("queue_id") }
	if l.q.Requester != "" {
		split(always, "requester_id", []any{l.q.Requester})
	}
	if len(l.q.Requesters) > 0 {
		split(always, "requester_id", anys(l.q.Requesters))
	}
	if len(l.q.Assignee) > 0 {
		split(free, "assignee_id", anys(l.q.Assignee))
	}
	if l.sort.col != "updated_at" {
		return l.walk(arms)
	}
	if len(l.q.Queue) > 0 {
		split(free, "queue_id", anys(l.q.Queue))
	}
	if len(l.q.Category) > 0 && len(l.q.Category) < 4 {
		split(free, "category", anys(l.q.Category))
	}
	split(func(a arm) bool { return !a.has("requester_id") && !a.has("category") }, "active", l.actives())
	return arms
}

// walk is for the orders that have no index per queue. What is active is little, and is sorted. All others are met in the order of the
// list, and the queue only filters them.
func (l *lister) walk(arms []arm) []arm {
	actives := l.actives()
	var out []arm
	for _, a := range arms {
		if a.has("requester_id") || a.has("assignee_id") || len(a) > 0 && len(actives) == 1 && actives[0] == true {
			out = append(out, a)
			continue
		}
		for i := range a {
			a[i].walk = true
		}
		if l.sort.col == "number" {
			out = append(out, a)
			continue
		}
		for _, v := range actives {
			out = append(out, append(slices.Clip(a), cond{col: "active", val: v}))
		}
	}
	return out
}

// actives are the values that active can have under the filters.
func (l *lister) actives() []any {
	var out []any
	for _, v := range []bool{true, false} {
		if l.q.Active != nil && *l.q.Active != v {
			continue
		}
		if len(l.q.Category) > 0 && !slices.ContainsFunc(l.q.Category, func(c ticket.Category) bool { return c.Active() == v }) {
			continue
		}
		out = append(out, v)
	}
	if len(out) == 0 { // the filters contradict each other, and the category will find nothing
		out = []any{*l.q.Active}
	}
	return out
}

// where writes all conditions of one arm. Columns of the arm may use an index, other filters must not.
func (l *lister) where(a arm) (string, []any) {
	var parts []string
	var args []any
	add := func(clause string, vals ...any) {
		parts = append(parts, clause)
		args = append(args, vals...)
	}
	aside := l.s.flavor.aside
	for _, c := range a {
		col := "t." + c.col
		if c.walk {
			col = aside(col)
		}
		add(col+" = ?", c.val)
	}
	in := func(col string, vals []any) {
		if len(vals) > 0 {
			add(aside("t."+col)+" IN ("+marks(len(vals))+")", vals...)
		}
	}
	q := &l.q
	in("status", anys(q.Status))
	if !a.has("category") {
		in("category", anys(q.Category))
	}
	if q.Active != nil && !a.has("active") {
		in("active", []any{*q.Active})
	}
	in("queue_id", anys(q.Queue))
	in("assignee_id", anys(q.Assignee))
	in("priority", anys(q.Priority))
	in("channel", anys(q.Channel))
	if q.Requester != "" {
		in("requester_id", []any{q.Requester})
	}
	in("requester_id", anys(q.Requesters))
	if !q.CreatedFrom.IsZero() {
		add(aside("t.created_at")+" >= ?", toMicros(q.CreatedFrom))
	}
	if !q.CreatedTo.IsZero() {
		add(aside("t.created_at")+" < ?", toMicros(q.CreatedTo))
	}
	if q.Escalated {
		add("t.escalation > 0")
	}
	if q.Demo != nil {
		add("t.demo = ?", *q.Demo)
	}
	if q.Number != 0 {
		add("t.number = ?", q.Number)
	}
	if clause, vals := clockFilter(q); clause != "" {
		add(clause, vals...)
	}
	if !q.After.IsZero() {
		clause, vals := l.sort.behind(q.After)
		add(clause, vals...)
	}
	if len(parts) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(parts, " AND "), args
}

func anys[T any](in []T) []any {
	out := make([]any, len(in))
	for i, v := range in {
		out[i] = v
	}
	return out
}

// limitTo ends a statement after n rows. The number stands in the text, because a placeholder there costs more than it saves: SQLite, since
// 3.47, plans for its value and prepares the statement again each time that it is bound, and PostgreSQL, once it plans without values, reckons
// with a tenth of the table.
func limitTo(n int) string { return " LIMIT " + strconv.Itoa(n) }

// marks is a list of n placeholders.
func marks(n int) string { return strings.TrimPrefix(strings.Repeat(", ?", n), ", ") }
