package live

import (
	"strconv"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// Position is a place in the order of events: behind the event of that Seq. Tag is the end of the event's id, which is random: after a backup
// was restored the same Seq is another event, and a client that knew the old one notices. The zero Position is the beginning.
type Position struct {
	Seq int64
	Tag string
}

const tagLen = 8

func positionOf(e *ticket.Event) Position {
	return Position{e.Seq, tagOf(e.ID)}
}

// tagOf is eight hexadecimal digits from the end of an id.
func tagOf(id ticket.EventID) string {
	s := string(id)
	s = s[max(0, len(s)-tagLen):]
	tag := strings.Repeat("0", tagLen-len(s)) + s
	if !isTag(tag) { // no id that this program made
		return strings.Repeat("0", tagLen)
	}
	return tag
}

func isTag(s string) bool {
	return len(s) == tagLen && strings.Trim(s, "0123456789abcdef") == ""
}

// String writes the position for the id of a server-sent event.
func (p Position) String() string {
	if p == (Position{}) {
		return "0"
	}
	return strconv.FormatInt(p.Seq, 10) + "-" + p.Tag
}

// ParsePosition reads what String wrote, and nothing else.
func ParsePosition(s string) (Position, bool) {
	if s == "0" {
		return Position{}, true
	}
	seq, tag, ok := strings.Cut(s, "-")
	if !ok || !isTag(tag) || len(seq) > 19 {
		return Position{}, false
	}
	n, err := strconv.ParseInt(seq, 10, 64)
	p := Position{n, tag}
	return p, err == nil && n > 0 && p.String() == s
}
