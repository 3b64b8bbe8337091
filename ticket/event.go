package ticket

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"time"
)

// EventType names what happened.
type EventType string

// What can happen to a ticket. Data holds the keys in brackets.
const (
	EventCreated         EventType = "ticket.created"          // [status priority queue_id channel source by_agent]
	EventReceived        EventType = "message.received"        // [message_id machine verified] a message from outside
	EventReplied         EventType = "message.sent"            // [message_id] a public message of an agent
	EventNoted           EventType = "note.added"              // [message_id]
	EventDelivered       EventType = "delivery.sent"           // [message_id]
	EventDeliveryFailed  EventType = "delivery.failed"         // [message_id]; private: reason
	EventBounced         EventType = "delivery.bounced"        // [message_id]; private: recipient reason
	EventResent          EventType = "delivery.requested"      // [message_id] an agent sends a message again
	EventClaimed         EventType = "ticket.claimed"          // [assignee_id]
	EventUnclaimed       EventType = "ticket.unclaimed"        // [from_id]
	EventAssigned        EventType = "ticket.assigned"         // [from_id assignee_id]
	EventEscalated       EventType = "ticket.escalated"        // [level]; private: reason
	EventPriorityChanged EventType = "ticket.priority_changed" // [from to]
	EventStatusChanged   EventType = "ticket.status_changed"   // [from to from_category to_category cause]
	EventClosed          EventType = "ticket.closed"           // [from from_category to_category]; private: reason
	EventReopened        EventType = "ticket.reopened"         // [from from_category to to_category cause]
	EventSnoozed         EventType = "ticket.snoozed"          // [from from_category until]
	EventTagged          EventType = "ticket.tagged"           // private: added removed
	EventSubjectChanged  EventType = "ticket.subject_changed"  // private: from to
	EventQueueChanged    EventType = "ticket.queue_changed"    // [from_id to_id]
	EventFieldsChanged   EventType = "ticket.fields_changed"   // private: changed fields
	EventAttached        EventType = "attachment.added"        // [attachment_id]; private: name
	EventTimer           EventType = "timer.fired"             // [name due]
	EventSLARecomputed   EventType = "sla.recomputed"          // the policies in force now apply to the open clocks
	EventMerged          EventType = "ticket.merged"           // [ticket_id number: the ticket it lives on in; from from_category to to_category messages]
	EventMergeReceived   EventType = "ticket.merge_received"   // [ticket_id number: the ticket that was merged into this one; messages]
	EventSplit           EventType = "ticket.split"            // [ticket_id number: the new ticket; messages]
	EventSplitReceived   EventType = "ticket.split_received"   // [ticket_id number: the ticket that the messages come from; messages]
	EventLinked          EventType = "ticket.linked"           // [ticket_id number: the other ticket; relation]
	EventUnlinked        EventType = "ticket.unlinked"         // [ticket_id number: the other ticket; relation]
	EventDeleted         EventType = "ticket.deleted"          // on the desk chain: [ticket_id number queue_id assignee_id count head]
	EventQueueCreated    EventType = "queue.created"           // on the desk chain: [queue_id]; private: name
	EventQueueUpdated    EventType = "queue.updated"           // on the desk chain: [queue_id default]; private: from to
	EventQueueDeleted    EventType = "queue.deleted"           // on the desk chain: [queue_id]; private: name
	EventFieldCreated    EventType = "field.created"           // on the desk chain: [field_id type required]; private: name
	EventFieldUpdated    EventType = "field.updated"           // on the desk chain: [field_id required archived]; private: name
	EventTagRenamed      EventType = "tag.renamed"             // on the desk chain: [tickets]; private: from to
	EventTagDeleted      EventType = "tag.deleted"             // on the desk chain: [tickets]; private: name
)

// EventActor is who caused an event. Name is personal and erased with the private part.
type EventActor struct {
	Type ActorKind
	ID   string
	Name string
}

// Event is one entry of a history: of a ticket, or of the desk itself when TicketID is empty (users, sign-ins, settings).
//
// Data is a JSON object of ids, enumerations and numbers only; it stays for ever, so that SLA and statistics can be replayed.
// Private is a JSON object with everything about people; it is erased with its Salt, and PrivateHash keeps the chain valid.
type Event struct {
	ID       EventID
	Seq      int64 // order of visibility in the whole desk, stamped by the store; clients resume after it
	TicketID ID
	N        int64 // position in its chain, from 1, without gaps
	Type     EventType
	Actor    EventActor
	At       time.Time

	Data    json.RawMessage
	Private json.RawMessage // nil when there was none, or it was erased

	Salt        []byte // nil once erased
	PrivateHash []byte // nil when there never was a private part
	MAC         []byte
}

// Head is the newest end of a chain: how many events it has and the MAC of the last. The zero Head is an empty chain.
type Head struct {
	Count int64
	MAC   []byte
}

