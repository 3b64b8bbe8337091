package httpapi

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/go-chi/chi/v5"
	"github.com/stretchr/testify/require"
)

const goldenDocument = "testdata/openapi.json"

// TestDocumentIsGolden fails when the API has changed: look at the difference, then run with -update.
func TestDocumentIsGolden(t *testing.T) {
	t.Parallel()
	d := setup(t)
	got := d.call("", get, "/openapi.json", nil).is(http.StatusOK)
	require.Equal(t, "application/json", got.header.Get("Content-Type"))
	if *update {
		require.NoError(t, os.WriteFile(goldenDocument, got.body, 0o644))
	}
	want, err := os.ReadFile(goldenDocument)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got.body))
}

func TestDocumentIsValid(t *testing.T) {
	t.Parallel()
	require.True(t, parsed().IsOpenAPI31OrLater())
	require.NoError(t, parsed().Validate(t.Context(), openapi3.IsOpenAPI31OrLater()))
}

// TestDocumentNamesItsMount mounts the API elsewhere; paths of the document begin there.
func TestDocumentNamesItsMount(t *testing.T) {
	t.Parallel()
	d := setup(t)
	inner := d.handler
	for prefix, want := range map[string]string{"": "/", "/desk/api": "/desk/api", "/a%22b": "/a%22b"} {
		d.prefix = prefix
		d.handler = http.StripPrefix(mustUnescape(t, prefix), apiOf(inner))
		doc := d.call("", get, "/openapi.json", nil).is(http.StatusOK).json()
		require.Equal(t, []any{map[string]any{"url": want}}, doc["servers"])
	}
}

// TestRoutesAreDocumented compares the router with the document in both directions.
func TestRoutesAreDocumented(t *testing.T) {
	t.Parallel()
	rows := table()
	a := &api{}
	var routed, documented []string
	require.NoError(t, chi.Walk(a.routes(rows), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if method != http.MethodHead && !strings.HasPrefix(route, "/intake/") { // adapters describe their own calls
			routed = append(routed, method+" "+route)
		}
		return nil
	}))
	ids := map[string]bool{}
	for p, item := range parsed().Paths.Map() {
		for method, op := range item.Operations() {
			documented = append(documented, method+" "+p)
			require.False(t, ids[op.OperationID], "operationId %s twice", op.OperationID)
			ids[op.OperationID] = true
		}
	}
	require.ElementsMatch(t, documented, routed)
	require.Len(t, routed, len(rows))
}

// TestDocumentKeepsShapes holds the members that clients of the replaced system rely on.
func TestDocumentKeepsShapes(t *testing.T) {
	t.Parallel()
	schemas := parsed().Components.Schemas
	for name, members := range map[string]string{
		"Health":       "status service",
		"SessionToken": "token expires_at user",
		"SessionUser":  "id username role must_change_password",
		"Me":           "id username role permissions",
		"User":         "id username role created_at",
		"Ticket":       "id number subject status priority queue channel source requester assignee tags fields preview created_at updated_at version sla",
		"Person":       "id name email",
		"Assignee":     "id name",
		"Message":      "id kind author text quoted html machine bounce verified delivery attachments created_at",
		"Attachment":   "id name content_type size sha256 inline",
		"Event":        "id seq type ticket_id actor at data",
		"KPI": "open unassigned mine pending breached due_within_hour created_today resolved_today first_response_p50_seconds " +
			"sla_attainment_7d agents_online previous",
		"Problem": "type title status instance request_id",
	} {
		require.Contains(t, schemas, name)
		require.Subset(t, schemas[name].Value.Required, strings.Fields(members), name)
	}
}

