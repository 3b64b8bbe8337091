package discordtest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Fault is something that goes wrong with requests. The zero value of each field but Route means that it does not.
type Fault struct {
	// Route is the beginning of method and path, e.g. "POST /channels/"; "" is every request.
	Route string
	// Times is how many requests it meets; 0 is one, negative is every one until ClearFaults.
	Times int
	// Every meets only each n-th request of the route; 0 and 1 are each.
	Every int
	// Delay is how long the request waits before it is looked at.
	Delay time.Duration
	// Drop hangs up before the request is looked at, LoseAnswer after it was carried out.
	Drop, LoseAnswer bool
	// Status answers with that status and Code instead. 429 carries RetryAfter, and Global says for which scope.
	Status, Code int
	RetryAfter   time.Duration
	Global       bool
	// Redirect sends who wants a file to another address. It is for "GET /attachments/" only.
	Redirect string

	seen int // requests of the route
}

// Fail makes requests fail from now on.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// ClearFaults ends what Fail began.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

func (s *Server) fault(route string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, f := range s.faults {
		if !strings.HasPrefix(route, f.Route) {
			continue
		}
		if f.seen++; f.Every > 1 && f.seen%f.Every != 0 {
			continue
		}
		if f.Times >= 0 {
			if f.Times--; f.Times <= 0 {
				s.faults = append(s.faults[:n:n], s.faults[n+1:]...)
			}
		}
		out := *f
		return &out
	}
	return nil
}

// bucket counts requests in a window.
type bucket struct {
	ends time.Time
	used int
}

// take uses one place of a bucket. Without one it tells how long to wait.
func (s *Server) take(name string, size int, window time.Duration) (remaining int, reset time.Duration, ok bool) {
	now := s.cfg.Now()
	b := s.buckets[name]
	if b == nil || !now.Before(b.ends) {
		b = &bucket{ends: now.Add(window)}
		s.buckets[name] = b
	}
	if b.used >= size {
		return 0, b.ends.Sub(now), false
	}
	b.used++
	return size - b.used, b.ends.Sub(now), true
}

// limit applies the rate limits and writes their headers.
func (s *Server) limit(r *http.Request, header http.Header, open bool) (int, any) {
	if !open {
		if _, wait, ok := s.take("global", s.cfg.PerSecond, time.Second); !ok {
			return limited(header, wait, true, "global")
		}
	}
	size, window := 50, time.Second
	if strings.HasSuffix(r.Pattern, "/messages") && r.Method == http.MethodPost {
		size, window = s.cfg.MessagesPerBucket, 5*time.Second
	}
	major := r.PathValue("channel_id") + r.PathValue("guild_id") + r.PathValue("webhook_token") + r.PathValue("interaction_token")
	name := r.Pattern + " " + major
	remaining, reset, ok := s.take(name, size, window)
	header.Set("X-RateLimit-Limit", strconv.Itoa(size))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(remaining))
	header.Set("X-RateLimit-Reset", seconds(time.Duration(s.cfg.Now().Add(reset).UnixNano())))
	header.Set("X-RateLimit-Reset-After", seconds(reset))
	header.Set("X-RateLimit-Bucket", bucketName(r.Pattern))
	if !ok {
		return limited(header, reset, false, "user")
	}
	return 0, nil
}

// bucketName is the same for each request of a route; who keeps buckets adds the major parameter.
func bucketName(pattern string) string {
	h := uint64(14695981039346656037)
	for _, b := range []byte(pattern) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return strconv.FormatUint(h, 16)
}

func limited(header http.Header, wait time.Duration, global bool, scope string) (int, any) {
	header.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	header.Set("X-RateLimit-Scope", scope)
	if global {
		header.Set("X-RateLimit-Global", "true")
		header.Set("X-RateLimit-Scope", "global")
	}
	return 429, obj{"message": "You are being rate limited.", "retry_after": wait.Seconds(), "global": global}
}

func seconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 3, 64) }
