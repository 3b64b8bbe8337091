package jobs

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Limits in bytes, so that every database can hold and index what is stored. SQLite would not complain by itself.
const (
	MaxID      = 200
	MaxKind    = 100
	MaxKey     = 200
	MaxPayload = 1 << 20
	MaxReason  = 2000
)

// NewJob returns a job with a new ID whose payload is the JSON form of payload (nil gives null). It is due at
// runAt; key may be empty. The error is json.Marshal's. The result still goes through Prepare in EnqueueJob.
func NewJob(kind, key string, runAt time.Time, payload any) (Job, error) {
	b, err := json.Marshal(payload)
	if err != nil {
		return Job{}, fmt.Errorf("payload of job %q: %w", kind, err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Job{}, fmt.Errorf("id of job %q: %w", kind, err)
	}
	return Job{ID: id.String(), Kind: kind, Key: key, RunAt: runAt, Payload: b}, nil
}

// Prepare is called by every Store in EnqueueJob, so that all stores mean the same: it checks job, fills in ID and
// Payload, brings RunAt to UTC and microseconds, and resets what only the store sets. The result shares no memory
// with job. An error wraps ErrInvalid and names the field.
func Prepare(job Job) (Job, error) {
	for _, f := range []struct {
		name, value string
		limit       int
	}{{"id", job.ID, MaxID}, {"kind", job.Kind, MaxKind}, {"key", job.Key, MaxKey}} {
		if len(f.value) > f.limit {
			return Job{}, fmt.Errorf("%w: %s has more than %d bytes", ErrInvalid, f.name, f.limit)
		}
		if !utf8.ValidString(f.value) || strings.ContainsRune(f.value, 0) {
			return Job{}, fmt.Errorf("%w: %s is not text", ErrInvalid, f.name)
		}
	}
	switch {
	case job.Kind == "":
		return Job{}, fmt.Errorf("%w: kind is missing", ErrInvalid)
	case job.RunAt.IsZero():
		return Job{}, fmt.Errorf("%w: run_at is missing", ErrInvalid)
	case job.MaxAttempts < 0:
		return Job{}, fmt.Errorf("%w: max_attempts is negative", ErrInvalid)
	case len(job.Payload) > MaxPayload:
		return Job{}, fmt.Errorf("%w: payload has more than %d bytes", ErrInvalid, MaxPayload)
	case len(job.Payload) > 0 && (!json.Valid(job.Payload) || !utf8.Valid(job.Payload)):
		return Job{}, fmt.Errorf("%w: payload is not JSON", ErrInvalid)
	}
	if job.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return Job{}, fmt.Errorf("jobs: new id: %w", err)
		}
		job.ID = id.String()
	}
	payload := []byte("null")
	if len(job.Payload) > 0 {
		payload = append([]byte(nil), job.Payload...)
	}
	return Job{
		ID: job.ID, Kind: job.Kind, Key: job.Key, RunAt: Instant(job.RunAt), MaxAttempts: job.MaxAttempts,
		Payload: payload, State: StatePending,
	}, nil
}

// Instant brings a time to what all databases keep: UTC and microseconds, without a monotonic reading. Stores use it on
// every time they are given.
func Instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// Reason cuts an error text to what LastError holds: valid UTF-8 of at most MaxReason bytes without NUL, which
// PostgreSQL refuses. Stores use it on every reason they are given.
func Reason(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= MaxReason {
		return s
	}
	const ellipsis = "…"
	cut := MaxReason - len(ellipsis)
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + ellipsis
}
