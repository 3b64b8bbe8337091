package said_test

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/said"
)

// TestTexts: every sentence has its text in both languages and every text its sentence; German readers are addressed as Sie.
func TestTexts(t *testing.T) {
	t.Parallel()
	c, err := i18n.Load(said.Files())
	require.NoError(t, err)
	require.Empty(t, i18n.Parity(c))
	b, err := fs.ReadFile(said.Files(), "de.json")
	require.NoError(t, err)
	var own map[string]string
	require.NoError(t, json.Unmarshal(b, &own))
	for key, text := range own {
		require.NotRegexp(t, `\b([Dd]u|[Dd]ir|[Dd]ich|[Dd]eine?[rmns]?)\b`, text, key)
	}
	for _, key := range said.Keys() {
		require.True(t, c.Has("said."+key), "said.%s", key)
		delete(own, "said."+key)
	}
	for key := range own {
		require.False(t, strings.HasPrefix(key, "said."), "%s has no sentence", key)
	}
}

func TestFind(t *testing.T) {
	t.Parallel()
	for msg, want := range map[string]string{
		"must not be empty": "empty", "must be between 1 and 1000": "between", "must be a colour such as #1d4ed8": "colour", `unknown placeholder "x": there are a, b`: "placeholder",
		"unknown operator foo: there are is, prio; put text with a colon into quotes": "operator", `unknown state "x"`: "unknown", "a sentence that nobody knows": "",
		"must be the name of a time zone like Europe/Berlin": "zone", "the setting has changed since: it is at version 3": "setting_stale",
	} {
		key, _ := said.Find(msg)
		require.Equal(t, want, key, msg)
	}
	_, names := said.Find("has 300 characters, at most 255 are allowed")
	require.Equal(t, []string{"300", "255"}, names)
}
