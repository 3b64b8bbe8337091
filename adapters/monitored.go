package adapters

import (
	"slices"
	"time"
)

// Monitored is optional: an adapter that looks after several sources, such as mailboxes, tells how each of them fares.
type Monitored interface {
	// Sources lists them in a constant order. It does no I/O.
	Sources() []SourceStatus
}

// SourceState says what a source is doing.
type SourceState string

// The states of a source.
const (
	SourceConnecting SourceState = "connecting"
	SourceReady      SourceState = "ready"   // everything is in, waiting for more
	SourceBusy       SourceState = "busy"    // taking in
	SourceStandby    SourceState = "standby" // another process looks after it
	SourceWaiting    SourceState = "waiting" // it failed, and will be tried again soon
	SourceStopped    SourceState = "stopped" // it failed in a way that somebody has to mend
)

// SourceStatus is how one source of an adapter fares.
type SourceStatus struct {
	ID           string
	Name         string // as people know it: an address
	State        SourceState
	Since        time.Time     // of State
	LastImport   time.Time     // zero before the first item since the process began
	LastContact  time.Time     // when the source last answered; zero before the first time
	Lag          time.Duration // age of the oldest item that is known and not in yet; 0 when none is
	Imported     int64         // items since the process began
	Parked       int64         // items since the process began
	LastError    string        // what is wrong now, or was last; "" when nothing ever was
	LastErrorAt  time.Time
	LastErrorFix string    // what to do about it; "" when it passes by itself
	RetryAt      time.Time // when it is tried again; zero when it works
}

// GatewaySource is the ID of a source that is a lasting connection to a chat; every other source is a mailbox.
const GatewaySource = "gateway"

// ValidMailboxID reports whether id may name a mailbox: [a-zA-Z0-9-]{1,64}.
func ValidMailboxID(id string) bool {
	return id != "" && len(id) <= 64 && !slices.ContainsFunc([]byte(id), func(c byte) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-'
	})
}
