// Package discordspec holds requests to Discord and their answers against Discord's own OpenAPI document, in tests.
package discordspec

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Env names the variable with the path of the document, openapi.json or openapi.json.gz.
const Env = "TICKETKIT_DISCORD_SPEC"

// Exchange is one request and its answer. Path is without the prefix /api/v10.
type Exchange struct {
	Method, Path   string
	RequestHeader  http.Header
	RequestBody    []byte
	Status         int
	ResponseHeader http.Header
	ResponseBody   []byte
}

// Document is Discord's document. It may be used concurrently.
type Document struct {
	paths    map[string]any
	compiler *jsonschema.Compiler

	mu      sync.Mutex
	schemas map[string]*jsonschema.Schema // by JSON pointer
}

const resource = "discord.json"

// Load reads the document. Numbers that bots send as text, the bit fields of permissions, are allowed as text.
func Load(path string) (*Document, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	v, err := jsonschema.UnmarshalJSON(r)
	if err != nil {
		return nil, fmt.Errorf("discord's document: %w", err)
	}
	doc, _ := v.(map[string]any)
	paths, _ := doc["paths"].(map[string]any)
	if len(paths) == 0 {
		return nil, errors.New("discord's document has no paths")
	}
	widen(v)
	c := jsonschema.NewCompiler()
	if err := c.AddResource(resource, v); err != nil {
		return nil, fmt.Errorf("discord's document: %w", err)
	}
	return &Document{paths: paths, compiler: c, schemas: map[string]*jsonschema.Schema{}}, nil
}

// widen lets bit fields be text wherever they stand.
func widen(v any) {
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			widen(e)
		}
	case map[string]any:
		if props, ok := v["properties"].(map[string]any); ok {
			for _, name := range []string{"allow", "deny", "default_member_permissions"} {
				p, _ := props[name].(map[string]any)
				if types, ok := p["type"].([]any); ok && slices.Contains(types, any("integer")) {
					p["type"] = append(types, "string")
				}
			}
		}
		for _, e := range v {
			widen(e)
		}
	}
}

// Check gives what is wrong with an exchange: the route, the body of the request unless Discord would refuse it too (the answer is an
// error), or the answer.
func (d *Document) Check(x Exchange) error {
	path := d.find(x.Path)
	op := dig(d.paths, path, strings.ToLower(x.Method))
	if op == nil {
		return fmt.Errorf("%s %s: no such route", x.Method, x.Path)
	}
	at := "/paths/" + escape(path) + "/" + strings.ToLower(x.Method)
	var errs []error
	if x.Status < 400 && len(x.RequestBody) > 0 && op["requestBody"] != nil {
		if err := d.request(op, at, x); err != nil {
			errs = append(errs, fmt.Errorf("request: %w", err))
		}
	}
	status := strconv.Itoa(x.Status)
	switch media := dig(op, "responses", status, "content", "application/json"); {
	case x.Status < 400 && dig(op, "responses", status) == nil:
		errs = append(errs, fmt.Errorf("the answer has the status %d", x.Status))
	case x.Status < 400 && len(x.ResponseBody) > 0 && media == nil:
		errs = append(errs, errors.New("the answer has a body"))
	case x.Status < 400 && media != nil:
		if err := d.check(at+"/responses/"+status+"/content/application~1json/schema", x.ResponseBody); err != nil {
			errs = append(errs, fmt.Errorf("answer: %w", err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("%s %s: %w", x.Method, path, err)
	}
	return nil
}

// find gives the path of the document that fits: the one with the fewest parameters.
func (d *Document) find(path string) string {
	parts := strings.Split(path, "/")
	best, fewest := "", len(parts)+1
	for p := range d.paths {
		names := strings.Split(p, "/")
		params, ok := 0, len(names) == len(parts)
		for n := 0; ok && n < len(parts); n++ {
			if strings.HasPrefix(names[n], "{") {
				params++
			} else {
				ok = names[n] == parts[n]
			}
		}
		if ok && params < fewest {
			best, fewest = p, params
		}
	}
	return best
}

func dig(m map[string]any, keys ...string) map[string]any {
	for _, k := range keys {
		m, _ = m[k].(map[string]any)
	}
	return m
}

func escape(s string) string { return strings.NewReplacer("~", "~0", "/", "~1").Replace(s) }

func (d *Document) request(op map[string]any, at string, x Exchange) error {
	body := x.RequestBody
	typ, params, err := mime.ParseMediaType(x.RequestHeader.Get("Content-Type"))
	switch content := dig(op, "requestBody", "content"); {
	case err != nil:
		return fmt.Errorf("content type: %w", err)
	case content[typ] == nil:
		return fmt.Errorf("content type %q is not taken", typ)
	case typ == "multipart/form-data":
		if body, err = payload(x.RequestBody, params["boundary"]); err != nil {
			return err
		}
	}
	return d.check(at+"/requestBody/content/application~1json/schema", body)
}

func (d *Document) check(pointer string, raw []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.schemas[pointer]
	if s == nil {
		u := url.URL{Path: resource, Fragment: pointer}
		if s, err = d.compiler.Compile(u.String()); err != nil {
			return err
		}
		d.schemas[pointer] = s
	}
	return s.Validate(v)
}

func payload(form []byte, boundary string) ([]byte, error) {
	r := multipart.NewReader(bytes.NewReader(form), boundary)
	for {
		p, err := r.NextPart()
		if err != nil {
			return nil, fmt.Errorf("payload_json: %w", err)
		}
		if p.FormName() == "payload_json" {
			return io.ReadAll(p)
		}
	}
}
