//go:build !no_panel

package panel_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/httpapi"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestSignIn goes through the pages of the server into the panel and out again.
func TestSignIn(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	b := d.as("", "en", 1280, 800)
	b.expect("401")
	b.goTo(path(tk))
	b.until(`location.pathname === '/desk/login'`)
	b.click("#username, [name=username]", "")
	b.keys("anna")
	b.click("[name=password]", "")
	b.keys("wrong password" + kb.Enter)
	b.sees("The username or the password is wrong.")
	b.click("[name=password]", "")
	b.keys(password + kb.Enter)
	b.ready(tk)
	require.Equal(t, path(tk), "/tickets"+eval[string](b, "location.search"), "back where one wanted to go")
	b.choose(".nav-me", "Anna", "Sign out")
	b.until(`location.pathname === '/desk/login'`)
	b.goTo("/")
	b.until(`location.pathname === '/desk/login'`)
}

// TestForcedPassword leads whoever has to choose a password to where they do.
func TestForcedPassword(t *testing.T) {
	t.Parallel()
	first := ""
	d := setup(t, func(d *desk) {
		made, ok, err := d.Accounts().Bootstrap(d.Context(), "neu", "")
		require.NoError(d, err)
		require.True(d, ok)
		first = made
	})
	b := d.as("", "de", 1280, 800)
	b.goTo("/")
	b.click("[name=username]", "")
	b.keys("neu")
	b.click("[name=password]", "")
	b.keys(first + kb.Enter)
	b.until(`location.pathname === '/desk/password'`)
	b.goTo("/tickets")
	b.until(`location.pathname === '/desk/password'`)
	b.click("[name=old_password]", "")
	b.keys(first)
	b.click("[name=password]", "")
	b.keys(password)
	b.click("[name=repeat]", "")
	b.keys(password + kb.Enter)
	b.sees("Übersicht")
}

func TestRoles(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	for _, c := range []struct {
		who              string
		composer, admin  bool
		desk             bool
		settings, denied string
	}{
		{"admin", true, true, true, "/settings/users", ""},
		{"anna", true, false, true, "/settings/parked", "/settings/users"},
		{"vera", false, false, false, "/settings/sla", "/settings/channels"},
	} {
		b := d.as(c.who, "en", 1440, 900)
		b.goTo(path(tk))
		b.ready(tk)
		require.Equal(t, c.composer, eval[bool](b, `!!document.querySelector('.composer')`), c.who)
		require.Equal(t, c.composer, eval[bool](b, `!!`+find(".detail-actions button", "Claim")), c.who)
		require.Equal(t, c.desk, eval[bool](b, `!!`+find(".nav-item", "Audit log")), c.who)
		require.Equal(t, c.settings != "", eval[bool](b, `!!`+find(".nav-item", "Settings")), c.who)
		if c.settings != "" {
			b.goTo(c.settings)
			b.until(`document.querySelector('.settings .page-title')`)
		}
		if c.denied != "" {
			b.goTo(c.denied)
			b.sees("You do not have permission")
		}
	}
}

