package web

import (
	"net/http"
	"regexp"
)

// Recorder notes what was answered. It is for one request.
type Recorder struct {
	http.ResponseWriter
	Status int   // 0 until an answer has begun
	Bytes  int64 // of the body
}

// WriteHeader notes the status; informational ones do not count.
func (w *Recorder) WriteHeader(status int) {
	if w.Status == 0 && status >= 200 {
		w.Status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write notes that an answer has begun.
func (w *Recorder) Write(b []byte) (int, error) {
	if w.Status == 0 {
		w.Status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.Bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *Recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// requestID is what a proxy may call a request: nothing that could break a log line.
var requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// ValidRequestID reports whether an X-Request-Id from outside may be taken over.
func ValidRequestID(id string) bool { return requestID.MatchString(id) }
