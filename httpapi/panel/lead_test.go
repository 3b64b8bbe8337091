//go:build !no_panel

package panel_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestNumbersPage: what is chosen stands in the address, each picture has its numbers beside it as a table, and a file has all of them.
func TestNumbersPage(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.open("Printer on fire")
	d.open("Toner")
	b := d.as("anna", "en", 1440, 900)
	b.goTo("/analytics")
	b.until(`document.querySelector('.uplot canvas')`)
	b.sees("Created and resolved per day", "Backlog by age")
	require.Contains(t, eval[string](b, `document.querySelector('.u-wrap').getAttribute('aria-label')`), "2 created")
	b.click(".segmented button", "7 days")
	b.until(`location.search === '?days=7'`)
	cards := eval[int](b, `document.querySelectorAll('.chart').length`)
	require.GreaterOrEqual(t, cards, 9)
	require.Equal(t, cards, eval[int](b, `[...document.querySelectorAll('.chart')].filter(c => c.querySelector('.segmented') || c.querySelector('.chart-none')).length`), "each has a table or says that there is nothing")
	b.click("[aria-label='How to show “Created and resolved per day”'] button", "Table")
	b.until(`document.querySelectorAll('.chart-table tbody tr').length === 7`)
	require.Equal(t, 2, eval[int](b, `[...document.querySelectorAll('.chart-table tbody tr')].reduce((n, r) => n + Number(r.querySelector('td.num').innerText), 0)`), "on one day or on two")
	csv := eval[string](b, `fetch(document.querySelector('a[download]').href).then(r => r.text())`)
	require.True(t, strings.HasPrefix(csv, "section,key,measure,value"), csv[:min(80, len(csv))])
	b.pick("main .choice-bar select", eval[string](b, `document.querySelector('main .choice-bar select').options[1].value`))
	b.until(`new URLSearchParams(location.search).get('queue')`)
	b.goTo("/analytics" + eval[string](b, `location.search`))
	b.until(`document.querySelector('main .choice-bar select').value !== ''`)
}

// TestNumbersOfTheDesksDays: who reads the numbers on the other side of the world, where it is another day, gets those of the days of the desk.
func TestNumbersOfTheDesksDays(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.open("Printer on fire")
	today := func(zone string) string {
		at, err := time.LoadLocation(zone)
		require.NoError(t, err)
		return time.Now().In(at).Format(time.DateOnly)
	}
	before, far := today("Europe/Berlin"), "Pacific/Pago_Pago"
	if today(far) == before {
		far = "Pacific/Kiritimati"
	}
	b := d.as("anna", "en", 1440, 900)
	_, err := chromedp.Call(b.ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: far})
	require.NoError(t, err)
	b.goTo("/analytics")
	b.until(`document.querySelector('.uplot canvas')`)
	require.Contains(t, eval[string](b, `document.querySelector('.u-wrap').getAttribute('aria-label')`), "1 created")
	require.Contains(t, []string{before, today("Europe/Berlin")}, eval[string](b, `[...document.querySelectorAll('main input[type=date]')].at(-1).value`))
	const asked = `performance.getEntriesByType('resource').map(e => new URL(e.name)).find(u => u.pathname.endsWith('/sla/report'))`
	b.until(asked)
	from, err := time.Parse(time.RFC3339, eval[string](b, asked+`.searchParams.get('from')`))
	require.NoError(t, err)
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	require.Equal(t, eval[string](b, `document.querySelector('main input[type=date]').value`)+" 00:00:00", from.In(berlin).Format(time.DateTime), "the day begins at the desk")
}

// pick chooses in a list of choices.
func (b *tab) pick(selector, value string) {
	b.Helper()
	(&visit{b}).pick(selector, value)
}

// TestRankingPage: two agents are compared, until the settings say that nobody is.
func TestRankingPage(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for _, name := range []string{"anna", "anna", "bert"} {
		tk := d.open("Printer")
		_, err := d.Tickets().SetStatus(t.Context(), d.actor(name), tk.ID, 0, "resolved")
		require.NoError(t, err)
	}
	require.NoError(t, d.Tickets().SetSetting(t.Context(), d.actor("admin"), ticket.SettingRanking, []byte(`{"minimum":1}`), 0))
	b := d.as("admin", "en", 1280, 800)
	b.goTo("/ranking")
	b.until(`[...document.querySelectorAll('main tbody tr')].map(r => r.innerText).join().match(/Anna Berger[^]*Bert Öztürk/)`)
	b.expect("404")
	require.NoError(t, d.Tickets().SetSetting(t.Context(), d.actor("admin"), ticket.SettingRanking, []byte(`{"off":true}`), 0))
	b.goTo("/ranking")
	b.sees("Nobody is compared here")
}

// TestProblemsSpeakTheLanguageOfThePage whatever the browser prefers.
func TestProblemsSpeakTheLanguageOfThePage(t *testing.T) {
	t.Parallel()
	d := setup(t)
	for lang, want := range map[string][2]string{"de": {"Ansicht", "Suche: kennt „foo“ nicht"}, "en": {"view", "filter: unknown operator foo:"}} {
		b := d.as("admin", lang, 1280, 800)
		b.expect("400")
		b.goTo("/settings/views")
		b.click("main .button-primary", want[0])
		v := &visit{b}
		v.typed("[role=dialog] [name=name]", "x")
		v.typed("[role=dialog] [name=filter]", "foo:bar")
		v.send()
		b.sees(want[1])
	}
}

