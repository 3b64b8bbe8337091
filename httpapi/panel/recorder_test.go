//go:build !no_panel

package panel_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// operation is a call of the API, as its document describes it.
type operation struct {
	id, method, path, summary string
	needs                     ticket.Op // "" is nothing beyond being signed in
}

var needs = regexp.MustCompile(`Needs the permission ([a-z]+:[a-z]+)\.`)

// operations reads the document of the API, which a test of its own compares with the routes.
func operations(t *testing.T) (out []operation) {
	t.Helper()
	b, err := os.ReadFile("../testdata/openapi.json")
	require.NoError(t, err)
	var document struct {
		Paths map[string]map[string]struct{ OperationID, Summary, Description string }
	}
	require.NoError(t, json.Unmarshal(b, &document))
	for path, methods := range document.Paths {
		for method, o := range methods {
			op := operation{id: o.OperationID, method: strings.ToUpper(method), path: path, summary: o.Summary}
			if m := needs.FindStringSubmatch(o.Description); m != nil {
				op.needs = ticket.Op(m[1])
			}
			out = append(out, op)
		}
	}
	slices.SortFunc(out, func(a, b operation) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	return out
}

// role is the built-in role that may least of those that may this.
func (o operation) role() string {
	for _, role := range []string{rbac.RoleViewer, rbac.RoleSupport} {
		if o.needs == "" || slices.Contains(rbac.PermissionsOf(role), o.needs) {
			return role
		}
	}
	return rbac.RoleAdmin
}

// heard is a request that has come to the server and was answered.
type heard struct {
	op, who     string
	query, body string
	status      int
}

// recorder notes which operations of the API were asked for, and by whom.
type recorder struct {
	prefix string
	mux    *http.ServeMux
	mu     sync.Mutex
	people map[string]string // by the token of their session
	list   []heard
}

func newRecorder(t *testing.T, prefix string) *recorder {
	t.Helper()
	r := &recorder{prefix: prefix + "/api", mux: http.NewServeMux(), people: map[string]string{}}
	for _, o := range operations(t) {
		r.mux.Handle(o.method+" "+r.prefix+o.path, named(o.id))
	}
	return r
}

// named is the name of an operation, in the place of what would serve it.
type named string

func (named) ServeHTTP(http.ResponseWriter, *http.Request) {}

func (r *recorder) know(token, username string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.people[token] = username
}

func (r *recorder) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		found, _ := r.mux.Handler(req)
		op, ok := found.(named)
		if !ok {
			next.ServeHTTP(w, req)
			return
		}
		h := heard{op: string(op), query: req.URL.RawQuery}
		if c, err := req.Cookie(httpapi.SessionCookie); err == nil {
			r.mu.Lock()
			h.who = r.people[c.Value]
			r.mu.Unlock()
		}
		if strings.HasPrefix(req.Header.Get("Content-Type"), "application/json") {
			b, err := io.ReadAll(req.Body)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			h.body = string(b)
			req.Body = io.NopCloser(bytes.NewReader(b))
		}
		next.ServeHTTP(&noting{ResponseWriter: w, note: func(status int) {
			h.status = status
			r.mu.Lock()
			defer r.mu.Unlock()
			r.list = append(r.list, h)
		}}, req)
	})
}

// noting tells with which status an answer begins; the recorder need not wait for the end of a stream.
type noting struct {
	http.ResponseWriter
	note func(int)
	done bool
}

func (n *noting) WriteHeader(status int) {
	if !n.done && status >= 200 {
		n.done = true
		n.note(status)
	}
	n.ResponseWriter.WriteHeader(status)
}

func (n *noting) Write(b []byte) (int, error) {
	if !n.done {
		n.done = true
		n.note(http.StatusOK)
	}
	return n.ResponseWriter.Write(b)
}

func (n *noting) Unwrap() http.ResponseWriter { return n.ResponseWriter }

// sofar is how many requests were heard until now.
func (r *recorder) sofar() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.list)
}

// has reports whether somebody asked for an operation after some others, with words in its query or body, and got what they wanted.
func (r *recorder) has(after int, who, op string, words []string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.list[after:], func(h heard) bool {
		if h.op != op || h.who != who || h.status >= http.StatusBadRequest {
			return false
		}
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(h.query+" "+h.body, w) })
	})
}
