package adapters_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
)

func TestFindingsAreInBothLanguages(t *testing.T) {
	t.Parallel()
	c, err := i18n.Load(fstest.MapFS{
		"de.json": {Data: []byte(`{"a": "{x} fehlt", "a.fix": "{x} anlegen", "b": "gut"}`)},
		"en.json": {Data: []byte(`{"a": "{x} is missing", "a.fix": "make {x}", "b": "good"}`)},
	})
	require.NoError(t, err)
	f := adapters.Find(c, "error", "imap", "a", i18n.Args{"x": "Sent"})
	require.Equal(t, adapters.Finding{Level: "error", Check: "imap", Text: "Sent is missing", Fix: "make Sent", German: adapters.Words{Text: "Sent fehlt", Fix: "Sent anlegen"}}, f)
	require.Equal(t, "make Sent", f.In("en").Fix)
	require.Equal(t, "Sent fehlt", f.In("de").Text)
	require.Equal(t, "Sent anlegen", f.In("de").Fix)
	require.Empty(t, adapters.Find(c, "ok", "imap", "b").Fix)
	require.Equal(t, "only English", adapters.Finding{Text: "only English"}.In("de").Text, "better than nothing")
}
