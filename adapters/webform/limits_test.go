package webform_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/webform"
)

// counted says how much of a body was read.
type counted struct {
	io.Reader
	n int
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.n += n
	return n, err
}

func post(h http.Handler, typ, body string) (w *httptest.ResponseRecorder, read int) {
	b := &counted{Reader: strings.NewReader(body)}
	r := httptest.NewRequest(http.MethodPost, "/", b)
	r.Header.Set("Content-Type", typ)
	w = httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w, b.n
}

func TestNoMoreIsReadThanCanBeTaken(t *testing.T) {
	t.Parallel()
	const mine = `"email":"a@kunde.example","subject":"s","message":"m"`
	for name, c := range map[string]struct {
		typ, body string
		status    int
		want      string
		read      int
	}{
		"a form":                 {formType, "message=" + strings.Repeat("x", 4<<20), http.StatusRequestEntityTooLarge, "zu groß", 257 << 10},
		"empty files":            {"application/json", `{"files":[` + strings.Repeat("{},", 1<<20) + `{}]}`, http.StatusBadRequest, `"field":"files"`, 64 << 10},
		"empty files again":      {"application/json", `{` + strings.Repeat(`"files":[{},{}],`, 1<<18) + mine + `}`, http.StatusBadRequest, `"field":"files"`, 64 << 10},
		"members":                {"application/json", `{` + strings.Repeat(`"a":1,`, 1<<18) + mine + `}`, http.StatusBadRequest, "unreadable", 64 << 10},
		"JSON":                   {"application/json", `{"a":"` + strings.Repeat("x", 4<<20) + `"}`, http.StatusRequestEntityTooLarge, "body_too_large", 259 << 10},
		"something behind it":    {"application/json", `{` + mine + `}` + strings.Repeat(" ", 4<<20), http.StatusRequestEntityTooLarge, "body_too_large", 259 << 10},
		"multipart":              {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"x\"\r\n\r\n" + strings.Repeat("x", 4<<20), http.StatusRequestEntityTooLarge, "zu groß", 1026 << 10},
		"multipart without name": {"multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data\r\n\r\n" + strings.Repeat("x", 4<<20), http.StatusRequestEntityTooLarge, "zu groß", 1026 << 10},
	} {
		rec, h := newForm(t, webform.Config{MaxBytes: 1000, MaxFiles: 3})
		w, read := post(h, c.typ, c.body)
		require.Equal(t, c.status, w.Code, name)
		require.Contains(t, w.Body.String(), c.want, name)
		require.LessOrEqual(t, read, c.read, name)
		require.Empty(t, rec.Calls(), name)
	}
}

func TestTheLongestMessagesFit(t *testing.T) {
	t.Parallel()
	rec, h := newForm(t, webform.Config{MaxBytes: 1 << 20, MaxFiles: 2})
	long := fields("message", strings.Repeat("😀", 20_000), "subject", strings.Repeat("😀", 200), "name", strings.Repeat("😀", 100))
	require.Equal(t, http.StatusSeeOther, submit(h, long).Code)
	data := base64.StdEncoding.EncodeToString(make([]byte, 1<<19))
	body := `{"email":"a@kunde.example","subject":"s","message":"` + strings.Repeat(`\ud83d\ude00`, 20_000) + `","files":[{"name":"a","data":"` + data +
		`"},{"name":"b","content_type":"text/plain","data":"` + data + `"}],"more":{"a":[1]},"website":null}`
	w, _ := post(h, "application/json", body)
	require.Equal(t, http.StatusAccepted, w.Code, w.Body.String())
	require.Len(t, rec.Taken(), 2)
	require.Len(t, rec.Taken()[1].Files, 2)
	w, _ = post(h, "application/json", `{"email":"a@kunde.example","subject":"s","message":"m","files":null}`)
	require.Equal(t, http.StatusAccepted, w.Code, w.Body.String())
}

func TestAttemptsAreLimitedBeforeAnythingIsRead(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)
	rec, h := newForm(t, webform.Config{PerHour: 15, Burst: 2, Now: func() time.Time { return now }})
	bad := fields("email", "").Encode()
	for n := range 8 {
		w, _ := post(h, formType, bad)
		require.Equal(t, http.StatusBadRequest, w.Code, n)
	}
	for _, typ := range []string{formType, "application/json", "multipart/form-data; boundary=x", "text/plain"} {
		w, read := post(h, typ, bad)
		require.Equal(t, http.StatusTooManyRequests, w.Code, typ)
		require.Equal(t, "60", w.Header().Get("Retry-After"))
		require.Zero(t, read, typ)
	}
	page, _ := post(h, formType, bad)
	require.Contains(t, page.Body.String(), "in 1 min")
	require.Contains(t, page.Body.String(), "<form")

	now = now.Add(3 * time.Minute) // three attempts more, and what was refused has cost no message
	for _, want := range []int{http.StatusSeeOther, http.StatusSeeOther, http.StatusTooManyRequests} {
		require.Equal(t, want, submit(h, fields()).Code)
	}
	require.Len(t, rec.Calls(), 2)
}
