// Package tickettest lets a program test its own use of ticketkit without a database: Store keeps a desk in memory and passes the same
// conformance suite as the SQL stores.
package tickettest

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Store is an in-memory ticket.Store. Make it with New. It may be used concurrently; Update runs one closure at a time on a copy of
// the data, which replaces it when the closure returns nil.
type Store struct {
	write sync.Mutex // one Update at a time
	mu    sync.RWMutex
	data  *data
}

var (
	_ ticket.Store = (*Store)(nil)
	_ ticket.Tx    = (*tx)(nil)
)

// New makes an empty desk. Like any other it gets its default queue with the first ticket.
func New() *Store { return &Store{data: newData()} }

type data struct {
	number, seq  int64
	tickets      map[ticket.ID]ticket.Ticket
	messages     map[ticket.MessageID]ticket.Message
	attachments  map[ticket.AttachmentID]ticket.Attachment
	contacts     map[ticket.ContactID]ticket.Contact
	participants map[ticket.ID][]ticket.Participant
	queues       map[ticket.QueueID]ticket.Queue
	events       []ticket.Event
	refs         map[string]ticket.ID
	receipts     map[[2]string]ticket.Receipt
	jobs         map[string]Job
	dead         map[string]deadJob
	links        []ticket.Link
	definitions  map[ticket.FieldID]ticket.Field
	presences    map[presenceKey]ticket.Presence
	desk         ticket.Head
	mailRules    map[ticket.QueueID]ticket.MailRules
	autoMails    []ticket.AutoMail
	saved        map[savedKey]ticket.Saved
	personal     map[personalKey]ticket.Personal
	mentions     map[ticket.AccountID][]int64
}

// Job is a job or timer that waits, as Jobs lists it.
type Job struct {
	Kind    string
	Key     string
	RunAt   time.Time
	Payload json.RawMessage
}

func newData() *data {
	return &data{tickets: map[ticket.ID]ticket.Ticket{}, messages: map[ticket.MessageID]ticket.Message{},
		attachments: map[ticket.AttachmentID]ticket.Attachment{}, contacts: map[ticket.ContactID]ticket.Contact{},
		participants: map[ticket.ID][]ticket.Participant{}, queues: map[ticket.QueueID]ticket.Queue{}, refs: map[string]ticket.ID{},
		receipts: map[[2]string]ticket.Receipt{}, jobs: map[string]Job{}, dead: map[string]deadJob{},
		definitions: map[ticket.FieldID]ticket.Field{}, presences: map[presenceKey]ticket.Presence{}, mailRules: map[ticket.QueueID]ticket.MailRules{},
		saved: map[savedKey]ticket.Saved{}, personal: map[personalKey]ticket.Personal{}, mentions: map[ticket.AccountID][]int64{}}
}

// clone copies the maps; values are never changed in place, so they may be shared.
func (d *data) clone() *data {
	c := *d
	c.tickets, c.messages, c.attachments = maps.Clone(d.tickets), maps.Clone(d.messages), maps.Clone(d.attachments)
	c.contacts, c.participants, c.queues = maps.Clone(d.contacts), maps.Clone(d.participants), maps.Clone(d.queues)
	c.refs, c.receipts, c.jobs = maps.Clone(d.refs), maps.Clone(d.receipts), maps.Clone(d.jobs)
	c.definitions, c.presences = maps.Clone(d.definitions), maps.Clone(d.presences)
	c.events = slices.Clone(d.events)
	c.dead = maps.Clone(d.dead)
	c.mailRules = maps.Clone(d.mailRules)
	c.saved, c.personal, c.mentions = maps.Clone(d.saved), maps.Clone(d.personal), maps.Clone(d.mentions)
	return &c
}

// Update runs fn on a copy and keeps it when fn returns nil.
func (s *Store) Update(ctx context.Context, fn func(ticket.Tx) error) error {
	s.write.Lock()
	defer s.write.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &tx{w: &writer{reader{s.snapshot().clone()}}}
	defer func() { t.dead = true }()
	if err := fn(t); err != nil {
		return err
	}
	if t.failed != nil { // fn has swallowed an error after which no database would commit
		return t.failed
	}
	s.mu.Lock()
	s.data = t.w.d
	s.mu.Unlock()
	return nil
}

// snapshot is the committed state; it is never changed once it is here.
func (s *Store) snapshot() *data {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.data
}

// Jobs lists the jobs and timers that wait, in order of their time.
func (s *Store) Jobs() []Job {
	js := slices.Collect(maps.Values(s.snapshot().jobs))
	slices.SortFunc(js, func(a, b Job) int {
		if c := a.RunAt.Compare(b.RunAt); c != 0 {
			return c
		}
		return strings.Compare(a.Key, b.Key)
	})
	return js
}

// DropJob removes a waiting job, as the worker does when it has done it.
func (s *Store) DropJob(key string) {
	s.write.Lock()
	defer s.write.Unlock()
	d := s.snapshot().clone()
	delete(d.jobs, key)
	s.mu.Lock()
	s.data = d
	s.mu.Unlock()
}
