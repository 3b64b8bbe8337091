package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Words and tags select sets of tickets that no index has in the order of a list. Whether a set is small or half of the desk is known only
// to whoever begins to read it, so a list with words or tags is found in steps:
//
//  1. Of each set a few numbers are read, in rising order. A set that ends before is known exactly; how dense another is can be seen.
//  2. A small intersection is sorted, and the large sets are asked for each of its tickets.
//  3. Otherwise the list itself is walked, and the sets are read for the range of numbers that a piece of it covers. Sets that large
//     fill a page soon.
const (
	few  = 5_000   // numbers read of each set to begin with
	many = 1 << 16 // numbers read of one that is to be intersected
	// seek is what it costs to ask a set for one ticket, in numbers read instead (FTS5: 250 µs and 1 µs); seekMany the same where many are
	// asked for at once.
	seek, seekMany = 250, 5
)

// bounds are how far sets are read; tests lower them.
type bounds struct{ few, many int }

// patience bounds a search outside of transactions; see Tickets.
const patience = 10 * time.Second

// source is one set.
type source struct {
	word, tag string
	field     []byte // hash
	mentioned ticket.AccountID
	notes     bool
}

// large is a set that was not read to its end.
type large struct {
	source
	density float64 // texts in the set per ticket of the desk, as far as it was read
}

// finder finds one page of a list with words or tags.
type finder struct {
	reader
	l       lister
	sc      ticket.Scope
	sources []source
	top     int64              // see newest
	totals  map[string]float64 // how many texts there may be with a word
}

func (r reader) find(ctx context.Context, sc ticket.Scope, l lister) ([]ticket.Ticket, error) {
	f, ok := r.newFinder(sc, l)
	if !ok {
		return nil, nil // nothing in the words can be found
	}
	if r.h.tx == nil {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, patience, errPatience)
		defer cancel()
	}
	numbers, err := f.numbers(ctx)
	if err == nil && len(numbers) > 0 {
		var out []ticket.Ticket
		if out, err = f.load(ctx, numbers); err == nil {
			return out, nil
		}
	}
	if errors.Is(context.Cause(ctx), errPatience) {
		return nil, &ticket.Error{Kind: ticket.Unavailable, Op: "store", Field: "q", Msg: "the search takes too long; look for rarer words", Err: err}
	}
	return nil, err
}

// newFinder gives a finder for the sets of a list; ok is false when nothing in its words can be found.
func (r reader) newFinder(sc ticket.Scope, l lister) (f finder, ok bool) {
	f = finder{reader: r, l: l, sc: sc, totals: map[string]float64{}}
	for _, w := range searchable(l.q.Words) {
		f.sources = append(f.sources, source{word: w, notes: l.q.SearchNotes})
	}
	if len(f.sources) == 0 && len(l.q.Words) > 0 {
		return f, false
	}
	for _, t := range l.q.Tag {
		f.sources = append(f.sources, source{tag: t})
	}
	for _, v := range l.q.Field {
		f.sources = append(f.sources, source{field: digest(ticket.FieldTerm(v.Name, v.Value))})
	}
	if l.q.Mentioned != "" {
		f.sources = append(f.sources, source{mentioned: l.q.Mentioned})
	}
	return f, true
}

var errPatience = errors.New("search takes too long")

// numbers are the tickets of the page in its order.
func (f *finder) numbers(ctx context.Context) ([]int64, error) {
	known, rest, err := f.probe(ctx)
	if err != nil {
		return nil, err
	}
	if known != nil && len(*known) <= f.s.sets.few {
		return f.sort(ctx, *known, rest)
	}
	return f.walk(ctx, known, rest)
}

