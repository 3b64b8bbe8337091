package sla

import (
	"bytes"
	"encoding/json"
	"sync"

	"github.com/ticketkit/ticketkit/ticket"
)

// maxRemembered bounds the states that are kept decoded, a few kilobytes each.
const maxRemembered = 2048

// remembered keeps states decoded beside the bytes that they came from, because a list reads the same ones again and again and decoding
// costs more than everything else about it. Only the very same bytes bring a state back, so it cannot be behind. It is for concurrent use; its
// zero value is empty. Nobody changes what it gives.
type remembered struct {
	mu     sync.Mutex
	states map[ticket.ID]decoded
}

type decoded struct {
	raw   []byte
	state *TicketState
}

func (m *remembered) decode(id ticket.ID, raw []byte) (*TicketState, error) {
	m.mu.Lock()
	d, ok := m.states[id]
	m.mu.Unlock()
	if ok && bytes.Equal(d.raw, raw) {
		return d.state, nil
	}
	st := &TicketState{}
	if err := json.Unmarshal(raw, st); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.states == nil || len(m.states) >= maxRemembered {
		m.states = make(map[ticket.ID]decoded)
	}
	m.states[id] = decoded{raw, st}
	return st, nil
}
