package discord

import (
	"log/slog"
	"runtime/debug"
	"sync"
)

// queues run work in order for each key, and for different keys at the same time. A panic ends only the piece of work that it came from. The
// zero queues is ready; log may be nil.
type queues struct {
	log *slog.Logger

	mu      sync.Mutex
	waiting map[string][]func()
	closed  bool
	running sync.WaitGroup
}

// add puts fn behind what waits under the key. It reports false after stop.
func (q *queues) add(key string, fn func()) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	if q.waiting == nil {
		q.waiting = map[string][]func(){}
	}
	rest, busy := q.waiting[key]
	q.waiting[key] = append(rest, fn)
	if !busy {
		q.running.Go(func() { q.drain(key) })
	}
	return true
}

func (q *queues) drain(key string) {
	for {
		q.mu.Lock()
		rest := q.waiting[key]
		if len(rest) == 0 {
			delete(q.waiting, key)
			q.mu.Unlock()
			return
		}
		fn := rest[0]
		q.waiting[key] = rest[1:]
		q.mu.Unlock()
		q.protect(fn)
	}
}

func (q *queues) protect(fn func()) {
	defer func() {
		if v := recover(); v != nil && q.log != nil {
			q.log.Error("discord: an event made the program fail", slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
		}
	}()
	fn()
}

// stop takes nothing more, drops what has not begun and returns once what has begun is done.
func (q *queues) stop() {
	q.mu.Lock()
	q.closed = true
	for key := range q.waiting {
		q.waiting[key] = nil
	}
	q.mu.Unlock()
	q.running.Wait()
}

// seen remembers the newest ids, to drop repeats. The zero seen is ready.
type seen struct {
	mu    sync.Mutex
	ids   map[string]bool
	order []string
}

const maxSeen = 4096

// first reports whether id is new, and remembers it.
func (s *seen) first(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids[id] {
		return false
	}
	if s.ids == nil {
		s.ids = map[string]bool{}
	}
	s.ids[id] = true
	s.order = append(s.order, id)
	if len(s.order) > maxSeen {
		delete(s.ids, s.order[0])
		s.order = s.order[1:]
	}
	return true
}