// probe reads the sets as far as that is cheap. known is the intersection of those that it read to their ends, nil when there is none.
func (f *finder) probe(ctx context.Context) (known *[]int64, rest []large, err error) {
	take := func(src source, limit int) error {
		set, whole, err := f.read(ctx, src, 0, math.MaxInt64>>docBits, limit)
		switch {
		case err != nil:
			return err
		case !whole:
			rest = append(rest, large{src, float64(limit) / float64(set[len(set)-1]-set[0]+1)})
		case known == nil:
			known = &set
		default:
			*known = intersect(*known, set)
		}
		return nil
	}
	// Most searches name something rare. It shows in the first numbers of its set, and then the other sets need not be read at all.
	todo := make([]large, 0, len(f.sources))
	for _, src := range f.sources {
		todo = append(todo, large{source: src})
	}
	for _, limit := range []int{f.s.sets.few / 25, f.s.sets.few} {
		if limit == 0 || len(todo) == 1 && limit < f.s.sets.few && f.s.flavor.look == nil {
			continue
		}
		rest = nil
		for _, l := range todo {
			if f.widespread(l) {
				rest = append(rest, l)
			} else if err := take(l.source, limit); err != nil {
				return nil, nil, err
			}
		}
		if len(rest) == 0 || known != nil && len(*known)*len(rest)*f.seek() <= f.s.sets.few {
			return known, rest, nil
		}
		todo = rest
	}
	if len(f.sources) == 1 || len(rest) == 0 || known != nil && len(*known) <= f.s.sets.few/10 {
		return known, rest, nil
	}
	newest, err := f.newest(ctx)
	if err != nil {
		return nil, nil, err
	}
	again := rest
	rest = nil
	for _, l := range again {
		if f.widespread(l) || l.density*float64(newest) > float64(f.s.sets.many) {
			rest = append(rest, l)
		} else if err := take(l.source, f.s.sets.many); err != nil {
			return nil, nil, err
		}
	}
	return known, rest, nil
}

// read gives the numbers of a set from lo to hi, rising, and whether these are all.
func (f *finder) read(ctx context.Context, src source, lo, hi int64, limit int) (set []int64, whole bool, err error) {
	switch {
	case src.tag != "":
		return f.readSet(ctx, "SELECT number FROM {ticket_tags} WHERE tag = ? AND number BETWEEN ? AND ? ORDER BY number", []any{src.tag, lo, hi}, limit)
	case src.field != nil:
		return f.readSet(ctx, "SELECT number FROM {ticket_fields} WHERE hash = ? AND number BETWEEN ? AND ? ORDER BY number", []any{src.field, lo, hi}, limit)
	case src.mentioned != "":
		return f.readSet(ctx, "SELECT number FROM {mentions} WHERE account_id = ? AND number BETWEEN ? AND ? ORDER BY number", []any{src.mentioned, lo, hi}, limit)
	}
	if f.s.flavor.look != nil {
		cond, args := f.looked(src)
		if cond == "" {
			return nil, true, nil
		}
		set, whole, found, err := f.lookThrough(ctx, src.word, cond, args, lo, hi, limit)
		if err != nil || found {
			return set, whole, err
		}
	} else if strings.HasSuffix(src.word, "*") { // FTS5 collects the tickets of all these words before it gives the first
		limit = math.MaxInt32
	}
	whole = true
	known := int64(math.MaxInt64) // up to where all spellings are known
	for _, word := range spellings(src.word) {
		text, args := f.s.flavor.match(f.h, word, src.notes, lo, hi)
		if text == "" {
			continue
		}
		one, all, err := f.readSet(ctx, text, args, limit)
		if err != nil {
			return nil, false, err
		}
		if !all {
			whole, known = false, min(known, one[len(one)-1])
		}
		set = append(set, one...)
	}
	slices.Sort(set)
	set = slices.Compact(set)
	if i, found := slices.BinarySearch(set, known); found {
		set = set[:i+1]
	}
	return set, whole, nil
}

// readSet runs a query of numbers that rise.
func (f *finder) readSet(ctx context.Context, text string, args []any, limit int) (set []int64, whole bool, err error) {
	rows := 0
	err = f.h.query(ctx, f.s.text(text)+limitTo(limit+1), args, func(r *sql.Rows) error {
		rows++
		var n int64
		err := r.Scan(&n)
		if len(set) == 0 || set[len(set)-1] != n { // a ticket has many texts
			set = append(set, n)
		}
		return err
	})
	return set, rows <= limit, err
}

// has asks sets for one ticket.
func (f *finder) has(ctx context.Context, sets []large, number int64) (bool, error) {
	for _, l := range sets {
		set, _, err := f.read(ctx, l.source, number, number, 1)
		if err != nil || len(set) == 0 {
			return false, err
		}
	}
	return true, nil
}

