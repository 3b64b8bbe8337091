package discord

import (
	"encoding/json"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

const (
	listsFor     = 30 * time.Second       // how long what is offered is taken for true
	completeWait = 600 * time.Millisecond // for the database, while somebody types
	maxChoices   = 25
	maxChoice    = 100

	defaultAskFor = 24 * time.Hour
)

// lists remember what is offered while somebody types: Discord waits for no database. The zero lists are ready.
type lists struct {
	mu      sync.Mutex
	now     offered
	at      time.Time
	loading chan struct{} // closed when done; nil while nobody loads
}

type offered struct {
	queues []ticket.Queue
	agents []ticket.Account
}

// get gives the queues and the agents of the desk, at the worst as they were a while ago, or none.
func (l *lists) get(w *worker) offered {
	l.mu.Lock()
	if time.Since(l.at) < listsFor {
		defer l.mu.Unlock()
		return l.now
	}
	if l.loading == nil {
		l.loading = make(chan struct{})
		if !w.q.add("lists", func() { l.load(w) }) {
			l.loading = nil
			defer l.mu.Unlock()
			return l.now
		}
	}
	done := l.loading
	l.mu.Unlock()
	t := time.NewTimer(w.offerIn)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.now
}

func (l *lists) load(w *worker) {
	queues, err := w.svc.Queues(w.work, w.actor())
	var agents []ticket.Account
	if err == nil {
		agents, err = w.svc.Agents(w.work, w.actor())
	}
	if err != nil {
		w.cfg.Log.Warn("discord: cannot offer queues and agents", slog.Any("error", err))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		l.now, l.at = offered{queues, agents}, time.Now()
	}
	close(l.loading)
	l.loading = nil
}

// complete offers what can be meant by what somebody has typed so far. Queues and agents are shown only to who works on tickets.
func (w *worker) complete(i *dInteraction, lang string) {
	choices := []obj{}
	offer := func(name, value, typed string) {
		if len(choices) < maxChoices && name != "" && strings.Contains(strings.ToLower(name), strings.ToLower(typed)) {
			choices = append(choices, obj{"name": clipTo(name, maxChoice), "value": clipTo(value, maxChoice)})
		}
	}
	for _, o := range i.arguments() {
		var typed string
		if !o.Focused || json.Unmarshal(o.Value, &typed) != nil {
			continue
		}
		switch {
		case o.Name == "kind":
			for _, k := range w.kinds() {
				offer(k.Label.in(lang), k.ID, typed)
			}
		case w.svc == nil || !w.isAgent(i.Member):
		case o.Name == "queue":
			for _, q := range w.lists.get(w).queues {
				offer(q.Name, string(q.ID), typed)
			}
		case o.Name == "agent":
			for _, a := range w.lists.get(w).agents {
				offer(a.Name, string(a.ID), typed)
			}
		}
	}
	_ = w.respond(i, respondChoices, obj{"choices": choices})
}

func join(words []string) string { return strings.Join(words, " ") }

func mentionRoles(ids []string) (out []string) {
	for _, id := range ids {
		out = append(out, "<@&"+id+">")
	}
	return out
}
