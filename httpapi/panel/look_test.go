//go:build !no_panel

package panel_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// everywhere are the pages of the panel.
var everywhere = []string{"/", "/tickets?view=open", "/tickets?view=spam", "/audit", "/profile", "/settings/users", "/settings/roles", "/settings/queues", "/settings/sla", "/settings/hours", "/settings/mail",
	"/settings/channels", "/settings/parked", "/settings/tags", "/settings/fields", "/settings/jobs", "/analytics", "/analytics?days=7", "/ranking", "/contacts",
	"/settings/macros", "/settings/views", "/settings/panels", "/settings/ranking", "/settings/branding", "/nowhere"}

// calm waits until nothing on the page says that it is loading.
func (b *tab) calm() {
	b.Helper()
	b.until(`document.querySelector('main') && !document.querySelector('[aria-busy=true]') && document.fonts.status === 'loaded'`)
}

// TestAccessible holds every page to WCAG 2.2 AA as far as a program can check it, in both themes, wide and narrow.
func TestAccessible(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("testdata/axe.min.js")
	require.NoError(t, err)
	sizes, themes := [][2]int64{{1280, 800}, {390, 844}}, []string{"light", "dark"}
	if underRace {
		sizes, themes = sizes[1:], themes[1:]
	}
	for _, size := range sizes {
		d := setupWith(t, withChannels)
		tk := d.open("Printer on fire")
		d.open("Toner")
		b := d.as("admin", "de", size[0], size[1])
		for _, p := range append(everywhere[:len(everywhere)-1:len(everywhere)-1], path(tk)) {
			b.goTo(p)
			b.calm()
			require.NoError(t, chromedp.Do(b.ctx, chromedp.Evaluate[chromedp.Void](string(axe)+";0")))
			for _, theme := range themes {
				found := eval[string](b, `(async () => {
					document.documentElement.dataset.theme = '`+theme+`';
					const r = await axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']});
					return JSON.stringify(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 160)).join(' | ')), null, 1);
				})()`)
				require.Equal(t, "[]", found, "%s at %d in %s", p, size[0], theme)
			}
		}
	}
}

// TestNothingOverflows makes all texts a third longer and looks for a page that has to be scrolled sideways; a text that shows without its marks
// was not translated.
func TestNothingOverflows(t *testing.T) {
	t.Parallel()
	sizes := [][2]int64{{320, 640}, {390, 844}, {1280, 800}}
	if underRace {
		sizes = sizes[:1]
	}
	for _, size := range sizes {
		d := setupWith(t, withChannels)
		tk := d.open("Printer on fire")
		b := d.as("admin", "en", size[0], size[1])
		for _, p := range append(everywhere[:len(everywhere)-1:len(everywhere)-1], path(tk)) {
			sep := "?"
			if strings.Contains(p, "?") {
				sep = "&"
			}
			b.goTo(p + sep + "pseudo")
			b.calm()
			require.LessOrEqual(t, eval[int](b, `document.documentElement.scrollWidth - innerWidth`), 0, "%s at %d", p, size[0])
			wide := eval[string](b, `[...document.querySelectorAll('main, .page, .detail-main, .list' + (innerWidth < 768 ? ', .table-box' : ''))].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className + ': ' + [...e.querySelectorAll('*')].filter(x => x.getBoundingClientRect().right > innerWidth).map(x => x.tagName + '.' + x.className).join(' ')).join()`)
			require.Empty(t, wide, "%s at %d", p, size[0])
		}
	}
}

// TestNothingThatIsMissing: a desk without Discord has no page for its panels, asks for none, and a page that never was leads back to the desk.
func TestNothingThatIsMissing(t *testing.T) {
	t.Parallel()
	b := setup(t).as("admin", "en", 1280, 800)
	b.goTo("/settings/panels")
	b.until(`location.pathname === '/desk/settings/users'`)
	b.calm()
	require.Zero(t, eval[int](b, `document.querySelectorAll('.settings-nav [href$="/panels"]').length`))
	b.expect("404")
	b.goTo("/nowhere")
	b.until(`document.querySelector('.fault a')?.getAttribute('href') === '/desk/' && !document.querySelector('[href*=login]')`)
}

