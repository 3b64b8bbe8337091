package jobs

import (
	"errors"
	"fmt"
	"time"
)

// Permanent marks an error that no further try can mend: the job becomes dead at once. Permanent(nil) is nil.
// The text and what errors.Is and errors.As find stay the same, also through further wrapping.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return &permanentError{err}
}

// IsPermanent tells whether err or something it wraps was marked by Permanent.
func IsPermanent(err error) bool {
	_, ok := errors.AsType[*permanentError](err)
	return ok
}

// RetryAfter marks an error after which the other side asked for a pause of d, which replaces the Runner's own back-off.
// The run counts as an attempt. A negative d means 0. RetryAfter(nil, d) is nil. An error that is also marked
// by Permanent is permanent.
func RetryAfter(err error, d time.Duration) error {
	if err == nil {
		return nil
	}
	return &retryAfterError{err, max(d, 0)}
}

// RetryDelay returns the pause that the outermost RetryAfter in err asks for.
func RetryDelay(err error) (d time.Duration, ok bool) {
	e, ok := errors.AsType[*retryAfterError](err)
	if !ok {
		return 0, false
	}
	return e.delay, true
}

// Snooze is returned by a handler that finds it too early: the job runs again at at, and this run does not count
// as an attempt. It reports no failure, so nothing bounds how often a job may snooze. A time in the past means at once.
func Snooze(at time.Time) error { return &snoozeError{at} }

// PanicError is what a panic of a handler becomes; it is retried like any other error. Its text is short; Stack is for the
// log.
type PanicError struct {
	Value any    // what was passed to panic
	Stack []byte // of the goroutine that panicked
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns Value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

type permanentError struct{ err error }

func (e *permanentError) Error() string { return e.err.Error() }
func (e *permanentError) Unwrap() error { return e.err }

type retryAfterError struct {
	err   error
	delay time.Duration
}

func (e *retryAfterError) Error() string { return e.err.Error() }
func (e *retryAfterError) Unwrap() error { return e.err }

type snoozeError struct{ at time.Time }

func (e *snoozeError) Error() string { return "snoozed until " + e.at.UTC().Format(time.RFC3339) }
