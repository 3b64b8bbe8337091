package sqlite_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/store/storetest"
)

// TestSuiteFindsAMissingScope: the conformance suite notices when a store forgets the scope.
func TestSuiteFindsAMissingScope(t *testing.T) {
	t.Parallel()
	failed, output := storetest.RunWithoutScope(t, "^TestConformance$/^(Lists|Messages|Events|Presence|Reports)$/^(Scope|EndsAndScope|KPI)$")
	require.True(t, failed)
	for _, part := range []string{"Lists/Scope", "Messages/Scope", "Events/Scope", "Presence/EndsAndScope", "Reports/KPI"} {
		require.Contains(t, output, "--- FAIL: TestConformance/"+part)
	}
}
