package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/faulttest"
	"github.com/ticketkit/ticketkit/ticket"
)

// jumpy is a machine's clock that somebody sets while the desk runs.
type jumpy struct {
	mu     sync.Mutex
	offset time.Duration
}

func (j *jumpy) now() time.Time {
	j.mu.Lock()
	defer j.mu.Unlock()
	return time.Now().Add(j.offset)
}

func (j *jumpy) jump(d time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.offset += d
}

// carrier is a channel that only counts what it is given to send.
type carrier struct {
	mu   sync.Mutex
	sent map[ticket.MessageID]int
}

func (*carrier) Name() string { return "carrier" }

func (*carrier) Run(ctx context.Context, _ adapters.Intake) error {
	<-ctx.Done()
	return nil
}

func (c *carrier) Send(_ context.Context, m adapters.Outbound) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent[m.Message.ID]++
	return fmt.Sprintf("%s@carrier", m.Key), nil
}

func (c *carrier) count() (messages, repeats int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.sent {
		messages++
		repeats += n - 1
	}
	return messages, repeats
}

// TestTheClockJumps sets the clock of a running desk back and forth by up to days, as a bad battery or a restored machine does, and
// demands that nothing is lost, doubled or stuck for good.
func TestTheClockJumps(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, b base) {
		st := b.open(t)
		require.NoError(t, st.Migrate(t.Context()))
		clock, out := &jumpy{}, &carrier{sent: map[ticket.MessageID]int{}}
		d, err := ticketkit.New(ticketkit.Config{Store: st, Secret: []byte(secret), Adapters: []adapters.Adapter{out}, Now: clock.now})
		require.NoError(t, err)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.Run(ctx) }()

		s, me, rnd := d.Tickets(), ticket.SystemActor("test"), rand.New(rand.NewPCG(4, 2))
		var all []*ticket.Ticket
		snoozed, replies := map[ticket.ID]bool{}, 0
		for n := range faulttest.Count(80, 200, 1000) {
			switch {
			case n%4 == 0:
				in := ticket.Incoming{Channel: "carrier", Key: fmt.Sprint("item-", n), Subject: fmt.Sprint("Nr. ", n), Text: "x",
					From: ticket.Person{Name: "Kim", Identity: ticket.Identity{Kind: "carrier", Value: fmt.Sprint("kim-", n)}}}
				got, err := s.Receive(t.Context(), ticket.SystemActor("carrier"), in)
				require.NoError(t, err)
				clock.jump(time.Duration(rnd.IntN(7200)-3600) * time.Second)
				again, err := s.Receive(t.Context(), ticket.SystemActor("carrier"), in)
				require.NoError(t, err)
				require.True(t, again.Repeated)
				all = append(all, got.Ticket)
			case n%4 == 1:
				_, err := s.Reply(t.Context(), me, all[rnd.IntN(len(all))].ID, 0, ticket.NewMessage{Body: fmt.Sprint("Antwort ", n)})
				require.NoError(t, err)
				replies++
			case n%4 == 2:
				tk := all[len(all)-1]
				_, err := s.Snooze(t.Context(), me, tk.ID, 0, clock.now().Add(time.Duration(1+rnd.IntN(72))*time.Hour))
				require.NoError(t, err)
				snoozed[tk.ID] = true
			default:
				clock.jump(time.Duration(rnd.IntN(96)-48) * time.Hour)
				d.Wake()
			}
		}
		require.NotEmpty(t, snoozed)
		clock.jump(60 * 24 * time.Hour)
		d.Wake()
		require.Eventually(t, func() bool {
			for id := range snoozed {
				tk, err := s.Get(t.Context(), me, id)
				require.NoError(t, err)
				if tk.Category == ticket.Snoozed {
					return false
				}
			}
			messages, _ := out.count()
			return messages == replies
		}, 3*time.Minute, 20*time.Millisecond, "timers and replies that are due must go, whatever the clock did")
		stop()
		require.NoError(t, <-done)

		_, repeats := out.count()
		t.Logf("%d replies, %d handed over again: a jump forward ends the leases of what is under way", replies, repeats)
		numbers := map[int64]bool{}
		for _, tk := range all {
			require.False(t, numbers[tk.Number])
			numbers[tk.Number] = true
		}
		checkOrder(t, s, me)
		_, err = s.VerifyAll(t.Context(), me)
		require.NoError(t, err)
	})
}
