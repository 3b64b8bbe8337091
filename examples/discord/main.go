// Discord is a desk for a Discord server: a bot with a button that opens private ticket channels, beside the pages and the API. It starts
// from the documented configuration of the bot that it replaces.
//
//	go run ./examples/discord --env-file .env
//
// Without a token, a server and anything else it can be tried in a rehearsal: the whole bot against a Discord in memory, with people who open
// tickets, write and are answered.
//
//	go run ./examples/discord --demo
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
	_ "time/tzdata" // a bare machine has no time zones of its own

	"github.com/ticketkit/ticketkit/examples/internal/server"
)

// beat is the time between two things that somebody in the rehearsal does.
const beat = 3 * time.Second

func preset() server.Preset {
	return server.Preset{Name: "discord", DemoHelp: "Rehearse: run the bot against a Discord in memory with simulated people, in a folder that is thrown away."}
}

func main() {
	if !rehearses(os.Args[1:]) {
		os.Exit(server.Main(preset(), os.Args[1:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := &rehearsal{args: os.Args[1:], environ: os.Environ(), out: os.Stdout, errOut: os.Stderr, beat: beat}
	code, err := r.run(ctx)
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "discord:", err)
		code = 1
	}
	os.Exit(code)
}

// rehearses reports whether the arguments ask for the rehearsal.
func rehearses(args []string) bool {
	return slices.ContainsFunc(args, func(a string) bool { return a == "--demo" || a == "--demo=true" })
}
