//go:build !no_panel

package panel_test

import (
	"context"
	"encoding/json"
	"fmt"

	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

// patience is how long a test waits for something to show before it fails.
const patience = 20 * time.Second

const password = "Rhabarber im Regen"

var cheapHash = sync.OnceValue(func() string {
	h, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		panic(err)
	}
	return string(h)
})

// chromium starts one browser for all tests of the package; each tab has a profile of its own.
var chromium = sync.OnceValues(func() (context.Context, error) {
	at := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			at = found
			break
		}
	}
	if at == "" {
		return nil, fmt.Errorf("chromium is not installed")
	}
	allocator, _ := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(at), chromedp.NoSandbox, chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "de"))...)
	ctx, _ := chromedp.NewContext(allocator)
	return ctx, chromedp.Do(ctx)
})

func TestMain(m *testing.M) {
	code := m.Run()
	if ctx, err := chromium(); err == nil {
		_ = chromedp.Cancel(ctx)
	}
	os.Exit(code)
}

// desk is a desk that runs, below a prefix, with admin, anna and bert (support) and vera (viewer).
type desk struct {
	*testing.T
	host   *ticketkit.Desk
	server *httptest.Server
	store  *store.Store
	users  map[string]rbac.User
}

var system = ticket.SystemActor("test")

func setup(t *testing.T, before ...func(*desk)) *desk {
	t.Helper()
	if _, err := chromium(); err != nil {
		if want := strings.Split(os.Getenv("TICKETKIT_REQUIRE"), ","); slices.Contains(want, "all") || slices.Contains(want, "chromium") {
			t.Fatalf("TICKETKIT_REQUIRE asks for chromium, but: %v", err)
		}
		t.Skipf("no browser: %v", err)
	}
	d := &desk{T: t, users: map[string]rbac.User{}}
	dir := t.TempDir()
	blobs := store.NewFileBlobs(filepath.Join(dir, "files"))
	var err error
	d.store, err = sqlite.Open(t.Context(), filepath.Join(dir, "desk.db"), sqlite.Options{Blobs: blobs})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.store.Close()) })
	require.NoError(t, d.store.Migrate(t.Context()))
	d.host, err = ticketkit.New(ticketkit.Config{Store: d.store, Secret: []byte("0a8f5c1e7b2d4963f0e1d2c3b4a59687"), Blobs: blobs, Name: "Werkbank", BasePath: "/desk", RateLimit: httpapi.RateLimit{PerSecond: -1}})
	require.NoError(t, err)
	for _, f := range before { // while nobody is there yet
		f(d)
	}
	for _, u := range []struct{ username, name, role string }{{"admin", "Ada Admin", rbac.RoleAdmin}, {"anna", "Anna Berger", rbac.RoleSupport}, {"bert", "Bert Öztürk", rbac.RoleSupport}, {"vera", "Vera Lind", rbac.RoleViewer}} {
		made, err := d.Accounts().CreateUser(t.Context(), system, rbac.NewUser{Username: u.username, Name: u.name, Role: u.role, PasswordHash: cheapHash()})
		require.NoError(t, err)
		d.users[u.username] = made
	}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- d.host.Run(ctx) }()
	d.server = httptest.NewServer(d.host.Handler())
	t.Cleanup(func() {
		stop()
		require.NoError(t, <-ran)
		d.server.CloseClientConnections()
		d.server.Close()
	})
	return d
}

func (d *desk) Tickets() *ticket.Service { return d.host.Tickets() }
func (d *desk) Accounts() *rbac.Accounts { return d.host.Accounts() }

func (d *desk) actor(username string) ticket.Actor {
	u := d.users[username]
	return ticket.AccountActor(u.ID, u.DisplayName())
}

func (d *desk) open(subject string) *ticket.Ticket {
	d.Helper()
	tk, err := d.Tickets().Open(d.Context(), system, ticket.NewTicket{Subject: subject, Body: "It is about: " + subject + ".",
		Requester: ticket.Person{Name: "Kim Sommer", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "kim@customer.example"}}})
	require.NoError(d, err)
	return tk
}

