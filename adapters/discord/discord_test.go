package discord

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
)

type noState struct{ adapters.Shared }

func (noState) Get(context.Context, string) (string, error) { return "", nil }

func TestTextsExistInBothLanguages(t *testing.T) {
	t.Parallel()
	c, err := i18n.Load(assets)
	require.NoError(t, err)
	require.Empty(t, i18n.Parity(c))
}

func TestConfig(t *testing.T) {
	t.Parallel()
	good := Config{Token: "t", GuildID: "1", PanelChannelID: "2", State: noState{}}
	d, err := New(good)
	require.NoError(t, err)
	require.Equal(t, "discord", d.Name())
	require.Len(t, d.cfg.Kinds, 1)
	for name, spoil := range map[string]func(*Config){
		"mode":            func(c *Config) { c.Mode = "forum" },
		"desk role":       func(c *Config) { c.DeskRoles = map[string]string{"@admin": "admin"} },
		"name":            func(c *Config) { c.Name = "Discord!" },
		"token":           func(c *Config) { c.Token = "" },
		"guild":           func(c *Config) { c.GuildID = "" },
		"panel":           func(c *Config) { c.PanelChannelID = "help" },
		"category":        func(c *Config) { c.CategoryIDs = []string{"1", "x"} },
		"role":            func(c *Config) { c.SupportRoleIDs = []string{"@support"} },
		"log":             func(c *Config) { c.LogChannelID = "#log" },
		"state":           func(c *Config) { c.State = nil },
		"locale":          func(c *Config) { c.Locale = "fr" },
		"kind's id":       func(c *Config) { c.Kinds = []Kind{{ID: "A B", Label: Text{DE: "x"}}} },
		"kind's label":    func(c *Config) { c.Kinds = []Kind{{ID: "a"}} },
		"two of one kind": func(c *Config) { c.Kinds = []Kind{{ID: "a", Label: Text{DE: "x"}}, {ID: "a", Label: Text{DE: "x"}}} },
		"priority":        func(c *Config) { c.Kinds = []Kind{{ID: "a", Label: Text{DE: "x"}, Priority: "now"}} },
		"question's label": func(c *Config) {
			c.Kinds = []Kind{{ID: "a", Label: Text{DE: "x"}, Questions: []Question{{ID: "q", Label: Text{DE: strings.Repeat("l", 46)}}}}}
		},
		"empty option": func(c *Config) {
			c.Kinds = []Kind{{ID: "a", Label: Text{DE: "x"}, Questions: []Question{{ID: "q", Label: Text{DE: "l"}, Options: []string{""}}}}}
		},
	} {
		c := good
		spoil(&c)
		_, err := New(c)
		require.Error(t, err, name)
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	require.Empty(t, split(" \n"))
	require.Equal(t, []string{"a"}, split("a"))
	long := strings.Repeat(strings.Repeat("ü", 99)+"\n", 45)
	parts := split(long)
	require.Len(t, parts, 3)
	for _, p := range parts {
		require.LessOrEqual(t, len([]rune(p)), maxContent)
		require.NotContains(t, strings.Trim(p, "ü\n"), "ü")
	}
	require.Equal(t, strings.TrimSpace(long), strings.Join(parts, "\n"), "cut at the ends of lines")
	require.Len(t, split(strings.Repeat("x", maxContent*2)), 2)
}

func TestNonces(t *testing.T) {
	t.Parallel()
	key := "01955f00-0000-7000-8000-000300000001"
	seen := map[string]bool{}
	for _, k := range []string{key, "01955f00-0000-7000-8000-000300000002", "panel:", "left:" + key} {
		for _, part := range []int{0, 1, 4095} {
			n := nonce(k, part)
			require.LessOrEqual(t, len(n), 25, "Discord takes no more")
			require.False(t, seen[n])
			require.Equal(t, n, nonce(k, part))
			seen[n] = true
		}
	}
}

// FuzzEvents feeds what comes from the network to what reads it.
func FuzzEvents(f *testing.F) {
	f.Add(`{"id":"1","type":5,"data":{"custom_id":"tk1:form:a","components":[{"type":18,"component":{"type":4,"custom_id":"q","value":"v"}}]},"user":{"id":"2"}}`)
	f.Add(`{"data":{"components":[{"type":99,"component":7},{"components":[null,[],{"custom_id":"s","values":["a"]}]}]}}`)
	f.Add(`{"id":"1","channel_id":"2","author":{"id":"3"},"content":"x","attachments":[{}],"message_reference":{}}`)
	f.Fuzz(func(t *testing.T, raw string) {
		w := &worker{Discord: &Discord{cfg: Config{Log: slog.New(slog.DiscardHandler)}}}
		if i, ok := decode[dInteraction](w, "x", []byte(raw)); ok {
			_ = i.who()
			for id := range i.answers() {
				require.NotEmpty(t, id)
			}
			_, _, _ = parseCustomID(i.Data.CustomID)
		}
		_, _ = decode[dMessage](w, "x", []byte(raw))
	})
}
