package live

import (
	"sync"

	"github.com/ticketkit/ticketkit/ticket"
)

// Item is one event for all streams.
type Item struct {
	ticket.Followed

	frames frames
}

// Company is who is at a ticket, for all streams.
type Company struct {
	Ticket ticket.ID
	People []ticket.Presence

	standing *ticket.Standing
	rows     []ticket.Presence // what it was made from
	frames   frames
}

// Position is behind the item.
func (it *Item) Position() Position { return positionOf(&it.Event) }

// Frame gives what write makes of the item for one sight. It is called once, for all streams. The bytes must not be changed.
func (it *Item) Frame(s ticket.Sight, write func() []byte) []byte { return it.frames.get(s, write) }

// Frame is the same for a company.
func (c *Company) Frame(write func() []byte) []byte { return c.frames.get(ticket.Seen, write) }

// frames keeps one text for each sight.
type frames struct {
	once [2]sync.Once
	text [2][]byte
}

func (f *frames) get(s ticket.Sight, write func() []byte) []byte {
	i := 0
	if s == ticket.Left {
		i = 1
	}
	f.once[i].Do(func() { f.text[i] = write() })
	return f.text[i]
}
