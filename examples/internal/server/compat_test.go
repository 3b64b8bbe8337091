package server_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
	"github.com/ticketkit/ticketkit/examples/internal/server"
)

// replacedFiles are the two files that the documentation of the replaced bot has, for the bot and for its API, with the ids of a Discord.
func replacedFiles(t *testing.T, d *discordtest.Server, secret string) []string {
	t.Helper()
	g := d.AddGuild("Example")
	support, help, log := g.AddRole("support", 0), g.AddChannel(discordtest.NewChannel{Name: "help"}), g.AddChannel(discordtest.NewChannel{Name: "log"})
	box := g.AddChannel(discordtest.NewChannel{Name: "tickets", Category: true})
	dir := t.TempDir()
	bot, api := filepath.Join(dir, "bot.env"), filepath.Join(dir, "backend.env")
	require.NoError(t, os.WriteFile(bot, []byte("# Discord\nDISCORD_BOT_TOKEN="+d.Token()+"\nDISCORD_GUILD_ID="+g.ID+"\nTICKET_CHANNEL_ID="+help.ID+"  # the panel\nTRANSCRIPT_LOG_CHANNEL_ID="+log.ID+
		"\nTICKET_CATEGORY_ID="+box.ID+"\nSUPPORT_ROLE_IDS="+support+","+g.AddRole("second line", 0)+"\nMAX_TICKETS_PER_USER=3\nSLA_FIRST_RESPONSE_MINUTES=30\nAUTO_CLOSE_INACTIVE_HOURS=48\nAPI_URL=http://localhost:8001\n"), 0o600))
	require.NoError(t, os.WriteFile(api, []byte("MONGO_URL=\"mongodb://localhost:27017\"\nDB_NAME=\"tickets\"\nJWT_SECRET="+secret+"\nCORS_ORIGINS=\"http://localhost:3000,https://desk.example\"\n"), 0o600))
	return []string{"--env-file", bot, "--env-file", api}
}

func TestTheFilesOfTheReplacedBotStartUnchanged(t *testing.T) {
	t.Parallel()
	d := discordtest.New(discordtest.Config{})
	require.NoError(t, d.Start())
	t.Cleanup(d.Close)
	args := replacedFiles(t, d, fileSecret)
	ctx, cancel := context.WithCancel(t.Context())
	var out, errOut safeBuffer
	code := make(chan int, 1)
	go func() {
		code <- server.Run(ctx, server.Preset{Name: "discord"}, args, []string{"DATA_DIR=" + t.TempDir(), "LISTEN_ADDR=127.0.0.1:0", "DISCORD_API_BASE=" + d.URL()}, &out, &errOut, nil)
	}()
	limit, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	require.NoError(t, d.Wait(limit, func() bool { return d.Connected() == 1 }), "%s", errOut.String())
	for _, key := range []string{"API_URL", "MONGO_URL", "DB_NAME"} {
		require.Contains(t, errOut.String(), key+" is read by nobody any more")
	}
	require.NotContains(t, errOut.String(), "mongodb://", "values may hold passwords")
	cancel()
	require.Equal(t, 0, <-code, errOut.String())
}

func TestThePlaceholdersOfTheDocumentationAreRefused(t *testing.T) {
	t.Parallel()
	d := discordtest.New(discordtest.Config{})
	require.NoError(t, d.Start())
	t.Cleanup(d.Close)
	for file, c := range map[int][3]string{
		1: {d.Token(), "DEIN_BOT_TOKEN_HIER", "DISCORD_BOT_TOKEN"},
		3: {fileSecret, "GENERIERE_EINEN_SICHEREN_KEY", "JWT_SECRET"},
	} {
		args := replacedFiles(t, d, fileSecret)
		b, err := os.ReadFile(args[file])
		require.NoError(t, err)
		text := []byte(replaceOnce(t, string(b), "="+c[0], "="+c[1]))
		require.NoError(t, os.WriteFile(args[file], text, 0o600))
		var out, errOut safeBuffer
		require.Equal(t, 1, server.Run(t.Context(), server.Preset{Name: "discord"}, args, []string{"DATA_DIR=" + t.TempDir()}, &out, &errOut, func(server.Addresses) { t.Error("it started") }))
		require.Contains(t, errOut.String(), c[2])
		require.Contains(t, errOut.String(), args[file], "the file is named")
		require.Contains(t, errOut.String(), "placeholder")
	}
}

func replaceOnce(t *testing.T, s, old, now string) string {
	t.Helper()
	require.Equal(t, 1, strings.Count(s, old))
	return strings.Replace(s, old, now, 1)
}