// sort brings candidates into the order of the list and takes the first that are in the large sets too.
func (f *finder) sort(ctx context.Context, known []int64, rest []large) ([]int64, error) {
	if len(known) == 0 {
		return nil, nil
	}
	list, err := json.Marshal(known)
	if err != nil {
		return nil, op("candidates", err)
	}
	text, args := f.l.among(f.sc, string(list))
	rows, err := f.positions(ctx, text, args)
	if err != nil {
		return nil, err
	}
	numbers := make([]int64, 0, len(rows))
	for _, p := range rows {
		numbers = append(numbers, p.number)
	}
	return f.filter(ctx, rest, numbers, f.l.limit)
}

// walk follows the list, in growing pieces, and keeps what is in all sets.
func (f *finder) walk(ctx context.Context, known *[]int64, rest []large) ([]int64, error) {
	var out []int64
	l := f.l
	for l.limit = max(4*f.l.limit, 100); ; l.limit = min(2*l.limit, 8192) {
		text, args, ok := l.build(f.sc, "t.number, t."+l.sort.col, "")
		if !ok {
			return nil, nil
		}
		rows, err := f.positions(ctx, text, args)
		if err != nil {
			return nil, err
		}
		kept, err := f.keep(ctx, rows, known, rest, f.l.limit-len(out))
		if err != nil {
			return nil, err
		}
		if out = append(out, kept...); len(out) == f.l.limit || len(rows) < l.limit {
			return out, nil
		}
		last := rows[len(rows)-1]
		l.q.After = ticket.Cursor{Sort: l.q.Sort, Key: last.key, Number: last.number}
	}
}

// keep leaves the first want positions that are in all sets. Where an index gives what it finds in order, a large set is read for the range that the
// positions span, or asked for one after the other, whatever is cheaper.
func (f *finder) keep(ctx context.Context, rows []position, known *[]int64, rest []large, want int) ([]int64, error) {
	var kept []int64
	for _, p := range rows {
		if known == nil || contained(*known, p.number) {
			kept = append(kept, p.number)
		}
	}
	var ask []large
	for _, l := range rest {
		if len(kept) == 0 {
			return nil, nil
		}
		lo, hi := slices.Min(kept), slices.Max(kept)
		if f.s.flavor.look != nil || l.density*float64(hi-lo+1) > float64(seek*len(kept)) {
			ask = append(ask, l)
			continue
		}
		set, _, err := f.read(ctx, l.source, lo, hi, math.MaxInt32)
		if err != nil {
			return nil, err
		}
		kept = slices.DeleteFunc(kept, func(n int64) bool { return !contained(set, n) })
	}
	return f.filter(ctx, ask, kept, want)
}

// position is a place in a list.
type position struct{ number, key int64 }

func (f *finder) positions(ctx context.Context, text string, args []any) ([]position, error) {
	var out []position
	var p position
	err := f.h.query(ctx, text, args, func(rows *sql.Rows) error {
		err := rows.Scan(&p.number, &p.key)
		out = append(out, p)
		return err
	})
	return out, err
}

// load reads the tickets of the page. One that has left the scope meanwhile is not among them.
func (f *finder) load(ctx context.Context, numbers []int64) ([]ticket.Ticket, error) {
	text, args := "SELECT "+f.s.ticketColumns()+" FROM {tickets} t"+neighbours+" WHERE t.number IN ("+marks(len(numbers))+")", anys(numbers)
	if clause, cargs := scopeWhere(f.sc, f.s.flavor.aside); clause != "" {
		text, args = text+and(clause), append(args, cargs...)
	}
	return f.tickets(ctx, f.s.expand(text+f.l.sort.by("t")), args)
}

func contained(set []int64, n int64) bool {
	_, ok := slices.BinarySearch(set, n)
	return ok
}

// intersect gives what two rising sets have in common, in place of a.
func intersect(a, b []int64) []int64 {
	out := a[:0]
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] < b[0]:
			a = a[1:]
		case a[0] > b[0]:
			b = b[1:]
		default:
			out = append(out, a[0])
			a, b = a[1:], b[1:]
		}
	}
	return out
}
