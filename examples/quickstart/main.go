// Quickstart is a whole desk in one command: SQLite in ./data, mail in at 127.0.0.1:2525, pages and API at 127.0.0.1:8001.
//
//	go run ./examples/quickstart
package main

import (
	"os"
	_ "time/tzdata" // a bare machine has no time zones of its own

	"github.com/ticketkit/ticketkit/examples/internal/server"
)

func main() {
	os.Exit(server.Main(server.Preset{Name: "quickstart", SMTPDAddr: "127.0.0.1:2525", KeepSecret: true, Demo: true}, os.Args[1:]))
}
