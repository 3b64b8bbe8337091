package server

import (
	"fmt"
	"os"
	"time"

	"github.com/ticketkit/ticketkit"
)

type transcriptCmd struct {
	Verify transcriptVerifyCmd `cmd:"" help:"Check that a saved transcript is as this desk made it."`
}

type transcriptVerifyCmd struct {
	File string `arg:"" type:"existingfile" help:"The document."`
}

func (v transcriptVerifyCmd) Run(p *program) error {
	return p.withDesk(func(desk *ticketkit.Desk) error {
		f, err := os.Open(v.File)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		proof, err := desk.Seal().Verify(p.ctx, f)
		if err != nil {
			return fmt.Errorf("%s: %w", v.File, err)
		}
		made := "at a time that it does not say"
		if !proof.GeneratedAt.IsZero() {
			made = "on " + proof.GeneratedAt.Format(time.RFC3339)
		}
		_, err = fmt.Fprintf(p.out, "%s: valid; ticket #%d (%s), made %s by %q, key %s\n", v.File, proof.Number, proof.TicketID, made, proof.Desk, proof.KeyID)
		return err
	})
}