func TestBothLanguages(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.open("Printer on fire")
	for lang, words := range map[string][]string{"de": {"Übersicht", "Nicht zugewiesen", "Einstellungen", "Heute neu"}, "en": {"Overview", "Unassigned", "Settings", "New today"}} {
		b := d.as("admin", lang, 1280, 800)
		b.goTo("/")
		b.sees(words...)
		require.Equal(t, lang, eval[string](b, "document.documentElement.lang"))
	}
}

// TestThemeWithoutFlash finds the theme in the page itself before any script has run, and remembers a change.
func TestThemeWithoutFlash(t *testing.T) {
	t.Parallel()
	d := setup(t)
	b := d.as("anna", "en", 1280, 800)
	b.goTo("/profile")
	b.click(".segmented button", "Dark")
	b.until(`document.documentElement.dataset.theme === 'dark'`)
	b.until(`fetch('/desk/profile').then(r => r.text()).then(s => { window.first = s }), (window.first || '').includes('data-theme="dark"')`)
	b.goTo("/tickets")
	require.Equal(t, "dark", eval[string](b, `document.documentElement.dataset.theme`))
}

// TestLooksFollow a person into another browser: theme, language, and whether single keys do something.
func TestLooksFollow(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	b := d.as("anna", "en", 1440, 900)
	b.goTo("/profile")
	b.click(".segmented button", "Dark")
	from := d.heard.sofar()
	b.click(".switch", "Use keys without Ctrl")
	(&visit{b}).wait("the server knows about the keys", func() bool { return d.heard.has(from, "anna", "editPreferences", nil) })
	b.click(".segmented a", "Deutsch")
	b.sees("Tasten ohne Strg verwenden")

	c := d.as("anna", "en", 1440, 900)
	c.goTo("/tickets?view=open")
	require.Equal(t, []string{"de", "dark"}, eval[[]string](c, `[document.documentElement.lang, document.documentElement.dataset.theme]`))
	c.until(row(tk))
	c.keys("?")
	require.False(t, eval[bool](c, `document.querySelector('[role=dialog]') !== null`))
	c.goTo("/profile")
	c.until(find(".switch", "Tasten ohne Strg verwenden") + `?.querySelector('input').checked === false`)
	c.click(".switch", "Tasten ohne Strg verwenden")
	c.keys("gd")
	c.sees("Übersicht")
	c.until(`location.pathname === '/desk/'`)

	other := d.as("bert", "en", 1440, 900)
	other.goTo("/tickets?view=open")
	require.Equal(t, []string{"en", "auto"}, eval[[]string](other, `[document.documentElement.lang, document.documentElement.dataset.theme]`))
}

// TestFirstLoad counts what a browser asks for until a list is there, and prints how long it takes.
func TestFirstLoad(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	b := d.as("anna", "en", 1440, 900)
	b.onEveryPage(`(() => { const soon = window.setTimeout; window.setTimeout = (f, ms, ...more) => soon(f, [1000, 4000].includes(ms) ? 600000 : ms, ...more) })()`) // what is fetched later on purpose
	b.onEveryPage(`new MutationObserver((_, o) => { if (document.querySelector('.row')) { window.shownAt = performance.now(); o.disconnect() } }).observe(document, {childList: true, subtree: true})`)
	b.goTo("/tickets?view=open")
	b.until(row(tk) + ` && window.shownAt`)
	// What follows the answer with the list is not waited for: a machine may take long to show it.
	eval[bool](b, `(window.shownAt = Math.min(window.shownAt, performance.getEntriesByType('resource').find(e => e.name.includes('/api/tickets?'))?.responseEnd || window.shownAt), true)`)
	requests := eval[[]string](b, `['/', ...performance.getEntriesByType('resource').filter(e => e.startTime < window.shownAt).map(e => e.name)].concat(performance.getEntriesByType('resource').some(e => e.name.includes('/api/events') && e.startTime < window.shownAt) ? [] : ['/api/events, which is open still'])`)
	t.Logf("largest contentful paint: %s ms", eval[string](b, `new Promise(r => { new PerformanceObserver(l => r(l.getEntries().at(-1).startTime.toFixed())).observe({type: 'largest-contentful-paint', buffered: true}); setTimeout(() => r('unknown'), 2000) })`))
	require.LessOrEqual(t, len(requests), 6, "%s", strings.Join(requests, "\n"))
}

