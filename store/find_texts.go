package store

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"strings"
)

// The indexes of words of PostgreSQL and MySQL give tickets in no order, so they collect all texts with a word before the first of them can be
// taken: milliseconds for a word that is rare, seconds for one that every second ticket of a large desk has. Such a word is looked for in the
// texts themselves, in the order of the tickets, until there are enough. Which of the two is the case is found by looking at a sample of the
// texts, for what planners know of words is a guess where it matters: PostgreSQL takes half a percent for each that is not among the most
// common ones, and would go through all texts for the one that has it.
const (
	samples    = 8   // places of the desk that are looked at
	sampleSize = 128 // texts at each
	// textCost is what it costs to go through the texts of one ticket, in texts collected by the index instead.
	textCost = 0.3
	// astray is how many times as many texts as a sample promised to be enough are gone through, before the index is asked after all.
	astray = 3
	// asked is how many tickets are asked for at once.
	asked = 128

	throughTexts = "SELECT number FROM {search} WHERE number BETWEEN ? AND ? AND "
)

// looked is a condition on the texts themselves: whether they have the word of src. "" finds nothing.
func (f *finder) looked(src source) (cond string, args []any) {
	var ways []string
	for _, word := range spellings(src.word) {
		if text, arg := f.s.flavor.look(word); text != "" {
			ways, args = append(ways, text), append(args, arg)
		}
	}
	if len(ways) == 0 {
		return "", nil
	}
	cond = "(" + strings.Join(ways, " OR ") + ")"
	if !src.notes {
		cond += " AND NOT note"
	}
	return cond, args
}

// lookThrough reads the set of a word from the texts, if it is one that is better looked for there; found tells. A sample that chance has made
// too rich costs no more than some times what it promised: then the word is rarer than that, and the index has it.
func (f *finder) lookThrough(ctx context.Context, word, cond string, args []any, lo, hi int64, limit int) (set []int64, whole, found bool, err error) {
	newest, err := f.newest(ctx)
	if err != nil || newest == 0 {
		return nil, false, false, err
	}
	total, known := f.totals[word]
	if !known {
		if total, err = f.sample(ctx, newest, cond, args); err != nil {
			return nil, false, false, err
		}
		f.totals[word] = total
	}
	if total*total <= textCost*float64(limit)*float64(newest) {
		return nil, false, false, nil
	}
	end := hi
	if far := astray * float64(limit) / total * float64(newest); far < float64(newest-lo) {
		end = min(hi, lo+int64(far))
	}
	set, whole, err = f.readSet(ctx, throughTexts+cond+" ORDER BY number", append([]any{lo, end}, args...), limit)
	if err != nil || !whole || end == hi {
		return set, whole, true, err
	}
	f.totals[word] = 0
	return nil, false, false, nil
}

// widespread reports whether a sample has shown that a set that was read in part has a good part of the desk: to read more of it would tell nothing.
func (f *finder) widespread(l large) bool {
	return l.density > 0 && 4*f.totals[l.word] > float64(f.top)
}

// sample guesses how many texts meet a condition. Each place is bounded by a limit, which planners believe, and not by a range, of which a
// prepared plan knows nothing: PostgreSQL started workers for it.
func (f *finder) sample(ctx context.Context, newest int64, cond string, args []any) (total float64, err error) {
	part := "SELECT COUNT(CASE WHEN " + cond + " THEN 1 END), COALESCE(MIN(x.number), 0), COALESCE(MAX(x.number), 0) FROM (SELECT number, note, words FROM {search} WHERE number >= ? ORDER BY number, n" +
		limitTo(sampleSize) + ") x"
	var all []any
	var parts []string
	for i := range int64(samples) {
		_, apart := math.Modf(float64(i) * math.Phi) // not in step with anything that repeats in the desk
		parts, all = append(parts, part), append(append(all, args...), 1+int64((float64(i)+apart)/samples*float64(newest)))
	}
	var found, seen int64
	err = f.h.query(ctx, f.s.text(strings.Join(parts, " UNION ALL ")), all, func(r *sql.Rows) error {
		var n, lo, hi int64
		err := r.Scan(&n, &lo, &hi)
		if found += n; hi > 0 {
			seen += hi - lo + 1
		}
		return err
	})
	return float64(found) / float64(max(seen, 1)) * float64(newest), err
}

// newest is the highest number of a ticket, and how many there are at most.
func (f *finder) newest(ctx context.Context) (int64, error) {
	if f.top > 0 {
		return f.top, nil
	}
	_, err := f.h.one(ctx, f.s.text("SELECT COALESCE(MAX(number), 0) FROM {tickets}"), nil, &f.top)
	return f.top, err
}

func (f *finder) seek() int {
	if f.s.flavor.look != nil {
		return seekMany
	}
	return seek
}

// filter leaves the first want numbers, in their order, that are in all sets.
func (f *finder) filter(ctx context.Context, sets []large, numbers []int64, want int) (out []int64, err error) {
	if f.s.flavor.look == nil {
		for _, n := range numbers {
			if len(out) == want {
				break
			}
			ok, err := f.has(ctx, sets, n)
			if err != nil {
				return nil, err
			}
			if ok {
				out = append(out, n)
			}
		}
		return out, nil
	}
	for chunk := range slices.Chunk(numbers, asked) {
		if len(out) >= want {
			break
		}
		kept := slices.Clone(chunk)
		for _, l := range sets {
			if len(kept) == 0 {
				break
			}
			set, err := f.ask(ctx, l.source, kept)
			if err != nil {
				return nil, err
			}
			kept = slices.DeleteFunc(kept, func(n int64) bool { return !contained(set, n) })
		}
		out = append(out, kept...)
	}
	return out[:min(len(out), want)], nil
}

// ask gives those of at most asked tickets that are in a set.
func (f *finder) ask(ctx context.Context, src source, numbers []int64) ([]int64, error) {
	table, cond, args := "ticket_tags", "tag = ?", []any{src.tag}
	switch {
	case src.field != nil:
		table, cond, args = "ticket_fields", "hash = ?", []any{src.field}
	case src.mentioned != "":
		table, cond, args = "mentions", "account_id = ?", []any{src.mentioned}
	case src.tag == "":
		table = "search"
		if cond, args = f.looked(src); cond == "" {
			return nil, nil
		}
	}
	full := slices.Grow(slices.Clone(numbers), asked)
	for len(full) < asked { // one statement for every number of numbers
		full = append(full, numbers[0])
	}
	var set []int64
	err := f.h.query(ctx, f.s.text("SELECT number FROM {"+table+"} WHERE number IN ("+marks(asked)+") AND "+cond), append(anys(full), args...), func(r *sql.Rows) error {
		var n int64
		err := r.Scan(&n)
		set = append(set, n)
		return err
	})
	slices.Sort(set)
	return set, err
}
