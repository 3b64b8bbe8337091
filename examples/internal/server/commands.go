package server

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// deskID is a public name for a desk, put into its mails so that it knows them when they come back. It says nothing about the secret.
func deskID(secret []byte) string {
	b, err := hkdf.Key(sha256.New, secret, nil, "ticketkit/desk-id/v1", 8)
	if err != nil { // only possible for absurd lengths
		return ""
	}
	return hex.EncodeToString(b)
}

// withDesk opens the desk of the configuration without its channels, for a command that works on it and ends. The secret has to be that of the database.
func (p *program) withDesk(fn func(desk *ticketkit.Desk) error) error {
	return p.withDeskAs(func(*ticketkit.Config) {}, fn)
}

// withDeskAs is withDesk for a desk that change makes a little different.
func (p *program) withDeskAs(change func(*ticketkit.Config), fn func(desk *ticketkit.Desk) error) error {
	return p.withOpenStore(func(c *Config, st *store.Store, blobs *store.FileBlobs) error {
		if err := p.knowsSecret(c, st); err != nil {
			return err
		}
		cfg, err := deskConfig(c, st, blobs, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		change(&cfg)
		desk, err := ticketkit.New(cfg)
		if err != nil {
			return err
		}
		return fn(desk)
	})
}

// withOpenStore opens the store of the configuration, with its tables up to date.
func (p *program) withOpenStore(fn func(c *Config, st *store.Store, blobs *store.FileBlobs) error) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	log := p.logger(c)
	st, blobs, err := p.openStore(c, 0, log)
	if err != nil {
		return err
	}
	defer func() {
		if err := st.Close(); err != nil {
			log.Error("closing the database", "err", err)
		}
	}()
	return fn(c, st, blobs)
}

type demoCmd struct {
	Clear demoClearCmd `cmd:"" help:"Remove the demonstration tickets and their agents."`
}

type demoClearCmd struct{}

func (demoClearCmd) Run(p *program) error {
	return p.withDesk(func(desk *ticketkit.Desk) error {
		n, err := clearDemo(p.ctx, desk)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "%d demonstration tickets removed\n", n)
		return err
	})
}

type userCmd struct {
	Create userCreateCmd `cmd:"" help:"Make an account; its password is generated and printed."`
	Import userImportCmd `cmd:"" help:"Take over accounts of another system, with the hashes of their passwords."`
	Passwd userPasswdCmd `cmd:"" help:"Give an account a new password and end its sessions."`
	List   userListCmd   `cmd:"" help:"List the accounts."`

	Deactivate userDeactivateCmd `cmd:"" help:"End the sessions of an account and let it sign in no more; passwd brings it back."`
	Delete     userDeleteCmd     `cmd:"" help:"Remove an account; what it did keeps its name."`
}

type userCreateCmd struct {
	Username string `arg:""`
	Role     string `help:"admin, support or viewer." default:"support" enum:"admin,support,viewer"`
	Email    string `help:"Where they are told about tickets by mail."`
}

func (u userCreateCmd) Run(p *program) error {
	return p.withDesk(func(desk *ticketkit.Desk) error {
		password := rbac.GeneratePassword()
		_, err := desk.Accounts().CreateUser(p.ctx, ticket.SystemActor("command line"), rbac.NewUser{Username: u.Username, Email: u.Email, Password: password, Role: u.Role})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "%s (%s) may sign in with %s\n", u.Username, u.Role, password)
		return err
	})
}

type userPasswdCmd struct {
	Username string `arg:""`
}

func (u userPasswdCmd) Run(p *program) error {
	return p.withDesk(func(desk *ticketkit.Desk) error {
		who, err := p.findUser(desk, u.Username)
		if err != nil {
			return err
		}
		password, yes := rbac.GeneratePassword(), true
		_, err = desk.Accounts().UpdateUser(p.ctx, ticket.SystemActor("command line"), who.ID, rbac.UserChange{Password: &password, Active: &yes})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "%s may sign in with %s\n", who.Username, password)
		return err
	})
}

type userDeactivateCmd struct {
	Username string `arg:""`
}

func (u userDeactivateCmd) Run(p *program) error {
	return p.withDesk(func(desk *ticketkit.Desk) error {
		who, err := p.findUser(desk, u.Username)
		if err != nil {
			return err
		}
		no := false
		if _, err = desk.Accounts().UpdateUser(p.ctx, ticket.SystemActor("command line"), who.ID, rbac.UserChange{Active: &no}); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "%s may sign in no more\n", who.Username)
		return err
	})
}

type userDeleteCmd struct {
	Username string `arg:""`
}

func (u userDeleteCmd) Run(p *program) error {
	return p.withDesk(func(desk *ticketkit.Desk) error {
		who, err := p.findUser(desk, u.Username)
		if err != nil {
			return err
		}
		if err := desk.Accounts().DeleteUser(p.ctx, ticket.SystemActor("command line"), who.ID); err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.out, "%s is removed\n", who.Username)
		return err
	})
}

