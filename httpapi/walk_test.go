package httpapi

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

var (
	walkSeed  = flag.Uint64("walk.seed", 0, "walk the API with this seed instead of the fixed ones")
	walkCalls = flag.Int("walk.calls", walkLength, "calls of a walk")
)

// TestWalk calls everything that the document describes, thousands of times, with what the document says, with ids that earlier answers
// brought, and with what nobody should send. No answer may be a 5xx, and each must be one that the document describes.
func TestWalk(t *testing.T) {
	t.Parallel()
	seeds := []uint64{1, 2}
	if *walkSeed != 0 {
		seeds = []uint64{*walkSeed}
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			w := newWalker(t, seed)
			for range *walkCalls {
				w.step()
			}
			w.complete()
		})
	}
}

// walker is one walk.
type walker struct {
	*scene
	rnd   *rand.Rand
	ops   []walkOp
	pool  map[string][]string // values that answers brought, by the name of their member
	count map[string]int      // calls by operation and class of answer
	tame  bool                // this call makes sense as far as the walk can tell: a deep body full of chances would never be accepted
}

type walkOp struct {
	method, path string
	op           *openapi3.Operation
}

func newWalker(t *testing.T, seed uint64) *walker {
	t.Helper()
	w := &walker{scene: newScene(t), rnd: rand.New(rand.NewPCG(seed, 3)), pool: map[string][]string{}, count: map[string]int{}}
	paths := parsed().Paths.Map()
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		ops := paths[p].Operations()
		for _, m := range slices.Sorted(maps.Keys(ops)) {
			w.ops = append(w.ops, walkOp{m, p, ops[m]})
		}
	}
	w.renew()
	w.remember("tickets.id", string(w.ticket.ID), fmt.Sprint(w.ticket.Number), string(w.neighbour))
	w.remember("messages.id", string(w.message))
	w.remember("attachments.id", string(w.attachment))
	w.remember("parked.id", w.parked)
	w.remember("jobs.id", w.job)
	w.remember("fields.id", string(w.field))
	return w
}

func (w *walker) remember(name string, values ...string) {
	list := append(w.pool[name], values...)
	w.pool[name] = list[max(0, len(list)-40):]
}

// chance is true n times in a hundred.
func (w *walker) chance(n int) bool { return w.rnd.IntN(100) < n }

func pick[T any](w *walker, from []T) T { return from[w.rnd.IntN(len(from))] }

// few is how many things a list holds: where none may stand, a call that makes sense has one.
func (w *walker) few() int {
	if w.tame {
		return 1
	}
	return w.rnd.IntN(3)
}

// step makes one call.
func (w *walker) step() {
	w.t.Helper()
	o := pick(w, w.ops)
	w.tame = w.chance(40)
	path := ""
	for segment := range strings.SplitSeq(o.path[1:], "/") {
		if pathParam.MatchString(segment) {
			segment = url.PathEscape(w.word(path[strings.LastIndexByte(path, '/')+1:] + ".id"))
			if !strings.HasSuffix(path, "}") && w.chance(2) {
				segment = url.PathEscape(pick(w, nasty))
			}
		}
		path += "/" + segment
	}
	query, headers := url.Values{}, http.Header{}
	for _, p := range o.op.Parameters {
		switch v := p.Value; {
		case v.In == "query" && w.chance(35):
			query.Add(v.Name, w.text(v.Name, v.Schema.Value))
		case v.In == "header" && !w.tame && w.chance(20):
			headers.Set(v.Name, printable(pick(w, []string{`"1"`, `"2"`, "*", `W/"1"`, "x", `"`, w.word(v.Name)})))
		}
	}
	if w.chance(3) {
		query.Add(w.word("query"), w.word("value"))
	}
	req := w.request(o, path, query)
	maps.Copy(req.Header, headers)
	req.RemoteAddr = "198.51.100.7:1234" // where wrong passwords slow nobody down but the walk itself
	who := pick(w, []string{"anna", "anna", "anna", "sam", "sam", "vera", ""})
	if who != "" {
		req.Header.Set("Authorization", "Bearer "+w.signIn(who))
	}
	a := w.send(req)
	require.Less(w.t, a.status, 500, "%s %s %s", req.Method, req.URL, a.body)
	w.count[fmt.Sprintf("%s %s %dxx", o.method, o.path, a.status/100)]++
	w.harvest(o.path, a)
}

