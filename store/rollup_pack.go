package store

import (
	"encoding/binary"
	"errors"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/report"
)

// packedForm is the first byte of a packed part; one of another form cannot be read. Who changes the form raises it, and empties {fact_days} in a migration.
const packedForm = 2

// maxPacked bounds the facts of one part, so that neither a packet of a server nor the memory of a reader grows with a busy day.
const maxPacked = 20_000

const (
	packedOneTouch = 1 << iota
	packedUndone
	packedRating
)

var errPacked = errors.New("the packed facts cannot be read")

// packer writes facts one behind the other: what repeats is a place in a list of texts, and what rises is how far.
type packer struct {
	texts  map[string]uint64
	list   []string
	sets   map[string]uint64 // of tags, by their places
	setOut []byte
	rows   []byte
	n      int
	at     int64
	number int64
}

// pack gives one part. The rows are in the order of their times.
func pack(rows []report.FactRow) []byte {
	p := packer{texts: map[string]uint64{}, sets: map[string]uint64{}}
	for i := range rows {
		p.add(&rows[i])
	}
	out := []byte{packedForm}
	out = binary.AppendUvarint(out, uint64(len(p.list)))
	for _, s := range p.list {
		out = binary.AppendUvarint(out, uint64(len(s)))
		out = append(out, s...)
	}
	out = binary.AppendUvarint(out, uint64(len(p.sets)))
	out = append(out, p.setOut...)
	out = binary.AppendUvarint(out, uint64(p.n)) //nolint:gosec // a count
	return append(out, p.rows...)
}

func (p *packer) text(s string) uint64 {
	at, known := p.texts[s]
	if !known {
		at = uint64(len(p.list))
		p.texts[s] = at
		p.list = append(p.list, s)
	}
	return at
}

func (p *packer) tags(tags []string) uint64 {
	set := binary.AppendUvarint(nil, uint64(len(tags)))
	for _, t := range tags {
		set = binary.AppendUvarint(set, p.text(t))
	}
	at, known := p.sets[string(set)]
	if !known {
		at = uint64(len(p.sets))
		p.sets[string(set)] = at
		p.setOut = append(p.setOut, set...)
	}
	return at
}

func (p *packer) add(r *report.FactRow) {
	flags := byte(0)
	if r.OneTouch {
		flags |= packedOneTouch
	}
	if r.UndoneAt != 0 {
		flags |= packedUndone
	}
	if r.Rating != 0 {
		flags |= packedRating
	}
	b := append(p.rows, flags)
	b = binary.AppendVarint(b, int64(r.Kind))
	b = binary.AppendVarint(b, r.At-p.at)
	b = binary.AppendVarint(b, r.Number-p.number)
	b = binary.AppendVarint(b, int64(r.Cycle))
	b = binary.AppendVarint(b, r.Seconds)
	b = binary.AppendVarint(b, r.Business)
	if r.UndoneAt != 0 {
		b = binary.AppendVarint(b, r.UndoneAt-r.At)
	}
	if r.Rating != 0 {
		b = binary.AppendVarint(b, int64(r.Rating))
	}
	for _, s := range []string{string(r.Actor), string(r.Queue), r.Channel, string(r.Priority)} {
		b = binary.AppendUvarint(b, p.text(s))
	}
	p.rows = binary.AppendUvarint(b, p.tags(r.Tags))
	p.n++
	p.at, p.number = r.At, r.Number
}

// unpacker reads what pack has written. After the first fault everything it reads is zero.
type unpacker struct {
	b   []byte
	bad bool
}

func (u *unpacker) unsigned() uint64 {
	if len(u.b) > 0 && u.b[0] < 0x80 { // most are
		v := u.b[0]
		u.b = u.b[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(u.b)
	if n <= 0 {
		u.b, u.bad = nil, true
		return 0
	}
	u.b = u.b[n:]
	return v
}

func (u *unpacker) signed() int64 {
	v := u.unsigned()
	return int64(v>>1) ^ -int64(v&1) //nolint:gosec // zigzag, as binary.AppendVarint writes it
}

// count reads how many things follow, each of at least one byte.
func (u *unpacker) count() int {
	n := u.unsigned()
	if n > uint64(len(u.b)) {
		u.b, u.bad = nil, true
		return 0
	}
	return int(n) //nolint:gosec // not more than there are bytes
}

// pick reads a place in a list.
func pick[T any](u *unpacker, list []T) (v T) {
	at := u.unsigned()
	if at >= uint64(len(list)) {
		u.b, u.bad = nil, true
		return v
	}
	return list[at]
}

// unpack calls fn with each fact of a part, in a row that is used again.
func unpack(b []byte, fn func(*report.FactRow)) error {
	if len(b) == 0 || b[0] != packedForm {
		return errPacked
	}
	u := unpacker{b: b[1:]}
	texts := make([]string, u.count())
	for i := range texts {
		n := u.count()
		texts[i] = string(u.b[:n])
		u.b = u.b[n:]
	}
	sets := make([][]string, u.count())
	for i := range sets {
		n := u.count()
		for range n {
			sets[i] = append(sets[i], pick(&u, texts))
		}
	}
	var r report.FactRow
	for n := u.count(); n > 0 && !u.bad; n-- {
		flags := u.unsigned()
		r.Kind = report.FactKind(u.signed())
		r.At += u.signed()
		r.Number += u.signed()
		r.Cycle = int(u.signed())
		r.Seconds, r.Business, r.UndoneAt = u.signed(), u.signed(), 0
		if flags&packedUndone != 0 {
			r.UndoneAt = r.At + u.signed()
		}
		r.Rating = 0
		if flags&packedRating != 0 {
			r.Rating = int(u.signed())
		}
		r.OneTouch = flags&packedOneTouch != 0
		r.Actor, r.Queue = ticket.AccountID(pick(&u, texts)), ticket.QueueID(pick(&u, texts))
		r.Channel, r.Priority = pick(&u, texts), ticket.Priority(pick(&u, texts))
		r.Tags = pick(&u, sets)
		if !u.bad {
			fn(&r)
		}
	}
	if u.bad || len(u.b) > 0 {
		return errPacked
	}
	return nil
}
