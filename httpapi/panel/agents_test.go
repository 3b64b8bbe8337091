//go:build !no_panel

package panel_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

const composer = `document.querySelector('.composer textarea')`

// compose writes into the composer, of a kind by its key.
func (b *tab) compose(key, text string) {
	b.Helper()
	b.keys(key)
	b.until(`document.activeElement?.matches('.composer textarea')`)
	b.keys(text)
}

// TestDraftInAnotherBrowser goes on with a text where it was not begun, and finds none where it was sent elsewhere.
func TestDraftInAnotherBrowser(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	a, b := d.as("anna", "en", 1440, 900), d.as("anna", "en", 1440, 900)
	a.goTo(path(tk))
	a.ready(tk)
	a.compose("n", "Half a thought")
	kept := func(body string) func() bool {
		return func() bool {
			all, err := d.Tickets().Drafts(t.Context(), d.actor("anna"), []ticket.ID{tk.ID})
			require.NoError(t, err)
			return body == "" && len(all) == 0 || len(all) == 1 && all[0].Body == body
		}
	}
	(&visit{a}).wait("the server keeps the draft", kept("Half a thought"))
	b.goTo("/tickets?view=open")
	b.until(row(tk) + `?.querySelector('.row-draft')`)
	b.click(".row-link", "Printer on fire")
	b.until(composer + `?.value === 'Half a thought'`)
	b.keys("n")
	b.until(`document.activeElement?.matches('.composer textarea')`)
	b.insert(", and the rest")
	(&visit{b}).wait("the server keeps the rest", kept("Half a thought, and the rest"))
	a.goTo(path(tk))
	a.until(composer + `?.value === 'Half a thought, and the rest'`)
	b.chord(kb.Enter, chromedp.ModifierCtrl)
	b.sees("Note saved")
	(&visit{b}).wait("the server forgets the draft", kept(""))
	a.goTo(path(tk))
	a.ready(tk)
	a.until(`[...document.querySelectorAll('.message-note')].some(m => m.innerText.includes('and the rest'))`)
	a.until(composer + `?.value === '' && !document.querySelector('.row-draft')`)
}

// TestTwoBrowsersWriteOneDraft loses nothing of what either has written while it could not know of the other.
func TestTwoBrowsersWriteOneDraft(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	b := d.as("anna", "en", 1440, 900)
	b.expect("412")
	b.goTo(path(tk))
	b.ready(tk)
	b.compose("r", "one")
	drafts := func() string {
		all, err := d.Tickets().Drafts(t.Context(), d.actor("anna"), []ticket.ID{tk.ID})
		require.NoError(t, err)
		if len(all) == 0 {
			return ""
		}
		return all[0].Body
	}
	v := &visit{b}
	v.wait("the draft is kept", func() bool { return drafts() == "one" })
	_, err := d.Tickets().SaveDraft(t.Context(), d.actor("anna"), tk.ID, ticket.DraftReply, "from the phone", 0)
	require.NoError(t, err)
	b.insert(" more")
	v.wait("both are kept", func() bool { return drafts() == "from the phone\n\none more" })
	b.until(composer + `.value === 'from the phone\n\none more'`)
}

// TestMacro fills a text in and changes the ticket with it; a slash that is meant as one stays.
func TestMacro(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	_, err := d.Tickets().SaveMacro(t.Context(), d.actor("admin"), ticket.Macro{Shared: true, Name: "Warten auf Ersatzteil", De: "Guten Tag {{requester.name}}, {{ticket.number}} wartet.", Status: "pending", Priority: ticket.High, Tags: []string{"ersatzteil"}})
	require.NoError(t, err)
	b := d.as("anna", "de", 1440, 900)
	b.goTo(path(tk))
	b.ready(tk)
	b.compose("n", "/")
	b.until(find("[role=option]", "Warten auf Ersatzteil"))
	b.until(`document.activeElement?.matches('.picker input')`)
	b.keys(kb.Escape)
	b.until(composer + `.value === '/' && document.activeElement === ` + composer + ` && !document.querySelector('.picker')`)
	b.keys(kb.Enter + "/")
	b.until(find("[role=option]", "Warten auf Ersatzteil"))
	b.until(`document.activeElement?.matches('.picker input')`)
	b.keys("ersatz")
	b.keys(kb.Enter)
	b.until(fmt.Sprintf(composer+`.value === '/\nGuten Tag Kim Sommer, #%d wartet.'`, tk.Number))
	b.sees("Beim Senden:", "Status: Wartend", "Priorität: Hoch", "ersatzteil")
	b.until(`document.activeElement === ` + composer)
	b.chord(kb.Enter, chromedp.ModifierCtrl)
	b.sees("Notiz gespeichert")
	got := d.get(tk.ID)
	require.Equal(t, ticket.Pending, got.Category)
	require.Equal(t, ticket.High, got.Priority)
	require.Equal(t, []string{"ersatzteil"}, got.Tags)
}

