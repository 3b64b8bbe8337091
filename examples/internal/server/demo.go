package server

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

const (
	demoTickets = 300
	demoDays    = 60
)

// demoPeople work at the desk of the demonstration. They cannot sign in: they have no password.
var demoPeople = []struct{ subject, username, name string }{
	{"demo:1", "demo.miriam", "Miriam Vogt"}, {"demo:2", "demo.jonas", "Jonas Petersen"}, {"demo:3", "demo.aylin", "Aylin Kaya"},
}

// demo fills a desk with tickets of the last weeks, by the same calls that real work makes, on a clock that runs ahead of it.
type demo struct {
	desk   *ticketkit.Desk
	system ticket.Actor
	agents []ticket.Actor
	rnd    *rand.Rand
	now    time.Time
	end    time.Time
}

// fillDemo makes the marked tickets of the demonstration. Contacts live on .invalid, where nobody is, and nothing is ever mailed.
// A desk that has a ticket already is left alone, and made is 0.
func fillDemo(ctx context.Context, cfg ticketkit.Config, now time.Time) (made int, err error) {
	d := &demo{system: ticket.SystemActor("demo"), rnd: rand.New(rand.NewPCG(1042, 7)), end: now, now: now.AddDate(0, 0, -demoDays)}
	cfg.Adapters, cfg.Mail = nil, nil
	cfg.Now = func() time.Time { return d.now }
	if d.desk, err = ticketkit.New(cfg); err != nil {
		return 0, err
	}
	if err := d.desk.ApplySLA(ctx); err != nil { // in force since the first ticket
		return 0, err
	}
	if any, _, err := d.desk.Tickets().List(ctx, d.system, ticket.Query{Limit: 1}); err != nil || len(any) > 0 {
		return 0, err
	}
	for _, p := range demoPeople {
		who, err := d.desk.Accounts().EnsureExternal(ctx, p.subject, p.username, p.name, rbac.RoleSupport)
		if err != nil {
			return 0, fmt.Errorf("account %s: %w", p.username, err)
		}
		d.agents = append(d.agents, ticket.AccountActor(who.Account.ID, p.name))
	}
	var arrivals []time.Time
	for range demoTickets {
		arrivals = append(arrivals, d.arrival())
	}
	slices.SortFunc(arrivals, time.Time.Compare)
	for i, at := range arrivals {
		if err := d.ticket(ctx, i, at); err != nil {
			return i, err
		}
	}
	return demoTickets, nil
}

// arrival is some moment of the last weeks, mostly in office hours of a weekday.
func (d *demo) arrival() time.Time {
	for {
		t := d.end.Add(-time.Duration(d.rnd.Int64N(int64(demoDays * 24 * time.Hour)))).Truncate(time.Second)
		office := t.Weekday() != time.Saturday && t.Weekday() != time.Sunday && t.Hour() >= 7 && t.Hour() < 17
		if office || d.rnd.IntN(6) == 0 {
			return t
		}
	}
}

// step moves the clock on by up to limit and reports whether that still lies in the past.
func (d *demo) step(limit time.Duration) bool {
	d.now = d.now.Add(time.Minute + time.Duration(d.rnd.Int64N(int64(limit))))
	return d.now.Before(d.end)
}

// work moves the clock on like step, but mostly by little: who works here keeps more promises than not.
func (d *demo) work(limit time.Duration) bool {
	if d.rnd.IntN(8) > 0 {
		limit = 8 * time.Minute
	}
	return d.step(limit)
}

func pick[T any](d *demo, of []T) T { return of[d.rnd.IntN(len(of))] }

// ticket makes one ticket and plays what happened to it since.
func (d *demo) ticket(ctx context.Context, i int, at time.Time) error {
	d.now = at
	lang, texts := "de", demoGerman
	if d.rnd.IntN(3) == 0 {
		lang, texts = "en", demoEnglish
	}
	story := pick(d, texts.stories)
	first, last := pick(d, texts.first), pick(d, texts.last)
	priority := pick(d, []ticket.Priority{ticket.Low, ticket.Normal, ticket.Normal, ticket.Normal, ticket.Normal, ticket.High, ticket.Urgent})
	svc := d.desk.Tickets()
	t, err := svc.Open(ctx, d.system, ticket.NewTicket{
		Subject: story.subject, Body: fmt.Sprintf(texts.letter, story.body, first+" "+last),
		Requester: ticket.Person{Name: first + " " + last, Identity: ticket.Identity{Kind: ticket.KindEmail, Value: demoAddress(first, last)}},
		Priority:  priority, Tags: []string{story.tag}, Channel: pick(d, []string{"smtpd", "smtpd", "smtpd", "webform", "api"}),
		Source: "email", Locale: lang, Demo: true, CreatedAt: at, Key: fmt.Sprintf("demo-%d", i),
	})
	if err != nil {
		return fmt.Errorf("ticket %d: %w", i, err)
	}
	return d.play(ctx, t, story, texts)
}

