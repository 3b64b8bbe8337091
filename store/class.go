package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/ticketkit/ticketkit/ticket"
)

// Class says what a driver's error means for the caller.
type Class int

// The classes. Whatever a driver package does not recognise is Other.
const (
	Other       Class = iota // a fault of the program or of its statements
	Unique                   // a uniqueness was violated
	Busy                     // somebody else holds a lock, or won a conflict: the same transaction may succeed when it runs again
	Unavailable              // the database is out of reach, read-only or damaged
	Reference                // a row that is referred to is missing, or still is referred to
	Lost                     // the connection broke: what was not committed is gone
	Exists                   // what a change of the schema makes is there already, or what it drops is gone
	Full                     // the disk or a quota has no room for more
)

// dbError carries the class of a driver's error, so that it is judged once.
type dbError struct {
	class Class
	err   error
}

func (e *dbError) Error() string { return e.err.Error() }
func (e *dbError) Unwrap() error { return e.err }

// fail turns an error of database/sql into one that may leave the package. nil stays nil, an error that was here before and the
// errors of a done context stay as they are.
func (s *Store) fail(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, seen := errors.AsType[*dbError](err); seen {
		return err
	}
	if _, seen := errors.AsType[*ticket.Error](err); seen {
		return err
	}
	class := s.cfg.Classify(err)
	if class == Other {
		class = classifyNet(err)
	}
	de := &dbError{class, err}
	switch class {
	case Unique:
		return &ticket.Error{Kind: ticket.Conflict, Op: "store", Msg: "it exists already", Err: de}
	case Busy:
		return &ticket.Error{Kind: ticket.Unavailable, Op: "store", Msg: "the database is busy", Err: de}
	case Reference: // it was there when the transaction looked, so somebody else has just removed it
		return &ticket.Error{Kind: ticket.Conflict, Op: "store", Msg: "something that belongs to it has just been removed or is still in use", Err: de}
	case Full:
		s.room.full.Store(true)
		return noRoom(de)
	case Unavailable, Lost:
		return &ticket.Error{Kind: ticket.Unavailable, Op: "store", Msg: "the database cannot be used at the moment", Err: de}
	}
	return &ticket.Error{Kind: ticket.Internal, Op: "store", Msg: "the database refused a statement", Err: de}
}

func classOf(err error) Class {
	if de, ok := errors.AsType[*dbError](err); ok {
		return de.class
	}
	return Other
}

// conflict replaces the message of a violated uniqueness.
func conflict(err error, field, msg string) error {
	if classOf(err) != Unique {
		return err
	}
	return &ticket.Error{Kind: ticket.Conflict, Op: "store", Field: field, Msg: msg, Err: err}
}

// classifyNet recognises what happens between a driver and a server.
func classifyNet(err error) Class {
	if e, ok := errors.AsType[*net.OpError](err); ok && e.Op == "dial" {
		return Unavailable
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return Lost
	}
	for _, lost := range []error{driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed} {
		if errors.Is(err, lost) {
			return Lost
		}
	}
	if strings.Contains(err.Error(), "sql: database is closed") {
		return Unavailable
	}
	return Other
}

// ClassifySQLite goes by the texts of SQLite's own messages, for drivers whose error type is not known here.
func ClassifySQLite(err error) Class {
	msg := err.Error()
	for _, m := range []struct {
		part  string
		class Class
	}{
		{"UNIQUE constraint failed", Unique},
		{"PRIMARY KEY constraint failed", Unique},
		{"FOREIGN KEY constraint failed", Reference},
		{"database is locked", Busy},
		{"database table is locked", Busy},
		{"database schema is locked", Busy},
		{"SQLITE_BUSY", Busy},
		{"disk I/O error", Unavailable},
		{"database or disk is full", Full},
		{"unable to open database file", Unavailable},
		{"attempt to write a readonly database", Unavailable},
		{"database disk image is malformed", Unavailable},
		{"file is not a database", Unavailable},
		{"sql: database is closed", Unavailable},
	} {
		if strings.Contains(msg, m.part) {
			return m.class
		}
	}
	return Other
}
