package discordtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// call is one request with what handlers need. Handlers run one at a time, with Server.mu held.
type call struct {
	s     *Server
	r     *http.Request
	body  obj    // JSON, or the part payload_json
	files []file // parts of a form, without ids
	arr   []any  // JSON that is an array
}

// apiError is an error as Discord words it.
type apiError struct {
	status, code int
	message      string
	fields       obj
}

var (
	errUnknownChannel     = &apiError{404, 10003, "Unknown Channel", nil}
	errUnknownGuild       = &apiError{404, 10004, "Unknown Guild", nil}
	errUnknownMember      = &apiError{404, 10007, "Unknown Member", nil}
	errUnknownMessage     = &apiError{404, 10008, "Unknown Message", nil}
	errUnknownOverwrite   = &apiError{404, 10009, "Unknown Overwrite", nil}
	errUnknownRole        = &apiError{404, 10011, "Unknown Role", nil}
	errUnknownUser        = &apiError{404, 10013, "Unknown User", nil}
	errUnknownWebhook     = &apiError{404, 10015, "Unknown Webhook", nil}
	errUnknownInteraction = &apiError{404, 10062, "Unknown interaction", nil}
	errAcknowledged       = &apiError{400, 40060, "Interaction has already been acknowledged.", nil}
	errAccess             = &apiError{403, 50001, "Missing Access", nil}
	errEmpty              = &apiError{400, 50006, "Cannot send an empty message", nil}
	errNoDMs              = &apiError{403, 50007, "Cannot send messages to this user", nil}
	errNotAuthor          = &apiError{403, 50005, "Cannot edit a message authored by another user", nil}
	errPermissions        = &apiError{403, 50013, "Missing Permissions", nil}
	errWebhookToken       = &apiError{401, 50027, "Invalid Webhook Token", nil}
	errArchived           = &apiError{400, 50083, "Thread is archived", nil}
	errTooLarge           = &apiError{413, 40005, "Request entity too large", nil}
)

// invalid is an error about a field of the form.
func invalid(field, code, message string) *apiError {
	return &apiError{400, 50035, "Invalid Form Body", obj{field: obj{"_errors": []any{obj{"code": code, "message": message}}}}}
}

type handler func(c *call) (status int, body any, err *apiError)

// routes are the requests that the Server knows. The names in braces are those of Discord's document.
func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET /gateway":                                getGateway,
		"GET /gateway/bot":                            getGatewayBot,
		"GET /users/@me":                              getMe,
		"POST /users/@me/channels":                    openDM,
		"GET /applications/@me":                       getApplication,
		"GET /applications/{application_id}/commands": getCommands,
		"PUT /applications/{application_id}/commands": putCommands,
		"GET /applications/{application_id}/guilds/{guild_id}/commands": getCommands,
		"PUT /applications/{application_id}/guilds/{guild_id}/commands": putCommands,
		"GET /guilds/{guild_id}":                                              getGuild,
		"GET /guilds/{guild_id}/channels":                                     getChannels,
		"POST /guilds/{guild_id}/channels":                                    createChannel,
		"GET /guilds/{guild_id}/roles":                                        getRoles,
		"GET /guilds/{guild_id}/members/{user_id}":                            getMember,
		"GET /guilds/{guild_id}/threads/active":                               getThreads,
		"GET /channels/{channel_id}":                                          getChannel,
		"PATCH /channels/{channel_id}":                                        patchChannel,
		"DELETE /channels/{channel_id}":                                       deleteChannel,
		"PUT /channels/{channel_id}/permissions/{overwrite_id}":               putOverwrite,
		"DELETE /channels/{channel_id}/permissions/{overwrite_id}":            deleteOverwrite,
		"GET /channels/{channel_id}/messages":                                 getMessages,
		"POST /channels/{channel_id}/messages":                                createMessage,
		"GET /channels/{channel_id}/messages/{message_id}":                    getMessage,
		"PATCH /channels/{channel_id}/messages/{message_id}":                  patchMessage,
		"DELETE /channels/{channel_id}/messages/{message_id}":                 deleteMessage,
		"PUT /channels/{channel_id}/messages/pins/{message_id}":               pinMessage,
		"POST /channels/{channel_id}/typing":                                  func(c *call) (int, any, *apiError) { return 204, nil, nil },
		"POST /channels/{channel_id}/threads":                                 createThread,
		"PUT /channels/{channel_id}/thread-members/{user_id}":                 addThreadMember,
		"DELETE /channels/{channel_id}/thread-members/{user_id}":              removeThreadMember,
		"POST /interactions/{interaction_id}/{interaction_token}/callback":    answerInteraction,
		"POST /webhooks/{webhook_id}/{webhook_token}":                         execute,
		"GET /channels/{channel_id}/webhooks":                                 listWebhooks,
		"POST /channels/{channel_id}/webhooks":                                createWebhook,
		"GET /guilds/{guild_id}/webhooks":                                     guildWebhooks,
		"DELETE /webhooks/{webhook_id}":                                       deleteWebhook,
		"GET /users/{user_id}":                                                getUser,
		"GET /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}":    getAnswer,
		"PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}":  patchAnswer,
		"DELETE /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}": deleteAnswer,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, h) })
	}
	mux.HandleFunc("GET /attachments/{channel}/{file}/{name}", s.download)
	mux.HandleFunc("GET /socket/", s.connect)
	return mux
}

var version = regexp.MustCompile(`^/api/v(9|10)(/.*)$`)

