package storetest

import (
	"bytes"
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/once"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// callTests are for a Store that is a once.Store too.
var callTests = []test{
	{"AnswersAgain", testCallAnswer},
	{"OneOfManyRuns", testCallContention},
	{"KnowsWhatWasCommitted", testCallCommitted},
	{"ShutsOutWhoWasTakenOver", testCallFence},
	{"Expires", testCallExpiry},
}

const (
	callLease = time.Minute
	callLife  = 24 * time.Hour
)

func (d *desk) calls() once.Store { return d.Store.(once.Store) }

func (d *desk) begin(c once.Call, now time.Time) once.Found {
	d.t.Helper()
	found, err := d.calls().BeginCall(d.t.Context(), c, now, callLease, callLife)
	require.NoError(d.t, err)
	return found
}

func callOf(key, print byte) once.Call {
	return once.Call{Key: bytes.Repeat([]byte{key}, 32), Fingerprint: bytes.Repeat([]byte{print}, 32), Stamp: "1.0"}
}

func testCallAnswer(t *testing.T, d *desk) {
	ctx, call := t.Context(), callOf(1, 1)
	first := d.begin(call, d.now)
	require.Equal(t, once.Begun, first.State)
	require.NotEmpty(t, first.Claim.ID)
	require.Equal(t, once.Running, d.begin(call, d.now).State)
	require.Equal(t, once.Different, d.begin(callOf(1, 2), d.now).State)
	require.Equal(t, once.Begun, d.begin(callOf(2, 1), d.now).State, "another key")

	answer := once.Answer{Status: 201, Header: map[string]string{"ETag": `"1"`}, Body: []byte("{\"größe\": \"\x00\"}")}
	require.NoError(t, d.calls().EndCall(ctx, first.Claim, call.Fingerprint, &answer))
	again := d.begin(call, d.now.Add(callLife-time.Second))
	require.Equal(t, once.Answered, again.State)
	require.Equal(t, answer, again.Answer)
	require.Equal(t, call.Fingerprint, again.Fingerprint)
	require.Equal(t, once.Different, d.begin(callOf(1, 2), d.now).State)
	other := call
	other.Stamp = "2.0"
	require.Equal(t, once.Lost, d.begin(other, d.now).State, "who may do something else now does not get the answer")

	silent := d.begin(callOf(3, 1), d.now)
	require.NoError(t, d.calls().EndCall(ctx, silent.Claim, callOf(3, 1).Fingerprint, nil))
	require.Equal(t, once.Lost, d.begin(callOf(3, 1), d.now).State)

	unknown := once.Call{Key: bytes.Repeat([]byte{4}, 32), Stamp: "1.0"}
	late := d.begin(unknown, d.now)
	require.NoError(t, d.calls().EndCall(ctx, late.Claim, []byte("known now"), &once.Answer{Status: 204}))
	found := d.begin(unknown, d.now)
	require.Equal(t, once.Answered, found.State)
	require.Equal(t, []byte("known now"), found.Fingerprint)
	require.Empty(t, found.Answer.Body)

	dropped := d.begin(callOf(5, 1), d.now)
	require.NoError(t, d.calls().DropCall(ctx, dropped.Claim))
	require.Equal(t, once.Begun, d.begin(callOf(5, 2), d.now).State, "as if it had never come")
}

func testCallContention(t *testing.T, d *desk) {
	var begun atomic.Int64
	together(t, 8, func(int) error {
		found, err := d.calls().BeginCall(t.Context(), callOf(1, 1), d.now, callLease, callLife)
		if found.State == once.Begun {
			begun.Add(1)
		}
		return err
	})
	require.EqualValues(t, 1, begun.Load())
}

// commit makes a queue under a claim.
func (d *desk) commit(c once.Claim, name string) error {
	ctx := once.With(d.t.Context(), c)
	return d.Store.Update(ctx, func(tx ticket.Tx) error {
		return tx.InsertQueue(ctx, &ticket.Queue{ID: ticket.QueueID(d.id()), Name: name, CreatedAt: d.now})
	})
}

func (d *desk) hasQueue(name string) bool {
	d.t.Helper()
	list, err := d.Store.Queues(d.t.Context())
	require.NoError(d.t, err)
	for _, q := range list {
		if q.Name == name {
			return true
		}
	}
	return false
}

func testCallCommitted(t *testing.T, d *desk) {
	ctx, call := t.Context(), callOf(1, 1)
	later := d.now.Add(callLease)
	// The program dies behind the commit and before the answer.
	first := d.begin(call, d.now)
	require.NoError(t, d.commit(first.Claim, "kept"))
	require.Equal(t, once.Running, d.begin(call, later.Add(-time.Second)).State)
	require.Equal(t, once.Lost, d.begin(call, later).State)
	again := call
	again.Again = true
	found := d.begin(again, later)
	require.Equal(t, once.Begun, found.State)
	require.Equal(t, first.Claim.ID, found.Claim.ID, "by which the call finds what it did")
	require.NotEqual(t, first.Claim.Token, found.Claim.Token)

	// It dies before the commit.
	second := d.begin(callOf(2, 1), d.now)
	require.Equal(t, once.Begun, d.begin(callOf(2, 1), later).State)
	require.NotEmpty(t, second.Claim.ID)

	// What is rolled back is not committed.
	third := d.begin(callOf(3, 1), d.now)
	under := once.With(ctx, third.Claim)
	err := d.Store.Update(under, func(ticket.Tx) error { return context.Canceled })
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, d.calls().DropCall(ctx, third.Claim))
	require.Equal(t, once.Begun, d.begin(callOf(3, 1), d.now).State)

	// What was committed cannot be dropped, whichever port committed it; nobody waits for the lease.
	for i, commit := range []func(context.Context) error{
		func(ctx context.Context) error { return d.Store.Update(ctx, func(ticket.Tx) error { return nil }) },
		func(ctx context.Context) error {
			return d.Accounts.UpdateAccounts(ctx, func(tx rbac.Tx) error { return tx.DeleteExpiredSessions(ctx, d.now) })
		},
		func(ctx context.Context) error { return d.State.Set(ctx, "a", "b") },
	} {
		c := callOf(byte(10+i), 1)
		claim := d.begin(c, d.now).Claim
		require.NoError(t, commit(once.With(ctx, claim)))
		require.NoError(t, d.calls().DropCall(ctx, claim))
		require.Equal(t, once.Lost, d.begin(c, d.now).State, i)
	}
}