// Chain seals and verifies events with one key. It has no state and may be used concurrently.
type Chain struct{ key []byte }

// NewChain refuses a key shorter than 32 bytes: an empty key would let anybody forge a history.
func NewChain(key []byte) (Chain, error) {
	if len(key) < 32 {
		return Chain{}, InvalidField("chain_key", "must have at least 32 bytes, has %d", len(key))
	}
	return Chain{key: append([]byte(nil), key...)}, nil
}

// Seal gives e its place after head and its MAC, and returns the new head. It fills Salt and PrivateHash from Private and the
// actor's name. Times are cut to microseconds first, so that what is read back verifies.
func (c Chain) Seal(head Head, e *Event) Head {
	e.N = head.Count + 1
	e.At = e.At.UTC().Truncate(time.Microsecond)
	if len(e.Private) > 0 || e.Actor.Name != "" {
		e.Salt = make([]byte, 16)
		_, _ = rand.Read(e.Salt)
		e.PrivateHash = c.private(e)
	}
	e.MAC = c.mac(head.MAC, e)
	return Head{Count: e.N, MAC: e.MAC}
}

// private is HMAC over salt, actor's name and private part: without the salt nobody can test guesses against it.
func (c Chain) private(e *Event) []byte {
	h := hmac.New(sha256.New, c.key)
	field(h, []byte("private/1"))
	field(h, e.Salt)
	field(h, []byte(e.Actor.Name))
	field(h, e.Private)
	return h.Sum(nil)
}

func (c Chain) mac(prev []byte, e *Event) []byte {
	h := hmac.New(sha256.New, c.key)
	field(h, []byte("event/1"))
	field(h, prev)
	field(h, []byte(e.TicketID))
	field(h, binary.BigEndian.AppendUint64(nil, uint64(e.N)))
	field(h, []byte(e.ID))
	field(h, []byte(e.Type))
	field(h, []byte(e.Actor.Type))
	field(h, []byte(e.Actor.ID))
	field(h, binary.BigEndian.AppendUint64(nil, uint64(e.At.UnixMicro())))
	field(h, e.Data)
	field(h, e.PrivateHash)
	return h.Sum(nil)
}

// field writes b with its length before it, so that no two different lists of fields give the same bytes.
func field(h hash.Hash, b []byte) {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(b)))
	h.Write(n[:])
	h.Write(b)
}

// Verify checks the events of one chain, given in order of N from 1, against the head that was kept elsewhere. It finds what was
// changed, removed, inserted, reordered or cut off, and names the first event at fault. Erased private parts are accepted.
func (c Chain) Verify(events []Event, head Head) error {
	var prev Head
	for i := range events {
		e := &events[i]
		if err := c.fault(prev, e); err != nil {
			return err
		}
		prev = Head{Count: e.N, MAC: e.MAC}
	}
	if prev.Count != head.Count || !hmac.Equal(prev.MAC, head.MAC) {
		return fmt.Errorf("chain ends at %d, its head says %d", prev.Count, head.Count)
	}
	return nil
}

// fault says what is wrong with an event that stands behind a head; nil when nothing is.
func (c Chain) fault(prev Head, e *Event) error {
	switch {
	case e.N != prev.Count+1:
		return fmt.Errorf("event %s: position %d follows %d", e.ID, e.N, prev.Count)
	case e.Salt != nil && !hmac.Equal(c.private(e), e.PrivateHash):
		return fmt.Errorf("event %s at position %d: private part was changed", e.ID, e.N)
	case e.Salt == nil && (len(e.Private) > 0 || e.Actor.Name != ""):
		return fmt.Errorf("event %s at position %d: private part without its salt", e.ID, e.N)
	case !hmac.Equal(c.mac(prev.MAC, e), e.MAC):
		return fmt.Errorf("event %s at position %d: content or order was changed", e.ID, e.N)
	}
	return nil
}

// DeskTx is the part of a transaction that the desk's own chain needs.
type DeskTx interface {
	DeskHead(ctx context.Context) (Head, error)
	SetDeskHead(ctx context.Context, h Head) error
	AppendEvent(ctx context.Context, e *Event) error
}

// AppendDesk seals e as the next event of the desk's own chain and appends it. e.TicketID must be empty; a ticket that the event is
// about stands in Data.
func (c Chain) AppendDesk(ctx context.Context, tx DeskTx, e *Event) error {
	if e.TicketID != "" {
		return Errorf(Internal, "an event of the desk's chain has no ticket of its own")
	}
	head, err := tx.DeskHead(ctx)
	if err != nil {
		return err
	}
	head = c.Seal(head, e)
	if err := tx.AppendEvent(ctx, e); err != nil {
		return err
	}
	return tx.SetDeskHead(ctx, head)
}
