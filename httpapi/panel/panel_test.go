//go:build !no_panel

package panel_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/httpapi/panel"
)

// TestDistIsFresh compares what dist was built from with the sources, without Node.
func TestDistIsFresh(t *testing.T) {
	t.Parallel()
	var build struct{ Sources string }
	b, err := os.ReadFile("dist/BUILD.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &build))
	require.Equal(t, sourcesOf(t, "ui"), build.Sources, "dist is older than its source: npm ci && npm run build in httpapi/panel/ui")
}

// sourcesOf is what scripts/finish.mjs computes: names, lengths and bytes of all files but the modules of Node, in the order of their names.
func sourcesOf(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	require.NoError(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() && d.Name() == "node_modules" {
			return fs.SkipDir
		}
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, name)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	}))
	slices.Sort(names)
	sum := sha256.New()
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))) //nolint:gosec // names from the walk
		require.NoError(t, err)
		fmt.Fprintf(sum, "%s\x00%d\x00", name, len(b))
		sum.Write(b)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func TestStaleSourcesAreSeen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, body string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(body), 0o600))
	}
	write("src/main.ts", "1")
	before := sourcesOf(t, dir)
	write("node_modules/x/index.js", "not ours")
	require.Equal(t, before, sourcesOf(t, dir))
	write("src/main.ts", "2")
	require.NotEqual(t, before, sourcesOf(t, dir))
}

var asset = regexp.MustCompile(`(?:src|href)="([^"]*/panel/[0-9a-f]{16}/[^"]+)"`)

func get(t *testing.T, p *panel.Panel, path, encoding string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result()
}

func TestIndexAndFiles(t *testing.T) {
	t.Parallel()
	p, err := panel.New()
	require.NoError(t, err)
	index := string(p.Index("/desk", "de", map[string]string{"name": `A "desk" <1>`, "theme": "dark"}))
	require.Contains(t, index, `<html lang="de" data-base="/desk" data-name="A &#34;desk&#34; &lt;1&gt;" data-theme="dark">`)
	require.Contains(t, index, `<title>A &#34;desk&#34; &lt;1&gt;</title>`)
	require.NotContains(t, index, "./")
	require.NotRegexp(t, `<script(?:\s[^>]*)?>[^<]`, index, "no inline script: the policy would refuse it")
	require.NotContains(t, index, "<style")
	found := asset.FindAllStringSubmatch(index, -1)
	require.GreaterOrEqual(t, len(found), 2)
	for _, f := range found {
		require.True(t, strings.HasPrefix(f[1], "/desk/panel/"))
		path := strings.TrimPrefix(f[1], "/desk")
		res := get(t, p, path, "br, gzip;q=1.0")
		require.Equal(t, http.StatusOK, res.StatusCode, path)
		require.Equal(t, "public, max-age=31536000, immutable", res.Header.Get("Cache-Control"))
		require.Equal(t, "nosniff", res.Header.Get("X-Content-Type-Options"))
		require.Equal(t, "gzip", res.Header.Get("Content-Encoding"))
		require.Equal(t, "Accept-Encoding", res.Header.Get("Vary"))
		zipped, err := gzip.NewReader(res.Body)
		require.NoError(t, err)
		unzipped, err := io.ReadAll(zipped)
		require.NoError(t, err)
		plain := get(t, p, path, "gzip;q=0")
		require.Empty(t, plain.Header.Get("Content-Encoding"))
		body, err := io.ReadAll(plain.Body)
		require.NoError(t, err)
		require.Equal(t, string(body), string(unzipped))
		other := regexp.MustCompile(`[0-9a-f]{16}`).ReplaceAllString(path, "0000000000000000")
		require.Equal(t, http.StatusNotFound, get(t, p, other, "").StatusCode)
	}
	for _, path := range []string{"/panel/", "/panel/x", "/panel/../index.html", "/panel/index.html"} {
		require.Equal(t, http.StatusNotFound, get(t, p, path, "").StatusCode, path)
	}
}

// TestBudget holds what a browser loads before it shows something, and all of it, to what was agreed.
func TestBudget(t *testing.T) {
	t.Parallel()
	p, err := panel.New()
	require.NoError(t, err)
	first := map[string]int{}
	for _, f := range asset.FindAllStringSubmatch(string(p.Index("", "en", nil)), -1) {
		res := get(t, p, f[1], "gzip")
		first[filepath.Ext(f[1])] += int(res.ContentLength)
	}
	t.Logf("first load: %d bytes of scripts, %d of styles", first[".js"], first[".css"])
	require.LessOrEqual(t, first[".js"], 180<<10)
	require.LessOrEqual(t, first[".css"], 12<<10)
	total := 0
	require.NoError(t, filepath.WalkDir("dist", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		i, err := d.Info()
		total += int(i.Size())
		if strings.HasSuffix(name, ".js.gz") && filepath.Base(name) != "panel.js.gz" {
			require.LessOrEqual(t, int(i.Size()), 60<<10, "%s is loaded later", name)
		}
		return err
	}))
	require.LessOrEqual(t, total, 12<<20/10)
}

// TestTexts holds both languages to the same texts with the same places to fill in.
func TestTexts(t *testing.T) {
	t.Parallel()
	place := regexp.MustCompile(`\{\w+\}`)
	for _, name := range []string{"", "events.", "more.", "lead.", "overview."} {
		read := func(lang string) (out map[string]string) {
			b, err := os.ReadFile("ui/src/text/" + name + lang + ".json") //nolint:gosec // ours
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(b, &out))
			return out
		}
		de, en := read("de"), read("en")
		require.Greater(t, len(de), 20)
		for key, text := range de {
			other, ok := en[key]
			require.True(t, ok, "%s has no English", key)
			a, b := place.FindAllString(text, -1), place.FindAllString(other, -1)
			slices.Sort(a)
			slices.Sort(b)
			require.Equal(t, slices.Compact(a), slices.Compact(b), key)
			require.NotEmpty(t, strings.TrimSpace(text), key)
			require.NotEmpty(t, strings.TrimSpace(other), key)
			require.NotRegexp(t, `\b([Dd]u|[Dd]ir|[Dd]ich|[Dd]eine?[rmns]?)\b`, text, "%s: the panel says Sie", key)
		}
		require.Len(t, en, len(de))
	}
}

// TestSourcesNameNoRegistry keeps the lock file usable anywhere.
func TestSourcesNameNoRegistry(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("ui/package-lock.json")
	require.NoError(t, err)
	require.NotContains(t, string(b), `"resolved"`)
}
