package sla_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// timeline is a whole ticket: what happened, and what its clocks make of it.
type timeline struct {
	ID   string
	Note string
	hours
	Targets map[string]int64
	Reopen  sla.Reopen
	Events  [][2]string // time, and one of the words of history.add
	Expect  map[string]json.RawMessage
}

type expectation struct {
	Start   *time.Time
	Due     *time.Time
	Elapsed *int64
	State   string
	Met     json.RawMessage
	Breach  *time.Time `json:"breached_at"`
}

var clockNames = map[string]sla.Clock{"first": sla.FirstResponse, "next": sla.NextResponse, "update": sla.Update, "resolution": sla.Resolution}

// history builds the events of a ticket as package ticket writes them.
type history struct {
	t      require.TestingT
	events []ticket.Event
	status ticket.Status
	prio   ticket.Priority
	queue  ticket.QueueID
}

func (h *history) push(at time.Time, typ ticket.EventType, actor ticket.ActorKind, data map[string]any) {
	b, err := json.Marshal(data)
	require.NoError(h.t, err)
	n := int64(len(h.events) + 1)
	h.events = append(h.events, ticket.Event{ID: ticket.EventID(fmt.Sprintf("e%d", n)), TicketID: "t1", N: n, Type: typ, At: at,
		Actor: ticket.EventActor{Type: actor}, Data: b})
}

func (h *history) move(at time.Time, typ ticket.EventType, to ticket.Status, cat ticket.Category) {
	h.push(at, typ, ticket.ActorAccount, map[string]any{"from": h.status, "to": to, "from_category": "open", "to_category": cat})
	h.status = to
}

// add appends what a word stands for; "priority:urgent" and "queue:two" carry a value.
func (h *history) add(at time.Time, word string) {
	word, value, _ := strings.Cut(word, ":")
	switch word {
	case "created_by_customer", "created_by_agent":
		h.status, h.prio, h.queue = "new", ticket.Normal, "q1"
		if value != "" {
			h.prio = ticket.Priority(value)
		}
		h.push(at, ticket.EventCreated, ticket.ActorContact, map[string]any{"status": "new", "priority": h.prio, "queue_id": h.queue,
			"channel": "email", "source": "email", "by_agent": word == "created_by_agent"})
	case "customer_reply", "machine_mail":
		h.push(at, ticket.EventReceived, ticket.ActorContact, map[string]any{"message_id": "m", "machine": word == "machine_mail"})
	case "agent_public_reply", "bot_reply":
		h.push(at, ticket.EventReplied, ticket.ActorAccount, map[string]any{"message_id": "m", "human": word == "agent_public_reply"})
	case "note":
		h.push(at, ticket.EventNoted, ticket.ActorAccount, map[string]any{"message_id": "m"})
	case "open", "pending", "resolved":
		h.move(at, ticket.EventStatusChanged, ticket.Status(word), ticket.Category(word))
	case "waiting": // a state of the desk's own
		h.move(at, ticket.EventStatusChanged, "waiting_supplier", ticket.Pending)
	case "closed":
		h.move(at, ticket.EventClosed, "closed", ticket.Closed)
	case "spam":
		h.move(at, ticket.EventStatusChanged, "spam", ticket.Spam)
	case "merged":
		h.move(at, ticket.EventMerged, "merged", ticket.Merged)
	case "reopened":
		h.move(at, ticket.EventReopened, "open", ticket.Open)
	case "snoozed":
		h.push(at, ticket.EventSnoozed, ticket.ActorAccount, map[string]any{"from": h.status, "from_category": "open", "until": at.Add(time.Hour)})
		h.status = "snoozed"
	case "priority":
		h.push(at, ticket.EventPriorityChanged, ticket.ActorAccount, map[string]any{"from": h.prio, "to": value})
		h.prio = ticket.Priority(value)
	case "queue":
		h.push(at, ticket.EventQueueChanged, ticket.ActorAccount, map[string]any{"from_id": h.queue, "to_id": value})
		h.queue = ticket.QueueID(value)
	case "recomputed":
		h.push(at, ticket.EventSLARecomputed, ticket.ActorAccount, map[string]any{})
	case "tick":
		h.push(at, ticket.EventTimer, ticket.ActorSystem, map[string]any{"name": sla.Timer, "due": at})
	case "deleted":
		h.push(at, ticket.EventDeleted, ticket.ActorAccount, map[string]any{"ticket_id": "t1"})
		h.events[len(h.events)-1].N = 7 // of the desk's chain
		h.events[len(h.events)-1].TicketID = ""
	default:
		require.Fail(h.t, "unknown word", word)
	}
}

