package deploy_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/ticketkit/ticketkit/examples/internal/server"
	"github.com/ticketkit/ticketkit/internal/guide"
	"github.com/ticketkit/ticketkit/metrics"
	"github.com/ticketkit/ticketkit/observe"
)

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}

// installed finds a program or skips the test and says so. Only what CI installs is required where TICKETKIT_REQUIRE asks for everything.
func installed(t *testing.T, program string, required bool) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if want := strings.Split(os.Getenv("TICKETKIT_REQUIRE"), ","); required && (slices.Contains(want, "all") || slices.Contains(want, program)) {
		t.Fatalf("TICKETKIT_REQUIRE asks for %s, but it is not installed", program)
	}
	t.Skipf("%s is not installed: its configuration is not checked", program)
	return ""
}

// everything is a desk that has something to say for each metric.
type everything struct{}

func (everything) Counts(context.Context) (observe.Counts, error) {
	return observe.Counts{Dead: map[string]int64{"deliver": 1}}, nil
}

func (everything) State() observe.State {
	return observe.State{Channels: []observe.Channel{{Name: "imap"}}, Pools: []observe.Pool{{Name: "all"}},
		Sources: []observe.Source{{Channel: "imap", Name: "support@desk.example", Mailbox: true, LastContact: time.Now()}, {Channel: "discord", Name: "server"}}}
}

func (everything) LastBackup() (time.Time, error) { return time.Now(), nil }

// names are those of all series that a program shows.
func names(t *testing.T) map[string]bool {
	t.Helper()
	m := metrics.New(metrics.Config{Process: true, Version: "v1"})
	m.Watch("", everything{})
	for _, k := range []observe.Kind{observe.Request, observe.Job, observe.Delivery, observe.Intake} {
		_, end := m.Observer("").Begin(t.Context(), observe.Work{Kind: k, Name: "x", Method: "GET"})
		end(observe.Result{Status: 200, Outcome: observe.OK})
	}
	families, err := m.Gatherer().Gather()
	require.NoError(t, err)
	out := map[string]bool{}
	for _, f := range families {
		out[f.GetName()] = true
		if f.GetMetric()[0].GetHistogram() != nil {
			for _, s := range []string{"_bucket", "_sum", "_count"} {
				out[f.GetName()+s] = true
			}
		}
	}
	return out
}

// Alerts, dashboard and guides name no metric that there is not.
func TestMetricsExist(t *testing.T) {
	t.Parallel()
	there := names(t)
	named := regexp.MustCompile(`\b(?:ticketkit|process|go)_[a-z0-9_]+\b`)
	guides, err := filepath.Glob("../../docs/*/*.md")
	require.NoError(t, err)
	for _, file := range append(guides, "alerts.yml", "dashboard.json") {
		found := named.FindAllString(read(t, file), -1)
		if filepath.Ext(file) != ".md" {
			require.Greater(t, len(found), 12, file)
		}
		for _, n := range found {
			require.True(t, there[n], "%s: there is no metric %s", file, n)
		}
	}
}

func TestTheDashboardIsOne(t *testing.T) {
	t.Parallel()
	var d struct {
		Title  string
		UID    string `json:"uid"`
		Panels []struct {
			ID      int
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(read(t, "dashboard.json")), &d))
	require.Equal(t, "ticketkit", d.UID)
	seen := map[int]bool{}
	for _, p := range d.Panels {
		require.False(t, seen[p.ID], "two panels have the id %d", p.ID)
		seen[p.ID] = true
		require.NotEmpty(t, p.Title)
		require.NotEmpty(t, p.Targets, p.Title)
		require.LessOrEqual(t, p.GridPos.X+p.GridPos.W, 24, p.Title)
		for _, q := range p.Targets {
			require.Equal(t, strings.Count(q.Expr, "("), strings.Count(q.Expr, ")"), q.Expr)
		}
	}
}

