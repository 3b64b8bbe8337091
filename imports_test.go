package ticketkit_test

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/ticketkit/ticketkit"

// allowed is the import table of the house: what a package may import of ours. A key ending in /* stands for every package below it,
// and the longest key that fits wins; a value ending in /* likewise.
var allowed = map[string][]string{
	"ticket":             {},
	"observe":            {},
	"metrics":            {"observe"},
	"tracing":            {"observe"},
	"ticket/report":      {"ticket", "internal/*"},
	"ticket/rules":       {"ticket", "internal/*"},
	"ticket/tickettest":  {"ticket", "internal/*"},
	"rbac":               {"ticket", "internal/*"},
	"rbac/*":             {"rbac", "ticket", "internal/*"},
	"sla":                {"ticket", "internal/*"},
	"sla/slatest":        {"sla", "ticket", "ticket/tickettest", "internal/*"},
	"transcript":         {"ticket", "internal/*"},
	"text":               {"ticket", "internal/*"},
	"internal/*":         {"observe", "ticket", "internal/*"},
	"adapters":           {"observe", "ticket", "internal/*"},
	"adapters/*":         {"observe", "adapters", "adapters/mailout", "ticket", "transcript", "rbac", "sla", "internal/*"},
	"adapters/discord/*": {"adapters", "adapters/discord", "adapters/mailout", "ticket", "transcript", "rbac", "sla", "internal/*"},
	"store":              {"observe", "ticket", "rbac", "sla", "adapters", "ticket/report", "internal/*"},
	"store/backup":       {"store", "ticket", "internal/*"},
	"store/sqlite":       {"store", "ticket", "internal/*"},
	"store/postgres":     {"store", "ticket", "internal/*"},
	"store/mysql":        {"store", "ticket", "internal/*"},
	"store/storetest":    {"observe", "ticket", "rbac", "sla", "adapters", "ticket/report", "internal/*"},
	"httpapi":            {"observe", "ticket", "rbac", "sla", "transcript", "ticket/report", "adapters", "internal/*"},
	"httpapi/*":          {"observe", "httpapi", "text", "ticket", "rbac", "sla", "transcript", "ticket/report", "adapters", "internal/*"},
	"":                   {"*"},
	"examples/*":         {"*"},
	"tools/*":            {"*"},
}

// driverPackages are the only places below the module, beside programs, that may bring a database driver.
var driverPackages = []string{"store/sqlite", "store/postgres", "store/mysql"}

func TestImportTable(t *testing.T) {
	t.Parallel()
	type pkg struct {
		ImportPath string
		Imports    []string
	}
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	require.NoError(t, err, "go list")
	dec := json.NewDecoder(strings.NewReader(string(out)))
	seen := 0
	for {
		var p pkg
		if err := dec.Decode(&p); err == io.EOF {
			break
		} else {
			require.NoError(t, err)
		}
		seen++
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		may, ok := rule(name)
		if !ok {
			t.Errorf("package %s stands in no row of the import table", name)
			continue
		}
		for _, imp := range p.Imports {
			if rest, ours := strings.CutPrefix(imp, module); ours {
				rest = strings.TrimPrefix(rest, "/")
				if !slices.ContainsFunc(may, func(m string) bool { return fits(m, rest) }) {
					t.Errorf("%s must not import %s", name, rest)
				}
				continue
			}
			if name == "ticket" && strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") {
				t.Errorf("ticket may import only the standard library, not %s", imp)
			}
			if isDriver(imp) && !slices.Contains(driverPackages, name) && !strings.HasPrefix(name, "examples/") && !strings.HasPrefix(name, "tools/") {
				t.Errorf("%s must not import the driver %s", name, imp)
			}
		}
	}
	require.Greater(t, seen, 10, "go list saw too few packages to mean anything")
}

func rule(name string) ([]string, bool) {
	best, found := "", false
	for key := range allowed {
		if fits(key, name) && (!found || len(key) > len(best)) {
			best, found = key, true
		}
	}
	return allowed[best], found
}

// fits reports whether a pattern of the table covers a package.
func fits(pattern, name string) bool {
	if pattern == "*" {
		return true
	}
	if base, ok := strings.CutSuffix(pattern, "/*"); ok {
		return strings.HasPrefix(name, base+"/")
	}
	return pattern == name
}

func isDriver(imp string) bool {
	for _, d := range []string{"modernc.org/sqlite", "github.com/jackc/pgx", "github.com/go-sql-driver/mysql", "github.com/mattn/go-sqlite3", "github.com/ncruces/go-sqlite3"} {
		if strings.HasPrefix(imp, d) {
			return true
		}
	}
	return false
}

func TestImportTableCatchesABreach(t *testing.T) {
	t.Parallel()
	may, ok := rule("httpapi")
	require.True(t, ok)
	require.False(t, slices.ContainsFunc(may, func(m string) bool { return fits(m, "store") }))
	may, ok = rule("adapters/smtpd")
	require.True(t, ok)
	require.False(t, slices.ContainsFunc(may, func(m string) bool { return fits(m, "httpapi") }))
	require.True(t, slices.ContainsFunc(may, func(m string) bool { return fits(m, "internal/mime") }))
	_, ok = rule("nowhere")
	require.False(t, ok)
}

// Who does not ask for metrics and traces does not link them.
func TestTheDeskDoesNotLinkWhatWatchesIt(t *testing.T) {
	t.Parallel()
	for _, of := range []string{".", "./store/sqlite", "./adapters/imap", "./adapters/discord"} {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", of).Output()
		require.NoError(t, err, "go list")
		require.Contains(t, string(out), module+"/observe\n")
		for _, dep := range strings.Fields(string(out)) {
			for _, heavy := range []string{"github.com/prometheus/", "go.opentelemetry.io/", "google.golang.org/", module + "/metrics", module + "/tracing"} {
				require.False(t, strings.HasPrefix(dep, heavy), "%s links %s", of, dep)
			}
		}
	}
}
