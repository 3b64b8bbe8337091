//go:build !no_panel

package panel

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// ext is the ending of a file that was compressed when it was built.
const ext = ".gz"

// Panel serves the files of the panel and the page that starts it. It is immutable and safe for concurrent use.
type Panel struct {
	digest string
	files  map[string]file
	index  string
}

type file struct {
	media       string
	plain, gzip []byte
}

// New reads the files that are linked into the program. An error means that they were built badly.
func New() (*Panel, error) {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("panel: %w", err)
	}
	return load(sub)
}

func load(from fs.FS) (*Panel, error) {
	p := &Panel{files: map[string]file{}}
	err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(from, name)
		if err != nil {
			return err
		}
		name, zipped := strings.CutSuffix(name, ext)
		f := p.files[name]
		if zipped {
			f.gzip = b
		} else {
			f.plain = b
		}
		f.media = mediaOf(name)
		p.files[name] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("panel: %w", err)
	}
	p.index = string(p.files["index.html"].plain)
	delete(p.files, "index.html")
	delete(p.files, "BUILD.json")
	if !strings.Contains(p.index, "<html>") || !strings.Contains(p.index, ` src="./`) {
		return nil, fmt.Errorf("panel: dist has no index.html of ours")
	}
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(p.files)) {
		fmt.Fprintf(sum, "%s\x00%d\x00", name, len(p.files[name].plain))
		sum.Write(p.files[name].plain)
	}
	p.digest = hex.EncodeToString(sum.Sum(nil))[:16]
	return p, nil
}

// mediaOf does not ask the machine's table, which may call a script text/plain.
func mediaOf(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

// Index is the page that starts the panel; it must not be cached. base is the prefix below which the desk is mounted, "" for the root;
// lang its language, and attributes become data attributes of its root element, by which the panel looks right before it has asked anything:
// name, theme and colours. The attribute icon is the address of the icon that a browser shows for the page.
func (p *Panel) Index(base, lang string, attributes map[string]string) []byte {
	var root bytes.Buffer
	fmt.Fprintf(&root, `<html lang="%s" data-base="%s"`, html.EscapeString(lang), html.EscapeString(base))
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if name == "icon" {
			continue
		}
		fmt.Fprintf(&root, ` data-%s="%s"`, name, html.EscapeString(attributes[name]))
	}
	root.WriteByte('>')
	at := html.EscapeString(base) + "/panel/" + p.digest + "/"
	icon := `href="data:,"`
	if attributes["icon"] != "" {
		icon = `href="` + html.EscapeString(attributes["icon"]) + `"`
	}
	return []byte(strings.NewReplacer(`href="data:,"`, icon, "<html>", root.String(), ` src="./`, ` src="`+at, ` href="./`, ` href="`+at,
		"<title></title>", "<title>"+html.EscapeString(attributes["name"])+"</title>").Replace(p.index))
}

// ServeHTTP serves a file by its path /panel/{digest}/{name}. A browser may keep it for ever; one of another digest is gone, for its bytes may
// differ.
func (p *Panel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	digest, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/panel/"), "/")
	f, ok := p.files[name]
	if !ok || digest != p.digest {
		http.NotFound(w, r)
		return
	}
	body := f.plain
	h := w.Header()
	if f.gzip != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			body = f.gzip
		}
	}
	h.Set("Content-Type", f.media)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a failure to write is the client's
	}
}

// acceptsGzip reads Accept-Encoding (RFC 9110 section 12.5.3) as far as it matters here.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name = strings.TrimSpace(name); name == "gzip" || name == "*" {
			q = strings.TrimSpace(q)
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}
