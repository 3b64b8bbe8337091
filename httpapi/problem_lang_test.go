package httpapi

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/said"
	"github.com/ticketkit/ticketkit/ticket"
)

// TestProblemsSpeakGerman: with Accept-Language, title and sentences are German; type and code are the same, and what has no translation stays as
// it is.
func TestProblemsSpeakGerman(t *testing.T) {
	t.Parallel()
	texts, err := i18n.Load(said.Files())
	require.NoError(t, err)
	a := &api{texts: texts}
	ask := func(lang string, err error) (p problemDTO, header string) {
		r := httptest.NewRequestWithContext(t.Context(), "PUT", "/branding", nil)
		if lang != "" {
			r.Header.Set("Accept-Language", lang)
		}
		w := httptest.NewRecorder()
		a.problem(w, r, err)
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
		require.Contains(t, w.Header().Values("Vary"), "Accept-Language")
		return p, w.Header().Get("Content-Language")
	}
	wrong := ticket.InvalidField("subject", "has 300 characters, at most 255 are allowed")
	en, lang := ask("", wrong)
	require.Empty(t, lang)
	de, lang := ask("de-DE,en;q=0.5", wrong)
	require.Equal(t, "de", lang)
	require.Equal(t, "subject: has 300 characters, at most 255 are allowed", en.Detail)
	require.Equal(t, "Betreff: hat 300 Zeichen, erlaubt sind 255", de.Detail)
	require.Equal(t, []fieldErrorDTO{{"subject", "hat 300 Zeichen, erlaubt sind 255", "too_many_characters"}}, de.Errors)
	require.Equal(t, en.Errors[0].Code, de.Errors[0].Code)
	require.Equal(t, en.Type, de.Type)
	require.Equal(t, "Die Angaben sind nicht gültig", de.Title)
	de, _ = ask("de", ticket.Errorf(ticket.Conflict, "a ticket that is closed cannot become new"))
	require.NotContains(t, de.Detail, "closed", "states have their names")
	de, _ = ask("de", ticket.Errorf(ticket.Conflict, "a sentence that nobody has translated"))
	require.Equal(t, "a sentence that nobody has translated", de.Detail)
	fr, lang := ask("fr", wrong)
	require.Empty(t, lang)
	require.Equal(t, en.Detail, fr.Detail)
}
