package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/i18n"
	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

type secretCmd struct {
	Lost bool `help:"Instead: JWT_SECRET is a new one, for the one of this database is lost for good. What was recorded until now cannot be verified any more."`
}

func (s secretCmd) Run(p *program) error {
	if !s.Lost {
		_, err := fmt.Fprintln(p.out, keys.Generate())
		return err
	}
	if p.envErr != nil {
		return p.envErr
	}
	return p.withOpenStore(func(c *Config, st *store.Store, _ *store.FileBlobs) error {
		desk, err := c.bare(st)
		if err == nil {
			err = desk.Tickets().AdoptKey(p.ctx, ticket.SystemActor("command line"))
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(p.out, "The history goes on under this secret. Everybody signs in again; mailboxes that were set up in the panel need their password or sign-in again.")
		return err
	})
}

// bare is the desk without anything around it, for what needs its keys alone.
func (c *Config) bare(st *store.Store) (*ticketkit.Desk, error) {
	return ticketkit.New(ticketkit.Config{Store: st, Secret: c.Secret, PreviousSecret: c.PreviousSecret})
}

// checkSecret answers an error that wraps ticket.ErrForeignKey when the database is sealed with another secret than the configuration has.
func (c *Config) checkSecret(ctx context.Context, st *store.Store) error {
	desk, err := c.bare(st)
	if err != nil {
		return err
	}
	return desk.Tickets().CheckKey(ctx, ticket.SystemActor("start"))
}

// knowsSecret is checkSecret with an error for people.
func (p *program) knowsSecret(c *Config, st *store.Store) error {
	err := c.checkSecret(p.ctx, st)
	if !errors.Is(err, ticket.ErrForeignKey) {
		return err
	}
	return refusal{p.env.bad(cmp.Or(c.SecretKey, "JWT_SECRET"), "this is not the secret that the database is sealed with%s; give it that one, or name that one in JWT_SECRET_PREVIOUS if it was "+
		"to be changed; if it is lost for good: %s", c.keptSecret(), p.command("secret --lost"))}
}

// keptSecret tells of the secret that DATA_DIR keeps, if it does.
func (c *Config) keptSecret() string {
	file, kept := c.secretFile()
	switch {
	case c.SecretKey == "":
		return " (it was generated and is kept in " + file + ")"
	case kept:
		return " (one that was generated is kept in " + file + ")"
	}
	return ""
}

// secretFile is the file of a generated secret, and whether it is there.
func (c *Config) secretFile() (name string, there bool) {
	name = filepath.Join(c.DataDir, secretFile)
	_, err := os.Stat(name)
	return name, err == nil
}

// secret looks whether the secret is that of the database, and what of it cannot be opened.
func (x *examination) secret(ctx context.Context, st *store.Store) {
	const check = "secret"
	err := x.c.checkSecret(ctx, st)
	switch {
	case errors.Is(err, ticket.ErrForeignKey):
		key := "secret.foreign"
		file, kept := x.c.secretFile()
		if kept && x.c.SecretKey != "" {
			key = "secret.kept"
		}
		x.add(wrong, check, key, i18n.Args{"variable": cmp.Or(x.c.SecretKey, "JWT_SECRET"), "file": file, "command": x.p.command("secret --lost")})
		return
	case err != nil:
		x.add(wrong, "database", "database.unfit", i18n.Args{"database": x.c.Database.Name, "error": describe(err)})
		return
	}
	box, err := x.c.box()
	if err != nil {
		return // the configuration has said so
	}
	book, err := adapters.NewMailboxes(adapters.MailboxesConfig{Store: st, Box: box, Verify: func(adapters.OpenMailbox) error { return nil }})
	var list []adapters.OpenMailbox
	if err == nil {
		list, err = book.Open(ctx)
	}
	if err != nil {
		x.add(wrong, "database", "database.unfit", i18n.Args{"database": x.c.Database.Name, "error": describe(err)})
		return
	}
	for _, m := range list {
		if m.Sealed() {
			x.add(wrong, check, "secret.mailbox", i18n.Args{"mailbox": m.Address})
		}
	}
}
