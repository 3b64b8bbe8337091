package live_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/live"
)

func TestParsePosition(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]live.Position{"0": {}, "1-00000000": {1, "00000000"}, "9223372036854775807-0a1b2c3d": {1<<63 - 1, "0a1b2c3d"}} {
		p, ok := live.ParsePosition(s)
		require.True(t, ok, s)
		require.Equal(t, want, p)
		require.Equal(t, s, p.String())
	}
	for _, s := range []string{"", "1", "-1-00000000", "+1-00000000", "01-00000000", "0-00000000", "1-0000000", "1-0000000G", "1-0000000A", "1-00000000 ",
		" 1-00000000", "9223372036854775808-00000000", "1-00000000-1", "00"} {
		_, ok := live.ParsePosition(s)
		require.False(t, ok, s)
	}
}

// FuzzParsePosition: whatever a client sends is a position in its one spelling, or none.
func FuzzParsePosition(f *testing.F) {
	for _, s := range []string{"0", "1-00000000", "77-deadbeef", "-1-00000000", "1-0000\n000", "99999999999999999999-00000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := live.ParsePosition(s)
		if !ok {
			require.Zero(t, p.Seq*0)
			return
		}
		require.GreaterOrEqual(t, p.Seq, int64(0))
		require.Equal(t, s, p.String())
		require.NotContains(t, p.String(), "\n")
	})
}
