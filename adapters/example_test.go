package adapters_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

// A refused item is not lost: it waits among the parked ones until somebody has mended the cause.
func ExampleHub() {
	ctx := context.Background()
	st, err := sqlite.Open(ctx, ":memory:", sqlite.Options{})
	if err != nil {
		panic(err)
	}
	defer func() { _ = st.Close() }()
	if err := st.Migrate(ctx); err != nil {
		panic(err)
	}
	svc, err := ticket.NewService(ticket.Config{Store: st, Policy: policy{}, ChainKey: make([]byte, 32), Hooks: []ticket.Hook{
		func(context.Context, ticket.Tx, *ticket.Event) error { return errors.New("we are on holiday") }}})
	if err != nil {
		panic(err)
	}
	hub, err := adapters.New(adapters.Config{Service: svc, State: st})
	if err != nil {
		panic(err)
	}
	err = hub.Intake("telegraph").Receive(ctx, ticket.Incoming{Key: "1", Subject: "Stop the presses", Text: "At once."})
	fmt.Println("acknowledge:", err == nil)
	parked, err := hub.ListParked(ctx, agent, "", 10)
	if err != nil {
		panic(err)
	}
	fmt.Println(parked[0].Subject, "–", parked[0].Reason)
	// Output:
	// acknowledge: true
	// Stop the presses – refused by a rule of this desk: we are on holiday
}

func ExamplePermanent() {
	err := adapters.Permanent(errors.New("550 no such user"))
	fmt.Println(err, adapters.IsPermanent(fmt.Errorf("send: %w", err)))
	// Output: 550 no such user true
}
