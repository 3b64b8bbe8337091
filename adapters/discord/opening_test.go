package discord_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord"
	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
)

// pressOpen presses the button of the general kind.
func (w *world) pressOpen(u *discordtest.User) string {
	w.t.Helper()
	return w.press(u, w.help.ID, w.g.Messages(w.help.ID)[0].ID, "tk1:open:general")
}

func TestWhoMayOpen(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.stop()
	member, bad := w.g.AddRole("member", 0), w.g.AddRole("bad", 0)
	carl, dora, emil := w.g.AddUser("carl", member), w.g.AddUser("dora", member, bad), w.g.AddUser("emil", member)
	w.cfg.Rules = discord.Rules{RequiredRoleIDs: []string{member}}
	w.cfg.Kinds[0].Rules = discord.Rules{BlockedRoleIDs: []string{bad}, BlockedUserIDs: []string{emil.ID}}
	w.start()
	require.Contains(t, w.pressOpen(w.otto), "<@&"+member+">", "it says which role is missing")
	require.Contains(t, w.pressOpen(dora), "cannot open tickets here")
	require.Contains(t, w.pressOpen(emil), "cannot open tickets here")
	require.Empty(t, w.tickets())
	require.Contains(t, w.pressOpen(carl), "#1")
	in, err := dora.Click(w.help.ID, w.g.Messages(w.help.ID)[0].ID, "tk1:open:printer")
	require.NoError(t, err)
	a, err := in.Answer(w.ctx())
	require.NoError(t, err)
	require.NotNil(t, a.Modal, "the other kind blocks nobody")
}

func TestCooldown(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := setup(t, func(c *discord.Config) {
		c.Rules.Cooldown = time.Hour
		c.Now = func() time.Time { return now }
	})
	require.Contains(t, w.pressOpen(w.otto), "#1")
	w.stop()
	now = now.Add(30 * time.Minute)
	w.start()
	require.Contains(t, w.pressOpen(w.otto), "too fast", "a restart forgets nothing")
	require.Contains(t, w.pressOpen(w.erika), "#2", "others are others")
	w.stop()
	now = now.Add(31 * time.Minute)
	w.start()
	require.Contains(t, w.pressOpen(w.otto), "#3")
}

func TestHours(t *testing.T) {
	t.Parallel()
	sunday := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	w := setup(t, func(c *discord.Config) {
		c.Now = func() time.Time { return sunday }
		c.Zone = time.UTC
		c.Rules.Hours = "Mo-Fr 08:00-18:00"
		c.Kinds[1].Rules = discord.Rules{Hours: "Mo-Fr 09:00-10:00", RefuseOutside: true}
	})
	monday8 := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC).Unix()
	require.Contains(t, w.pressOpen(w.otto), "We are not here now")
	require.Len(t, w.tickets(), 1, "who is warned has a ticket all the same")
	require.Contains(t, w.pressOpen(w.erika), discord.Stamp(monday8))
	require.Len(t, w.tickets(), 2)
	in, err := w.otto.Click(w.help.ID, w.g.Messages(w.help.ID)[0].ID, "tk1:open:printer")
	require.NoError(t, err)
	a, err := in.Answer(w.ctx())
	require.NoError(t, err)
	require.Nil(t, a.Modal)
	require.Contains(t, a.Message.Content, discord.Stamp(monday8+3600), "the kind has hours of its own, and refuses")
}
