package transcript

import (
	"context"
	"fmt"
	"iter"

	"github.com/ticketkit/ticketkit/ticket"
)

// stream is one sequence with its current item.
type stream[T any] struct {
	next func() (T, error, bool)
	halt func()
	keep func(*T) bool
	cur  *T // nil at the end
}

func newStream[T any](seq iter.Seq2[T, error], keep func(*T) bool) *stream[T] {
	if seq == nil {
		seq = func(func(T, error) bool) {}
	}
	s := &stream[T]{keep: keep}
	s.next, s.halt = iter.Pull2(seq)
	return s
}

// advance moves to the next item that is to be kept. What is skipped still counts for ctx: a long history may have nothing to show.
func (s *stream[T]) advance(ctx context.Context) error {
	s.cur = nil
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		item, err, ok := s.next()
		if err != nil || !ok {
			return err
		}
		if s.keep(&item) {
			s.cur = &item
			return nil
		}
	}
}

// merger joins messages and events by time. It never changes the order within either of them. At equal times, which is what one
// transaction gives, events come first, down to the one that tells of the message; then the message; then the rest.
type merger struct {
	messages *stream[ticket.Message]
	events   *stream[ticket.Event]
	told     ticket.MessageID // message that the latest of all events, shown or not, names
}

func newMerger(s Source, keepMessage func(*ticket.Message) bool, keepEvent func(*ticket.Event) bool) *merger {
	in := &merger{messages: newStream(s.Messages, keepMessage)}
	in.events = newStream(s.Events, func(e *ticket.Event) bool {
		if id := factsOf(e).str("message_id"); id != "" {
			in.told = ticket.MessageID(id)
		}
		return keepEvent(e)
	})
	return in
}

func (in *merger) start(ctx context.Context) error {
	if err := in.messages.advance(ctx); err != nil {
		return fmt.Errorf("messages: %w", err)
	}
	if err := in.events.advance(ctx); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	return nil
}

func (in *merger) stop() {
	in.messages.halt()
	in.events.halt()
}

// peek gives the next entry: one of the two, or neither at the end.
func (in *merger) peek() (*ticket.Message, *ticket.Event) {
	m, e := in.messages.cur, in.events.cur
	switch {
	case m == nil:
		return nil, e
	case e == nil:
		return m, nil
	}
	switch m.CreatedAt.Compare(e.At) {
	case -1:
		return m, nil
	case 1:
		return nil, e
	}
	if in.told == m.ID && factsOf(e).str("message_id") != string(m.ID) {
		return m, nil
	}
	return nil, e
}

// advance moves past what peek gave.
func (in *merger) advance(ctx context.Context) error {
	if m, _ := in.peek(); m != nil {
		if err := in.messages.advance(ctx); err != nil {
			return fmt.Errorf("messages: %w", err)
		}
		return nil
	}
	if err := in.events.advance(ctx); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	return nil
}
