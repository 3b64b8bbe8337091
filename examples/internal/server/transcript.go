package server

import (
	"fmt"
	"os"
	"time"

	"github.com/ticketkit/ticketkit/store"
)

type transcriptCmd struct {
	Verify transcriptVerifyCmd `cmd:"" help:"Check that a saved transcript is as this desk made it."`
}

type transcriptVerifyCmd struct {
	File string `arg:"" type:"existingfile" help:"The document."`
}

// Run needs no more of the secret than that there is one: the keys that verify are public and in the database.
func (v transcriptVerifyCmd) Run(p *program) error {
	return p.withOpenStore(func(c *Config, st *store.Store, _ *store.FileBlobs) error {
		desk, err := c.bare(st)
		if err != nil {
			return err
		}
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