// play works on a ticket like an agent would. Most old ones are over, most new ones are not.
func (d *demo) play(ctx context.Context, t *ticket.Ticket, story demoStory, texts demoTexts) error {
	svc := d.desk.Tickets()
	if age := d.end.Sub(t.CreatedAt); !d.work(5*time.Hour) || age < 48*time.Hour && d.rnd.IntN(2) == 0 {
		return nil
	}
	agent := pick(d, d.agents)
	if _, err := svc.Claim(ctx, agent, t.ID, 0); err != nil {
		return err
	}
	if d.rnd.IntN(4) == 0 && d.work(time.Hour) {
		if _, err := svc.Note(ctx, agent, t.ID, 0, ticket.NewMessage{Body: pick(d, texts.notes)}); err != nil {
			return err
		}
	}
	if d.rnd.IntN(14) == 0 && d.step(time.Hour) {
		if _, err := svc.Escalate(ctx, agent, t.ID, 0, pick(d, texts.notes)); err != nil {
			return err
		}
	}
	if !d.work(8 * time.Hour) {
		return nil
	}
	next := ticket.Status(pick(d, []ticket.Category{ticket.Pending, ticket.Pending, ticket.Open, ticket.Resolved, ticket.Resolved}))
	if _, err := svc.Reply(ctx, agent, t.ID, 0, ticket.NewMessage{Body: story.answer, Status: next}); err != nil {
		return err
	}
	if d.rnd.IntN(3) > 0 {
		if !d.step(30 * time.Hour) {
			return nil
		}
		_, err := svc.Receive(ctx, d.system, ticket.Incoming{Channel: "demo", Key: "answer-" + string(t.ID), Token: svc.ReplyToken(t.ID),
			From: ticket.Person{Name: t.Requester.Name, Identity: ticket.Identity{Kind: ticket.KindEmail, Value: t.Requester.Email}}, Text: pick(d, texts.thanks)})
		if err != nil {
			return err
		}
		if !d.step(12 * time.Hour) {
			return nil
		}
	}
	if age := d.end.Sub(d.now); age < 10*24*time.Hour && d.rnd.IntN(2) == 0 || d.rnd.IntN(40) == 0 {
		return nil
	}
	_, err := svc.Close(ctx, agent, t.ID, 0, "")
	return err
}

func demoAddress(first, last string) string {
	fold := func(s string) string {
		out := ""
		for _, r := range s {
			switch r {
			case 'ä', 'Ä':
				out += "ae"
			case 'ö', 'Ö':
				out += "oe"
			case 'ü', 'Ü':
				out += "ue"
			case 'ß':
				out += "ss"
			default:
				out += string(r)
			}
		}
		return out
	}
	return fold(first) + "." + fold(last) + "@kunden.invalid"
}

// clearDemo removes everything that fillDemo made and reports how many tickets that were.
func clearDemo(ctx context.Context, desk *ticketkit.Desk) (removed int, err error) {
	system, yes := ticket.SystemActor("demo clear"), true
	for {
		ts, _, err := desk.Tickets().List(ctx, system, ticket.Query{Demo: &yes, Limit: ticket.MaxLimit})
		if err != nil {
			return removed, err
		}
		for _, t := range ts {
			if err := desk.Tickets().Delete(ctx, system, t.ID, 0); err != nil {
				return removed, fmt.Errorf("ticket #%d: %w", t.Number, err)
			}
			removed++
		}
		if len(ts) == 0 {
			break
		}
	}
	for after := ""; ; {
		users, err := desk.Accounts().ListUsers(ctx, system, after, 100)
		if err != nil {
			return removed, err
		}
		for _, u := range users {
			after = u.Username
			for _, p := range demoPeople {
				if u.Username == p.username {
					if err := desk.Accounts().DeleteUser(ctx, system, u.ID); err != nil {
						return removed, fmt.Errorf("account %s: %w", p.username, err)
					}
				}
			}
		}
		if len(users) < 100 {
			return removed, nil
		}
	}
}
