package httpapi

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

type decoded struct {
	Name  string          `json:"name"`
	Count int             `json:"count"`
	Flag  *bool           `json:"flag"`
	List  []string        `json:"list"`
	At    *time.Time      `json:"at"`
	Inner inner           `json:"inner"`
	Any   map[string]any  `json:"any"`
	Raw   json.RawMessage `json:"raw"`
}

type inner struct {
	Email string `json:"email"`
}

func TestDecodeJSON(t *testing.T) {
	t.Parallel()
	yes := true
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	var got decoded
	require.NoError(t, decodeJSON([]byte(` {"name":"Zoë \ud83d\ude00 \\ud800","count":3,"flag":true,"list":["a"],"at":"2026-01-02T03:04:05Z",
		"inner":{"email":"a@b.example"},"any":{"x":null,"y":[1,{"name":2}]},"raw":null} `), &got))
	require.Equal(t, decoded{Name: `Zoë 😀 \ud800`, Count: 3, Flag: &yes, List: []string{"a"}, At: &at, Inner: inner{"a@b.example"},
		Any: map[string]any{"x": nil, "y": []any{1.0, map[string]any{"name": 2.0}}}, Raw: json.RawMessage("null")}, got)
	require.NoError(t, decodeJSON([]byte(`{}`), &decoded{}))
}

func TestDecodeJSONRefuses(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]struct{ field, part string }{
		"":                               {"", "empty"},
		" \n":                            {"", "empty"},
		"null":                           {"", "must not be null"},
		"7":                              {"", "object"},
		`"x"`:                            {"", "object"},
		"[]":                             {"", "an object"},
		"{":                              {"", "not valid JSON"},
		`{"name":}`:                      {"", "not valid JSON"},
		`{"name":"a"} {}`:                {"", "follows"},
		`{"name":"a"}x`:                  {"", "follows"},
		`{"nam":"a"}`:                    {"nam", "not a known"},
		`{"Name":"a"}`:                   {"Name", "not a known"},
		`{"inner":{"mail":"a"}}`:         {"inner.mail", "not a known"},
		`{"name":"a","name":"b"}`:        {"name", "twice"},
		`{"any":{"x":1,"x":2}}`:          {"any.x", "twice"},
		`{"name":7}`:                     {"name", "must be text"},
		`{"count":"7"}`:                  {"count", "whole number"},
		`{"count":1.5}`:                  {"count", "whole number"},
		`{"flag":"yes"}`:                 {"flag", "true or false"},
		`{"list":"a"}`:                   {"list", "a list"},
		`{"inner":{"email":{"a":1}}}`:    {"inner.email", "must be text"},
		`{"name":null}`:                  {"name", "null"},
		`{"list":[null]}`:                {"list[0]", "null"},
		`{"at":"tomorrow"}`:              {"at", "RFC 3339"},
		`{"at":7}`:                       {"at", "RFC 3339"},
		`{"at":{}}`:                      {"at", "must be a time"},
		`{"name":"a\u0000b"}`:            {"name", "NUL"},
		`{"any":{"a\u0000":1}}`:          {"any", "NUL"},
		`{"any":{"x":["\u0000"]}}`:       {"any.x[0]", "NUL"},
		"{\"name\":\"\xff\"}":            {"", "UTF-8"},
		`{"name":"\ud800"}`:              {"", "surrogate"},
		`{"name":"\udc00\ud800"}`:        {"", "surrogate"},
		`{"name":"\ud800\n"}`:            {"", "surrogate"},
		`{"name":"\ud800\u0041"}`:        {"", "surrogate"},
		`{"any":` + nested(20) + `}`:     {"", "too deep"},
		`{"any":` + nested(100000) + `}`: {"", "too deep"},
	} {
		err := decodeJSON([]byte(body), &decoded{})
		require.Error(t, err, body)
		e, ok := errors.AsType[*ticket.Error](err)
		require.True(t, ok, body)
		require.Equal(t, ticket.Invalid, e.Kind)
		require.Contains(t, e.Error(), want.part, "%.80s", body)
		if want.part != "too deep" {
			require.Equal(t, want.field, e.Field, "%.80s", body)
		}
	}
}

// A long path before very many values: whoever writes the path for each of them never comes to an end.
func TestDecodeJSONIsLinear(t *testing.T) {
	t.Parallel()
	many := strings.Repeat("1,", 400_000) + "1"
	err := decodeJSON([]byte(`{"name":{"`+strings.Repeat("A", 100_000)+`":[`+many+`]}}`), &decoded{})
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "name"}, "a wrong kind ends it")
	err = decodeJSON([]byte(`{"any":{"`+strings.Repeat("A", 201)+`":1}}`), &decoded{})
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "any"})
	require.Less(t, len(err.Error()), 200, "what was sent is not sent back")
	deep, path := strings.Repeat(`{"`+strings.Repeat("A", 200)+`":`, 14), ""
	require.NoError(t, decodeJSON([]byte(`{"any":`+deep+"["+many+"]"+strings.Repeat("}", 14)+path+`}`), &decoded{}))
}

