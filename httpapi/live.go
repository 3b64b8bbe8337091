package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/ticketkit/ticketkit/internal/live"
	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/ticket"
)

// Live follows the desk's events for GET events. Whoever makes one runs it beside the handler, wakes it after commits (see
// ticket.Config.Changed), and stops it when the program ends: that ends the streams, for which http.Server.Shutdown would wait.
type Live = live.Hub

// LiveConfig is what a Live is made of; *ticket.Service is a Source.
type LiveConfig = live.Config

// NewLive checks cfg and makes a Live. It does no I/O.
func NewLive(cfg LiveConfig) (*Live, error) { return live.New(cfg) }

const (
	writePatience = 10 * time.Second // for one write; a client that takes longer is cut off
	rightsEvery   = 5 * time.Second  // between checks of the rights of a client whose rights nobody was seen to change
)

// liveRoutes are the calls about what happens now.
func liveRoutes() []route {
	return []route{
		{method: get, path: "/events", id: "followEvents", summary: "What happens, as it happens: server-sent events ticket, left, desk, presence and reset", op: ticket.OpTicketRead, params: []param{
			{"ticket", "string", "id or number of the one ticket to follow"},
			{"last_event_id", "string", "goes on behind this event, as the header Last-Event-ID does, which counts more"},
		}, status: 200, media: "text/event-stream", run: (*call).follow},
		{method: get, path: "/tickets/{id}/presence", id: "listPresence", summary: "Who has a ticket open", op: ticket.OpTicketRead, status: 200, answer: page[presenceDTO]{}, run: (*call).listPresence},
		{method: post, path: "/tickets/{id}/presence", id: "setPresence", summary: "Say that one has a ticket open; to be repeated every ten to fifteen seconds", op: ticket.OpPresenceOwn, body: newPresenceDTO{}, status: 204, run: (*call).setPresence},
	}
}

// follow is GET events. Each event has the id behind which a client goes on, and as its name what sort of thing it is:
//
//	ticket    something happened to a ticket that the client may see: followDTO
//	left      a ticket is out of the client's reach now, moved or deleted: leftDTO
//	desk      something happened to the desk itself: followDTO, for who may read all of the audit
//	presence  who has a ticket open now: companyDTO. It has no id, and is not repeated for who was away
//	reset     events were missed that nobody repeats: resetDTO; everything is to be read anew
//
// What happened in detail is not said: clients read what they show. Notes are nothing for who may not read them.
func (c *call) follow() error {
	hub := c.api.cfg.Live
	if hub == nil {
		return live.ErrStopped
	}
	sub, err := c.subscription()
	if err != nil {
		return err
	}
	release, err := c.api.streams.take(c.who.Account.ID, web.ExchangeOf(c.ctx()).Client)
	if err != nil {
		return err
	}
	defer release()
	h := c.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // nginx
	if c.r.Method == http.MethodHead {
		c.w.WriteHeader(http.StatusOK)
		return nil
	}
	s, err := hub.Subscribe(c.ctx(), sub)
	if c.ctx().Err() != nil { // the client has gone
		return nil
	}
	if err != nil {
		return err
	}
	defer s.Close()
	f := &feed{call: c, stream: s, audience: sub.Audience, rc: http.NewResponseController(c.w)}
	return f.run()
}

// subscription reads what the client wants.
func (c *call) subscription() (live.Subscription, error) {
	params := c.r.URL.Query()
	sub := live.Subscription{Account: c.who.Account.ID, After: c.r.Header.Get("Last-Event-ID")}
	if sub.After == "" {
		sub.After = params.Get("last_event_id")
	}
	var err error
	if sub.Audience, err = c.api.service.Audience(c.ctx(), c.actor()); err != nil {
		return sub, err
	}
	switch name := params.Get("ticket"); {
	case name == "":
	case ticket.ValidID(name):
		t, err := c.api.service.Get(c.ctx(), c.actor(), ticket.ID(name))
		if err != nil {
			return sub, err
		}
		sub.Ticket = t.ID
	default:
		n, err := strconv.ParseInt(name, 10, 64)
		if err != nil || n < 1 {
			return sub, ticket.InvalidField("ticket", "must be the id or number of a ticket")
		}
		t, err := c.api.service.GetNumber(c.ctx(), c.actor(), n)
		if err != nil {
			return sub, err
		}
		sub.Ticket = t.ID
	}
	return sub, nil
}

// feed writes one stream.
type feed struct {
	*call
	stream   *live.Stream
	audience ticket.Audience
	rc       *http.ResponseController
	buf      bytes.Buffer
}

