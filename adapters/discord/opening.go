package discord

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Rules are who may open tickets, and when. The zero value lets everybody, at any time.
type Rules struct {
	RequiredRoleIDs []string // one of them is needed; none: nobody needs any
	BlockedRoleIDs  []string
	BlockedUserIDs  []string
	Cooldown        time.Duration // between two tickets of one person
	Hours           string        // as sla.ParseHours reads them, in Config.Zone; "" is always
	// RefuseOutside refuses tickets outside of Hours; else whoever opens one is told when the team is back.
	RefuseOutside bool
}

// admits says why a member may not open a ticket, in their language; "" lets them. It knows only what it is given, so it is as fast as an
// answer to Discord has to be.
func (w *worker) admits(i *dInteraction, k *Kind, lang string) string {
	now := w.cfg.Now()
	var roles []string
	if i.Member != nil {
		roles = i.Member.Roles
	}
	has := func(list []string) bool {
		return slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(list, r) })
	}
	for _, r := range []*Rules{&w.cfg.Rules, &k.Rules} {
		switch {
		case slices.Contains(r.BlockedUserIDs, i.who().ID), has(r.BlockedRoleIDs):
			return w.texts.T(lang, "discord.blocked")
		case len(r.RequiredRoleIDs) > 0 && !has(r.RequiredRoleIDs):
			var list []string
			for _, id := range r.RequiredRoleIDs {
				list = append(list, "<@&"+id+">")
			}
			return w.texts.T(lang, "discord.role_missing", strings.Join(list, ", "))
		}
	}
	if s := w.hoursOf(k); s.refuse && !s.hours.Open(now) {
		return w.texts.T(lang, "discord.outside_refused", w.nextOpen(k, lang))
	}
	return ""
}

// nextOpen is when the team of a kind is back.
func (w *worker) nextOpen(k *Kind, lang string) string {
	at, err := w.hoursOf(k).hours.NextOpen(w.cfg.Now())
	if err != nil {
		return w.texts.T(lang, "discord.never")
	}
	return discordTime(at, "f")
}

// discordTime is a time that Discord's program shows in the zone and the language of whoever reads it.
func discordTime(t time.Time, style string) string { return fmt.Sprintf("<t:%d:%s>", t.Unix(), style) }

// begin opens a ticket of a kind, or shows its form.
func (w *worker) begin(i *dInteraction, k *Kind, lang string) {
	if why := w.admits(i, k, lang); why != "" {
		_ = w.respond(i, respondMessage, w.private(why))
		return
	}
	if len(k.Questions) > 0 {
		_ = w.respond(i, respondModal, form(k, lang))
		return
	}
	w.later(i, "u"+i.who().ID, func() string { return w.open(i, k, lang, w.opening(i, k, lang)) })
}

// twice is how long a second click on the same kind means the same ticket.
const twice = 30 * time.Second

// open makes a ticket and its channel. The ticket comes first: when the channel cannot be made now, the work goes on later.
func (w *worker) open(i *dInteraction, k *Kind, lang string, in ticket.Incoming) string {
	u := i.who()
	if why := w.admits(i, k, lang); why != "" { // it may have become late over the form
		return why
	}
	opener := in.From.Identity.Value
	defer w.locks.lock("user/" + u.ID)()
	opened := w.key("open", opener+"/"+k.ID)
	if id, err := w.cfg.State.Get(w.work, opened); err == nil && id != "" {
		t, err := w.svc.Get(w.work, w.actor(), ticket.ID(id))
		if err == nil && t.Category.Active() && w.cfg.Now().Sub(t.CreatedAt) < twice {
			p, _, _ := w.place(w.work, t.ID)
			return w.texts.T(lang, "discord.opened", t.Number, where(p))
		}
	}
	if until := w.cooled(u.ID, k); !until.IsZero() {
		return w.texts.T(lang, "discord.cooldown", discordTime(until, "R"))
	}
	r, err := w.svc.Receive(w.work, w.actor(), in)
	if err != nil {
		return w.refusal(lang, err)
	}
	err = w.settle(r.TicketID, opener, k.ID)
	if err == nil {
		err = w.cfg.State.Set(w.work, opened, string(r.TicketID))
	}
	if err == nil && w.cooldownOf(k) > 0 {
		err = w.cfg.State.Set(w.work, w.key("last", u.ID), strconv.FormatInt(w.cfg.Now().Unix(), 10))
	}
	if err == nil {
		err = w.sync(w.work, r.TicketID)
	}
	t, found := w.svc.Get(w.work, w.actor(), r.TicketID)
	if found != nil {
		return w.refusal(lang, found)
	}
	p, _, found := w.place(w.work, t.ID)
	if found != nil {
		return w.refusal(lang, found)
	}
	if p.Channel == "" {
		w.cfg.Log.Error("discord: cannot make the channel of a ticket", slog.Int64("number", t.Number), slog.Any("error", err))
		return w.texts.T(lang, "discord.no_channel", t.Number, w.why(lang, err))
	}
	said := w.texts.T(lang, "discord.opened", t.Number, where(p))
	if !w.hoursOf(k).hours.Open(w.cfg.Now()) {
		said += "\n" + w.texts.T(lang, "discord.outside_warned", w.nextOpen(k, lang))
	}
	return said
}