type rules struct {
	Groups []struct {
		Name  string
		Rules []struct {
			Alert, Expr, For    string
			Labels, Annotations map[string]string
		}
	}
}

func TestEveryAlertSaysWhatToDo(t *testing.T) {
	t.Parallel()
	var r rules
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "alerts.yml")), &r))
	seen := map[string]bool{}
	for _, g := range r.Groups {
		for _, a := range g.Rules {
			require.False(t, seen[a.Alert], "%s is there twice", a.Alert)
			seen[a.Alert] = true
			require.NotEmpty(t, a.Expr)
			require.Contains(t, []string{"warning", "critical"}, a.Labels["severity"], a.Alert)
			require.NotEmpty(t, a.Annotations["summary"], a.Alert)
			require.NotEmpty(t, a.Annotations["description"], a.Alert)
		}
	}
	require.Greater(t, len(seen), 8)
}

type service struct {
	Image       string
	Command     []string
	Environment map[string]string
	Ports       []string
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	Build       map[string]string
	Healthcheck struct{ Test []string }
}

// Containers are published on this machine alone, run confined, and are given variables that there are.
func TestComposeFiles(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"compose.sqlite.yml", "compose.postgres.yml"} {
		var c struct {
			Services map[string]service
		}
		require.NoError(t, yaml.Unmarshal([]byte(read(t, file)), &c), file)
		require.Contains(t, c.Services, "desk")
		for name, s := range c.Services {
			for _, p := range s.Ports {
				require.True(t, strings.HasPrefix(p, "127.0.0.1:"), "%s publishes %s to the world", name, p)
			}
			for v := range s.Environment {
				require.Contains(t, server.Variables(), v, "%s: %s", file, name)
			}
			if name == "database" {
				continue
			}
			require.True(t, s.ReadOnly, name)
			require.Equal(t, []string{"ALL"}, s.CapDrop, name)
			require.FileExists(t, filepath.Join("../..", s.Build["dockerfile"]))
			if len(s.Command) > 0 {
				require.NoError(t, server.CheckArgs(s.Command), file)
			}
		}
		asked := c.Services["desk"].Healthcheck.Test
		require.Equal(t, []string{"CMD", "/ticketkit", "health"}, asked, file)
		require.NoError(t, server.CheckArgs(asked[2:]))
		require.Contains(t, read(t, "Dockerfile"), `CMD ["/ticketkit", "health"]`+"\n", "the same without compose")
	}
}

// Every variable of unit, environment file and image is one that the programs read.
func TestVariablesExist(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"ticketkit.service", "ticketkit.env", "Dockerfile", "README.md"} {
		text := read(t, file)
		if file == "Dockerfile" {
			text = strings.ReplaceAll(regexp.MustCompile(`(?m)^ENV (.*)$`).FindStringSubmatch(text)[1], " ", "\n")
		}
		for _, v := range guide.Variables(text) {
			require.Contains(t, server.Variables(), v, file)
		}
	}
}

// The environment file starts nothing until its secret was made.
func TestTheEnvironmentFileNeedsASecret(t *testing.T) {
	t.Parallel()
	var out, errOut strings.Builder
	args := []string{"--env-file", "ticketkit.env", "migrate", "up"}
	env := []string{"DATA_DIR=" + t.TempDir()}
	require.Equal(t, 1, server.Run(t.Context(), server.Preset{Name: "ticketkit"}, args, env, &out, &errOut, nil))
	require.Contains(t, errOut.String(), "JWT_SECRET still holds the placeholder")
	errOut.Reset()
	env = append(env, "JWT_SECRET=a-secret-that-was-made-for-this-test-0123456789")
	require.Equal(t, 0, server.Run(t.Context(), server.Preset{Name: "ticketkit"}, args, env, &out, &errOut, nil), errOut.String())
}