type userListCmd struct{}

func (userListCmd) Run(p *program) error {
	return p.withDesk(func(desk *ticketkit.Desk) error {
		return p.users(desk, func(u rbac.User) (bool, error) {
			state := "active"
			if !u.Active {
				state = "inactive"
			}
			_, err := fmt.Fprintf(p.out, "%-24s %-8s %s\n", u.Username, u.Role, state)
			return true, err
		})
	})
}

func (p *program) users(desk *ticketkit.Desk, fn func(rbac.User) (more bool, err error)) error {
	for after := ""; ; {
		us, err := desk.Accounts().ListUsers(p.ctx, ticket.SystemActor("command line"), after, 100)
		if err != nil || len(us) == 0 {
			return err
		}
		for _, u := range us {
			if more, err := fn(u); err != nil || !more {
				return err
			}
			after = u.Username
		}
	}
}

func (p *program) findUser(desk *ticketkit.Desk, name string) (found rbac.User, err error) {
	err = p.users(desk, func(u rbac.User) (bool, error) {
		if strings.EqualFold(u.Username, name) {
			found = u
		}
		return found.ID == "", nil
	})
	if err == nil && found.ID == "" {
		err = fmt.Errorf("there is no account %q", name)
	}
	return found, err
}

type migrateCmd struct {
	Up     migrateUpCmd     `cmd:"" help:"Bring the tables up to date."`
	Status migrateStatusCmd `cmd:"" help:"List the migrations."`
}

type migrateUpCmd struct{}

// Run goes over all desks when none is named.
func (migrateUpCmd) Run(p *program) error {
	return p.forEach(func(p *program) error {
		return p.withStore(func(_ *Config, st *store.Store) error {
			if err := st.Migrate(p.ctx); err != nil {
				return err
			}
			_, err := fmt.Fprintln(p.out, "the tables are up to date")
			return err
		})
	})
}

// withStore opens the store whatever its tables are like.
func (p *program) withStore(fn func(c *Config, st *store.Store) error) error {
	c, err := p.config()
	if err != nil {
		return err
	}
	st, _, err := openDatabase(p.ctx, c, 0, p.logger(c))
	if err != nil {
		return err
	}
	return errors.Join(fn(c, st), st.Close())
}

type migrateStatusCmd struct{}

// Run goes over all desks when none is named.
func (migrateStatusCmd) Run(p *program) error { return p.forEach(migrationStatus) }

func migrationStatus(p *program) error {
	return p.withStore(func(c *Config, st *store.Store) error {
		ms, err := st.MigrationStatus(p.ctx)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(p.out, c.Database.Name); err != nil {
			return err
		}
		for _, m := range ms {
			state := "waits"
			if !m.Applied.IsZero() {
				state = "applied " + m.Applied.UTC().Format(time.RFC3339)
			}
			if _, err := fmt.Fprintf(p.out, "%-40s %s\n", m.Name, state); err != nil {
				return err
			}
		}
		return nil
	})
}

type verifyCmd struct {
	Pinned string `help:"Compare with a line \"history pinned\" of the log too: its desk_events, a colon, its head." placeholder:"N:HEAD"`
}

func (v verifyCmd) Run(p *program) error {
	return p.withDesk(func(desk *ticketkit.Desk) error {
		actor := ticket.SystemActor("command line")
		seen, err := desk.Tickets().VerifyAll(p.ctx, actor)
		if err != nil {
			return err
		}
		if v.Pinned != "" {
			if err := pinned(p.ctx, desk, actor, v.Pinned); err != nil {
				return err
			}
		}
		if _, err = fmt.Fprintf(p.out, "%d events verified, none was changed, removed, inserted or reordered\n", seen.Events); err != nil || seen.Lost == 0 {
			return err
		}
		_, err = fmt.Fprintf(p.out, "%d events before %s cannot be verified: the secret that sealed them is lost\n", seen.Lost, seen.LostAt.UTC().Format(time.RFC3339))
		return err
	})
}

// pinned compares the desk's chain with its head as it was.
func pinned(ctx context.Context, desk *ticketkit.Desk, a ticket.Actor, pin string) error {
	place, head, ok := strings.Cut(pin, ":")
	n, err := strconv.ParseInt(place, 10, 64)
	mac, hexErr := hex.DecodeString(head)
	if !ok || err != nil || n < 1 || hexErr != nil || len(mac) == 0 {
		return fmt.Errorf("--pinned %q is not a number, a colon and hexadecimal digits", pin)
	}
	es, err := desk.Tickets().Audit(ctx, a, ticket.EventQuery{Desk: true, After: n - 1, Before: n + 1, Limit: 1})
	if err != nil {
		return err
	}
	if len(es) != 1 || !bytes.Equal(es[0].MAC, mac) {
		return fmt.Errorf("the desk's own history was cut or replaced: its event %d is not the one that was pinned", n)
	}
	return nil
}
