package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

// Alarms takes tickets in from monitoring: each line on the socket is an alarm in JSON, and is answered with "ok" once it is safe, or
// with "again". Answers to the tickets go by the desk's mail.
type Alarms struct{ Network, Addr string }

type alarm struct{ ID, Name, Email, Subject, Text string }

// Name implements adapters.Adapter.
func (a *Alarms) Name() string { return "alarms" }

// Run implements adapters.Adapter.
func (a *Alarms) Run(ctx context.Context, in adapters.Intake) error {
	ln, err := (&net.ListenConfig{}).Listen(ctx, a.Network, a.Addr)
	if err != nil {
		return err // the desk waits a little and calls Run again
	}
	var lines sync.WaitGroup
	defer lines.Wait() // what has begun is finished
	serving, stop := context.WithCancel(ctx)
	defer stop()
	context.AfterFunc(serving, func() { _ = ln.Close() })
	for {
		conn, err := ln.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		lines.Go(func() { serve(serving, conn, in) })
	}
}

func serve(ctx context.Context, conn net.Conn, in adapters.Intake) {
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Now()) })() // no new line, but the answer to the last one
	for s := bufio.NewScanner(conn); s.Scan(); {
		answer := "ok"
		if err := take(context.WithoutCancel(ctx), in, s.Bytes()); err != nil {
			answer = "again"
		}
		_, _ = fmt.Fprintln(conn, answer) // who does not hear it asks again
	}
}

func take(ctx context.Context, in adapters.Intake, line []byte) error {
	var a alarm
	if err := json.Unmarshal(line, &a); err != nil || a.ID == "" {
		return in.Park(ctx, adapters.Parked{Reason: "not an alarm in JSON with an id", Raw: line})
	}
	return in.Receive(ctx, ticket.Incoming{
		Key:     a.ID, // the same alarm twice is one ticket
		From:    ticket.Person{Name: a.Name, Identity: ticket.Identity{Kind: ticket.KindEmail, Value: a.Email}},
		Subject: cmp.Or(a.Subject, "Alarm"), Text: a.Text, Priority: ticket.High,
	})
}
