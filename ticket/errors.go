package ticket

import (
	"errors"
	"fmt"
)

// Kind says what sort of failure an Error is. The HTTP API maps each kind to one status.
type Kind string

// The kinds of failure. The zero Kind counts as Internal.
const (
	Invalid         Kind = "invalid"         // the input is wrong; Error.Field names where
	Unauthenticated Kind = "unauthenticated" // nobody is signed in
	Denied          Kind = "denied"          // signed in, but the permission is missing
	NotFound        Kind = "not_found"       // absent, or out of the actor's scope: the two cannot be told apart
	Conflict        Kind = "conflict"        // the state forbids it: claimed by somebody else, name taken
	Stale           Kind = "stale"           // the ticket has changed since the version that the caller saw
	TooLarge        Kind = "too_large"       // over a size limit
	RateLimited     Kind = "rate_limited"    // too many attempts; try later
	Unavailable     Kind = "unavailable"     // the database or a peer cannot be reached; the same call may succeed later
	Internal        Kind = "internal"        // a fault of the program
)

// ErrNoRoom is wrapped by an Unavailable error when the disk or the quota of the desk is full. Nothing of the call was kept, and the same call
// succeeds when somebody has made room.
var ErrNoRoom = errors.New("no room left")

// Error is the error type of the whole module. Msg is safe to show to the person who asked; Op and Err are for the log.
type Error struct {
	Kind  Kind
	Op    string // what was being done, e.g. "ticket.Claim"
	Msg   string // a sentence for the user, without internals
	Field string // the input that is wrong, in the API's spelling, e.g. "requester.email"; empty when it is no input's fault
	Err   error  // the cause, if there is one
}

// Error joins operation, message and cause for a log line.
func (e *Error) Error() string {
	s := e.Msg
	if s == "" {
		s = string(e.Kind)
	}
	if e.Field != "" {
		s = e.Field + ": " + s
	}
	if e.Op != "" {
		s = e.Op + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is makes errors.Is(err, &Error{Kind: NotFound}) work: kinds are compared, and a Field in the target is compared too.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && (t.Field == "" || t.Field == e.Field)
}

// Errorf makes an Error of one kind with a message that is safe to show.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Msg: fmt.Sprintf(format, args...)}
}

// InvalidField makes an Invalid error that names the field at fault.
func InvalidField(field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Msg: fmt.Sprintf(format, args...)}
}

// KindOf finds the kind of the first Error in err's tree; Internal for any other error, and "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Kind != "" {
		return e.Kind
	}
	return Internal
}
