package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// place is where a ticket lives in Discord, as State keeps it. It is written under the ticket's lock.
type place struct {
	Opener  string `json:"opener"`            // user
	Kind    string `json:"kind,omitempty"`    // Kind.ID; "" when it is not known
	Channel string `json:"channel,omitempty"` // "" while there is none
	Header  string `json:"header,omitempty"`  // message with the buttons
	Shown   string `json:"shown,omitempty"`   // what the header says, as a hash
	Trying  bool   `json:"trying,omitempty"`  // a channel was asked for, and may be there
	Made    int    `json:"made,omitempty"`    // how many channels there have been
	Lost    bool   `json:"lost,omitempty"`    // somebody deleted the channel; there is none until the ticket is opened again
	Logged  bool   `json:"logged,omitempty"`  // the transcript stands in the log channel
	Told    bool   `json:"told,omitempty"`    // the opener has it, or cannot be reached

	Members []string       `json:"members,omitempty"` // users who were let in
	Roles   []string       `json:"roles,omitempty"`   // of its kind, in case that is taken away
	Level   int            `json:"level,omitempty"`   // how far it was escalated
	Queue   ticket.QueueID `json:"queue,omitempty"`   // that the channel stands for
	Access  string         `json:"access,omitempty"`  // who may what in the channel, as a hash
	Subject string         `json:"subject,omitempty"` // that the name of the channel was given for
	Named   string         `json:"named,omitempty"`   // the channel
	Renamed []time.Time    `json:"renamed,omitempty"` // when the channel was, lately
	Ask     *asked         `json:"ask,omitempty"`     // an open question whether it can be closed

	Thread     bool     `json:"thread,omitempty"`      // Channel is a private thread
	Parent     string   `json:"parent,omitempty"`      // of that thread
	Archived   bool     `json:"archived,omitempty"`    // it is closed for now
	Staff      string   `json:"staff,omitempty"`       // private thread of the team; noThread when there can be none
	StaffTried bool     `json:"staff_tried,omitempty"` // it was asked for, and may be there
	Mates      []string `json:"mates,omitempty"`       // users who were let into it
	Left       bool     `json:"left,omitempty"`        // the opener has left the server
	Leaves     int      `json:"leaves,omitempty"`      // how often
}

func (d *Discord) key(kind, id string) string { return d.cfg.Name + "/" + kind + "/" + id }

func (d *Discord) place(ctx context.Context, id ticket.ID) (p place, known bool, err error) {
	s, err := d.cfg.State.Get(ctx, d.key("ticket", string(id)))
	if err != nil || s == "" {
		return place{}, false, err
	}
	if err := json.Unmarshal([]byte(s), &p); err != nil {
		return place{}, false, fmt.Errorf("state of ticket %s: %w", id, err)
	}
	return p, true, nil
}

func (d *Discord) setPlace(ctx context.Context, id ticket.ID, p place) error {
	b, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return d.cfg.State.Set(ctx, d.key("ticket", string(id)), string(b))
}

// ticketOf gives the ticket whose channel it is, or "".
func (d *Discord) ticketOf(ctx context.Context, channel string) (ticket.ID, error) {
	s, err := d.cfg.State.Get(ctx, d.key("channel", channel))
	return ticket.ID(s), err
}

// lastRead is the newest message of a channel that is safe in the desk.
func (d *Discord) lastRead(ctx context.Context, channel string) (string, error) {
	return d.cfg.State.Get(ctx, d.key("read", channel))
}

// keyed are locks by name. The zero keyed is ready.
type keyed struct {
	mu    sync.Mutex
	locks map[string]*keyedLock
}

type keyedLock struct {
	sync.Mutex
	users int
}

// lock waits for the lock of a name; the caller calls unlock once.
func (k *keyed) lock(name string) (unlock func()) {
	k.mu.Lock()
	if k.locks == nil {
		k.locks = map[string]*keyedLock{}
	}
	l := k.locks[name]
	if l == nil {
		l = &keyedLock{}
		k.locks[name] = l
	}
	l.users++
	k.mu.Unlock()
	l.Lock()
	return func() {
		l.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(k.locks, name)
		}
	}
}
