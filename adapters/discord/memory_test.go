package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestManyInteractionsLeaveNothing: each interaction has a route of its own, with a limit of its own, and none of it is kept.
func TestManyInteractionsLeaveNothing(t *testing.T) { // not in parallel: it looks at the memory of the process
	d, err := New(Config{Token: "t", GuildID: "1", PanelChannelID: "2", State: noState{}, APIBase: "http://discord.example"})
	require.NoError(t, err)
	tr := &counted{ans: func(int64) *http.Response {
		return answer(204, map[string]string{"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "0.01"}, "")
	}}
	d.rest = newClient("http://discord.example", "t", &http.Client{Transport: tr})
	ctx := context.Background()
	w := &worker{Discord: d, run: ctx, work: ctx, q: &queues{log: d.cfg.Log}}
	next := 0
	give := func(many int) {
		for range many {
			next++
			raw, err := json.Marshal(obj{"id": fmt.Sprint(next), "application_id": "1", "token": fmt.Sprintf("token-%d", next), "type": interactionComponent,
				"data": obj{"custom_id": "tk1:claim:x"}, "user": obj{"id": fmt.Sprint(next % 500)}})
			require.NoError(t, err)
			w.event("INTERACTION_CREATE", raw)
			if next%100 == 0 { // what waits is no leak
				w.q.running.Wait()
			}
		}
		w.q.running.Wait()
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	give(maxSeen + 1000) // what is remembered against repeats is full
	before := heap()
	give(10_000)
	after := heap()
	require.EqualValues(t, next, tr.n.Load(), "each was answered once")
	require.Empty(t, w.q.waiting)
	require.Empty(t, d.locks.locks)
	require.LessOrEqual(t, len(d.seen.ids), maxSeen)
	d.rest.pause("GET /", 0)
	require.Less(t, len(d.rest.pauses), 1000, "only what is in force")
	require.Less(t, int64(after)-int64(before), int64(2<<20), "bytes for 10,000 interactions")
}
