package transcript_test

import (
	stdcontext "context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/ticket/tickettest"
	"github.com/ticketkit/ticketkit/transcript"
)

func ExampleRender() {
	asked := time.Date(2026, 11, 20, 8, 5, 0, 0, time.UTC)
	messages := []ticket.Message{
		{N: 1, Kind: ticket.Public, Author: ticket.Author{Type: ticket.ActorContact, Name: "Erika Probst"}, Text: "Two lamps are missing.", CreatedAt: asked},
		{N: 2, Kind: ticket.Note, Author: ticket.Author{Type: ticket.ActorAccount, Name: "Mira Holm"}, Text: "Ask the store.", CreatedAt: asked.Add(time.Hour)},
	}
	source := transcript.Source{
		Ticket: ticket.Ticket{ID: "t", Number: 1042, Subject: "Lamps", Status: "open", Category: ticket.Open, CreatedAt: asked},
		Messages: func(yield func(ticket.Message, error) bool) {
			for _, m := range messages {
				if !yield(m, nil) {
					return
				}
			}
		},
	}
	if err := transcript.Render(stdcontext.Background(), os.Stdout, transcript.Text, source, transcript.Options{Lang: "en"}); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Transcript of ticket #1042
	// ==========================
	//
	// Subject:   Lamps
	// Status:    Open
	// Created:   20 Nov 2026, 08:05 UTC
	// Time zone: UTC
	//
	// ------------------------------------------------------------------------
	// [1] Erika Probst · 20 Nov 2026, 08:05 UTC
	// Requester
	//
	//     Two lamps are missing.
	//
	// ========================================================================
	// End of transcript: 1 message, 0 events.
}

func ExampleFromService() {
	ctx, actor := stdcontext.Background(), ticket.SystemActor("example")
	svc, err := ticket.NewService(ticket.Config{Store: tickettest.New(), Policy: grants{}, ChainKey: []byte(strings.Repeat("k", 32)),
		Now: func() time.Time { return time.Date(2026, 11, 20, 8, 5, 0, 0, time.UTC) }})
	if err != nil {
		fmt.Println(err)
		return
	}
	opened, err := svc.Open(ctx, actor, ticket.NewTicket{Subject: "Lamps", Body: "Two lamps are missing.",
		Requester: ticket.Person{Name: "Erika Probst", Identity: ticket.Identity{Value: "erika.probst@kunde.example"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := transcript.FromService(ctx, svc, actor, opened.ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	var page strings.Builder
	if err := transcript.Render(ctx, &page, transcript.HTML, source, transcript.Options{Lang: "en"}); err != nil {
		fmt.Println(err)
	}
	fmt.Println(strings.Contains(page.String(), "Two lamps are missing."))
	// Output: true
}

func ExampleContentSecurityPolicy() {
	header := http.Header{}
	header.Set("Content-Type", transcript.HTML.ContentType())
	header.Set("Content-Security-Policy", transcript.ContentSecurityPolicy()+"; frame-ancestors 'none'")
	fmt.Println(strings.HasPrefix(header.Get("Content-Security-Policy"), "default-src 'none'; img-src data:; style-src 'sha256-"))
	// Output: true
}

func ExampleFormats() {
	for _, f := range transcript.Formats() {
		fmt.Println("transcript."+string(f), f.ContentType())
	}
	fmt.Println(transcript.Format("pdf").Valid())
	// Output:
	// transcript.html text/html; charset=utf-8
	// transcript.md text/markdown; charset=utf-8
	// transcript.txt text/plain; charset=utf-8
	// transcript.json application/json
	// false
}