// parsed is the document as a library for OpenAPI understands it.
var parsed = sync.OnceValue(func() *openapi3.T {
	raw, err := document(table())
	if err != nil {
		panic(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		panic(err)
	}
	return doc
})

var segment = regexp.MustCompile(`\{\w+\}`)

// documentedPath finds the path of the document that a request's path belongs to; "" when there is none.
func documentedPath(requested string) string {
	paths := parsed().Paths.Map()
	if paths[requested] != nil {
		return requested
	}
	for p := range paths {
		if ok, _ := path.Match(segment.ReplaceAllString(p, "*"), requested); ok {
			return p
		}
	}
	return ""
}

// validate fails the test when an answer is not what the document says: status, media type, every member.
func validate(t *testing.T, requested, method string, a *answer) {
	t.Helper()
	p := documentedPath(requested)
	if p == "" || method == http.MethodOptions || method == http.MethodHead {
		return
	}
	op := parsed().Paths.Value(p).GetOperation(method)
	if op == nil || a.status == http.StatusNotModified {
		return
	}
	req, err := http.NewRequestWithContext(t.Context(), method, "http://desk.example/", nil)
	require.NoError(t, err)
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, Route: &routers.Route{Spec: parsed(), Path: p,
			PathItem: parsed().Paths.Value(p), Method: method, Operation: op}},
		Status:  a.status,
		Header:  a.header,
		Body:    noClose{bytes.NewReader(a.body)},
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	require.NoError(t, err, "%s %s answered %d %s", method, requested, a.status, a.body)
	if a.status >= 400 {
		require.Equal(t, "application/problem+json", a.header.Get("Content-Type"))
		require.Nil(t, op.Responses.Status(a.status), "an error where a success is described")
	}
	if a.status == http.StatusNoContent {
		require.Empty(t, a.body)
	}
	require.Equal(t, "nosniff", a.header.Get("X-Content-Type-Options"))
	require.Contains(t, a.header.Get("Content-Security-Policy"), "default-src 'none'")
	require.Contains(t, a.header.Get("Content-Security-Policy"), "frame-ancestors")
	if a.status == http.StatusOK && op.OperationID == "brandImage" { // each address has one content for ever, and it is nobody's secret
		require.Equal(t, "public, max-age=31536000, immutable", a.header.Get("Cache-Control"))
	} else {
		require.Equal(t, "no-store", a.header.Get("Cache-Control"))
	}
	require.NotEmpty(t, a.header.Get("X-Request-Id"))
}

type noClose struct{ *bytes.Reader }

func (noClose) Close() error { return nil }

// TestValidatorRefuses makes sure that the comparison above can fail.
func TestValidatorRefuses(t *testing.T) {
	t.Parallel()
	op := parsed().Paths.Value("/health").Get
	for body, want := range map[string]bool{
		`{"status":"ok","service":"x"}`: true,
		`{"status":"ok"}`:               false,
		`{"status":"ill","service":""}`: false,
		`{"status":"ok","service":7}`:   false,
	} {
		req, err := http.NewRequestWithContext(t.Context(), get, "http://desk.example/health", nil)
		require.NoError(t, err)
		err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, Route: &routers.Route{Spec: parsed(), Path: "/health",
				PathItem: parsed().Paths.Value("/health"), Method: get, Operation: op}},
			Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: noClose{bytes.NewReader([]byte(body))},
			Options: &openapi3filter.Options{IncludeResponseStatus: true},
		})
		require.Equal(t, want, err == nil, "%s: %v", body, err)
	}
}

func TestRowsAreSound(t *testing.T) {
	t.Parallel()
	for _, row := range table() {
		name := fmt.Sprint(row.method, " ", row.path)
		require.NotEmpty(t, row.id, name)
		require.NotEmpty(t, row.summary, name)
		require.NotNil(t, row.run, name)
		require.False(t, row.method == get && row.body != nil, name)
		formats := slices.ContainsFunc(row.params, func(p param) bool { return p.name == "format" })
		require.False(t, row.answer != nil && row.media != "" && !formats, name)
		require.False(t, row.match && slices.Contains([]string{get}, row.method), name)
		require.Equal(t, row.status == http.StatusNoContent, row.answer == nil && row.media == "", name)
	}
}