// TestMention names a colleague in a note, who finds the ticket in a list of their own, unread.
func TestMention(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	b := d.as("anna", "en", 1440, 900)
	b.goTo(path(tk))
	b.ready(tk)
	b.compose("n", "ask @")
	b.until(find("[role=option]", "Bert"))
	b.until(`document.activeElement?.matches('.picker input')`)
	b.keys("bert" + kb.Enter)
	b.until(composer + `.value === 'ask @bert '`)
	b.until(`document.activeElement === ` + composer)
	b.keys("please, not x@")
	b.until(composer + `.value === 'ask @bert please, not x@' && !document.querySelector('.picker')`)
	b.chord(kb.Enter, chromedp.ModifierCtrl)
	b.sees("Note saved")
	c := d.as("bert", "en", 1440, 900)
	c.goTo("/")
	c.until(find(".nav-item", "Mentioned") + `?.querySelector('.nav-count')?.innerText === '1'`)
	c.click(".nav-item", "Mentioned")
	c.until(row(tk) + `?.matches('.row-unread')`)
	c.click(".row-link", "Printer on fire")
	c.ready(tk)
	c.until(row(tk) + `?.matches(':not(.row-unread)')`)
	(&visit{c}).wait("the server knows that it was seen", func() bool { return d.heard.has(0, "bert", "markSeen", nil) })
	c.goTo("/profile") // and looks at it no more
	c.until(`document.querySelector('.page-head')`)
	again, after := d.as("bert", "en", 1440, 900), d.heard.sofar() // another browser knows of it
	again.goTo("/tickets?view=mentioned")
	again.until(row(tk))
	(&visit{again}).wait("the marks are asked for", func() bool { return d.heard.has(after, "bert", "listMarks", nil) })
	again.until(row(tk) + `?.matches(':not(.row-unread)')`)
	_, err := d.Tickets().Note(t.Context(), d.actor("anna"), tk.ID, 0, ticket.NewMessage{Body: "once more"})
	require.NoError(t, err)
	again.until(row(tk) + `?.matches('.row-unread')`)
}

// TestLastViewFollows a person into another browser, and is forgotten with the view.
func TestLastViewFollows(t *testing.T) {
	t.Parallel()
	d := setup(t)
	v, err := d.Tickets().SaveView(t.Context(), d.actor("anna"), ticket.View{Name: "Toner only", Filter: "toner"})
	require.NoError(t, err)
	b := d.as("anna", "en", 1440, 900)
	for _, view := range []struct{ id, name string }{{"escalated", "Escalated"}, {v.ID, "Toner only"}} {
		from := d.heard.sofar()
		b.goTo("/tickets?view=" + view.id)
		b.until(find(".view-switch", view.name))
		(&visit{b}).wait("the server knows the view", func() bool { return d.heard.has(from, "anna", "keepLastView", nil) })
		c := d.as("anna", "en", 1440, 900)
		c.goTo("/tickets")
		c.until(find(".view-switch", view.name))
	}
	require.NoError(t, d.Tickets().DeleteView(t.Context(), d.actor("anna"), v.ID))
	from := d.heard.sofar()
	c := d.as("anna", "en", 1440, 900)
	c.goTo("/tickets")
	c.until(`document.querySelector('.view-switch')?.innerText.trim() === 'Open'`)
	(&visit{c}).wait("the server knows the view that came instead", func() bool { return d.heard.has(from, "anna", "keepLastView", nil) })
}