func (d *desk) get(id ticket.ID) *ticket.Ticket {
	d.Helper()
	tk, err := d.Tickets().Get(d.Context(), system, id)
	require.NoError(d, err)
	return tk
}

// tab is a window of a browser. Whatever its console or its policy says, beyond what is expected, fails the test.
type tab struct {
	*desk
	ctx      context.Context
	mu       sync.Mutex
	said     []string
	expected []string
	requests []string
}

// as opens a window for who is signed in already; "" is nobody.
func (d *desk) as(username, lang string, width, height int64) *tab {
	d.Helper()
	browser, err := chromium()
	require.NoError(d, err)
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	d.Cleanup(cancel)
	b := &tab{desk: d, ctx: ctx}
	require.NoError(d, chromedp.Do(ctx, chromedp.EmulateViewport(width, height)))
	_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	require.NoError(d, err)
	require.NoError(d, chromedp.Listen(ctx, func(ev any) {
		if r, ok := ev.(*network.EventRequestWillBeSent); ok && strings.HasPrefix(r.Request.URL, d.server.URL) {
			b.mu.Lock()
			b.requests = append(b.requests, strings.TrimPrefix(r.Request.URL, d.server.URL))
			b.mu.Unlock()
		}
	}))
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleWarning || m.Type == chromedp.ConsoleException {
				b.mu.Lock()
				b.said = append(b.said, fmt.Sprintf("%s: %s", m.Type, m.Text))
				b.mu.Unlock()
			}
		}
	}()
	cookies := map[string]string{"ticketkit_lang": lang}
	if username != "" {
		in, err := d.Accounts().Login(d.Context(), username, password, rbac.LoginMeta{Panel: true})
		require.NoError(d, err)
		cookies[httpapi.SessionCookie] = in.Token
	}
	for name, value := range cookies {
		_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: d.server.URL + "/desk", Path: "/desk"})
		require.NoError(d, err)
	}
	d.Cleanup(b.silent)
	return b
}

// expect lets the console say something that contains part, such as that an answer was 409.
func (b *tab) expect(part string) { b.expected = append(b.expected, part) }

func (b *tab) silent() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.said {
		if !slices.ContainsFunc(b.expected, func(part string) bool { return strings.Contains(s, part) }) {
			b.Errorf("the console says: %s", s)
		}
	}
}

func (b *tab) goTo(path string) {
	b.Helper()
	require.NoError(b, chromedp.Do(b.ctx, chromedp.Navigate(b.server.URL+"/desk"+path)))
}

// eval gives the value of an expression.
func eval[T any](b *tab, js string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	require.NoError(b, err, js)
	return v
}

// until waits for an expression to be true.
func (b *tab) until(js string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+js+")")) // fails while a page is being left
		if err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			shot := ""
			if png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot()); err == nil && os.Getenv("TICKETKIT_SHOTS") != "" {
				shot = filepath.Join(os.Getenv("TICKETKIT_SHOTS"), strings.ReplaceAll(b.Name(), "/", "-")+".png")
				_ = os.WriteFile(shot, png, 0o600)
			}
			text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body.innerText.slice(0, 1500)"))
			require.FailNow(b, "does not become true: "+js, "the page shows: %s %s", text, shot)
		case <-tick.C:
		}
	}
}

func quote(s string) string {
	out, _ := json.Marshal(s)
	return string(out)
}

// sees waits for a text on the page.
func (b *tab) sees(texts ...string) {
	b.Helper()
	for _, s := range texts {
		b.until("document.body.innerText.includes(" + quote(s) + ")")
	}
}

func (b *tab) lacks(text string) {
	b.Helper()
	require.False(b, eval[bool](b, "document.body.innerText.includes("+quote(text)+")"), "the page shows %s", text)
}

