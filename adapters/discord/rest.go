package discord

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/internal/backoff"
)

// The limits of one call.
const (
	restAttempts   = 5
	restMaxWait    = 20 * time.Second // a rate limit that lasts longer goes back to the caller
	restMaxAnswer  = 32 << 20
	restBackoff    = 250 * time.Millisecond
	restBackoffMax = 5 * time.Second
)

// client makes requests to Discord. It keeps to the rate limits that answers tell, repeats what failed for a while, and lets go at once when
// its context ends. It may be used concurrently.
type client struct {
	base  string // such as https://discord.com/api/v10
	token string
	http  *http.Client

	mu     sync.Mutex
	pauses map[string]time.Time // by route, and "" for all: not before
}

func newClient(base, token string, hc *http.Client) *client {
	return &client{base: strings.TrimRight(base, "/") + "/api/v10", token: token, http: hc, pauses: map[string]time.Time{}}
}

// restError is an answer that is no success.
type restError struct {
	Status  int
	Code    int           // Discord's own
	Message string        // in Discord's words
	After   time.Duration // of a rate limit
}

func (e *restError) Error() string {
	return fmt.Sprintf("discord answered %d: %s (code %d)", e.Status, e.Message, e.Code)
}

// Codes of errors that mean something to the desk.
const (
	codeUnknownChannel = 10003
	codeUnknownMessage = 10008
	codeUnknownRole    = 10011
	codeNoDMs          = 50007
	codeAccess         = 50001
	codePermissions    = 50013
	codeForm           = 50035
	codeGuildFull      = 30013
	codeAcknowledged   = 40060
)

// codeOf gives Discord's code of an error, or 0.
func codeOf(err error) int {
	if e, ok := errors.AsType[*restError](err); ok {
		return e.Code
	}
	return 0
}

// afterOf is how long a rate limit asks to wait, or 0.
func afterOf(err error) time.Duration {
	if e, ok := errors.AsType[*restError](err); ok {
		return e.After
	}
	return 0
}

// upload is a file of a request.
type upload struct {
	name, contentType string
	data              []byte
}

// request is one call. Route is the path with the ids that share a rate limit in it, and others left out; "" is the path.
type request struct {
	method, path, route string
	body                any
	files               []upload
	// once is not repeated when nobody knows whether it was carried out.
	once bool
	// alone is for what no limit of the bot as a whole counts for: interactions, whose token is in the path.
	alone bool
	// patience is how long a rate limit may be waited for; 0 is restMaxWait, negative not at all.
	patience time.Duration
}

// call makes a request and decodes the answer into out, if that is not nil.
func (c *client) call(ctx context.Context, r request, out any) error {
	body, contentType, err := encodeBody(r)
	if err != nil {
		return err
	}
	route := r.method + " " + cmp.Or(r.route, r.path)
	patience := cmp.Or(r.patience, restMaxWait)
	for attempt := 1; ; attempt++ {
		if err := c.wait(ctx, r, route, patience); err != nil {
			return err
		}
		err := c.try(ctx, r, route, body, contentType, out)
		switch gone := ctx.Err(); {
		case err == nil:
			return nil
		case gone != nil && !errors.Is(err, gone): // answered while the caller gave up
			return fmt.Errorf("%w: %w", gone, err)
		case gone != nil:
			return err
		}
		e, answered := errors.AsType[*restError](err)
		switch {
		case answered && e.Status == http.StatusTooManyRequests:
			if e.After > patience || attempt >= restAttempts {
				return err
			}
			continue // wait knows how long
		case answered && e.Status < 500, attempt >= restAttempts, r.once:
			return err
		}
		if err := sleep(ctx, backoff.Delay(attempt, restBackoff, restBackoffMax, nil)); err != nil {
			return err
		}
	}
}

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait waits until neither the route nor all are paused.
func (c *client) wait(ctx context.Context, r request, route string, patience time.Duration) error {
	for {
		c.mu.Lock()
		until := c.pauses[route]
		if all := c.pauses[""]; !r.alone && all.After(until) {
			until = all
		}
		c.mu.Unlock()
		d := time.Until(until)
		if d <= 0 {
			return ctx.Err()
		}
		if d > patience {
			return &restError{Status: http.StatusTooManyRequests, Message: "You are being rate limited.", After: d}
		}
		if err := sleep(ctx, d); err != nil {
			return err
		}
	}
}

func (c *client) pause(route string, d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for k, t := range c.pauses { // few are in force at any time
		if t.Before(now) {
			delete(c.pauses, k)
		}
	}
	if until := now.Add(d); until.After(c.pauses[route]) {
		c.pauses[route] = until
	}
}

func (c *client) try(ctx context.Context, r request, route string, body []byte, contentType string, out any) error {
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bot "+c.token)
	req.Header.Set("User-Agent", "DiscordBot (https://github.com/ticketkit/ticketkit, 1)")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, restMaxAnswer))
	if err != nil {
		return err
	}
	if res.StatusCode < 300 {
		if res.Header.Get("X-RateLimit-Remaining") == "0" {
			c.pause(route, headerSeconds(res.Header, "X-RateLimit-Reset-After"))
		}
		if out == nil || len(answer) == 0 {
			return nil
		}
		return json.Unmarshal(answer, out)
	}
	var told struct {
		Message    string  `json:"message"`
		Code       int     `json:"code"`
		RetryAfter float64 `json:"retry_after"`
		Global     bool    `json:"global"`
	}
	_ = json.Unmarshal(answer, &told) // a proxy in between answers in HTML
	e := &restError{Status: res.StatusCode, Code: told.Code, Message: cmp.Or(told.Message, http.StatusText(res.StatusCode))}
	if res.StatusCode == http.StatusTooManyRequests {
		e.After = max(time.Duration(told.RetryAfter*float64(time.Second)), 0)
		if e.After == 0 {
			e.After = max(headerSeconds(res.Header, "Retry-After"), time.Second)
		}
		if !r.alone && (told.Global || res.Header.Get("X-RateLimit-Global") == "true") {
			route = ""
		}
		if e.After <= restMaxWait { // a longer one is the hidden limit of one field, not of the route
			c.pause(route, e.After)
		}
	}
	return e
}

func headerSeconds(h http.Header, name string) time.Duration {
	f, err := strconv.ParseFloat(h.Get(name), 64)
	if err != nil || f < 0 || f > 86400 {
		return 0
	}
	return time.Duration(f * float64(time.Second))
}

func encodeBody(r request) (body []byte, contentType string, err error) {
	if r.body == nil {
		return nil, "", nil
	}
	raw, err := json.Marshal(r.body)
	if err != nil {
		return nil, "", err
	}
	if len(r.files) == 0 {
		return raw, "application/json", nil
	}
	var buf bytes.Buffer
	form := multipart.NewWriter(&buf)
	part := func(disposition, contentType string, data []byte) error {
		w, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}, "Content-Type": {contentType}})
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	}
	if err := part(`form-data; name="payload_json"`, "application/json", raw); err != nil {
		return nil, "", err
	}
	for n, f := range r.files {
		name := strings.NewReplacer("\\", "_", `"`, "_", "\r", "_", "\n", "_").Replace(f.name)
		if err := part(fmt.Sprintf(`form-data; name="files[%d]"; filename="%s"`, n, name), cmp.Or(f.contentType, "application/octet-stream"), f.data); err != nil {
			return nil, "", err
		}
	}
	if err := form.Close(); err != nil {
		return nil, "", err
	}
	return buf.Bytes(), form.FormDataContentType(), nil
}
