// Email is a desk for a mailbox: it reads mail by IMAP, with a password or OAuth 2, and answers by SMTP.
//
//	go run ./examples/email --env-file .env
package main

import (
	"os"
	_ "time/tzdata" // a bare machine has no time zones of its own

	"github.com/ticketkit/ticketkit/examples/internal/server"
)

func main() { os.Exit(server.Main(server.Preset{Name: "email"}, os.Args[1:])) }
