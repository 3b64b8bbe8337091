package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
	"github.com/ticketkit/ticketkit/examples/internal/server"
)

// TestDiscord runs the program against a Discord in memory.
func TestDiscord(t *testing.T) {
	t.Parallel()
	d := discordtest.New(discordtest.Config{Token: "token-of-the-bot", AnswerWithin: 2 * time.Minute})
	require.NoError(t, d.Start())
	t.Cleanup(d.Close)
	g := d.AddGuild("Example")
	help := g.AddChannel(discordtest.NewChannel{Name: "help"})
	erika := g.AddUser("erika")
	environ := []string{"JWT_SECRET=zR4-vQ9_kLm2Wx7PtYb3NcJd8HsGf5Aa", "DATA_DIR=" + t.TempDir(), "LISTEN_ADDR=127.0.0.1:0", "LOCALE=en", "DISCORD_BOT_TOKEN=token-of-the-bot",
		"DISCORD_GUILD_ID=" + g.ID, "TICKET_CHANNEL_ID=" + help.ID, "DISCORD_API_BASE=" + d.URL()}
	ctx, stop := context.WithCancel(t.Context())
	var out, errOut safeBuffer
	end := make(chan int, 1)
	go func() {
		end <- server.Run(ctx, server.Preset{Name: "test"}, []string{"serve"}, environ, &out, &errOut, nil)
	}()
	t.Cleanup(func() { stop(); <-end })

	patience, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	require.NoError(t, d.Wait(patience, func() bool { return len(g.Messages(help.ID)) == 1 }), "%s", &errOut)
	in, err := erika.Click(help.ID, g.Messages(help.ID)[0].ID, "tk1:open:ticket")
	require.NoError(t, err)
	a, err := in.Final(patience)
	require.NoError(t, err, "%s", &errOut)
	require.Contains(t, a.Message.Content, "Your ticket #")
	require.Len(t, erika.Channels(), 2)
	require.NoError(t, d.Wait(patience, func() bool { return len(g.Commands()) > 0 }), "%s", &errOut)
	before := len(d.Requests())
	var said safeBuffer
	require.Zero(t, server.Run(ctx, server.Preset{Name: "test"}, []string{"register-commands"}, environ, &said, &errOut, nil), "%s", &errOut)
	require.Contains(t, said.String(), "nothing was written")
	for _, r := range d.Requests()[before:] {
		require.NotEqual(t, "PUT", r.Method)
	}
}

func TestDiscordNamesTheVariable(t *testing.T) {
	t.Parallel()
	token, guild, channel := "DISCORD_BOT_TOKEN=t", "DISCORD_GUILD_ID=1", "TICKET_CHANNEL_ID=2"
	for key, environ := range map[string][]string{
		"DISCORD_GUILD_ID":          {token, channel},
		"TICKET_CHANNEL_ID":         {token, guild},
		"TICKET_CATEGORY_ID":        {token, guild, channel, "TICKET_CATEGORY_ID=1,tickets"},
		"SUPPORT_ROLE_IDS":          {"SUPPORT_ROLE_IDS=1"},
		"TRANSCRIPT_LOG_CHANNEL_ID": {token, guild, channel, "TRANSCRIPT_LOG_CHANNEL_ID=#log"},
		"ESCALATION_ROLE_IDS":       {token, guild, channel, "ESCALATION_ROLE_IDS=boss"},
		"TICKET_REQUIRED_ROLE_IDS":  {token, guild, channel, "TICKET_REQUIRED_ROLE_IDS=member"},
		"TICKET_BLOCKED_ROLE_IDS":   {token, guild, channel, "TICKET_BLOCKED_ROLE_IDS=x"},
		"TICKET_BLOCKED_USER_IDS":   {token, guild, channel, "TICKET_BLOCKED_USER_IDS=x"},
		"TICKET_COOLDOWN_MINUTES":   {token, guild, channel, "TICKET_COOLDOWN_MINUTES=soon"},
		"TICKET_OUTSIDE_HOURS":      {token, guild, channel, "TICKET_OUTSIDE_HOURS=maybe"},
		"CLAIM_LOCK":                {token, guild, channel, "CLAIM_LOCK=perhaps"},
		"PING_ONLINE":               {token, guild, channel, "PING_ONLINE=perhaps"},
		"CLOSE_REQUEST_HOURS":       {token, guild, channel, "CLOSE_REQUEST_HOURS=off"},
		"DISCORD_REFUSED_FILES":     {token, guild, channel, "DISCORD_REFUSED_FILES=exe,*.bat"},
		"DISCORD_API_BASE":          {token, guild, channel, "DISCORD_API_BASE=discord"},
	} {
		e, err := server.LoadEnv(nil, append(environ, "JWT_SECRET=zR4-vQ9_kLm2Wx7PtYb3NcJd8HsGf5Aa", "DATA_DIR="+t.TempDir()))
		require.NoError(t, err)
		_, err = server.Load(e, server.Preset{})
		require.ErrorContains(t, err, key)
	}
}

// TestLimitFromTheEnvironment: three tickets at a time in Discord unless the configuration says otherwise, and no bound elsewhere.
func TestLimitFromTheEnvironment(t *testing.T) {
	t.Parallel()
	for vars, want := range map[string]server.Config{
		"":                         {MaxOpenByChannel: map[string]int{"discord": 3}},
		"MAX_TICKETS_PER_USER=5":   {MaxOpenPerRequester: 5},
		"MAX_TICKETS_PER_USER=0":   {},
		"MAX_TICKETS_PER_USER=off": {},
	} {
		e, err := server.LoadEnv(nil, append(strings.Fields(vars), "JWT_SECRET=zR4-vQ9_kLm2Wx7PtYb3NcJd8HsGf5Aa", "DATA_DIR="+t.TempDir()))
		require.NoError(t, err)
		c, err := server.Load(e, server.Preset{})
		require.NoError(t, err, vars)
		require.Equal(t, want, server.Config{MaxOpenByChannel: c.MaxOpenByChannel, MaxOpenPerRequester: c.MaxOpenPerRequester}, vars)
	}
}