// TestLongList scrolls to the end of a long list; few rows are ever there.
func TestLongList(t *testing.T) {
	t.Parallel()
	d := setup(t)
	first := d.open("The very first")
	for i := range 300 {
		d.open(fmt.Sprintf("Ticket %d", i))
	}
	b := d.as("anna", "en", 1440, 900)
	b.goTo("/tickets?view=open")
	b.until(`document.querySelector('.row')`)
	most := 0
	began := time.Now()
	for time.Since(began) < patience {
		most = max(most, eval[int](b, `(() => { const s = document.querySelector('.list-scroll'); s.scrollTop = s.scrollHeight; return document.querySelectorAll('.row').length })()`))
		if eval[bool](b, "!!"+row(first)) {
			break
		}
		eval[bool](b, `new Promise(r => requestAnimationFrame(() => requestAnimationFrame(() => r(true))))`)
	}
	b.until(row(first))
	t.Logf("to the end of 301 tickets in %s", time.Since(began).Round(time.Millisecond))
	require.LessOrEqual(t, most, 40)
	t.Logf("from key to selection: %s ms", eval[string](b, `new Promise(r => { const began = performance.now(); document.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', bubbles: true})); const look = () => document.querySelector('.row-active') ? r((performance.now() - began).toFixed()) : requestAnimationFrame(look); look() })`))
}

// TestLongHistory: of a ticket to which very much has happened, and goes on to, all is there: the newest at once and the oldest when it is asked for.
func TestLongHistory(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Changed for ever")
	changes := 0
	change := func() {
		_, err := d.Tickets().SetPriority(d.Context(), ticket.SystemActor("test"), tk.ID, 0, []ticket.Priority{ticket.High, ticket.Low}[changes%2])
		require.NoError(t, err)
		changes++
	}
	for range 1200 {
		change()
	}
	b := d.as("anna", "en", 1440, 900)
	b.goTo(path(tk))
	b.ready(tk)
	began := time.Now()
	for !eval[bool](b, `/\b5\d\d changes/.test(document.querySelector('.timeline')?.innerText)`) {
		require.Less(t, time.Since(began), patience, "the page shows: %s", eval[string](b, `document.body.innerText`))
		change()
		time.Sleep(100 * time.Millisecond) // what is told to the panel while it looks further back
	}
	for range 2 {
		b.click(".older", "Load earlier history")
	}
	b.sees(fmt.Sprintf("%d,%03d changes", changes/1000, changes%1000))
	b.until(`!document.querySelector('.older')`)
}

// TestAtTheRoot and the prefix of all other tests: links, files and cookies hold in both.
func TestLinksStayBelowThePrefix(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	b := d.as("admin", "en", 1440, 900)
	for _, p := range []string{"/", path(tk), "/settings/users"} {
		b.goTo(p)
		b.calm()
		outside := eval[string](b, `[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href')).filter(h => !h.startsWith('/desk/') && !h.startsWith('#') && !h.startsWith('http')).join()`)
		require.Empty(t, outside, p)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.requests {
		require.True(t, strings.HasPrefix(r, "/desk/"), r)
	}
}

// TestWithoutThePanel looks at what the compiler gets with the tag no_panel: no file is embedded.
func TestWithoutThePanel(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-tags", "no_panel", "-json=GoFiles,EmbedFiles", ".").Output()
	require.NoError(t, err)
	var list struct{ GoFiles, EmbedFiles []string }
	require.NoError(t, json.Unmarshal(out, &list))
	require.Empty(t, list.EmbedFiles)
	require.Contains(t, list.GoFiles, "panel_none.go")
	require.NotContains(t, list.GoFiles, "panel.go")
}