func TestTheUnit(t *testing.T) {
	t.Parallel()
	unit := read(t, "ticketkit.service")
	for _, line := range []string{"Type=notify", "User=ticketkit", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="} {
		require.Contains(t, unit, "\n"+line+"\n")
	}
	m := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/ticketkit (.*)$`).FindStringSubmatch(unit)
	require.NotNil(t, m)
	require.NoError(t, server.CheckArgs(guide.Args(m[1])))
	analyze := installed(t, "systemd-analyze", false)
	dir := t.TempDir()
	file := filepath.Join(dir, "ticketkit.service")
	require.NoError(t, os.WriteFile(file, []byte(strings.ReplaceAll(unit, "/usr/local/bin/ticketkit", "/bin/true")), 0o600))
	out, err := exec.CommandContext(t.Context(), analyze, "verify", "--man=no", file).CombinedOutput()
	if strings.Contains(string(out), "Failed to initialize manager") || strings.Contains(string(out), "Failed to connect") {
		t.Skipf("systemd-analyze does not work here: %s", out)
	}
	require.NoError(t, err, string(out))
}

func TestCaddyTakesItsFile(t *testing.T) {
	t.Parallel()
	caddy := installed(t, "caddy", false)
	out, err := exec.CommandContext(t.Context(), caddy, "validate", "--adapter", "caddyfile", "--config", "Caddyfile").CombinedOutput()
	require.NoError(t, err, string(out))
}

func TestPrometheusTakesTheRules(t *testing.T) {
	t.Parallel()
	promtool := installed(t, "promtool", false)
	out, err := exec.CommandContext(t.Context(), promtool, "check", "rules", "alerts.yml").CombinedOutput()
	require.NoError(t, err, string(out))
}

// The files of the release name programs and folders that there are, and build for all systems without cgo.
func TestReleaseFiles(t *testing.T) {
	t.Parallel()
	var g struct {
		Version int
		Builds  []struct {
			ID, Main, Binary  string
			Env, Goos, Goarch []string
			Flags, Ldflags    []string
			ModTimestamp      string `yaml:"mod_timestamp"`
		}
		Archives []struct{ Files []string }
		Checksum struct{ Algorithm string }
		Sboms    []struct{ Artifacts string }
	}
	require.NoError(t, yaml.Unmarshal([]byte(read(t, "../../.goreleaser.yaml")), &g))
	require.Equal(t, 2, g.Version)
	require.Len(t, g.Builds, 3)
	for _, b := range g.Builds {
		require.FileExists(t, filepath.Join("../..", b.Main, "main.go"))
		require.Contains(t, b.Env, "CGO_ENABLED=0")
		require.Equal(t, []string{"linux", "darwin", "windows"}, b.Goos)
		require.Equal(t, []string{"amd64", "arm64"}, b.Goarch)
	}
	for _, a := range g.Archives {
		for _, f := range a.Files {
			found, err := filepath.Glob(filepath.Join("../..", f))
			require.NoError(t, err)
			require.NotEmpty(t, found, f)
		}
	}
	require.NotEmpty(t, g.Sboms)
	require.Equal(t, "sha256", g.Checksum.Algorithm)

	flows, err := filepath.Glob("../../.github/workflows/*.yml")
	require.NoError(t, err)
	require.Len(t, flows, 2)
	for _, f := range flows {
		var w struct {
			Permissions map[string]string
			Jobs        map[string]struct {
				RunsOn         string `yaml:"runs-on"`
				TimeoutMinutes int    `yaml:"timeout-minutes"`
				Steps          []map[string]any
			}
		}
		require.NoError(t, yaml.Unmarshal([]byte(read(t, f)), &w), f)
		require.Equal(t, map[string]string{"contents": "read"}, w.Permissions, "%s: a job asks for more by itself", f)
		for name, j := range w.Jobs {
			require.NotEmpty(t, j.RunsOn, name)
			require.Positive(t, j.TimeoutMinutes, name)
			require.NotEmpty(t, j.Steps, name)
		}
	}
}
