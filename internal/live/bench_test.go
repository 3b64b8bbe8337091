package live_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkFanOut is one event for a thousand clients, from the commit until each has taken it.
func BenchmarkFanOut(b *testing.B) {
	d := setup(b)
	var clients []*client
	for range 1000 {
		clients = append(clients, d.connect("anna"))
	}
	tk := d.open(0)
	for b.Loop() {
		_, err := d.svc.Escalate(context.Background(), system, tk.ID, 0, "")
		require.NoError(b, err)
		_, err = d.svc.SetPriority(context.Background(), system, tk.ID, 0, "low")
		require.NoError(b, err)
		end := d.newest()
		for _, c := range clients {
			c.until(end)
		}
	}
}