// TestBrandingPerHost: two desks in one program, told apart by the name that a browser asks for. What the admins of one choose shows there, before
// and behind sign-in, at once, and nowhere else.
func TestBrandingPerHost(t *testing.T) {
	t.Parallel()
	one, two := setup(t), setup(t)
	both := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.Host, "one.") {
			one.host.Handler().ServeHTTP(w, r)
			return
		}
		two.host.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(both.Close)
	picture := func(colour string) string {
		img, err := one.Tickets().AddImage(t.Context(), one.actor("admin"), fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="60" height="30"><rect width="60" height="30" fill="%s"/></svg>`, colour))
		require.NoError(t, err)
		return "/desk/api/branding/images/" + img.ID
	}
	light, dark := picture("#7a1f5c"), picture("#f0c0e0")
	_, err := one.Tickets().SetBranding(t.Context(), one.actor("admin"), ticket.Branding{Name: "Zweirad Süd", ShortName: "ZS", LogoLight: light, LogoDark: dark, Primary: "#7a1f5c", LoginText: "Willkommen bei der Werkstatt.", ImprintURL: "https://zweirad.example/impressum", DefaultLocale: "de"})
	require.NoError(t, err)
	at, err := url.Parse(both.URL)
	require.NoError(t, err)
	for host, want := range map[string]struct {
		desk         *desk
		name, colour string
	}{"one": {one, "Zweirad Süd", "rgb(122, 31, 92)"}, "two": {two, "Werkbank", "rgb(29, 78, 216)"}} {
		b := want.desk.as("admin", "de", 1280, 800)
		base := "http://" + host + ".localhost:" + at.Port() + "/desk"
		require.NoError(t, chromedp.Do(b.ctx, chromedp.Navigate(base+"/login")))
		b.sees(want.name)
		require.Equal(t, host == "one", eval[bool](b, `document.body.innerText.includes('Willkommen bei der Werkstatt.') && !!document.querySelector('a[href="https://zweirad.example/impressum"]')`))
		require.Equal(t, want.colour, eval[string](b, `getComputedStyle(document.querySelector('button.primary')).backgroundColor`))
		in, err := want.desk.Accounts().Login(t.Context(), "admin", password, rbac.LoginMeta{Panel: true})
		require.NoError(t, err)
		_, err = chromedp.Call(b.ctx, network.SetCookie, network.SetCookieParams{Name: httpapi.SessionCookie, Value: in.Token, URL: base, Path: "/desk"})
		require.NoError(t, err)
		require.NoError(t, chromedp.Do(b.ctx, chromedp.Navigate(base+"/settings/users")))
		b.until(`document.querySelector('main .button-primary')`)
		require.Equal(t, want.name, eval[string](b, `document.documentElement.dataset.name`))
		shown := `[...document.querySelectorAll('.nav-picture')].filter(e => e.offsetParent && e.naturalWidth === 60).map(e => e.getAttribute('src')).join()`
		if host == "one" {
			b.until(shown + ` === ` + quote(light))
			eval[bool](b, `(document.documentElement.dataset.theme = 'dark', true)`)
			b.until(shown + ` === ` + quote(dark))
			b.until(`document.querySelector('.nav-brand').innerText.trim() === 'ZS' && document.title.endsWith(' · ZS')`)
		} else {
			require.Empty(t, eval[string](b, shown))
			require.Equal(t, want.name, eval[string](b, `document.querySelector('.nav-brand').innerText.trim()`))
		}
		require.Equal(t, want.colour, eval[string](b, `getComputedStyle(document.querySelector('main .button-primary')).backgroundColor`))
	}
}

// TestOverviewOfDaysAndPeople: two weeks as a picture and as a table, and who of those that answer is here.
func TestOverviewOfDaysAndPeople(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.open("Printer on fire")
	d.as("bert", "en", 1280, 800) // has signed in
	b := d.as("anna", "en", 1280, 800)
	b.goTo("/")
	b.until(`document.querySelector('.uplot canvas')`)
	require.Contains(t, eval[string](b, `document.querySelector('.u-wrap').getAttribute('aria-label')`), "1 created")
	b.click("[aria-label='How to show “Created and resolved, 14 days”'] button", "Table")
	b.until(`document.querySelectorAll('.chart-table tbody tr').length === 14`)
	b.until(find(".online", "Anna Berger"))
	require.Equal(t, "Anna Berger,Bert Öztürk", eval[string](b, `[...document.querySelectorAll('.online .attention-subject')].map(e => e.innerText).join()`))
}

// TestRatings shows what a requester has said beside the ticket, and the mean of it in the numbers.
func TestRatings(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	_, err := d.Tickets().SetStatus(t.Context(), d.actor("anna"), tk.ID, 0, "resolved")
	require.NoError(t, err)
	for _, n := range []int{2, 4} { // the newest counts
		_, err := d.Tickets().Rate(t.Context(), system, tk.ID, n)
		require.NoError(t, err)
	}
	require.NoError(t, d.Tickets().SetSetting(t.Context(), d.actor("admin"), ticket.SettingRanking, []byte(`{"minimum":1}`), 0))
	b := d.as("anna", "en", 1440, 900)
	b.goTo(fmt.Sprintf("/tickets?view=all&t=%d", tk.Number))
	b.until(find(".side .rating", "4 out of 5"))
	b.goTo("/analytics")
	b.until(find(".tile", "4 out of 5"))
	require.Contains(t, eval[string](b, find(".tile", "4 out of 5")+`.innerText`), "100% content")
	b.goTo("/ranking")
	b.until(`[...document.querySelectorAll('main tbody tr')].some(r => r.innerText.includes('Anna Berger') && r.lastElementChild.innerText === '4')`)
}
