package report

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestRanks: the percentiles are those of the sorted values, whatever their order.
func TestRanks(t *testing.T) {
	t.Parallel()
	low, high := ranks(nil)
	require.Nil(t, low)
	require.Nil(t, high)
	rapid.Check(t, func(rt *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.Int64Range(0, 5), rapid.Int64()), 1, 300).Draw(rt, "values")
		if rapid.Bool().Draw(rt, "sorted") {
			slices.Sort(values)
		}
		sorted := slices.Sorted(slices.Values(values))
		low, high := ranks(values)
		require.Equal(rt, sorted[(50*len(sorted)+99)/100-1], *low)
		require.Equal(rt, sorted[(90*len(sorted)+99)/100-1], *high)
		slices.Sort(values)
		require.Equal(rt, sorted, values, "nothing is lost")
	})
}