// TestWorkOnATicket does by mouse what is done most, and finds it in the history.
func TestWorkOnATicket(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	b := d.as("anna", "de", 1440, 900)
	b.goTo("/tickets?view=open")
	b.click(".row-link", "Printer on fire")
	b.ready(tk)
	b.click(".detail-actions button", "Übernehmen")
	b.sees(fmt.Sprintf("#%d übernommen", tk.Number))
	b.choose("#priority-menu", "", "Hoch")
	b.sees("Priorität Hoch")
	b.click(".detail-actions button", "Eskalieren")
	b.click("[role=alertdialog] textarea", "")
	b.until(`document.activeElement.tagName === 'TEXTAREA'`)
	b.keys("Chef wartet")
	b.click("[role=alertdialog] button", "Eskalieren")
	b.sees(fmt.Sprintf("#%d eskaliert", tk.Number))
	b.click(".composer-tab", "Interne Notiz")
	b.until(`document.activeElement.tagName === 'TEXTAREA'`)
	b.keys("Nur für uns")
	b.click(".composer button", "Notiz speichern")
	b.until(`document.querySelector('.message-note:not(.message-waiting)')`)
	b.sees("Notiz gespeichert") // the ticket was read anew: what comes next is meant for its version
	b.sees("Nur für uns", "Interne Notiz")
	b.click(".detail-actions button", "Schließen")
	b.sees(fmt.Sprintf("#%d geschlossen", tk.Number))
	require.Subset(t, d.types(tk.ID), []string{"ticket.claimed", "ticket.priority_changed", "ticket.escalated", "note.added", "ticket.closed"})
	got := d.get(tk.ID)
	require.Equal(t, ticket.Closed, got.Category)
	require.Equal(t, d.users["anna"].ID, got.Assignee.ID)
	b.click(".toast-action", "Rückgängig")
	b.until(find(".detail-actions button", "Schließen"))
	(&visit{b}).wait("it is open again", func() bool { return d.get(tk.ID).Category != ticket.Closed })
	b.goTo("/audit?ticket=" + string(tk.ID))
	b.sees("Anna Berger hat das Ticket übernommen", "Chef wartet")
}

// TestReplyCanBeHeldBack sends, takes back, sends again and closes the page: nothing is lost and nothing goes twice.
func TestReplyCanBeHeldBack(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	b := d.as("anna", "en", 1440, 900)
	b.longOffers()
	b.goTo(path(tk))
	b.ready(tk)
	b.sees("To Kim Sommer <kim@customer.example>")
	b.keys("r")
	b.until(`document.activeElement.tagName === 'TEXTAREA'`)
	b.keys("Please restart it.")
	b.chord(kb.Enter, chromedp.ModifierCtrl)
	b.sees("Sending the reply", "About to be sent")
	require.NotContains(t, d.types(tk.ID), "message.sent")
	b.click(".toast-action", "Undo")
	b.until(`document.querySelector('.composer textarea').value === 'Please restart it.'`)
	b.lacks("About to be sent")
	b.click(".composer textarea", "")
	b.chord(kb.Enter, chromedp.ModifierCtrl)
	b.sees("About to be sent")
	b.goTo("/profile") // leaving sends what waits
	b.until(`document.querySelector('.page-head')`)
	b.goTo(path(tk))
	b.until(`document.querySelectorAll('.message-own:not(.message-waiting)').length === 1`)
	require.Equal(t, 1, strings.Count(strings.Join(d.types(tk.ID), " "), "message.sent"))
}

func TestRaceForAClaim(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	b := d.as("bert", "de", 1440, 900)
	b.stillStream()
	b.expect("412")
	b.expect("409")
	b.goTo(path(tk))
	b.ready(tk)
	_, err := d.Tickets().Claim(t.Context(), d.actor("anna"), tk.ID, 0)
	require.NoError(t, err)
	b.keys("c")
	b.sees("schneller", "Anna Berger")
	b.until(find("#assign-menu", "Anna Berger"))
	require.Equal(t, d.users["anna"].ID, d.get(tk.ID).Assignee.ID)
}

func TestPresence(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("The printer on the second floor is on fire")
	a, b := d.as("anna", "en", 1440, 900), d.as("bert", "en", 1440, 900)
	a.goTo(path(tk))
	a.ready(tk)
	const place = `document.querySelector('.timeline').getBoundingClientRect().top`
	alone := eval[float64](a, place)
	b.goTo(path(tk))
	b.ready(tk)
	a.sees("Bert Öztürk viewing")
	b.keys("r")
	b.until(`document.activeElement.tagName === 'TEXTAREA'`)
	b.keys("I am on it")
	a.sees("Bert Öztürk writing")
	require.InDelta(t, alone, eval[float64](a, place), 0.5, "who comes moves nothing")
	a.until(row(tk) + `.querySelector('.row-present')`)
	b.keys(kb.Escape)
	b.keys("u")
	a.until(`!document.querySelector('.present')`)
}