func (tl *timeline) policy() sla.Policy {
	p := sla.Policy{ID: "p", Version: 1, Name: "Timeline", CalendarID: "hours", Targets: map[sla.Clock]sla.Target{}, Reopen: tl.Reopen}
	for name, d := range tl.Targets {
		p.Targets[clockNames[name]] = sla.Target{All: d}
	}
	return p
}

func (tl timeline) run(t *testing.T) {
	h := &history{t: t}
	polled := &history{t: t}
	var now time.Time
	for _, e := range tl.Events {
		at, err := time.Parse(time.RFC3339, e[0])
		require.NoError(t, err)
		now = at
		polled.add(at, e[1])
		if e[1] != "tick" {
			h.add(at, e[1])
		}
	}
	p := tl.policy()
	require.NoError(t, p.Validate())
	cal := []sla.Calendar{*tl.calendar(t)}
	res, err := sla.Evaluate(h.events, []sla.Policy{p}, cal, now)
	require.NoError(t, err)
	ticked, err := sla.Evaluate(polled.events, []sla.Policy{p}, cal, now)
	require.NoError(t, err)
	require.Equal(t, res.Records, ticked.Records, "polls change nothing")
	breaches := 0
	for _, r := range res.Records {
		if r.BreachedAt != nil {
			breaches++
		}
	}
	for name, raw := range tl.Expect {
		if name == "breach_events" {
			require.Equal(t, string(raw), fmt.Sprint(breaches), "breaches")
			continue
		}
		clock, ok := clockNames[name]
		require.True(t, ok, "unknown expectation %q", name)
		var want []expectation
		if raw[0] != '[' {
			raw = json.RawMessage("[" + string(raw) + "]")
		}
		require.NoError(t, json.Unmarshal(raw, &want))
		var got []sla.Record
		for _, r := range res.Records {
			if r.Clock == clock {
				got = append(got, r)
			}
		}
		require.Len(t, got, len(want), "cycles of %s", name)
		for i := range want {
			want[i].check(t, got[i], string(raw))
		}
	}
}

func (e *expectation) check(t *testing.T, r sla.Record, raw string) {
	if e.Start != nil {
		require.Equal(t, e.Start.UTC(), r.Start, "start of %s", r.Clock)
	}
	if e.Due != nil {
		require.NotNil(t, r.Due, "due of %s", r.Clock)
		require.Equal(t, e.Due.UTC(), *r.Due, "due of %s", r.Clock)
	} else if strings.Contains(raw, `"due": null`) {
		require.Nil(t, r.Due, "due of %s", r.Clock)
	}
	if e.Elapsed != nil {
		require.Equal(t, *e.Elapsed, r.Elapsed, "elapsed of %s", r.Clock)
	}
	if e.Breach != nil {
		require.NotNil(t, r.BreachedAt)
		require.Equal(t, e.Breach.UTC(), *r.BreachedAt, "breach of %s", r.Clock)
	}
	if e.State != "" {
		state, _, _ := strings.Cut(e.State, "_by_")
		require.Equal(t, state, string(r.State), "state of %s", r.Clock)
	}
	switch string(e.Met) {
	case "true":
		require.Equal(t, sla.Met, r.State, string(r.Clock))
	case "false":
		require.Equal(t, sla.Missed, r.State, string(r.Clock))
	case "null":
		require.NotContains(t, []sla.ClockState{sla.Met, sla.Missed}, r.State, string(r.Clock))
	}
}
