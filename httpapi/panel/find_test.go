//go:build !no_panel

package panel_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestPaletteFindsTickets goes to tickets from anywhere, by words and by number.
func TestPaletteFindsTickets(t *testing.T) {
	t.Parallel()
	d := setup(t)
	fire, toner := d.open("Printer on fire"), d.open("Toner is empty")
	b := d.as("anna", "en", 1440, 900)
	b.goTo("/")
	b.until(`document.querySelector('.nav-search')`)
	b.chord("k", chromedp.ModifierCtrl)
	b.until(`document.activeElement?.matches('.palette input')`)
	b.keys("fire printer")
	b.click(".palette-item", fmt.Sprintf("#%d Printer on fire", fire.Number))
	b.ready(fire)
	b.chord("k", chromedp.ModifierCtrl)
	b.until(`document.activeElement?.matches('.palette input')`)
	b.keys(fmt.Sprint(toner.Number))
	b.until(find(".palette-item.on", fmt.Sprintf("#%d", toner.Number)))
	b.keys(kb.Enter)
	b.ready(toner)
}

// TestTitleTellsWhatCame counts in the title of a window that nobody looks at.
func TestTitleTellsWhatCame(t *testing.T) {
	t.Parallel()
	d := setup(t)
	b := d.as("anna", "en", 1440, 900)
	b.onEveryPage(`window.EventSource = class extends EventSource { constructor(u) { super(u); this.addEventListener('open', () => { window.follows = true }) } }`)
	b.goTo("/tickets?view=open")
	b.until(`window.follows && !document.title.startsWith('(')`)
	hide := func(hidden bool) {
		eval[bool](b, fmt.Sprintf(`(Object.defineProperty(document, 'hidden', {value: %v, configurable: true}), document.dispatchEvent(new Event('visibilitychange')))`, hidden))
	}
	hide(true)
	d.open("Printer on fire")
	d.open("Toner is empty")
	b.until(`document.title.startsWith('(2) ')`)
	hide(false)
	b.until(`!document.title.startsWith('(')`)
}
