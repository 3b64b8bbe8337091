package httpapi

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/internal/once"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// Repeats of changes, by the header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header). A key belongs to the account, or to the
// API token, that sent it. See docs/decisions for what happens when.

const (
	repeatHeader   = "Idempotency-Key"
	replayedHeader = "Idempotency-Replayed"

	repeatLife  = 24 * time.Hour
	repeatLease = time.Minute // after that a run without an answer is taken for dead; it can then commit nothing any more
	repeatSoon  = time.Second // when to ask again for what runs
	maxKept     = 1 << 20     // bytes of an answer
)

var (
	errDifferent = &httpError{422, "idempotency_key_reused", "Idempotency-Key was used before", "this Idempotency-Key belongs to another request; take a new one"}
	errLost      = &httpError{409, "answer_lost", "Carried out already", "this request was carried out, but its answer cannot be given again; look at what it has changed"}
)

// errRunning answers a repeat that comes while the first request runs.
func errRunning() error {
	return &ticket.Error{Kind: ticket.Conflict, Field: repeatHeader, Msg: "the same request is being carried out at this moment", Err: &rbac.Throttled{After: repeatSoon}}
}

// repeatKey reads the header: 1 to 255 visible characters, with or without the quotes of a structured field.
func repeatKey(h http.Header) (string, error) {
	values := h.Values(repeatHeader)
	if len(values) == 0 {
		return "", nil
	}
	key := values[0]
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	if len(values) > 1 || key == "" || len(key) > 255 || strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "", ticket.InvalidField(repeatHeader, "must be one key of 1 to 255 characters of ASCII")
	}
	return key, nil
}

// repeatable reports whether the calls of a row may carry a key: changes of somebody who has signed in.
func (row *route) repeatable() bool { return row.method != get && !row.open }

// runOnce runs a row, unless it is a repeat: then it gives the answer of the first time.
func (c *call) runOnce(row route) error {
	key, err := repeatKey(c.r.Header)
	if err != nil {
		return err
	}
	if key == "" || c.api.cfg.Repeats == nil || !row.repeatable() {
		return row.run(c)
	}
	if err := c.fingerprint(row); err != nil {
		return err
	}
	ctx := c.ctx()
	found, err := c.api.cfg.Repeats.BeginCall(ctx, once.Call{Key: c.repeatHash(key), Fingerprint: c.print, Stamp: c.stamp(), Again: row.again}, c.api.now(), repeatLease, repeatLife)
	if err != nil {
		return err
	}
	if found.State == once.Answered && c.print == nil { // only now, for an upload is read to its end for it
		f, err := c.openUpload()
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, f.body); err != nil {
			return err
		}
		if !hmac.Equal(f.print(c), found.Fingerprint) {
			return errDifferent
		}
	}
	switch found.State {
	case once.Different:
		return errDifferent
	case once.Running:
		return errRunning()
	case once.Lost:
		return errLost
	case once.Answered:
		return c.replay(found.Answer)
	}
	return c.claimed(row, found.Claim)
}

// claimed runs a row under a claim, and keeps its answer before it is sent: an answer that was seen can be given again.
func (c *call) claimed(row route, claim once.Claim) error {
	before, out := c.w, &kept{header: http.Header{}}
	for name, values := range before.Header() {
		out.header[name] = values
	}
	plain := c.r
	c.w, c.r, c.callID = out, c.r.WithContext(once.With(c.r.Context(), claim)), claim.ID
	later := context.WithoutCancel(plain.Context()) // the client may have gone by now
	finished := false
	defer func() {
		if !finished { // a panic
			_ = c.api.cfg.Repeats.DropCall(later, claim)
		}
	}()
	err := row.run(c)
	c.w, c.r = before, plain
	if err != nil {
		out.restart()
		c.api.problem(out, plain, err)
	}
	finished = true
	switch answer := out.answer(); {
	case out.status >= 500, out.status == http.StatusTooManyRequests, c.print == nil: // an upload that was not read to its end
		err = c.api.cfg.Repeats.DropCall(later, claim)
	case row.secret && out.status < 400 || len(answer.Body) > maxKept:
		err = c.api.cfg.Repeats.EndCall(later, claim, c.print, nil)
	default:
		err = c.api.cfg.Repeats.EndCall(later, claim, c.print, &answer)
	}
	if err != nil { // the change is there all the same, and so is its answer; a repeat will hear that it was carried out
		c.api.log.WarnContext(later, "the answer to a request with an Idempotency-Key was not kept", "route", row.path, "error", err)
	}
	return out.send(before)
}