func (d *Discord) cooldownOf(k *Kind) time.Duration {
	return max(d.cfg.Rules.Cooldown, k.Rules.Cooldown)
}

// cooled is until when a person has to wait before another ticket; zero is now.
func (w *worker) cooled(user string, k *Kind) time.Time {
	wait := w.cooldownOf(k)
	if wait <= 0 {
		return time.Time{}
	}
	s, err := w.cfg.State.Get(w.work, w.key("last", user))
	last, bad := strconv.ParseInt(s, 10, 64)
	if err != nil || bad != nil {
		return time.Time{}
	}
	if until := time.Unix(last, 0).Add(wait); until.After(w.cfg.Now()) {
		return until
	}
	return time.Time{}
}

// settle notes whose a new ticket is, unless the job of its opening was faster.
func (w *worker) settle(id ticket.ID, opener, kind string) error {
	ctx, release, err := w.hold(w.work, id)
	if err != nil {
		return err
	}
	defer release()
	p, known, err := w.place(ctx, id)
	if err != nil || known && p.Kind != "" {
		return err
	}
	p.Opener, p.Kind = opener, kind
	return w.setPlace(ctx, id, p)
}

func where(p place) string {
	if p.Channel == "" {
		return "…"
	}
	return "<#" + p.Channel + ">"
}

// opening is the first message of a ticket: the answers to the form.
func (w *worker) opening(i *dInteraction, k *Kind, lang string) ticket.Incoming {
	answers := i.answers()
	var text strings.Builder
	first := ""
	for _, q := range k.Questions {
		if a := strings.TrimSpace(answers[q.ID]); a != "" {
			fmt.Fprintf(&text, "%s\n%s\n\n", q.Label.in(lang), a)
			if len(q.Options) == 0 {
				first = cmp.Or(first, a)
			}
		}
	}
	label := k.Label.in(lang)
	if text.Len() == 0 {
		text.WriteString(w.texts.T(lang, "discord.opening", label))
	}
	line := label
	if first != "" {
		line += ": " + subject(first, "")
	}
	return ticket.Incoming{
		Channel: w.cfg.Name, Key: "open:" + i.ID, From: w.person(i.who(), i.Member), Subject: line, Text: strings.TrimSpace(text.String()), Interactive: true, Verified: yes(),
		Queue: k.Queue, Priority: k.Priority, Source: w.cfg.Name, Locale: lang,
	}
}

// fromMessage makes a ticket of a message that stands somewhere in the server. An agent opens it for its author, anybody else for themselves.
func (w *worker) fromMessage(i *dInteraction, lang string) string {
	m, ok := i.Data.Resolved.Messages[i.Data.TargetID]
	kinds := w.kinds()
	if !ok || m.Author == nil || len(kinds) == 0 {
		return w.texts.T(lang, "discord.unknown")
	}
	if id, err := w.ticketOf(w.work, i.ChannelID); err == nil && id != "" {
		return w.texts.T(lang, "discord.is_ticket")
	}
	k := &kinds[0]
	in := w.opening(i, k, lang)
	if w.isAgent(i.Member) && m.Author.ID != i.who().ID && !m.Author.Bot && m.WebhookID == "" {
		author, err := w.member(w.work, m.Author.ID)
		if err != nil {
			return w.why(lang, err)
		}
		if author == nil {
			return w.texts.T(lang, "discord.has_left", plain(name(m.Author, nil)))
		}
		in.From = w.person(m.Author, author)
	}
	text, ups, _, err := w.content(&m)
	if err != nil {
		return w.texts.T(lang, "discord.why_later")
	}
	link := "https://discord.com/channels/" + w.cfg.GuildID + "/" + i.ChannelID + "/" + m.ID
	in.Key, in.Uploads = "from:"+m.ID+"/"+in.From.Identity.Value, ups
	in.Subject = subject(text, w.texts.T(lang, "discord.subject", name(m.Author, m.Member)))
	in.Text = w.texts.T(lang, "discord.from_message", name(m.Author, m.Member), link) + "\n\n" + text
	return w.open(i, k, lang, in)
}
