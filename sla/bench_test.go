package sla_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/sla"
)

func office(b *testing.B) *sla.Schedule {
	c := everyDay("Europe/Berlin", sla.Window{Open: 8 * hour, Close: 12 * hour}, sla.Window{Open: 13 * hour, Close: 17 * hour})
	delete(c.Week, "sat")
	delete(c.Week, "sun")
	for y := 2020; y < 2040; y++ {
		for m := time.January; m <= time.December; m++ {
			c.Holidays = append(c.Holidays, sla.Holiday{Date: sla.Date{Year: y, Month: m, Day: 1}})
		}
	}
	return schedule(b, c)
}

func BenchmarkDue(b *testing.B) {
	s := office(b)
	for name, d := range map[string]int64{"hour": hour, "week": 40 * hour, "years": 10 * 2000 * hour} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Due(jan5(9, 0), d, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkElapsed(b *testing.B) {
	s := office(b)
	var pauses []sla.Interval
	for i := range 20 {
		pauses = append(pauses, sla.Interval{From: jan5(10+24*i, 0), To: jan5(12+24*i, 0)})
	}
	for name, p := range map[string][]sla.Interval{"plain": nil, "20 pauses": pauses} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Elapsed(jan5(9, 0), jan5(24*30, 0), p)
			}
		})
	}
}

// BenchmarkApply is a ticket of twelve events under a policy with all four clocks; one operation is one event.
func BenchmarkApply(b *testing.B) {
	cal := everyDay("Europe/Berlin", sla.Window{Open: 8 * hour, Close: 17 * hour})
	p := promise(sla.Resolution, 40*hour, func(p *sla.Policy) {
		p.CalendarID = "c"
		for _, c := range sla.Clocks() {
			p.Targets[c] = sla.Target{All: 20 * hour}
		}
	}, rungs)
	rules, err := sla.NewRules([]sla.Policy{p}, []sla.Calendar{*cal})
	require.NoError(b, err)
	var ms []moment
	for i, w := range []string{"created_by_customer", "note", "agent_public_reply", "pending", "customer_reply", "reopened", "agent_public_reply", "priority:urgent",
		"pending", "customer_reply", "reopened", "agent_public_reply"} {
		ms = append(ms, moment{jan5(9+i, 0), w})
	}
	es := events(b, ms)
	b.Run("apply", func(b *testing.B) {
		b.ReportAllocs()
		var s sla.TicketState
		for i := 0; b.Loop(); i++ {
			if i%len(es) == 0 {
				s = sla.TicketState{}
			}
			if _, err := rules.Apply(&s, &es[i%len(es)]); err != nil {
				b.Fatal(err)
			}
		}
	})
	var s sla.TicketState
	for i := range es {
		_, err := rules.Apply(&s, &es[i])
		require.NoError(b, err)
	}
	b.Run("next", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			rules.Next(&s, s.At)
		}
	})
	b.Run("json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			raw, err := json.Marshal(s)
			if err == nil {
				err = json.Unmarshal(raw, &sla.TicketState{})
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