// ServeHTTP implements http.Handler, so that the Server can also stand behind a listener or a fault of the test's own.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m := version.FindStringSubmatch(r.URL.EscapedPath()); m != nil {
		u := *r.URL
		u.RawPath = m[2]
		u.Path, _ = url.PathUnescape(m[2])
		r = r.WithContext(r.Context())
		r.URL = &u
	} else if !strings.HasPrefix(r.URL.Path, "/attachments/") && !strings.HasPrefix(r.URL.Path, "/socket/") {
		http.NotFound(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// maxRequest bounds a request, as Discord does for bots.
const maxRequest = 25 << 20

func (s *Server) serve(w http.ResponseWriter, r *http.Request, h handler) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxRequest+1))
	if err != nil {
		return // the client is gone
	}
	route := r.Method + " " + r.URL.Path
	f := s.fault(route)
	if f != nil && f.Delay > 0 {
		t := time.NewTimer(f.Delay)
		defer t.Stop()
		select {
		case <-t.C:
		case <-r.Context().Done():
			return
		}
	}
	if f != nil && f.Drop {
		hangUp(w)
		return
	}
	header := http.Header{}
	status, body := s.answer(r, raw, f, h, header)
	var out []byte
	if body != nil {
		if out, err = json.Marshal(body); err != nil {
			panic(fmt.Sprintf("discordtest: %s: %v", route, err)) // a fault of this package, never of a request
		}
		header.Set("Content-Type", "application/json")
	}
	if f != nil && f.LoseAnswer {
		hangUp(w)
		return
	}
	if s.cfg.Observe != nil {
		s.cfg.Observe(Exchange{r.Method, r.URL.Path, r.Header, raw, status, header, out})
	}
	for k, v := range header {
		w.Header()[k] = v
	}
	w.WriteHeader(status)
	_, _ = w.Write(out)
}

// hangUp ends the connection without an answer.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// answer carries a request out and writes it down, in one step: who sees what it did finds it in Requests.
func (s *Server) answer(r *http.Request, raw []byte, f *Fault, h handler, header http.Header) (status int, body any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		s.requests = append(s.requests, Request{r.Method, r.URL.Path, status})
		s.touch()
	}()
	open := strings.HasPrefix(r.URL.Path, "/interactions/") || strings.HasPrefix(r.URL.Path, "/webhooks/") && strings.Count(r.URL.Path, "/") > 2 // their token is in the path
	if !open && r.URL.Path != "/gateway" && r.Header.Get("Authorization") != "Bot "+s.cfg.Token {
		return 401, obj{"message": "401: Unauthorized", "code": 0}
	}
	if f != nil && f.Status == 429 {
		return limited(header, f.RetryAfter, f.Global, "shared")
	}
	if f != nil && f.Status != 0 {
		return f.Status, obj{"message": fmt.Sprintf("%d: %s", f.Status, http.StatusText(f.Status)), "code": f.Code}
	}
	if status, body := s.limit(r, header, open); status != 0 {
		return status, body
	}
	c := &call{s: s, r: r}
	if err := c.read(raw); err != nil {
		return err.status, err.wire()
	}
	status, body, err := h(c)
	if err != nil {
		if err.status == 429 {
			return limited(header, err.fields["after"].(time.Duration), false, "user")
		}
		return err.status, err.wire()
	}
	return status, body
}

func (e *apiError) wire() obj {
	o := obj{"message": e.message, "code": e.code}
	if e.fields != nil {
		o["errors"] = e.fields
	}
	return o
}

// read takes the body apart: JSON, or a form with files and payload_json.
func (c *call) read(raw []byte) *apiError {
	if len(raw) > maxRequest {
		return errTooLarge
	}
	if len(raw) == 0 {
		c.body = obj{}
		return nil
	}
	if strings.HasPrefix(c.r.Header.Get("Content-Type"), "multipart/form-data") {
		r := c.r.Clone(c.r.Context())
		r.Body = io.NopCloser(bytes.NewReader(raw))
		mr, err := r.MultipartReader()
		if err != nil {
			return &apiError{400, 50035, "Invalid Form Body", nil}
		}
		raw = []byte("{}")
		for {
			p, err := mr.NextPart()
			if err == io.EOF {
				break
			}
			if err != nil {
				return &apiError{400, 50035, "Invalid Form Body", nil}
			}
			b, err := io.ReadAll(p)
			if err != nil {
				return &apiError{400, 50035, "Invalid Form Body", nil}
			}
			if p.FormName() == "payload_json" {
				raw = b
			} else if strings.HasPrefix(p.FormName(), "files[") {
				c.files = append(c.files, file{name: fileName(p.Header.Get("Content-Disposition"), p.FileName()), contentType: p.Header.Get("Content-Type"), data: b})
			}
		}
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return &apiError{400, 50109, "The request body contains invalid JSON.", nil}
	}
	switch v := v.(type) {
	case obj:
		c.body = v
	case []any:
		c.body, c.arr = obj{}, v
	default:
		return &apiError{400, 50035, "Invalid Form Body", nil}
	}
	return nil
}

// channel finds the channel of the path, if the bot sees it.
func (c *call) channel() (*channel, Permissions, *apiError) {
	ch := c.s.channels[c.r.PathValue("channel_id")]
	if ch == nil {
		return nil, 0, errUnknownChannel
	}
	p := ch.permissions(ch.botMember(c.s))
	if p&ViewChannel == 0 {
		return nil, 0, errAccess
	}
	return ch, p, nil
}

func (c *channel) botMember(s *Server) *member {
	if c.guild == nil {
		return nil
	}
	return c.guild.members[s.bot.id]
}

func (c *call) guild() (*guild, *member, *apiError) {
	g := c.s.guilds[c.r.PathValue("guild_id")]
	if g == nil {
		return nil, nil, errUnknownGuild
	}
	m := g.members[c.s.bot.id]
	if m == nil {
		return nil, nil, errAccess
	}
	return g, m, nil
}

func str(v any) string { s, _ := v.(string); return s }

func num(v any) int { f, _ := v.(float64); return int(f) }
