package smtpd

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
)

const (
	// maxLine bounds a command line with its end. RFC 5321 section 4.5.3.1.4 asks for 512 bytes, extensions for more.
	maxLine = 8 << 10
	// maxSealed bounds the encrypted bytes that come in without an answer or a mail's progress. It has room for a command
	// line, for what is read ahead, and for the records of TLS around them.
	maxSealed = 64 << 10
	// minSealedAnswer is less than any encrypted answer. TLS writes less when it answers messages of its own, which a
	// client can make it do at will.
	minSealedAnswer = 32
)

// lineLimit watches the bytes of a connection for command lines that are too long. go-smtp has one limit for commands and
// mails, so it would collect a line as long as a mail in memory. The zero value is ready; methods may run concurrently.
//
// It knows chunks by their commands, and a mail by DATA from the session. Once the client encrypts, lines cannot be seen,
// and the limit is on bytes that lead to nothing. A chunk that was refused leads to nothing either.
type lineLimit struct {
	mu     sync.Mutex
	tls    bool   // STARTTLS is offered
	sealed bool   // the client encrypts
	data   bool   // a mail comes by DATA, or what is left of a refused one
	ended  bool   // the next answer ends data
	over   bool   // for good
	line   []byte // so far
	chunk  uint64 // bytes of a BDAT chunk that are still to come
	idle   int    // sealed bytes that led to nothing
}

// exceeded reports whether nothing more is to be read.
func (l *lineLimit) exceeded() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.over
}

// read takes note of what came in. False means that a line is too long.
func (l *lineLimit) read(p []byte) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(p) > 0 && !l.data && !l.over {
		if l.sealed {
			l.idle += len(p)
			l.over = l.idle > maxSealed
			break
		}
		if l.chunk > 0 {
			n := min(l.chunk, uint64(len(p)))
			l.chunk -= n
			p = p[n:]
			continue
		}
		end := bytes.IndexByte(p, '\n') + 1
		n := end
		if end == 0 {
			n = len(p)
		}
		if l.over = len(l.line)+n > maxLine; l.over {
			break
		}
		l.line = append(l.line, p[:n]...)
		p = p[n:]
		if end > 0 {
			l.command(strings.TrimRight(string(l.line), "\r\n"))
			l.line = l.line[:0]
		}
	}
	return !l.over
}

// command finds what does not come in lines. It must read commands exactly as go-smtp does, or a client could pass a line
// off as a chunk.
func (l *lineLimit) command(line string) {
	if l.tls && strings.HasPrefix(strings.ToUpper(line), "STARTTLS") {
		l.sealed = true
		return
	}
	if len(line) < 6 || line[4] != ' ' || strings.ToUpper(line[:4]) != "BDAT" {
		return
	}
	args := strings.Fields(line[5:])
	if len(args) == 1 || len(args) == 2 && strings.EqualFold(args[1], "LAST") {
		if n, err := strconv.ParseUint(args[0], 10, 32); err == nil {
			l.chunk = n
		}
	}
}

// answered takes note of n bytes that were written.
func (l *lineLimit) answered(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sealed && n < minSealedAnswer {
		return
	}
	l.idle = 0
	if l.ended {
		l.data, l.ended = false, false
		l.line, l.chunk = l.line[:0], 0
	}
}

// progress takes note that the session got something of its mail.
func (l *lineLimit) progress() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.idle = 0
}

// beginData starts what has no lines of commands; it lasts until the first answer after endData, because go-smtp drops
// the rest of a refused mail in between.
func (l *lineLimit) beginData() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.data, l.ended = true, false
	l.line, l.chunk = l.line[:0], 0
}

func (l *lineLimit) endData() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = l.data
}
