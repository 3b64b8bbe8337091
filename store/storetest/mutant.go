package storetest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/faulttest"
)

// mutantEnv marks a test process whose store has no scopes.
const mutantEnv = "TICKETKIT_TEST_WITHOUT_SCOPE"

// RunWithoutScope runs tests of the caller's own package once more, in a process of their own whose store was built with the scope's
// WHERE clause dropped, and reports whether any of them failed, with the output. A test of authorization that passes there
// tests nothing. run selects the tests as `go test -run` does. In the inner process, and where there is no go command, it skips.
//
// The mutation is made by the compiler's overlay, so that the store has no switch that could be found by accident.
func RunWithoutScope(t *testing.T, run string) (failed bool, output string) {
	t.Helper()
	if os.Getenv(mutantEnv) != "" {
		t.Skip("runs without scope already")
	}
	if _, err := exec.LookPath("go"); err != nil {
		if os.Getenv("TICKETKIT_REQUIRE") == "all" {
			require.NoError(t, err)
		}
		t.Skip("needs the go command: ", err)
	}
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-f", "{{.Dir}}", "github.com/ticketkit/ticketkit/store").Output()
	require.NoError(t, err)
	file := filepath.Join(strings.TrimSpace(string(dir)), "scope.go")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	const clause = "if sc.All() {"
	require.Equal(t, 1, strings.Count(string(text), clause), "the place to mutate in %s", file)
	mutant := filepath.Join(t.TempDir(), "scope.go")
	require.NoError(t, os.WriteFile(mutant, []byte(strings.Replace(string(text), clause, "if true {", 1)), 0o600)) //nolint:gosec // own folder
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{file: mutant}})
	require.NoError(t, err)
	list := filepath.Join(t.TempDir(), "overlay.json")
	require.NoError(t, os.WriteFile(list, overlay, 0o600))

	args := []string{"test", "-count=1", "-vet=off", "-overlay", list, "-run", run}
	if faulttest.Race {
		args = append(args, "-race") // so that what was compiled already is used again
	}
	cmd := exec.CommandContext(t.Context(), "go", append(args, ".")...) //nolint:gosec // a test names its own tests
	cmd.Env = append(os.Environ(), mutantEnv+"=1")
	out, err := cmd.CombinedOutput()
	output = string(out)
	require.NotContains(t, output, "no tests to run")
	if err == nil {
		return false, output
	}
	require.Contains(t, output, "--- FAIL", "it must fail, not break: %v", err)
	return true, output
}
