package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
	"github.com/ticketkit/ticketkit/examples/internal/server"
	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/rbac"
)

// rehearsal runs the program against a Discord in memory, over real HTTP and a real websocket, and lets people live in it.
type rehearsal struct {
	args, environ []string
	out, errOut   io.Writer
	beat          time.Duration
	started       func(desk) // told once everything runs; nil in earnest

	printing sync.Mutex
}

// desk is how to reach the program that runs.
type desk struct {
	address, password string
	world             *world
}

// kept are the variables that mean the same in a rehearsal. Everything else of a real desk, its database and its channels, must not be
// touched by one.
var kept = []string{"LISTEN_ADDR", "PROJECT_NAME", "LOGO_URL", "BRAND_COLOR", "STATIC_DIR", "LOCALE", "TIME_ZONE", "LOG_LEVEL", "LOG_FORMAT", "DEBUG"}

// run rehearses until ctx ends and gives the exit code.
func (r *rehearsal) run(ctx context.Context) (code int, err error) {
	dir, err := os.MkdirTemp("", "ticketkit-rehearsal-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	w, err := newWorld()
	if err != nil {
		return 1, err
	}
	defer w.discord.Close()
	password := rbac.GeneratePassword()
	file := filepath.Join(dir, "rehearsal.env")
	if err := os.WriteFile(file, []byte(w.configuration(dir, password)), 0o600); err != nil {
		return 1, err
	}
	args := append([]string{"--env-file", file}, slices.DeleteFunc(slices.Clone(r.args), func(a string) bool { return strings.HasPrefix(a, "--demo") })...)
	var environ []string
	for _, kv := range r.environ {
		if name, _, _ := strings.Cut(kv, "="); slices.Contains(kept, name) {
			environ = append(environ, kv)
		}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var lives sync.WaitGroup
	defer lives.Wait()
	code = server.Run(ctx, preset(), args, environ, r.out, r.errOut, func(a server.Addresses) {
		d := desk{address: "http://" + a.HTTP, password: password, world: w}
		r.greet(d)
		lives.Go(func() { r.play(ctx, d) })
		if r.started != nil {
			r.started(d)
		}
	})
	stop()
	return code, nil
}

// configuration is the file that the program starts from, as the documentation of the bot has it.
func (w *world) configuration(dir, password string) string {
	lines := []string{
		"DISCORD_BOT_TOKEN=" + w.discord.Token(), "DISCORD_GUILD_ID=" + w.guild.ID, "TICKET_CHANNEL_ID=" + w.help.ID, "TRANSCRIPT_LOG_CHANNEL_ID=" + w.log.ID,
		"TICKET_CATEGORY_ID=" + w.box.ID, "SUPPORT_ROLE_IDS=" + w.support, "MAX_TICKETS_PER_USER=3", "SLA_FIRST_RESPONSE_MINUTES=30", "AUTO_CLOSE_INACTIVE_HOURS=48",
		"JWT_SECRET=" + keys.Generate(), "DISCORD_API_BASE=" + w.discord.URL(), "DATA_DIR='" + filepath.Join(dir, "data") + "'", "ADMIN_PASSWORD=" + password, "RATE_LIMIT=off",
	}
	return strings.Join(lines, "\n") + "\n"
}

func (r *rehearsal) greet(d desk) {
	r.say("  This is a rehearsal: Discord is one in memory at %s, and so are the people.", d.world.discord.URL())
	r.say("  The password of admin is  %s", d.password)
	r.say("  What they do is told below and shown at %s. Ctrl-C ends it, and nothing is kept.", d.address)
	r.say("")
}

func (r *rehearsal) say(format string, args ...any) {
	r.printing.Lock()
	defer r.printing.Unlock()
	_, _ = fmt.Fprintf(r.out, format+"\n", args...)
}

// world is the Discord of a rehearsal.
type world struct {
	discord        *discordtest.Server
	guild          *discordtest.Guild
	help, log, box discordtest.Channel
	support        string // role
	agents         []*discordtest.User
}

func newWorld() (*world, error) {
	w := &world{discord: discordtest.New(discordtest.Config{Token: "rehearsal", AnswerWithin: patience})}
	if err := w.discord.Start(); err != nil {
		return nil, err
	}
	w.guild = w.discord.AddGuild("Example")
	w.support = w.guild.AddRole("support", 0)
	w.guild.MoveRole(w.guild.BotRole(), 10) // as the README says: above the roles that it gives access
	w.help = w.guild.AddChannel(discordtest.NewChannel{Name: "hilfe"})
	w.log = w.guild.AddChannel(discordtest.NewChannel{Name: "ticket-log", Overwrites: []discordtest.Overwrite{{ID: w.guild.ID, Deny: discordtest.ViewChannel},
		{ID: w.discord.ApplicationID(), Member: true, Allow: discordtest.ViewChannel | discordtest.SendMessages | discordtest.AttachFiles | discordtest.EmbedLinks | discordtest.ReadMessageHistory}}})
	w.box = w.guild.AddChannel(discordtest.NewChannel{Name: "Tickets", Category: true})
	for _, name := range []string{"miriam", "jonas"} {
		w.agents = append(w.agents, w.guild.AddUser(name, w.support))
	}
	return w, nil
}
