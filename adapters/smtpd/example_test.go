package smtpd_test

import (
	"context"
	"fmt"
	"log"
	"net"
	"net/smtp"

	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/smtpd"
)

// A desk gives the adapter its intake; here it is one that remembers.
func ExampleNew() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	a, err := smtpd.New(smtpd.Config{Listener: l, AcceptAny: true})
	if err != nil {
		log.Fatal(err)
	}
	intake := &adaptertest.Recorder{}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx, intake) }()
	err = smtp.SendMail(l.Addr().String(), nil, "erika@customer.example", []string{"support@localhost"},
		[]byte("From: Erika <erika@customer.example>\r\nTo: support@localhost\r\nSubject: Printer\r\n\r\nIt burns.\r\n"))
	if err != nil {
		log.Fatal(err)
	}
	cancel()
	fmt.Println(<-done)
	it := intake.Taken()[0].Item
	fmt.Println(it.From.Name, "wrote:", it.Subject)
	// Output:
	// <nil>
	// Erika wrote: Printer
}