func testCallFence(t *testing.T, d *desk) {
	call := callOf(1, 1)
	slow := d.begin(call, d.now)
	fast := d.begin(call, d.now.Add(callLease))
	require.Equal(t, once.Begun, fast.State)
	require.NoError(t, d.commit(fast.Claim, "fast"))
	requireKind(t, ticket.Conflict, d.commit(slow.Claim, "slow"), "who was taken for dead")
	require.True(t, d.hasQueue("fast"))
	require.False(t, d.hasQueue("slow"))
	requireKind(t, ticket.Conflict, d.calls().EndCall(t.Context(), slow.Claim, nil, &once.Answer{Status: 200}))
	require.NoError(t, d.calls().DropCall(t.Context(), slow.Claim))
	require.NoError(t, d.calls().EndCall(t.Context(), fast.Claim, call.Fingerprint, &once.Answer{Status: 201}))
	require.Equal(t, 201, d.begin(call, d.now).Answer.Status)
	require.NoError(t, d.commit(once.Claim{}, "free"), "no claim, no fence")
}

func testCallExpiry(t *testing.T, d *desk) {
	ctx, call := t.Context(), callOf(1, 1)
	first := d.begin(call, d.now)
	require.NoError(t, d.calls().EndCall(ctx, first.Claim, call.Fingerprint, &once.Answer{Status: 200}))
	young := d.begin(callOf(2, 1), d.now.Add(time.Hour))
	require.Equal(t, once.Answered, d.begin(call, d.now.Add(callLife-time.Microsecond)).State)
	renewed := d.begin(callOf(1, 2), d.now.Add(callLife))
	require.Equal(t, once.Begun, renewed.State, "the key is free again")
	require.NotEqual(t, first.Claim.ID, renewed.Claim.ID)
	require.NoError(t, d.calls().EndCall(ctx, young.Claim, nil, nil))

	n, err := d.calls().PruneCalls(ctx, d.now.Add(callLife), 100)
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = d.calls().PruneCalls(ctx, d.now.Add(callLife+time.Hour), 100)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	require.Equal(t, once.Running, d.begin(callOf(1, 2), d.now.Add(callLife)).State)
}
