package store

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// online is how recently a session must have been seen for its account to count as online.
const online = 5 * time.Minute

// KPI implements report.Store. A ticket counts as resolved on the day on which it last became resolved or closed; one that was reopened
// since does not count. Each number is a range of an index, but for the medians, which are of the facts as those of Analyze.
func (s *Store) KPI(ctx context.Context, sc ticket.Scope, q report.Query) (report.KPI, error) {
	zone := q.Zone
	if zone == nil {
		zone = time.UTC
	}
	now := q.Now.In(zone)
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	tomorrow, week := today.AddDate(0, 0, 1), today.AddDate(0, 0, -7)
	k := kpi{s: s, ctx: ctx, sc: sc}

	out := report.KPI{
		Open:          k.count("t.category IN ('new', 'open', 'snoozed')"),
		Unassigned:    k.count("t.assignee_id = '' AND t.active = ?", true),
		Pending:       k.count("t.category = 'pending'"),
		CreatedToday:  k.created(today, tomorrow),
		ResolvedToday: k.resolved(today, tomorrow),
	}
	if q.Account != "" {
		out.Mine = k.count("t.assignee_id = ? AND t.active = ?", q.Account, true)
	}
	out.Breached, out.DueWithinHour = k.breached(q.Now), k.dueWithin(q.Now, time.Hour)
	out.SLAAttainment7d = k.attainment(q.Now.AddDate(0, 0, -7), q.Now)
	out.Previous.CreatedToday = mean(k.created(week, today))
	out.Previous.ResolvedToday = mean(k.resolved(week, today))
	earlier := q.Now.AddDate(0, 0, -14)
	out.Previous.SLAAttainment7d = k.attainment(earlier, q.Now.AddDate(0, 0, -7))
	out.FirstResponseP50, out.Previous.FirstResponseP50 = k.firstResponse(q.Now)
	out.AgentsOnline = k.number("SELECT COUNT(DISTINCT s.account_id) FROM {accounts} a JOIN {sessions} s ON s.account_id = a.id"+
		" WHERE a.active = ? AND s.last_seen > ? AND s.expires_at > ?", true, toMicros(q.Now.Add(-online)), toMicros(q.Now))
	if k.err != nil {
		return report.KPI{}, k.err
	}
	return out, nil
}

// Online implements report.Store.
func (s *Store) Online(ctx context.Context, now time.Time) ([]ticket.AccountID, error) {
	var out []ticket.AccountID
	err := s.h.query(ctx, s.text("SELECT DISTINCT s.account_id FROM {accounts} a JOIN {sessions} s ON s.account_id = a.id WHERE a.active = ? AND s.last_seen > ? AND s.expires_at > ?"),
		[]any{true, toMicros(now.Add(-online)), toMicros(now)}, func(rows *sql.Rows) error {
			var id ticket.AccountID
			err := rows.Scan(&id)
			out = append(out, id)
			return err
		})
	return out, err
}

// kpi collects numbers until the first error.
type kpi struct {
	s   *Store
	ctx context.Context
	sc  ticket.Scope
	err error
}

func (k *kpi) number(text string, args ...any) *int64 {
	if k.err != nil {
		return nil
	}
	var n int64
	_, k.err = k.s.h.one(k.ctx, k.s.expand(text), args, &n)
	return &n
}

func (k *kpi) count(where string, args ...any) *int64 {
	clause, cargs := scopeWhere(k.sc, k.s.flavor.aside)
	return k.number("SELECT COUNT(*) FROM {tickets} t WHERE "+where+and(clause), append(args, cargs...)...)
}

// created and resolved count merged and spam apart and take them off, because no index tells them from the others: but one has them by
// the time of their last change, which is never before their creation, nor before they were resolved.
func (k *kpi) created(from, to time.Time) *int64 {
	return k.within("t.active IN (?, ?) AND t.created_at >= ? AND t.created_at < ?", []any{true, false, toMicros(from), toMicros(to)},
		"t.created_at >= ? AND t.created_at < ?", from, to)
}

func (k *kpi) resolved(from, to time.Time) *int64 {
	const when = "t.resolved_at >= ? AND t.resolved_at < ?"
	return k.within(when, []any{toMicros(from), toMicros(to)}, when, from, to)
}

// within counts what the index finds, all with its args, less the merged and spam among it, which when finds.
func (k *kpi) within(all string, args []any, when string, from, to time.Time) *int64 {
	n := k.count(all, args...)
	off := k.count("t.category IN ('merged', 'spam') AND t.updated_at >= ? AND "+when, toMicros(from), toMicros(from), toMicros(to))
	if k.err != nil {
		return nil
	}
	*n -= *off
	return n
}

func mean(week *int64) *float64 {
	if week == nil {
		return nil
	}
	m := math.Round(float64(*week)/7*100) / 100
	return &m
}

// firstResponse gives the medians of the first answers of the seven days before now, and of the seven before these, by nearest rank and in seconds; nil where there was none.
func (k *kpi) firstResponse(now time.Time) (last, previous *int64) {
	if k.err != nil {
		return nil, nil
	}
	var all [2][]int64
	border := now.AddDate(0, 0, -7)
	q := report.FactQuery{From: now.AddDate(0, 0, -14), To: now, Kinds: []report.FactKind{report.FactFirstResponse}}
	k.err = k.s.Facts(k.ctx, k.sc, q, func(r *report.FactRow) {
		week := 0
		if r.At < border.UnixMicro() {
			week = 1
		}
		all[week] = append(all[week], r.Seconds)
	})
	median := func(seconds []int64) *int64 {
		if k.err != nil || len(seconds) == 0 {
			return nil
		}
		slices.Sort(seconds)
		return &seconds[(len(seconds)-1)/2]
	}
	return median(all[0]), median(all[1])
}