func (w *walker) request(o walkOp, path string, query url.Values) *http.Request {
	target := "http://desk.example" + w.prefix + path
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	if o.op.RequestBody == nil || w.chance(3) {
		return httptest.NewRequestWithContext(w.t.Context(), o.method, target, nil)
	}
	content := o.op.RequestBody.Value.Content
	if content["multipart/form-data"] != nil {
		name := strings.NewReplacer(`"`, "", "\r", "", "\n", "", `\`, "").Replace(w.word("name"))
		content := w.word("content")
		if w.chance(50) {
			content = "GIF89a" + content // pictures are known by how they begin
		}
		body := "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\nContent-Type: text/plain\r\n\r\n" + content + "\r\n--b--\r\n"
		req := httptest.NewRequestWithContext(w.t.Context(), o.method, target, strings.NewReader(body))
		req.Header.Set("Content-Type", "multipart/form-data; boundary=b")
		return req
	}
	var body []byte
	if schema := content["application/json"]; schema != nil {
		body, _ = json.Marshal(w.value("", schema.Schema.Value, 0))
	}
	switch {
	case w.tame:
	case w.chance(2):
		body = []byte(pick(w, []string{"", "null", "[]", "{", `{"a":1}`, "\xff", `"x"`, "{}{}", strings.Repeat("[", 5000), `{"subject":"a` + "\x00" + `"}`, "\ufeff{}"}))
	case w.chance(2):
		body = bytes.ReplaceAll(body, []byte(`"`), []byte("\x00"))
	}
	req := httptest.NewRequestWithContext(w.t.Context(), o.method, target, bytes.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	if w.tame {
		return req
	}
	req.Header.Set("Content-Type", pick(w, []string{"application/json", "application/json", "application/json", "application/json; charset=utf-8", "application/json", "text/plain"}))
	return req
}

// signIn gives a token that works: walks delete people, end sessions and change passwords.
func (w *walker) signIn(who string) string {
	w.t.Helper()
	if token, ok := w.bearers[who]; ok {
		if _, err := w.accounts.Authenticate(w.t.Context(), token); err == nil {
			return token
		}
		delete(w.bearers, who)
	}
	role := map[string]string{"anna": rbac.RoleAdmin, "sam": rbac.RoleSupport, "vera": rbac.RoleViewer}[who]
	name := fmt.Sprintf("%s-%d", who, w.rnd.IntN(1<<40))
	w.user(name, role)
	w.bearers[who] = w.bearer(name)
	return w.bearers[who]
}

// value makes something for a schema: mostly what it asks for.
func (w *walker) value(name string, s *openapi3.Schema, depth int) any {
	if !w.tame && w.chance(4) || depth > 6 {
		return pick(w, []any{nil, true, -1, 1e300, "", []any{}, map[string]any{}, map[string]any{"x": nil}, []any{nil, 1}, w.word(name)})
	}
	if len(s.Enum) > 0 && (w.tame || w.chance(90)) {
		return pick(w, s.Enum)
	}
	for _, of := range slices.Concat(s.AnyOf, s.OneOf) {
		if w.chance(50) {
			return w.value(name, of.Value, depth+1)
		}
	}
	switch {
	case s.Type == nil:
		return pick(w, []any{nil, w.word(name), 7, true, []any{w.word(name)}})
	case s.Type.Includes("object"):
		out := map[string]any{}
		for _, k := range slices.Sorted(maps.Keys(s.Properties)) {
			if w.chance(70) || slices.Contains(s.Required, k) && w.chance(95) {
				out[k] = w.value(k, s.Properties[k].Value, depth+1)
			}
		}
		if extra := s.AdditionalProperties.Schema; extra != nil {
			for range w.few() {
				out[w.word(name+" key")] = w.value(name+" value", extra.Value, depth+1)
			}
		} else if !w.tame && w.chance(3) {
			out[w.word("key")] = 1
		}
		return out
	case s.Type.Includes("array"):
		out := []any{}
		for range w.few() {
			out = append(out, w.value(name, s.Items.Value, depth+1))
		}
		return out
	case s.Type.Includes("boolean"):
		return w.chance(50)
	case (s.Type.Includes("integer") || s.Type.Includes("number")) && w.tame:
		return pick(w, []any{0, 1, 2, 60, 3600})
	case s.Type.Includes("integer"), s.Type.Includes("number"):
		return pick(w, []any{0, 1, 2, 5, 60, 3600, -1, int64(1) << 53, int64(-1) << 62, 100, 1.5})
	}
	return w.text(name, s)
}

func (w *walker) text(name string, s *openapi3.Schema) string {
	switch {
	case s.Type != nil && (s.Type.Includes("integer") || s.Type.Includes("number")):
		return pick(w, []string{"1", "2", "30", "100", "0", "-1", "101", "9223372036854775808", "x", "1e3"})
	case s.Type != nil && s.Type.Includes("boolean"):
		return pick(w, []string{"true", "false", "1", "x"})
	case w.tame && sensible[name] != nil:
		return pick(w, sensible[name])
	case (s.Format == "date-time" || name == "until" || name == "since") && w.chance(50):
		return pick(w, []string{"2026-03-03T09:00:00Z", "2026-03-02T10:00:00+01:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z", "gestern", "292277026596-12-04T15:30:08Z"})
	}
	return w.word(name)
}

var nasty = []string{
	"", " ", "\x00", "a\x00b", "\xff\xfe", "\u202eevil", "👩‍👩‍👧", "Ä" + "\u0308", "' OR 1=1 --", `"; DROP TABLE x; --`, "%", "_", "*", "\\", "../../etc/passwd",
	"<script>alert(1)</script>", "javascript:alert(1)", strings.Repeat("ü", 300), strings.Repeat("a", 70_000), "\r\nX: y", "null", "-1", "0", "1", "99999999999999999999", "#1", "is:open", "sla:<1h",
	"assignee:me", `"unfinished`, "tag:", "kim@customer.example", "a@b", "@", "de", "en", "Support", "admin", "support", "viewer", "normal", "urgent", "open", "closed", "pending", "me", "none", "html", "json", "csv",
	"08:00", "24:00", "Europe/Berlin", "Mars/Olympus", "2026-03-02", "correct horse battery staple", "field.x", "00000000-0000-0000-0000-000000000000",
}

// sensible are values that a member of that name can really take, where no answer brings one.
var sensible = map[string][]string{
	"role": {"admin", "support", "viewer"}, "password": {"correct horse battery staple 9"}, "format": {"html", "md", "txt", "json"}, "email": {"kim@customer.example"},
	"until": {"2027-03-03T09:00:00Z"}, "status": {"open", "pending", "resolved", "closed"}, "priority": {"low", "normal", "high", "urgent"}, "queue": {"Support", "Schlange-hier"},
	"locale": {"de", "en"}, "lang": {"de", "en"}, "zone": {"Europe/Berlin"}, "kind": {"reply", "note"}, "expires_at": {"2027-03-03T09:00:00Z"},
	"from": {"2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"}, "to": {"2026-03-02T00:00:00Z", "2026-04-01T00:00:00Z"}, "valid_from": {"2026-04-01T00:00:00Z"},
	"open": {"00:00", "08:00"}, "close": {"18:00", "24:00"}, "date": {"2026-12-25", "2026-05-01"}, "clock": clocks, "priorities": {"low", "urgent"}, "channels": {"email", "web"},
	"week key": {"mon", "tue", "sun"}, "overrides key": {"2026-12-24"}, "breaks key": {"2026-12-31"}, "targets key": clocks, "by_priority key": {"low", "normal", "high", "urgent"},
	"pauses key": {"pending", "snoozed"}, "pauses value": {"update", "resolution"},
}

var clocks = []string{"first_response", "next_response", "update", "resolution"}

// named says under which name answers brought what a member wants.
var named = map[string]string{"scopes": "permissions", "assignee": "users.id", "assignee_id": "users.id", "queue_id": "queues.id", "requester": "contacts.id", "into": "tickets.id",
	"ticket": "tickets.id", "ticket_id": "tickets.id", "ids": "tickets.id", "attachment_ids": "attachments.id", "message_ids": "messages.id", "account_id": "users.id", "contact_id": "contacts.id",
	"calendar_id": "calendars.id", "queues": "queues.id", "tags.id": "tags", "links.id": "tickets.id", "add": "tags"}

// word is a text for a member of that name: mostly one that an answer brought, or one that makes sense.
func (w *walker) word(name string) string {
	known := w.pool[name]
	if other, ok := named[name]; ok {
		known = w.pool[other]
	} else if good, ok := sensible[name]; ok {
		known = good
	}
	switch {
	case len(known) > 0 && (w.tame || w.chance(85)):
		return pick(w, known)
	case w.tame || w.chance(50):
		return name + fmt.Sprint(w.rnd.IntN(5))
	}
	return pick(w, nasty)
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}

// harvest keeps what later calls can use.
func (w *walker) harvest(path string, a *answer) {
	var v any
	if a.status >= 300 || json.Unmarshal(a.body, &v) != nil {
		return
	}
	of := "" // the last word of the path that is no parameter names what the answer holds
	for segment := range strings.SplitSeq(path, "/") {
		if segment != "" && !pathParam.MatchString(segment) {
			of = segment
		}
	}
	w.harvestFrom(of, v)
}

// things are the members under which other things stand.
var things = map[string]string{"requester": "contacts", "assignee": "users", "attachments": "attachments", "author": "", "actor": ""}

func (w *walker) harvestFrom(name string, v any) {
	switch v := v.(type) {
	case map[string]any:
		if id, ok := v["id"].(string); ok {
			of := name
			if n, ok := v["number"].(float64); ok { // actions answer with the ticket
				of = "tickets"
				w.remember("tickets.id", fmt.Sprint(int64(n)))
			}
			w.remember(of+".id", id)
		}
		for _, k := range slices.Sorted(maps.Keys(v)) {
			inner := k
			if of, ok := things[k]; ok {
				inner = of
			} else if k == "items" || k == "user" || k == "ticket" {
				inner = name
			}
			w.harvestFrom(inner, v[k])
		}
	case []any:
		for _, e := range v {
			w.harvestFrom(name, e)
		}
	case string:
		if len(v) < 100 && name != "token" && name != "id" {
			w.remember(name, v)
			if name == "next_cursor" {
				w.remember("cursor", v)
			}
		}
	}
}

// complete demands that the walk was worth something: every operation was called, and most were called well.
func (w *walker) complete() {
	w.t.Helper()
	if w.t.Failed() {
		return
	}
	good, called := 0, 0
	var never []string
	for _, o := range w.ops {
		name := o.method + " " + o.path
		seen, ok := 0, 0
		for class := range 6 {
			seen += w.count[fmt.Sprintf("%s %dxx", name, class)]
			if class == 2 {
				ok = w.count[name+" 2xx"]
			}
		}
		if seen > 0 {
			called++
		}
		if ok > 0 {
			good++
		} else {
			never = append(never, name)
		}
	}
	w.t.Logf("%d operations, %d called, %d with success; never: %s", len(w.ops), called, good, strings.Join(never, ", "))
	if len(w.ops)*10 <= *walkCalls {
		require.Equal(w.t, len(w.ops), called)
		require.GreaterOrEqual(w.t, good*100, len(w.ops)*70, "too few calls succeed for the walk to mean anything")
	}
	_, err := w.service.VerifyAll(w.t.Context(), ticket.SystemActor("walk"))
	require.NoError(w.t, err, "after all of it the history is whole")
}
