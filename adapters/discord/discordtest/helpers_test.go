package discordtest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
	"github.com/ticketkit/ticketkit/internal/discordspec"
)

type obj = map[string]any

// document is Discord's own, or nil when the variable does not name it.
var document = sync.OnceValues(func() (*discordspec.Document, error) {
	path := os.Getenv(discordspec.Env)
	if path == "" {
		return nil, nil
	}
	return discordspec.Load(path)
})

// observe holds every exchange against the document.
func observe(t testing.TB) func(discordtest.Exchange) {
	doc, err := document()
	require.NoError(t, err)
	return func(x discordtest.Exchange) {
		if doc != nil {
			if err := doc.Check(discordspec.Exchange(x)); err != nil {
				t.Errorf("%v\nrequest: %s\nanswer %d: %s", err, x.RequestBody, x.Status, x.ResponseBody)
			}
		}
	}
}

// clock is moved by hand.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// world is a Discord with a guild, a channel and somebody in it.
type world struct {
	t     *testing.T
	d     *discordtest.Server
	clock *clock
	g     *discordtest.Guild
	help  discordtest.Channel
	erika *discordtest.User
}

func setup(t *testing.T, change ...func(*discordtest.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: newClock()}
	cfg := discordtest.Config{Now: w.clock.now, Observe: observe(t), MessagesPerBucket: 1000, PerSecond: 1000}
	for _, fn := range change {
		fn(&cfg)
	}
	w.d = discordtest.New(cfg)
	require.NoError(t, w.d.Start())
	t.Cleanup(w.d.Close)
	w.g = w.d.AddGuild("Example")
	w.help = w.g.AddChannel(discordtest.NewChannel{Name: "help"})
	w.erika = w.g.AddUser("erika")
	return w
}

type answer struct {
	status int
	header http.Header
	body   any
}

func (a answer) code() int {
	o, _ := a.body.(obj)
	n, _ := o["code"].(float64)
	return int(n)
}

func (a answer) str(key string) string {
	o, _ := a.body.(obj)
	s, _ := o[key].(string)
	return s
}

func (w *world) send(method, path, contentType string, body io.Reader) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.d.URL()+"/api/v10"+path, body)
	require.NoError(w.t, err)
	req.Header.Set("Authorization", "Bot "+w.d.Token())
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer func() { _ = res.Body.Close() }()
	a := answer{status: res.StatusCode, header: res.Header}
	if res.StatusCode != http.StatusNoContent {
		require.NoError(w.t, json.NewDecoder(res.Body).Decode(&a.body))
	}
	return a
}

// do makes a request as the bot.
func (w *world) do(method, path string, body any) answer {
	w.t.Helper()
	if body == nil {
		return w.send(method, path, "", nil)
	}
	b, err := json.Marshal(body)
	require.NoError(w.t, err)
	return w.send(method, path, "application/json", bytes.NewReader(b))
}

// upload posts a message with a file.
func (w *world) upload(channel string, message any, f discordtest.File) answer {
	w.t.Helper()
	var buf bytes.Buffer
	form := multipart.NewWriter(&buf)
	part, err := form.CreateFormField("payload_json")
	require.NoError(w.t, err)
	require.NoError(w.t, json.NewEncoder(part).Encode(message))
	part, err = form.CreateFormFile("files[0]", f.Name)
	require.NoError(w.t, err)
	_, err = part.Write(f.Data)
	require.NoError(w.t, err)
	require.NoError(w.t, form.Close())
	return w.send("POST", "/channels/"+channel+"/messages", form.FormDataContentType(), &buf)
}

// event is a frame of the gateway.
type event struct {
	Op   int    `json:"op"`
	Seq  int    `json:"s"`
	Type string `json:"t"`
	Data any    `json:"d"`
}

func (e event) str(path string) string {
	var v any = e.Data
	for key := range strings.SplitSeq(path, ".") {
		o, _ := v.(obj)
		v = o[key]
	}
	s, _ := v.(string)
	return s
}

type gateway struct {
	t  *testing.T
	ws *websocket.Conn
}

// connect opens the gateway and takes its hello.
func (w *world) connect() *gateway {
	w.t.Helper()
	g := w.dial()
	require.Equal(w.t, 10, g.next().Op)
	return g
}

func (w *world) dial() *gateway {
	w.t.Helper()
	ws, res, err := websocket.DefaultDialer.DialContext(w.t.Context(), w.do("GET", "/gateway", nil).str("url"), nil)
	require.NoError(w.t, err)
	_ = res.Body.Close()
	w.t.Cleanup(func() { _ = ws.Close() })
	return &gateway{w.t, ws}
}

// identify connects with intents and reads up to READY and the guild.
func (w *world) identify(in discordtest.Intents) (*gateway, event) {
	w.t.Helper()
	g := w.connect()
	g.write(2, obj{"token": w.d.Token(), "intents": in, "properties": obj{}})
	ready := g.next()
	require.Equal(w.t, "READY", ready.Type)
	if in&discordtest.IntentGuilds != 0 {
		require.Equal(w.t, "GUILD_CREATE", g.next().Type)
	}
	return g, ready
}

func (g *gateway) write(op int, data any) {
	g.t.Helper()
	require.NoError(g.t, g.ws.WriteJSON(obj{"op": op, "d": data}))
}

// next gives the next frame.
func (g *gateway) next() event {
	g.t.Helper()
	require.NoError(g.t, g.ws.SetReadDeadline(time.Now().Add(2*time.Minute)))
	var e event
	require.NoError(g.t, g.ws.ReadJSON(&e))
	return e
}

// closed gives the code with which the connection ends.
func (g *gateway) closed() int {
	g.t.Helper()
	require.NoError(g.t, g.ws.SetReadDeadline(time.Now().Add(2*time.Minute)))
	for {
		_, _, err := g.ws.ReadMessage()
		if err == nil {
			continue
		}
		if e, ok := err.(*websocket.CloseError); ok {
			return e.Code
		}
		return 0
	}
}

func TestSpecificationIsThere(t *testing.T) {
	t.Parallel()
	if os.Getenv(discordspec.Env) == "" {
		t.Skipf("%s does not name Discord's OpenAPI document: requests and answers are not held against it", discordspec.Env)
	}
	doc, err := document()
	require.NoError(t, err)
	bad := discordspec.Exchange{Method: "POST", Path: "/channels/1/messages", RequestHeader: http.Header{"Content-Type": {"application/json"}}, RequestBody: []byte(`{"content":7}`),
		Status: 200, ResponseBody: []byte(`{"id":"1"}`)}
	require.ErrorContains(t, doc.Check(bad), "request")
	require.ErrorContains(t, doc.Check(bad), "answer")
	require.Error(t, doc.Check(discordspec.Exchange{Method: "GET", Path: "/nowhere", Status: 200}))
}
