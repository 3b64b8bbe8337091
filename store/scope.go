package store

import (
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// cond is one comparison of a column of tickets with a value. The zero cond is always true.
type cond struct {
	col  string
	val  any
	walk bool // see lister.walk
}

// reach lists the alternatives of which a ticket in scope meets at least one. An empty list means that nothing is in scope. This is
// the only place where a scope is read; everything that a statement says about scope comes from here.
func reach(sc ticket.Scope) []cond {
	if sc.All() {
		return []cond{{}}
	}
	var out []cond
	for _, q := range sc.Queues() {
		out = append(out, cond{col: "queue_id", val: q})
	}
	if a := sc.OwnAccount(); a != "" {
		out = append(out, cond{col: "assignee_id", val: a})
	}
	if c := sc.OwnContact(); c != "" {
		out = append(out, cond{col: "requester_id", val: c})
	}
	return out
}

// scopeWhere is the WHERE clause of a scope over the tickets t; "" when it reaches every ticket. aside, if not nil, keeps its columns
// from choosing the index; see flavor.
func scopeWhere(sc ticket.Scope, aside func(string) string) (clause string, args []any) {
	alts := reach(sc)
	if len(alts) == 0 {
		return "1 = 0", nil
	}
	var ors []string
	for _, c := range alts {
		if c.col == "" {
			return "", nil
		}
		col := "t." + c.col
		if aside != nil {
			col = aside(col)
		}
		ors = append(ors, col+" = ?")
		args = append(args, c.val)
	}
	return "(" + strings.Join(ors, " OR ") + ")", args
}

// byQueue says of a scope that rests on queues alone which they are; all is every queue. ok is false when it reaches tickets for another reason.
func byQueue(sc ticket.Scope) (queues map[ticket.QueueID]bool, all, ok bool) {
	queues = map[ticket.QueueID]bool{}
	for _, c := range reach(sc) {
		switch c.col {
		case "":
			return nil, true, true
		case "queue_id":
			queues[c.val.(ticket.QueueID)] = true
		default:
			return nil, false, false
		}
	}
	return queues, false, true
}

// and joins a clause to a statement that has a WHERE already.
func and(clause string) string {
	if clause == "" {
		return ""
	}
	return " AND " + clause
}