// TestDraft keeps what somebody writes over a new message, another owner and a reload.
func TestDraft(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	b := d.as("anna", "en", 1440, 900)
	b.goTo(path(tk))
	b.ready(tk)
	b.keys("r")
	b.until(`document.activeElement.tagName === 'TEXTAREA'`)
	b.keys("Half a thought")
	kept := `document.querySelector('.composer textarea').value === 'Half a thought'`
	_, err := d.Tickets().Receive(t.Context(), system, ticket.Incoming{Channel: "imap", Key: "k1", Number: tk.Number, Text: "Still burning!", From: ticket.Person{Name: "Kim Sommer", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "kim@customer.example"}}})
	require.NoError(t, err)
	b.sees("Still burning!")
	b.until(kept)
	_, err = d.Tickets().Assign(t.Context(), d.actor("bert"), tk.ID, 0, d.users["bert"].ID)
	require.NoError(t, err)
	b.until(find("#assign-menu", "Bert"))
	b.until(kept)
	b.goTo(path(tk))
	b.ready(tk)
	b.until(kept)
	b.until(row(tk) + `.querySelector('.row-draft')`)
}

// TestListStaysStill shows that nothing moves under the pointer, and that what is new comes when asked for.
func TestListStaysStill(t *testing.T) {
	t.Parallel()
	d := setup(t)
	first := d.open("First")
	d.open("Second")
	b := d.as("anna", "de", 1440, 900)
	b.goTo("/tickets?view=open")
	b.until(row(first))
	b.hover(".row-link", "First")
	order := `[...document.querySelectorAll('.row')].map(r => r.dataset.ticket).join()`
	before := eval[string](b, order)
	third := d.open("Third")
	_, err := d.Tickets().Note(t.Context(), d.actor("bert"), first.ID, 0, ticket.NewMessage{Body: "moves it to the top"})
	require.NoError(t, err)
	b.sees("1 neues")
	require.Equal(t, before, eval[string](b, order))
	require.False(t, eval[bool](b, "!!"+row(third)))
	b.click(".fresh", "")
	b.until(row(third))
	require.NotEqual(t, before, eval[string](b, order))
}

// TestStreamGoesOn cuts the connection: what happened meanwhile is there afterwards, once.
func TestStreamGoesOn(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	b := d.as("anna", "en", 1440, 900)
	b.expect("ERR_") // the browser says that the connection was lost
	b.goTo(path(tk))
	b.ready(tk)
	_, err := d.Tickets().Note(t.Context(), d.actor("bert"), tk.ID, 0, ticket.NewMessage{Body: "before the cut"})
	require.NoError(t, err)
	b.sees("before the cut")
	d.server.CloseClientConnections()
	for i := range 3 {
		_, err := d.Tickets().Note(t.Context(), d.actor("bert"), tk.ID, 0, ticket.NewMessage{Body: fmt.Sprintf("after the cut %d", i)})
		require.NoError(t, err)
	}
	b.sees("after the cut 0", "after the cut 2")
	require.Equal(t, 5, eval[int](b, `document.querySelectorAll('[data-message]').length`))
	require.Equal(t, "1,2,3,4,5", eval[string](b, `[...document.querySelectorAll('[data-message]')].map(m => m.dataset.message).join()`))
}

