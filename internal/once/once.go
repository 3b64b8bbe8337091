// Package once makes a repeated call harmless: who sends a change again, because the answer never came, gets the answer of the first time
// and no second change.
//
// A call is claimed before it runs. The claim travels in the context; a Store marks it in the very transaction that commits a change made
// under that context, so that after a crash it is known whether the change was saved. The token in the claim fences: when a claim was
// taken over because its owner seemed dead, what the owner writes later is rolled back.
package once

import (
	"context"
	"time"
)

// Call is a request that may come again.
type Call struct {
	Key         []byte // 32 bytes; the same for the same caller and the same key of theirs
	Fingerprint []byte // of what is asked for; nil while it is not known
	// Stamp is what the caller may do, in short: an answer is given again only while it is the same.
	Stamp string
	// Again says that the call finds by itself, by Claim.ID, what it did before: then it may run again when its answer was lost.
	Again bool
}

// Claim is the right to run a call. The zero Claim is none.
type Claim struct {
	Key   []byte
	ID    string // of the call: the same for whoever runs it
	Token string // of this run
}

// Answer is what is kept of an answer.
type Answer struct {
	Status int
	Header map[string]string
	Body   []byte
}

// State is what became of a call.
type State string

// The states.
const (
	Begun     State = "begun"     // nobody ran it; the caller has the claim and runs it
	Running   State = "running"   // somebody runs it at this moment
	Answered  State = "answered"  // Found.Answer is its answer
	Lost      State = "lost"      // it was carried out, and there is no answer to give again
	Different State = "different" // the key belongs to another request
)

// Found is what a Store knows of a call.
type Found struct {
	State       State
	Claim       Claim  // when Begun
	Answer      Answer // when Answered
	Fingerprint []byte // of the first request; nil when it was never known
}

// Store keeps calls. All methods may be called concurrently, and by several processes on one database.
type Store interface {
	// BeginCall claims a call or tells what became of it. A claim whose owner has not finished for lease may be taken over. What is older
	// than life is forgotten.
	BeginCall(ctx context.Context, c Call, now time.Time, lease, life time.Duration) (Found, error)
	// EndCall keeps the answer of a claim; nil keeps that there is none to give again. fingerprint, when it was not known before, is kept
	// too. A claim that was taken over is Conflict.
	EndCall(ctx context.Context, c Claim, fingerprint []byte, a *Answer) error
	// DropCall gives a claim back: the call may come anew, unless something of it was committed; then its answer is lost.
	DropCall(ctx context.Context, c Claim) error
	// PruneCalls forgets up to limit calls that have expired before now.
	PruneCalls(ctx context.Context, now time.Time, limit int) (int, error)
}

type key struct{}

// With puts a claim into a context: changes that are committed under it belong to the call.
func With(ctx context.Context, c Claim) context.Context { return context.WithValue(ctx, key{}, c) }

// From gives the claim of a context.
func From(ctx context.Context) (Claim, bool) {
	c, ok := ctx.Value(key{}).(Claim)
	return c, ok && c.Token != ""
}
