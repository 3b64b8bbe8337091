package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/ticketkit/ticketkit/examples/internal/server"
)

// refusing is a mail server that takes nobody, and says so with their address.
func refusing(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				_, _ = fmt.Fprint(c, "220 mx.example\r\n")
				for s := bufio.NewScanner(c); s.Scan(); {
					word, rest, _ := strings.Cut(strings.ToUpper(s.Text()), " ")
					switch word {
					case "EHLO", "HELO":
						_, _ = fmt.Fprint(c, "250 mx.example\r\n")
					case "RCPT":
						_, _ = fmt.Fprintf(c, "550 5.1.1 %s is unknown here\r\n", strings.ToLower(strings.TrimPrefix(rest, "TO:")))
					case "QUIT":
						_, _ = fmt.Fprint(c, "221 bye\r\n")
						return
					default:
						_, _ = fmt.Fprint(c, "250 ok\r\n")
					}
				}
			}()
		}
	}()
	return l.Addr().String()
}

// spans is a collector for traces.
type spans struct {
	mu   sync.Mutex
	raw  []byte
	all  map[string]string // name → trace id
	kids int
}

func (s *spans) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	var in collector.ExportTraceServiceRequest
	if proto.Unmarshal(b, &in) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.raw = append(s.raw, b...)
	for _, rs := range in.ResourceSpans {
		for _, ss := range rs.ScopeSpans {
			for _, sp := range ss.Spans {
				s.all[sp.Name] = fmt.Sprintf("%x", sp.TraceId)
				if len(sp.ParentSpanId) > 0 {
					s.kids++
				}
			}
		}
	}
}

