package discordtest

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Config is what a Server is made of. Every field has a useful zero value.
type Config struct {
	Token string // of the bot; "" is "discordtest"
	// Denied are privileged intents that are switched off in the developer portal: identifying with one of them ends with 4014.
	Denied Intents
	// Heartbeat is the interval that hello asks for; 0 is 41.25 seconds. Without a heartbeat for twice as long the connection is dropped.
	Heartbeat time.Duration
	// MessagesPerBucket is how many messages a channel takes in 5 seconds; 0 is 5, as at Discord. Other routes have 50 requests a second
	// each, and the bot has PerSecond in all; 0 is 50.
	MessagesPerBucket, PerSecond int
	// AnswerWithin is how long the bot has for the first answer to an interaction; 0 is 3 seconds, as at Discord. More is for tests that must pass on a
	// machine that is slow.
	AnswerWithin time.Duration
	// Now is the clock behind deadlines, rate limits and links that expire; nil is time.Now.
	Now func() time.Time
	// Observe, if not nil, sees every request and its answer, after the answer was made. It is called concurrently.
	Observe func(Exchange)
}

// Exchange is one request and its answer. Path is without the prefix /api/v10.
type Exchange struct {
	Method, Path   string
	RequestHeader  http.Header
	RequestBody    []byte
	Status         int
	ResponseHeader http.Header
	ResponseBody   []byte
}

// Server is the Discord. Make it with New.
type Server struct {
	cfg  Config
	http *http.Server
	ln   net.Listener
	mux  *http.ServeMux

	mu           sync.Mutex
	changed      chan struct{} // closed and replaced with every change
	last         uint64        // snowflake
	bot          *user
	application  string
	guilds       map[string]*guild
	channels     map[string]*channel
	users        map[string]*user
	interactions map[string]*Interaction // by token
	commands     []map[string]any
	webhooks     []*webhook
	endpoint     string          // for interactions
	files        map[string]file // by id of the attachment
	sessions     map[string]*session
	buckets      map[string]*bucket
	faults       []*Fault
	gateway      gatewayFaults
	requests     []Request
}

// Request is a request as the Server counted it.
type Request struct {
	Method, Path string
	Status       int
}

// New makes a Server. It serves after Start.
func New(cfg Config) *Server {
	if cfg.Token == "" {
		cfg.Token = "discordtest"
	}
	if cfg.Heartbeat == 0 {
		cfg.Heartbeat = 41250 * time.Millisecond
	}
	if cfg.AnswerWithin == 0 {
		cfg.AnswerWithin = answerWithin
	}
	if cfg.MessagesPerBucket == 0 {
		cfg.MessagesPerBucket = 5
	}
	if cfg.PerSecond == 0 {
		cfg.PerSecond = 50
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Server{
		cfg: cfg, changed: make(chan struct{}), guilds: map[string]*guild{}, channels: map[string]*channel{}, users: map[string]*user{},
		interactions: map[string]*Interaction{}, files: map[string]file{}, sessions: map[string]*session{}, buckets: map[string]*bucket{},
	}
	s.bot = s.newUser("ticketbot")
	s.bot.bot = true
	s.application = s.bot.id
	s.mux = s.routes()
	return s
}

// Start listens on a free port of this machine and serves until Close.
func (s *Server) Start() error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s.ln = ln
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.http.Serve(ln) }()
	return nil
}

// Close ends every connection. It does nothing before Start.
func (s *Server) Close() {
	if s.http == nil {
		return
	}
	_ = s.http.Close()
	s.DropConnections()
}

// URL is where the Server listens, such as http://127.0.0.1:4711.
func (s *Server) URL() string { return "http://" + s.ln.Addr().String() }

// Token is the bot's.
func (s *Server) Token() string { return s.cfg.Token }

// ApplicationID is the bot's application, whose id is the bot's user too.
func (s *Server) ApplicationID() string { return s.application }

// Requests lists the requests so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Wait returns nil once ok says true, which is asked again after each change, and the context's error when it ends before. ok may use the
// Server.
func (s *Server) Wait(ctx context.Context, ok func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if ok() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// touch wakes those who Wait. The caller holds mu.
func (s *Server) touch() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// epoch is the first second of 2015, from which snowflakes count milliseconds.
const epoch = 1420070400000

// snowflake makes an id greater than all before. The caller holds mu, or nobody else has s yet.
func (s *Server) snowflake() string {
	id := uint64(s.cfg.Now().UnixMilli()-epoch) << 22
	s.last = max(s.last+1, id)
	return strconv.FormatUint(s.last, 10)
}

// after reports whether snowflake a is newer than b. "" is older than all.
func after(a, b string) bool {
	x, _ := strconv.ParseUint(a, 10, 64)
	y, _ := strconv.ParseUint(b, 10, 64)
	return x > y
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000-07:00") }