// keptHeaders are what clients need of an answer that comes again.
var keptHeaders = []string{"Content-Type", "ETag", "Location"}

func (c *call) replay(a once.Answer) error {
	h := c.w.Header()
	for _, name := range keptHeaders {
		if v := a.Header[name]; v != "" {
			h.Set(name, v)
		}
	}
	h.Set(replayedHeader, "true")
	c.w.WriteHeader(a.Status)
	_, _ = c.w.Write(a.Body) // a failure to write is the client's
	return nil
}

// repeatHash names a call. The keys of an API token are its own: what a token may not see, its owner's answers would tell it.
func (c *call) repeatHash(key string) []byte {
	h := sha256.New()
	fields(h, "call/1", string(c.who.Account.ID), c.who.Token, key)
	return h.Sum(nil)
}

// stamp changes with what the caller may do: then answers from before are not given again.
func (c *call) stamp() string {
	return strconv.FormatInt(c.who.Account.Version, 10) + "." + strconv.FormatInt(c.who.Account.Rights, 10)
}

// fingerprint tells requests apart. It is keyed, for bodies hold passwords. That of an upload is known only when it was read.
func (c *call) fingerprint(row route) error {
	if _, ok := row.body.(uploadForm); ok {
		return nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, c.api.limits.Body))
	if err != nil {
		return bodyError(err)
	}
	c.r.Body = io.NopCloser(bytes.NewReader(body))
	h := c.newPrint()
	fields(h, c.r.Header.Get("Content-Type"), string(body))
	c.print = h.Sum(nil)
	return nil
}

// newPrint begins a fingerprint with what is asked of what.
func (c *call) newPrint() hash.Hash {
	h := hmac.New(sha256.New, c.api.cfg.RepeatsKey)
	fields(h, "request/1", c.r.Method, c.r.URL.EscapedPath(), c.r.URL.RawQuery, strings.Join(c.r.Header.Values("If-Match"), ","))
	return h
}

// fields writes texts with their lengths before them, so that no two lists give the same bytes.
func fields(h hash.Hash, list ...string) {
	for _, s := range list {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		_, _ = io.WriteString(h, s)
	}
}

// kept is an answer that is not sent yet.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header { return k.header }

func (k *kept) WriteHeader(status int) {
	if k.status == 0 {
		k.status = status
	}
}

func (k *kept) Write(b []byte) (int, error) {
	k.WriteHeader(http.StatusOK)
	return k.body.Write(b)
}

// restart takes half an answer back, for a problem to stand in its place.
func (k *kept) restart() {
	k.status = 0
	k.body.Reset()
}

func (k *kept) answer() once.Answer {
	a := once.Answer{Status: k.status, Header: map[string]string{}, Body: bytes.Clone(k.body.Bytes())}
	for _, name := range keptHeaders {
		if v := k.header.Get(name); v != "" {
			a.Header[name] = v
		}
	}
	return a
}

func (k *kept) send(w http.ResponseWriter) error {
	h := w.Header()
	for name := range h {
		if _, still := k.header[name]; !still {
			delete(h, name)
		}
	}
	for name, values := range k.header {
		h[name] = values
	}
	w.WriteHeader(k.status)
	_, _ = w.Write(k.body.Bytes()) // a failure to write is the client's
	return nil
}