// TestSavedViews makes a list for everybody out of what is shown; others find it, may not change it, and see how much it holds.
func TestSavedViews(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk, other := d.open("Printer on fire"), d.open("Toner")
	_, err := d.Tickets().Tag(t.Context(), d.actor("anna"), tk.ID, 0, []string{"vip"}, nil)
	require.NoError(t, err)
	a := d.as("admin", "de", 1440, 900)
	a.goTo("/tickets?view=open&tag=vip")
	a.until(row(tk))
	a.choose(".view-switch", "", "Diese Liste speichern")
	a.click("[role=dialog] [name=name]", "")
	a.keys("Wichtige")
	a.click("[role=dialog] .switch", "Für alle")
	a.click("[role=dialog] .button-primary", "")
	a.until(find(".view-switch", "Wichtige"))
	a.until(find(".nav-item", "Wichtige") + `?.querySelector('.nav-count')?.innerText === '1'`)
	b := d.as("anna", "de", 1440, 900)
	b.goTo("/tickets?view=open")
	b.until(row(other))
	b.click(".nav-item", "Wichtige")
	b.until(find(".view-switch", "Wichtige") + ` && ` + row(tk) + ` && !` + row(other))
	b.goTo(eval[string](b, "location.pathname.slice(5) + location.search")) // its address holds in a new window
	b.until(find(".view-switch", "Wichtige") + ` && ` + row(tk) + ` && !` + row(other))
	b.click(".view-switch", "")
	b.until(find(".menu-item", "Diese Liste speichern"))
	require.False(t, eval[bool](b, "!!"+find(".menu-item", "Liste löschen")))
}

// TestManyCount shows that a list holds more than is counted.
func TestManyCount(t *testing.T) {
	t.Parallel()
	d := setup(t)
	b := d.as("anna", "en", 1440, 900)
	b.answer(`url.includes('/api/views/counts')`, `body.items.find(x => x.id === 'open').count = 1000; body.items.find(x => x.id === 'open').more = true`)
	b.goTo("/")
	b.until(`[...document.querySelectorAll('.nav-item')].find(e => e.innerText.startsWith('Open'))?.querySelector('.nav-count')?.innerText === '1000+'`)
}

// answer changes what the server says to some requests: url is the address and body what it says.
func (b *tab) answer(which, change string) {
	b.Helper()
	b.onEveryPage(`(() => { const ask = window.fetch; window.fetch = async (input, init) => {
		const url = String(input), a = await ask(input, init);
		if (!(` + which + `) || !a.ok) return a;
		const body = await a.json(), headers = new Headers(a.headers);
		` + change + `;
		return new Response(JSON.stringify(body), {status: a.status, headers});
	} })()`)
}

// TestEventsOutOfOrder hears of changes later than of newer ones, and gets an answer that was overtaken: what is newest stays, in the order of the server.
func TestEventsOutOfOrder(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk, other := d.open("Printer on fire"), d.open("Toner")
	b := d.as("anna", "en", 1440, 900)
	b.onEveryPage(`window.EventSource = class extends EventTarget { constructor() { super(); window.stream = this; setTimeout(() => this.onopen?.()) } close() {} };
		window.tell = (seq, id) => stream.dispatchEvent(new MessageEvent('ticket', {lastEventId: String(seq), data: JSON.stringify({seq, type: 'note.added', ticket_id: id, number: null, version: null, actor: {id: 'x', type: 'account', name: 'Bert'}, at: new Date().toISOString()})}));
		const ask = window.fetch; window.late = []; window.fetch = async (input, init) => {
			const a = await ask(input, init), held = window.hold && String(input).endsWith(window.hold);
			if (held) { window.hold = ''; await new Promise(r => window.late.push(r)); }
			return a;
		}`)
	b.goTo(path(tk))
	b.ready(tk)
	b.until(row(other) + ` && window.stream`)
	for i := range 3 {
		_, err := d.Tickets().Note(t.Context(), d.actor("bert"), tk.ID, 0, ticket.NewMessage{Body: fmt.Sprintf("note %d", i)})
		require.NoError(t, err)
	}
	_, err := d.Tickets().SetPriority(t.Context(), d.actor("bert"), other.ID, 0, ticket.Urgent)
	require.NoError(t, err)
	eval[bool](b, fmt.Sprintf(`(tell(1007, %q), tell(1005, %q), tell(1006, %q), tell(1004, %q), true)`, tk.ID, tk.ID, other.ID, tk.ID))
	b.sees("note 0", "note 2")
	require.Equal(t, "1,2,3,4", eval[string](b, `[...document.querySelectorAll('[data-message]')].map(m => m.dataset.message).join()`))
	b.until(row(other) + `.innerText.includes('Urgent')`) // its event came behind a newer one

	eval[bool](b, fmt.Sprintf(`(window.hold = %q, true)`, "/api/tickets/"+tk.ID))
	_, err = d.Tickets().SetPriority(t.Context(), d.actor("bert"), tk.ID, 0, ticket.Low)
	require.NoError(t, err)
	eval[bool](b, fmt.Sprintf(`(tell(1008, %q), true)`, tk.ID))
	b.until(`window.late.length === 1`)
	_, err = d.Tickets().SetPriority(t.Context(), d.actor("bert"), tk.ID, 0, ticket.High)
	require.NoError(t, err)
	eval[bool](b, fmt.Sprintf(`(tell(1009, %q), true)`, tk.ID))
	b.until(find("#priority-menu", "High"))
	eval[bool](b, `new Promise(r => { window.late[0](); setTimeout(() => requestAnimationFrame(() => r(true))) })`)
	require.True(t, eval[bool](b, "!!"+find("#priority-menu", "High")), "an answer that was overtaken changes nothing")
}