// find is an expression for the last shown element of a selector whose text, name or title contains some text.
func find(selector, text string) string {
	return `[...document.querySelectorAll(` + quote(selector) + `)].findLast(e => e.getClientRects().length > 0 && ((e.innerText || e.textContent || '') + '|' + (e.getAttribute('aria-label') || '') + '|' + (e.title || '')).includes(` + quote(text) + `))`
}

// click presses the mouse on an element; the pointer stays there.
func (b *tab) click(selector, text string) {
	b.Helper()
	b.until(find(selector, text))
	at := b.middle(selector, text)
	require.NoError(b, chromedp.Do(b.ctx, chromedp.MouseClickXY(at[0], at[1])))
}

func (b *tab) middle(selector, text string) []float64 {
	b.Helper()
	return eval[[]float64](b, `(() => { const e = `+find(selector, text)+`; e.scrollIntoView({block: 'nearest'}); const r = e.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2] })()`)
}

// choose opens a menu and takes an item of it. A menu that was opened while the page around it changed may be gone again: then once more.
func (b *tab) choose(trigger, text, item string) {
	b.Helper()
	shown := "!!" + find(".menu-item", item)
	for range 5 {
		b.click(trigger, text)
		for range 50 {
			if eval[bool](b, shown) {
				b.click(".menu-item", item)
				return
			}
			eval[bool](b, `new Promise(r => requestAnimationFrame(() => r(true)))`)
		}
	}
	require.Fail(b, "the menu does not open", "%s: %s", trigger, item)
}

// hover puts the pointer on an element.
func (b *tab) hover(selector, text string) {
	b.Helper()
	at := b.middle(selector, text)
	_, err := chromedp.Call(b.ctx, input.DispatchMouseEvent, input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: at[0], Y: at[1]})
	require.NoError(b, err)
}

// keys presses keys one after the other; a name in brackets is one key.
// keys presses keys as a keyboard does: what a page makes of a key going down decides whether a character follows. chromedp.KeyEvent sends the
// character in any case, and a page that was slow finds it in the field that the key has led to.
func (b *tab) keys(s string) {
	b.Helper()
	for _, r := range s {
		events := kb.Encode(r)
		for _, e := range events {
			if e.Type == kb.KeyDown && len(events) > 2 {
				e.Type = kb.KeyRawDown
			}
			_, err := chromedp.Call(b.ctx, input.DispatchKeyEvent, *e)
			require.NoError(b, err)
		}
	}
}

func (b *tab) chord(key string, m ...chromedp.Modifier) {
	b.Helper()
	require.NoError(b, chromedp.Do(b.ctx, chromedp.KeyEvent(key, chromedp.KeyModifiers(m...))))
}

// stillStream makes the window deaf for what happens elsewhere, so that it holds what is old.
func (b *tab) stillStream() {
	b.Helper()
	b.onEveryPage(`window.EventSource = class extends EventTarget { close() {} }`)
}

func (b *tab) onEveryPage(js string) {
	b.Helper()
	_, err := chromedp.Call(b.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: js})
	require.NoError(b, err)
}

// row is an expression for a row of the list.
func row(tk *ticket.Ticket) string {
	return fmt.Sprintf(`document.querySelector('[data-ticket="%d"]')`, tk.Number)
}

func path(tk *ticket.Ticket) string { return fmt.Sprintf("/tickets?view=open&t=%d", tk.Number) }

// ready waits until a ticket is shown with all of its parts.
func (b *tab) ready(tk *ticket.Ticket) {
	b.Helper()
	b.until(fmt.Sprintf(`document.querySelector('[data-detail="%d"] [data-message]')`, tk.Number))
}

func (d *desk) types(id ticket.ID) (out []string) {
	d.Helper()
	events, err := d.Tickets().History(d.Context(), system, ticket.EventQuery{Ticket: id, Limit: 100})
	require.NoError(d, err)
	for _, e := range events {
		out = append(out, string(e.Type))
	}
	return out
}
