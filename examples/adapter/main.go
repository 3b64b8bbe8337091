// Adapter shows a channel of one's own: adapter.go is all of it, adapter_test.go proves it, and main.go runs it in a desk that keeps
// its tickets in alarms.db.
//
//	SECRET_KEY=$(openssl rand -hex 32) go run ./examples/adapter
//	echo '{"id":"disk-17","name":"Watchdog","email":"ops@company.example","subject":"Disk full","text":"95 % of /var"}' | nc 127.0.0.1 7007
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/store/sqlite"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	st, err := sqlite.Open(ctx, "alarms.db", sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = st.Close() }()
	if err := st.Migrate(ctx); err != nil {
		return err
	}
	desk, err := ticketkit.New(ticketkit.Config{
		Store: st, Secret: []byte(os.Getenv("SECRET_KEY")), Locale: "en", Log: slog.Default(),
		Adapters: []adapters.Adapter{&Alarms{Network: "tcp", Addr: "127.0.0.1:7007"}},
	})
	if err != nil {
		return err
	}
	return desk.Run(ctx)
}
