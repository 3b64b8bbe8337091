package mailout_test

import (
	"context"
	"fmt"
	"log"
	"net/mail"
	"os"
	"path/filepath"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/mailout"
	"github.com/ticketkit/ticketkit/ticket"
)

// Without an SMTP server every answer becomes a file that a mail program opens.
func ExampleNew() {
	dir, err := os.MkdirTemp("", "outbox")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := mailout.New(mailout.Config{From: mail.Address{Name: "Support", Address: "support@desk.example"}, OutboxDir: dir})
	if err != nil {
		log.Fatal(err)
	}
	id, err := s.Send(context.Background(), adapters.Outbound{
		Key:     "0197a4c0-1111-7222-8333-444455556666",
		Ticket:  ticket.Ticket{Number: 1042, Subject: "Printer"},
		Message: ticket.Message{N: 2, Text: "It works again.", CreatedAt: time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)},
		To:      []adapters.Recipient{{Name: "Erika", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "erika@customer.example"}}},
	})
	if err != nil {
		log.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	fmt.Println(id)
	fmt.Println(filepath.Base(files[0]))
	// Output:
	// 0197a4c0-1111-7222-8333-444455556666@desk.example
	// 20261122T093000Z-1042-0197a4c0-1111-7222-8333-444455556666.eml
}