// TestBulk changes many in one call; those that refuse are named, and the others can be taken back.
func TestBulk(t *testing.T) {
	t.Parallel()
	d := setup(t)
	var all []*ticket.Ticket
	for i := range 20 {
		all = append(all, d.open(fmt.Sprintf("Ticket %d", i)))
	}
	b := d.as("anna", "de", 1440, 900)
	b.stillStream()
	b.longOffers()
	b.goTo("/tickets?view=open")
	b.until(row(all[19]))
	for _, tk := range all[3:6] {
		require.NoError(t, d.Tickets().Delete(t.Context(), d.actor("admin"), tk.ID, 0))
	}
	b.keys("*a")
	b.sees("20 ausgewählt")
	b.mu.Lock()
	b.requests = nil
	b.mu.Unlock()
	b.click(".bulk button", "Übernehmen")
	b.sees("17 Tickets geändert", "3 ließen sich nicht ändern")
	require.Equal(t, d.users["anna"].ID, d.get(all[0].ID).Assignee.ID)
	b.mu.Lock()
	require.Equal(t, 1, strings.Count(strings.Join(b.requests, "\n"), "/api/tickets/bulk"), "one call for all")
	b.mu.Unlock()
	b.click(".toast-action", "Einzelheiten")
	b.until(`document.querySelectorAll('[role=dialog] .bulk-result li').length === 20`)
	require.Equal(t, "404,404,404", eval[string](b, `[...document.querySelectorAll('.bulk-result li')].map(e => e.dataset.result).filter(s => s !== '200').join()`))
	b.click("[role=dialog] .icon-button", "Schließen")
	b.until(`!document.querySelector('[role=dialog]')`)
	b.click(".toast-action", "Rückgängig")
	b.sees("Rückgängig gemacht.")
	require.Nil(t, d.get(all[0].ID).Assignee)
	require.Nil(t, d.get(all[19].ID).Assignee)
}

// TestKeyboardAlone triages without a mouse.
func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	d := setup(t)
	old, tk := d.open("Second in the list"), d.open("First in the list")
	b := d.as("anna", "en", 1440, 900)
	b.goTo("/tickets?view=open")
	b.until(row(old))
	b.keys("j")
	b.ready(tk)
	b.keys("c")
	b.sees("claimed")
	b.keys("p")
	b.until(`document.querySelector('[role=menu]')?.contains(document.activeElement)`)
	b.keys(kb.ArrowDown)
	b.until(`document.querySelector('.menu-item[data-highlighted]')`)
	b.keys(kb.Enter)
	b.until(`!document.querySelector('[role=menu]')`)
	b.keys("n")
	b.until(`document.activeElement.tagName === 'TEXTAREA'`)
	b.keys("looked at it")
	b.chord(kb.Enter, chromedp.ModifierCtrl)
	b.sees("Note saved")
	b.keys("j")
	b.ready(old)
	b.keys("k")
	b.ready(tk)
	b.keys("#")
	b.sees(fmt.Sprintf("#%d closed", tk.Number))
	b.ready(old)
	b.keys("?")
	b.sees("Keyboard shortcuts", "Next ticket")
	b.keys(kb.Escape)
	b.until(`!document.querySelector('[role=dialog]')`)
	b.chord("k", chromedp.ModifierCtrl)
	b.until(`document.querySelector('.palette input')`)
	b.keys("audit")
	b.until(find(".palette-item", "Audit log"))
	b.keys(kb.Enter)
	b.until(`location.pathname === '/desk/audit'`)
	b.keys("gt")
	b.until(`location.pathname === '/desk/tickets'`)
	require.Equal(t, ticket.Closed, d.get(tk.ID).Category)
	require.Contains(t, d.types(tk.ID), "ticket.priority_changed")
}

// TestKeysCanBeOff turns single keys off, as who dictates needs it (WCAG 2.1.4).
func TestKeysCanBeOff(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	b := d.as("anna", "en", 1440, 900)
	b.goTo("/profile")
	b.click(".switch", "Use keys without Ctrl")
	b.goTo(path(tk))
	b.ready(tk)
	b.keys("c")
	b.chord("k", chromedp.ModifierCtrl)
	b.until(`document.querySelector('.palette input')`)
	require.Nil(t, d.get(tk.ID).Assignee)
}