// run writes until the client goes, the stream ends or the client's rights are not what they were. It returns an error only when what is out
// must not be taken for whole, which no client of a stream does; so most ends are plain.
func (f *feed) run() error {
	if err := f.rc.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) { // the server's is for requests
		return err
	}
	f.w.WriteHeader(http.StatusOK)
	f.retry()
	f.at(f.stream.Position())
	beat, rights := time.NewTicker(f.api.cfg.Heartbeat), time.NewTicker(rightsEvery)
	defer beat.Stop()
	defer rights.Stop()
	for f.flush() {
		select {
		case <-f.ctx().Done():
			return nil
		case <-beat.C:
			f.buf.WriteString(":\n")
			f.at(f.stream.Position())
		case <-rights.C:
			if !f.entitled() {
				return nil
			}
		case <-f.stream.Ready():
			b, err := f.stream.Take(f.ctx())
			switch {
			case errors.Is(err, live.ErrStopped), errors.Is(err, live.ErrSlow):
				f.retry()
				f.buf.WriteByte('\n')
				f.flush()
				return nil
			case err != nil:
				return err
			case b.Check && !f.entitled():
				return nil
			}
			f.batch(&b)
		}
	}
	return nil
}

// entitled checks the rights again: the sign-in must still be good, and reach what it did when the stream began. A client whose rights are
// others now begins anew with them.
func (f *feed) entitled() bool {
	who, err := f.api.accounts.Refresh(f.ctx(), f.who)
	if err != nil {
		return false
	}
	now, err := f.api.service.Audience(f.ctx(), who.Actor)
	return err == nil && now.Equal(f.audience)
}

// batch puts what was taken into the buffer.
func (f *feed) batch(b *live.Batch) {
	if b.Reset {
		f.buf.Write(frame(b.At, "reset", resetDTO{b.At.Seq}))
	}
	for _, e := range b.Events {
		f.buf.Write(e.Frame(e.Sight, func() []byte { return eventFrame(e) }))
	}
	for _, p := range b.Company {
		f.buf.Write(p.Frame(func() []byte { return frame(live.Position{}, "presence", companyOf(p)) }))
	}
}

// retry says after how many milliseconds to come back: not everybody at the same moment.
func (f *feed) retry() {
	f.buf.WriteString("retry: " + strconv.Itoa(1000+rand.IntN(4000)) + "\n") //nolint:gosec // spreads load, keeps no secret
}

// at tells the client where it has got to without an event: an id without data sets what it will say when it comes back
// (HTML, "Server-sent events", section 9.2.6).
func (f *feed) at(p live.Position) { f.buf.WriteString("id: " + p.String() + "\n\n") }

// flush sends the buffer, and reports whether the client takes it. Each write has a deadline of its own: the server's would end the stream.
func (f *feed) flush() bool {
	if f.buf.Len() == 0 {
		return true
	}
	if err := f.rc.SetWriteDeadline(time.Now().Add(writePatience)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return false
	}
	_, err := f.w.Write(f.buf.Bytes())
	f.buf.Reset()
	return err == nil && f.rc.Flush() == nil
}

// frame writes one server-sent event. JSON has no line breaks of its own.
func frame(at live.Position, name string, v any) []byte {
	var b bytes.Buffer
	if at != (live.Position{}) {
		b.WriteString("id: " + at.String() + "\n")
	}
	b.WriteString("event: " + name + "\ndata: ")
	_ = json.NewEncoder(&b).Encode(v) // our own types, which always marshal; it ends the line
	b.WriteByte('\n')
	return b.Bytes()
}

func eventFrame(e live.Sighting) []byte {
	at := e.Position()
	if e.Sight == ticket.Left {
		return frame(at, "left", leftDTO{e.Event.Seq, e.About})
	}
	out := followDTO{Seq: e.Event.Seq, Type: e.Event.Type, Actor: eventActorDTO(e.Event.Actor), At: stamp(e.Event.At)}
	if e.Ticket == nil {
		return frame(at, "desk", out)
	}
	out.TicketID, out.Number, out.Version = &e.About, &e.Number, &e.Version
	return frame(at, "ticket", out)
}

// followDTO tells of an event that the client may see.
type followDTO struct {
	Seq      int64            `json:"seq"`
	Type     ticket.EventType `json:"type"`
	TicketID *ticket.ID       `json:"ticket_id"`
	Number   *int64           `json:"number"`
	Version  *ticket.Version  `json:"version"`
	Actor    eventActorDTO    `json:"actor"`
	At       stamp            `json:"at"`
}

// leftDTO tells that a ticket is out of reach.
type leftDTO struct {
	Seq      int64     `json:"seq"`
	TicketID ticket.ID `json:"ticket_id"`
}

// resetDTO tells where events go on.
type resetDTO struct {
	Seq int64 `json:"seq"`
}
