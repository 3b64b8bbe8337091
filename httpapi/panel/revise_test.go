//go:build !no_panel

package panel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// TestRevisionRefused has an answer leave while somebody changes it: the window says in the language of the panel why that cannot be, and keeps what
// was written.
func TestRevisionRefused(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Printer on fire")
	m, err := d.Tickets().Reply(t.Context(), d.actor("anna"), tk.ID, 0, ticket.NewMessage{Body: "Pour watter on it."})
	require.NoError(t, err)
	require.NoError(t, d.Tickets().DeliveryFailed(t.Context(), system, m.ID, "550 no such user"))
	b := d.as("anna", "de", 1440, 900)
	b.expect("409")
	b.stillStream()
	b.goTo(path(tk))
	b.ready(tk)
	b.choose(".message-own .message-menu", "", "Ändern")
	b.until(`document.querySelector('[role=dialog] [name=body]')`)
	require.NoError(t, d.Tickets().Delivered(t.Context(), system, m.ID, "1"))
	b.click("[role=dialog] [name=body]", "")
	b.until(`document.activeElement?.matches('[name=body]')`)
	b.keys("!")
	b.click("[role=dialog] .button-primary", "Speichern")
	b.until(find("[role=dialog] [role=alert]", "der nichts zurücknimmt"))
	require.Contains(t, eval[string](b, `document.querySelector('[role=dialog] [name=body]').value`), "!")
	b.click("[role=dialog] .modal-actions .button", "Abbrechen")
	b.until(`!document.querySelector('[role=dialog]')`)
	b.until(`!document.querySelector('.delivery-bad')`) // what is shown was asked for anew
	require.Equal(t, "Pour watter on it.", eval[string](b, `document.querySelector('.message-own .message-text').innerText.trim()`))
}
