package ticket

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// Identifiers are typed so that a message's id cannot be passed where a ticket's belongs. All are UUIDv7 in their textual form
// (RFC 9562 section 5.7), made in Go by NewID, so that every database stores the same thing and inserts stay near each other.
type (
	// ID identifies a ticket. People use Ticket.Number instead.
	ID string
	// MessageID identifies one message of a ticket; it is not the Message-ID header of a mail (see Message.ExternalID).
	MessageID string
	// AttachmentID identifies an attachment; it is usable only together with its ticket's ID.
	AttachmentID string
	// ContactID identifies a person who writes to the desk.
	ContactID string
	// AccountID identifies a person who works at the desk, in at most MaxAccountID bytes; a host's own login brings its own.
	AccountID string
	// QueueID identifies a queue.
	QueueID string
	// EventID identifies an entry of the history.
	EventID string
)

// Version counts the changes of a ticket. As an argument it is the version the caller last saw, and a method answers Stale when the
// ticket has moved on; zero means "whatever is current". What happens by itself (a mail leaves, a timer fires) does not count.
type Version int64

// NewID makes a UUIDv7 whose time part is now, in milliseconds. Ids made within one millisecond are in no particular order.
func NewID(now time.Time) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails: it ends the program instead
	ms := uint64(now.UnixMilli())
	b[0], b[1], b[2] = byte(ms>>40), byte(ms>>32), byte(ms>>24)
	b[3], b[4], b[5] = byte(ms>>16), byte(ms>>8), byte(ms)
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	var out [36]byte
	hex.Encode(out[0:8], b[0:4])
	hex.Encode(out[9:13], b[4:6])
	hex.Encode(out[14:18], b[6:8])
	hex.Encode(out[19:23], b[8:10])
	hex.Encode(out[24:36], b[10:16])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	return string(out[:])
}

// ValidID reports whether s has the shape of an id made by NewID: 36 characters, lower-case hexadecimal with four hyphens.
func ValidID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
				return false
			}
		}
	}
	return true
}

// MaxAccountID is how many bytes the id of an account or a contact may have, in every database.
const MaxAccountID = 200
