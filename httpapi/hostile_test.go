package httpapi

import (
	"encoding/json"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// hostile is what people try. No database, parser or header may stumble over it.
var hostile = []string{
	"", " ", "'", `"`, `' OR '1'='1`, "1; DROP TABLE ticketkit_tickets; --", `\`, "%", "_", "*", "../../etc/passwd", "<script>alert(1)</script>",
	"\x00", "a\x00b", "\xff\xfe", "\r\nSet-Cookie: a=b", "\u202e", "\U0001F600", "${jndi:ldap://x}", "{{7*7}}", "-1", "0", "1e309", "NaN", "null",
	"9223372036854775807", "9223372036854775808", "AND", "NEAR(a b)", `"a" OR`, "a*", "(", "^x", "col:x", strings.Repeat("a", 5000), strings.Repeat("ß ", 200),
}

// TestHostileInput puts each of them into each path, parameter, header and field of every call. It is refused or found harmless, and never
// an internal error.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.open("Drucker")
	token := d.apiToken("anna", "ticket:read", "ticket:create", "ticket:update", "ticket:tag", "ticket:close", "ticket:escalate", "ticket:assign", "ticket:snooze",
		"message:read", "message:write", "note:write", "note:read", "attachment:read", "transcript:read", "audit:read", "parked:retry", "user:read", "user:create",
		"user:update", "user:delete", "token:own", "queue:manage", "dashboard:read")
	try := func(method, path string, body any, headers ...header) {
		t.Helper()
		a := d.call(token, method, path, body, headers...)
		require.Less(t, a.status, http.StatusInternalServerError, "%s %q %v: %s", method, path, body, a.body)
		require.NotContains(t, a.header, "Set-Cookie")
	}
	for n, row := range table() {
		plain := strings.NewReplacer("{id}", "1", "{aid}", "1").Replace(row.path)
		hostile := hostile
		if underRace { // other ones for each row
			hostile = append(slices.Clone(hostile), hostile...)[n%len(hostile):][:5]
		}
		for _, h := range hostile {
			if strings.Contains(row.path, "{") {
				try(row.method, strings.NewReplacer("{id}", url.PathEscape(h), "{aid}", url.PathEscape(h)).Replace(row.path), bodyFor(row, ""))
			}
			for _, p := range row.params {
				try(row.method, plain+"?"+p.name+"="+url.QueryEscape(h), nil)
			}
			if strings.ContainsAny(h, "\r\n\x00") || !strings.Contains("createTicket getTicket editTicket", row.id) {
				continue // no server passes such a header on, and these calls read them all
			}
			try(row.method, plain, bodyFor(row, ""), header{"If-Match", h}, header{"If-None-Match", h}, header{"Idempotency-Key", h}, header{"X-Forwarded-For", h},
				header{"Cookie", SessionCookie + "=" + h}, header{"Origin", h}, header{"User-Agent", h}, header{"X-Request-Id", h})
		}
		if row.body != nil && row.id != "login" && row.id != "createUser" && row.id != "editUser" { // these hash passwords
			for _, h := range hostile {
				try(row.method, plain, bodyFor(row, h))
			}
		}
	}
}

// bodyFor fills every text of a request with one value.
func bodyFor(row route, value string) any {
	if row.body == nil {
		return nil
	}
	v := reflect.New(reflect.TypeOf(row.body)).Elem()
	fill(v, value)
	raw, err := json.Marshal(v.Interface())
	if err != nil {
		return "{"
	}
	return raw
}

func fill(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(s)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), s)
	case reflect.Slice:
		if v.Type() == rawType {
			raw, _ := json.Marshal(s)
			v.SetBytes(raw)
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), s)
	case reflect.Map:
		elem := reflect.New(v.Type().Elem()).Elem()
		if elem.Kind() == reflect.Interface {
			elem.Set(reflect.ValueOf(s))
		} else {
			fill(elem, s)
		}
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf(s).Convert(v.Type().Key()), elem)
	case reflect.Struct:
		if v.Type() == timeType {
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), s)
		}
	}
}