func (d *desk) metric(name string) float64 {
	d.Helper()
	res, err := http.Get("http://" + d.addr.Metrics + "/metrics")
	require.NoError(d, err)
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	require.NoError(d, err)
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\S+)$`).FindSubmatch(b)
	if m == nil {
		return 0
	}
	v, err := strconv.ParseFloat(string(m[1]), 64)
	require.NoError(d, err)
	return v
}

// A desk at work is seen by metrics and traces, and nobody can read in logs or traces what was written, by whom, or a secret.
func TestWatchedAtWork(t *testing.T) {
	t.Parallel()
	got := &spans{all: map[string]string{}}
	coll := httptest.NewServer(got)
	t.Cleanup(coll.Close)
	d := start(t, t.TempDir(), "METRICS_ADDR=127.0.0.1:0", "OTEL_EXPORTER_OTLP_ENDPOINT="+coll.URL, "LOG_FORMAT=json", "SMTP_ADDR="+refusing(t))
	d.signIn()
	const subject, words, person, name = "Zitronenfalter", "Ameisenbaer", "privatmensch@customer.example", "Xaverine Unikat"
	raw := strings.ReplaceAll("From: \""+name+"\" <"+person+">\nTo: support@localhost\nSubject: "+subject+"\nMessage-ID: <"+person+">\n\n"+words+"\n", "\n", "\r\n")
	require.NoError(t, smtp.SendMail(d.addr.SMTP, nil, person, []string{"support@localhost"}, []byte(raw)))
	require.NoError(t, smtp.SendMail(d.addr.SMTP, nil, person, []string{"support@localhost"}, []byte(raw)))
	ts := d.tickets()
	require.Len(t, ts, 1)
	head := d.call("GET", "tickets/"+ts[0].ID, nil, nil, 200)
	d.call("POST", "tickets/"+ts[0].ID+"/messages", map[string]string{"kind": "reply", "body": "Antwort " + words}, nil, 201)
	d.call("POST", "tickets/"+ts[0].ID+"/messages", map[string]string{"kind": "note", "body": "Notiz " + words}, nil, 201)
	d.call("GET", "tickets?q="+words, nil, nil, 200)
	d.call("GET", "tickets/"+strings.Repeat("x", 36), nil, nil, 404)
	require.NotEmpty(t, head.Get("X-Request-Id"))

	// The answer that the mail server refuses is given up, and both show it.
	require.Eventually(t, func() bool {
		return d.metric(`ticketkit_delivery_duration_seconds_count{channel="smtpd",desk="",outcome="dead"}`) == 1
	}, time.Minute, 50*time.Millisecond)
	require.Positive(t, d.metric(`ticketkit_http_request_duration_seconds_count{desk="",method="GET",route="/tickets/{id}",status="2xx"}`))
	require.Positive(t, d.metric(`ticketkit_http_request_duration_seconds_count{desk="",method="GET",route="/tickets/{id}",status="4xx"}`))
	require.InDelta(t, 1, d.metric(`ticketkit_intake_duration_seconds_count{channel="smtpd",desk="",outcome="ok"}`), 0)
	require.InDelta(t, 1, d.metric(`ticketkit_intake_duration_seconds_count{channel="smtpd",desk="",outcome="repeated"}`), 0)
	require.InDelta(t, 1, d.metric(`ticketkit_up{desk=""}`), 0)
	require.InDelta(t, 0, d.metric(`ticketkit_backup_exists{desk=""}`), 0)
	require.InDelta(t, 1, d.metric(`ticketkit_channel_received_items_total{channel="smtpd",desk=""}`), 0)
	require.Positive(t, d.metric("process_resident_memory_bytes"))
	require.Eventually(t, func() bool {
		return d.metric(`ticketkit_tickets{desk="",state="open"}`)+d.metric(`ticketkit_tickets{desk="",state="new"}`)+d.metric(`ticketkit_tickets{desk="",state="pending"}`) == 1 &&
			d.metric(`ticketkit_dead_jobs{desk="",kind="deliver"}`) == 1
	}, 2*time.Minute, 500*time.Millisecond)

	require.Equal(t, 0, d.stop(), "traces are sent before the end")
	for _, span := range []string{"GET /tickets/{id}", "intake smtpd", "job deliver", "delivery smtpd"} {
		require.Contains(t, got.all, span)
	}
	require.Equal(t, got.all["job deliver"], got.all["delivery smtpd"], "a delivery is part of its job")
	require.Positive(t, got.kids)

	log := d.log.String()
	requests, traced := 0, 0
	for line := range strings.Lines(log) {
		var l map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &l), line)
		if l["msg"] == "request" {
			require.NotEmpty(t, l["request_id"], line)
			requests++
		}
		if l["trace_id"] != nil {
			traced++
		}
	}
	require.Positive(t, requests)
	require.Positive(t, traced)
	require.Contains(t, log, got.all["job deliver"], "the trace of what was given up stands in the log")
	for _, secret := range []string{subject, words, person, name, "privatmensch", d.addr.Password, "ein langer Satz als Kennwort", d.token} {
		require.NotContains(t, log, secret)
		require.NotContains(t, string(got.raw), secret)
	}
	require.Contains(t, log, "***@customer.example", "the domain of whom the mail server refused tells enough")
}

func TestWhatIsSetWrongForWatchingStopsTheStart(t *testing.T) {
	t.Parallel()
	for _, kv := range []string{"METRICS_ADDR=nowhere", "OTEL_EXPORTER_OTLP_ENDPOINT=127.0.0.1:4318", "OTEL_EXPORTER_OTLP_ENDPOINT=http://user:secret@127.0.0.1"} {
		key, _, _ := strings.Cut(kv, "=")
		_, errOut := runs(t, 1, []string{"DATA_DIR=" + t.TempDir(), kv}, "serve")
		require.Contains(t, errOut, key)
		require.NotContains(t, errOut, "user:secret")
	}
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	_, errOut := runs(t, 1, []string{"DATA_DIR=" + t.TempDir(), "METRICS_ADDR=" + l.Addr().String()}, "serve")
	require.Contains(t, errOut, "METRICS_ADDR: another program listens")
}

func TestVersionNamesWhatItIsMadeOf(t *testing.T) {
	t.Parallel()
	out, _ := runs(t, 0, []string{"DATA_DIR=" + t.TempDir()}, "version")
	require.Regexp(t, `(?s)^quickstart \S+\ncommit \S+\ngo1\.\d+\S*\ndrivers`, out)
	// Programs that go test makes know nothing of their modules.
	require.Equal(t, "v1.2.3\ncommit 0123abcd and changes\ngo1.26.8\ndrivers modernc.org/sqlite v1.60.1, github.com/go-sql-driver/mysql v1.10.1\n", server.DescribeBuild(&debug.BuildInfo{
		GoVersion: "go1.26.8", Main: debug.Module{Version: "v1.2.3"},
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123abcd"}, {Key: "vcs.modified", Value: "true"}},
		Deps:     []*debug.Module{{Path: "modernc.org/sqlite", Version: "v1.60.1"}, {Path: "example.org/other", Version: "v1.0.0"}, {Path: "github.com/go-sql-driver/mysql", Version: "v1.10.1"}},
	}))
}
