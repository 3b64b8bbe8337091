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

	"github.com/chromedp/cdproto/cdp"
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
const patience = 2 * time.Minute

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
		chromedp.Flag("disable-quic", true), chromedp.WSURLReadTimeout(patience), chromedp.Flag("no-first-run", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "de"))...)
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
	heard  *recorder
}

var system = ticket.SystemActor("test")

func setup(t *testing.T, before ...func(*desk)) *desk {
	t.Helper()
	return setupWith(t, nil, before...)
}

// setupWith sets up a desk that has more than others: change says what.
func setupWith(t *testing.T, change func(*ticketkit.Config), before ...func(*desk)) *desk {
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
	cfg := ticketkit.Config{Store: d.store, Secret: []byte("0a8f5c1e7b2d4963f0e1d2c3b4a59687"), Blobs: blobs, Name: "Werkbank", BasePath: "/desk", RateLimit: httpapi.RateLimit{PerSecond: -1}}
	if change != nil {
		change(&cfg)
	}
	d.host, err = ticketkit.New(cfg)
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
	d.heard = newRecorder(t, "/desk")
	d.server = httptest.NewServer(slowServer(t, d.heard.wrap(d.host.Handler())))
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
	refused  []string // what was answered with an error, for whoever looks for why a test failed
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
	slowPage(d, ctx)
	_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	require.NoError(d, err)
	require.NoError(d, chromedp.Listen(ctx, func(ev any) {
		if r, ok := ev.(*network.EventRequestWillBeSent); ok && strings.HasPrefix(r.Request.URL, d.server.URL) {
			b.mu.Lock()
			b.requests = append(b.requests, strings.TrimPrefix(r.Request.URL, d.server.URL))
			b.mu.Unlock()
		}
		if r, ok := ev.(*network.EventResponseReceived); ok && r.Response.Status >= 400 {
			b.mu.Lock()
			b.refused = append(b.refused, fmt.Sprint(r.Response.Status, " ", strings.TrimPrefix(r.Response.URL, d.server.URL)))
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
		d.heard.know(in.Token, username)
	}
	for name, value := range cookies {
		_, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: d.server.URL + "/desk", Path: "/desk"})
		require.NoError(d, err)
	}
	d.Cleanup(b.silent)
	b.onEveryPage(patientTimers)
	return b
}

// patientTimers lets stay three times as long what a page takes away by itself (what it says, what can be taken back), and waits longer for the
// second of two keys: how long a test takes from one thing to the next is the machine's business.
const patientTimers = `(() => { const soon = window.setTimeout; window.setTimeout = (f, ms, ...more) => soon(f, [5000, 8000, 9000, 10000].includes(ms) ? 3 * ms : ms === 1500 ? 30000 : ms, ...more) })()`

// slowWords is what a browser says of slow machines, not of pages.
func slowWords() []string {
	return []string{"not used within a few seconds", "Slow network is detected", "[Violation]"}
}

// expect lets the console say something that contains part, such as that an answer was 409.
func (b *tab) expect(part string) { b.expected = append(b.expected, part) }

func (b *tab) silent() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.said {
		if !slices.ContainsFunc(append(slowWords(), b.expected...), func(part string) bool { return strings.Contains(s, part) }) {
			b.Errorf("the console says: %s (refused: %s)", s, strings.Join(b.refused, ", "))
		}
	}
}

func (b *tab) goTo(path string) {
	b.Helper()
	require.NoError(b, chromedp.Do(b.ctx, chromedp.Navigate(b.server.URL+"/desk"+path)))
}

// front shows the page again after a link has opened another.
func (b *tab) front() {
	b.Helper()
	_, err := chromedp.Call(b.ctx, page.BringToFront, cdp.Empty{})
	require.NoError(b, err)
}

// eval gives the value of an expression.
func eval[T any](b *tab, js string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience) // a page that is not seen paints nothing, and waits for that for ever
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
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
			b.gaveUp(js)
		case <-tick.C:
		}
	}
}

// gaveUp fails because something did not happen, and says what the page shows.
func (b *tab) gaveUp(what string) {
	b.Helper()
	shot := ""
	if png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot()); err == nil && os.Getenv("TICKETKIT_SHOTS") != "" {
		shot = filepath.Join(os.Getenv("TICKETKIT_SHOTS"), strings.ReplaceAll(b.Name(), "/", "-")+".png")
		_ = os.WriteFile(shot, png, 0o600)
	}
	text, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("document.body.innerText.slice(0, 1500) + [...document.querySelectorAll('textarea')].map(e => ' | ' + JSON.stringify(e.value)).join('')"))
	require.FailNow(b, "does not become true: "+what, "the page shows: %s %s", text, shot)
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
	for { // what was found may be gone before it rests; until looks how long that goes on
		b.until(find(selector, text))
		if at := b.middle(selector, text); at != nil {
			require.NoError(b, chromedp.Do(b.ctx, chromedp.MouseClickXY(at[0], at[1])))
			return
		}
	}
}

// middle gives where an element is once it rests and lets itself be pressed: what is above it may just be coming or going, and a button waits
// for something. It gives nil when the element has gone.
func (b *tab) middle(selector, text string) []float64 {
	b.Helper()
	return eval[[]float64](b, `(async () => {
		let e = `+find(selector, text)+`;
		if (!e) return null;
		const middle = () => { const r = e.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2] };
		e.scrollIntoView({block: 'nearest'});
		const over = document.elementFromPoint(...middle());
		if (over && !e.contains(over) && !over.contains(e)) e.scrollIntoView({block: 'center'}); // something lies over the edge, such as a message
		let now = middle();
		for (let tries = 0, was; tries < 20 && String(was) !== String(now) || tries < 200 && e.matches(':disabled'); tries++) {
			was = now;
			await new Promise(r => requestAnimationFrame(() => requestAnimationFrame(r)));
			e = `+find(selector, text)+`;
			if (!e) return null;
			now = middle();
		}
		return now;
	})()`)
}

// choose opens a menu and takes an item of it. A menu that was opened while the page around it changed may be gone again: then once more.
func (b *tab) choose(trigger, text, item string) {
	b.Helper()
	shown := "!!" + find(".menu-item", item)
	for range 5 {
		b.click(trigger, text)
		for range 50 {
			if eval[bool](b, shown) {
				at := b.middle(".menu-item", item)
				if at == nil {
					break
				}
				require.NoError(b, chromedp.Do(b.ctx, chromedp.MouseClickXY(at[0], at[1])))
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
	b.until(find(selector, text))
	at := b.middle(selector, text)
	require.NotNil(b, at, "%s %s has gone", selector, text)
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

// insert puts a text in at once, as from the clipboard: nothing happens between two of its letters.
func (b *tab) insert(s string) {
	b.Helper()
	_, err := chromedp.Call(b.ctx, input.InsertText, input.InsertTextParams{Text: s})
	require.NoError(b, err)
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

// longOffers keeps what can be taken back for longer than ten seconds, however slow the machine is.
func (b *tab) longOffers() {
	b.Helper()
	b.onEveryPage(`(() => { const soon = window.setTimeout; window.setTimeout = (f, ms, ...more) => soon(f, ms === 10000 ? 600000 : ms, ...more) })()`)
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

// detail is an expression for a ticket that is shown as a whole.
func detail(tk *ticket.Ticket) string {
	return fmt.Sprintf(`document.querySelector('[data-detail="%d"]')`, tk.Number)
}

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