func TestAPageOfLongMessagesIsShort(t *testing.T) {
	t.Parallel()
	long := make([]ticket.Message, 10)
	for i := range long {
		long[i] = ticket.Message{N: i + 1, Text: strings.Repeat("x", pageBytes/4)}
	}
	require.Equal(t, 4, within(long, 9, false))
	require.Equal(t, 4, within(long, 9, true))
	require.Equal(t, 2, within(long, 2, false))
	long[0].Text, long[9].Text = strings.Repeat("x", 2*pageBytes), strings.Repeat("x", 2*pageBytes)
	require.Equal(t, 1, within(long, 9, false), "one always fits")
	require.Equal(t, 1, within(long, 9, true))
	require.Equal(t, 30, within(make([]ticket.Message, 5), 30, false))
}

func TestAQueryThatCannotBeReadIsNoFilter(t *testing.T) {
	t.Parallel()
	row := &route{params: []param{{name: "status"}}}
	for query, ok := range map[string]bool{"status=open": true, "status=open;": false, "status=%zz": false, "nosuch=1;": false, "x=1": false} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
		r.URL.RawQuery = query
		require.Equal(t, ok, row.checkParams(r) == nil, query)
	}
}

func nested(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }

func TestBodyChecks(t *testing.T) {
	t.Parallel()
	d := setup(t, withAPI(func(c *Config) { c.Limits.Body = 200 }))
	ok := `{"username":"vera","password":"x"}`
	for _, c := range []struct {
		name, media, body string
		status            int
	}{
		{"right", "application/json", ok, 401},
		{"charset", "application/json; charset=UTF-8", ok, 401},
		{"other charset", "application/json; charset=latin1", ok, 415},
		{"none", "", ok, 415},
		{"form", "application/x-www-form-urlencoded", "username=a", 415},
		{"text", "text/plain", ok, 415},
		{"empty", "application/json", "", 400},
		{"unknown", "application/json", `{"username":"vera","password":"x","role":"admin"}`, 400},
		{"large", "application/json", `{"username":"` + strings.Repeat("a", 300) + `"}`, 413},
	} {
		a := d.call("", post, "/auth/login", c.body, header{"Content-Type", c.media})
		require.Equal(t, c.status, a.status, c.name)
		if c.name == "unknown" {
			require.Equal(t, []string{"role"}, a.fields())
		}
	}
}

func TestUnknownParametersAreRefused(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for path, field := range map[string]string{
		"/tickets?statsu=open":              "statsu",
		"/tickets?limit=0":                  "limit",
		"/tickets?limit=101":                "limit",
		"/tickets?limit=x":                  "limit",
		"/tickets?sort=subject":             "sort",
		"/tickets?cursor=%21":               "cursor",
		"/tickets?status=nope":              "status",
		"/tickets?priority=extreme":         "priority",
		"/tickets?queue=Nirgends":           "queue",
		"/tickets?assignee=Niemand":         "assignee",
		"/tickets?requester=1":              "requester",
		"/tickets?q=due:%3C1h":              "q",
		"/tickets?q=%ff":                    "q",
		"/tickets?tag=%00":                  "tag",
		"/tickets?q=prio:high&priority=low": "priority",
		"/tickets?q=is:mine&assignee=none":  "assignee",
		"/audit?since=yesterday":            "since",
		"/audit?desk=yes":                   "desk",
		"/audit?cursor=-1":                  "cursor",
		"/audit?ticket=1":                   "ticket",
		"/auth/me?token=secret":             "token",
	} {
		require.Equal(t, []string{field}, d.as("anna", http.StatusBadRequest, get, path, nil).fields(), path)
	}
}

// FuzzDecode: no body makes the decoder panic, and what it takes is what encoding/json takes too, without anything replaced.
func FuzzDecode(f *testing.F) {
	for _, b := range []string{`{}`, `{"name":"a","count":1}`, `{"any":{"x":[1,"\ud83d\ude00"]}}`, `{"name":"\ud800"}`, `[`, "\xff", `{"raw":null,"at":"2026-01-01T00:00:00Z"}`} {
		f.Add([]byte(b))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var got, want decoded
		err := decodeJSON(raw, &got)
		if err != nil {
			require.IsType(t, &ticket.Error{}, err)
			return
		}
		require.NoError(t, json.Unmarshal(raw, &want))
		require.Equal(t, want, got)
		require.True(t, utf8.Valid(raw))
		require.NotContains(t, got.Name, "\x00")
		if !strings.Contains(string(raw), "\uFFFD") && !strings.Contains(strings.ToLower(string(raw)), `\ufffd`) {
			require.NotContains(t, got.Name, "\uFFFD")
		}
	})
}