// TestBadgeOnADayOfChangingClocks counts hours that pass, not those that a clock on the wall shows.
func TestBadgeOnADayOfChangingClocks(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	for _, c := range []struct{ now, due, soon, left, title, tone string }{
		{"2026-10-24T22:30:00Z", "2026-10-25T05:30:50Z", "2026-10-24T22:31:00Z", "7 h left", "Oct 25, 2026, 6:30 AM", "ok"}, // from half past twelve to half past six
		{"2027-03-27T23:30:00Z", "2027-03-28T04:30:50Z", "2027-03-27T23:30:00Z", "5 h left", "Mar 28, 2027, 6:30 AM", "warn"},
	} {
		b := d.as("anna", "en", 1440, 900)
		_, err := chromedp.Call(b.ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Europe/Berlin"})
		require.NoError(t, err)
		b.answer(`url.includes('/api/')`, fmt.Sprintf(`headers.set('Date', new Date(%q).toUTCString());
			for (const x of body.items ?? [body]) if (x?.sla) x.sla = {...x.sla, state: 'running', clock: 'first_response', due_at: %q, soon_at: %q, remaining_seconds: 90000}`, c.now, c.due, c.soon))
		b.goTo("/tickets?view=open")
		badge := row(tk) + `?.querySelector('.sla')`
		b.until(badge)
		b.until(badge + `.innerText.trim() === ` + quote(c.left))
		require.Contains(t, eval[string](b, badge+`.title.replace(/\s/g, ' ')`), c.title)
		require.Equal(t, c.tone, eval[string](b, badge+`.dataset.sla`))
	}
}

// TestTenThousand moves through a list of 10,000: few rows are there, and what a key takes is printed.
func TestTenThousand(t *testing.T) {
	t.Parallel()
	d := setup(t)
	d.open("Printer on fire")
	b := d.as("anna", "en", 1440, 900)
	b.answer(`/\/api\/tickets\?/.test(url)`, `body.items = Array.from({length: 10000}, (_, i) => ({...body.items[0], id: body.items[0].id + i, number: i + 1, subject: 'Ticket ' + i})); body.next_cursor = null`)
	// They are not there: who asks for one of them waits for ever, and does not learn that it has gone.
	b.onEveryPage(`(() => { const ask = window.fetch; window.fetch = (input, init) => /\/api\/tickets\/[^?]/.test(String(input)) ? new Promise(() => {}) : ask(input, init) })()`)
	b.expect("404")
	b.expect("400")
	b.goTo("/tickets?view=open")
	b.until(`document.querySelectorAll('.row').length > 5`)
	times, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`(async () => {
		const out = [];
		for (let i = 0; i < 12; i++) {
			const began = performance.now();
			document.dispatchEvent(new KeyboardEvent('keydown', {key: 'j', bubbles: true}));
			await new Promise(r => { const look = () => document.querySelector('.row-active')?.dataset.ticket === String(i + 1) ? r() : setTimeout(look, 8); look() });
			out.push((performance.now() - began).toFixed());
		}
		return out.join(' ');
	})()`, chromedp.EvalAwaitPromise)) // as long as it takes: a slow machine is busy with so many for minutes
	require.NoError(t, err)
	t.Logf("from key to selection: %s ms", times)
	require.LessOrEqual(t, eval[int](b, `document.querySelectorAll('.row').length`), 40)
	require.Equal(t, "10000", eval[string](b, `document.querySelector('.row-place').getAttribute('aria-setsize')`))
}