func TestUsers(t *testing.T) {
	t.Parallel()
	d := setup(t)
	b := d.as("admin", "de", 1440, 900)
	b.expect("409")
	b.goTo("/settings/users")
	b.click("button", "Benutzer anlegen")
	b.click("[role=dialog] [name=username]", "")
	b.keys("clara")
	b.click("[role=dialog] [name=name]", "")
	b.keys("Clara Neu")
	b.click("[role=dialog] button", "Vorschlagen")
	b.click("[role=dialog] .modal-actions button", "Benutzer anlegen")
	b.sees("Clara Neu wurde angelegt")
	b.until(`document.querySelector('[data-user=clara]')`)
	b.choose("[data-user=clara] button", "", "Benutzer löschen")
	b.click("[role=alertdialog] button", "Benutzer löschen")
	b.sees("Clara Neu wurde gelöscht")
	b.until(`!document.querySelector('[data-user=clara]')`)
	b.choose("[data-user=admin] button", "", "Benutzer löschen")
	b.click("[role=alertdialog] button", "Benutzer löschen")
	b.sees("Die letzte aktive Administration muss bleiben.")
	b.until(`document.querySelector('[data-user=admin]')`)
}

// TestHostileMail shows the HTML of a stranger: no script runs, nothing is fetched from the web, and the policy has nothing to report.
func TestHostileMail(t *testing.T) {
	t.Parallel()
	d := setup(t)
	r, err := d.Tickets().Receive(t.Context(), system, ticket.Incoming{Channel: "imap", Key: "k1", Subject: "<img src=x onerror=alert(1)>", Text: "Hello <script>window.bad = 1</script>",
		HTML: `<p>Hello <b>there</b></p><script>parent.bad = 1</script><img src="https://tracker.invalid/x.png"><a href="javascript:alert(1)">x</a><form action="https://evil.invalid"><input></form>`,
		From: ticket.Person{Name: `"><script>window.bad=1</script>`, Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "mallory@evil.example"}}})
	require.NoError(t, err)
	b := d.as("anna", "en", 1440, 900)
	b.goTo(path(r.Ticket))
	b.ready(r.Ticket)
	b.click(".message .link", "Show formatted")
	b.until(`document.querySelector('.mail iframe')`)
	require.Equal(t, "allow-popups allow-popups-to-escape-sandbox", eval[string](b, `document.querySelector('.mail iframe').getAttribute('sandbox')`))
	b.until(`performance.getEntriesByType('resource').some(r => r.name.includes('/html'))`)
	require.False(t, eval[bool](b, `'bad' in window`))
	b.sees("<script>window.bad = 1</script>")
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	dir := t.TempDir()
	svg := filepath.Join(dir, "drawing.svg")
	require.NoError(t, os.WriteFile(svg, []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), 0o600))
	b := d.as("anna", "en", 1440, 900)
	b.goTo(path(tk))
	b.ready(tk)
	b.keys("n")
	b.until(`document.activeElement.tagName === 'TEXTAREA'`)
	nodes, err := chromedp.Run(b.ctx, chromedp.QueryNodeIDs(chromedp.CSS(`.composer input[type=file]`)))
	require.NoError(t, err)
	_, err = chromedp.Call(b.ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{svg}, NodeID: nodes[0]})
	require.NoError(t, err)
	b.sees("drawing.svg")
	b.click(".composer button", "Save note")
	b.until(find(".message .file", "drawing.svg"))
	head := eval[[]string](b, `fetch(document.querySelector('.message .file').href).then(r => [r.headers.get('Content-Disposition'), r.headers.get('Content-Type'), r.headers.get('Content-Security-Policy')])`)
	require.Contains(t, head[0], "attachment")
	require.NotContains(t, head[1], "svg")
	require.Contains(t, head[2], "sandbox")
}

// TestSessionCookie is a reminder: scripts must not be able to read who is signed in.
func TestSessionCookie(t *testing.T) {
	t.Parallel()
	d := setup(t)
	b := d.as("", "en", 1280, 800)
	b.goTo("/")
	b.until(`location.pathname === '/desk/login'`)
	b.click("[name=username]", "")
	b.keys("anna")
	b.click("[name=password]", "")
	b.keys(password + kb.Enter)
	b.sees("Overview")
	require.NotContains(t, eval[string](b, "document.cookie"), httpapi.SessionCookie)
}
