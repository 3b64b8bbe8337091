package server

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// maxLine bounds one line of an NDJSON file.
const maxLine = 16 << 20

// lines reads an NDJSON file whole into values, so that nothing is done when one of its lines is wrong. Fields that nobody knows are told to strange,
// each once.
func lines[T any](p *program, file string, check func(*T) error, strange func(field string)) ([]T, error) {
	in := io.Reader(os.Stdin)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		in = f
	}
	var out []T
	told := map[string]bool{}
	s := bufio.NewScanner(in)
	s.Buffer(nil, maxLine)
	for n := 1; s.Scan(); n++ {
		line := bytes.TrimPrefix(bytes.TrimSpace(s.Bytes()), []byte("\ufeff"))
		if len(line) == 0 {
			continue
		}
		var v T
		err := json.Unmarshal(line, &v)
		if err == nil {
			err = check(&v)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", file, n, err)
		}
		for _, f := range unknownFields[T](line) {
			if !told[f] {
				told[f] = true
				strange(f)
			}
		}
		out = append(out, v)
		if err := p.ctx.Err(); err != nil {
			return nil, err
		}
	}
	return out, s.Err()
}

// unknownFields are those of the object that T has none for.
func unknownFields[T any](line []byte) []string {
	var all map[string]json.RawMessage
	if json.Unmarshal(line, &all) != nil {
		return nil
	}
	var out []string
	for k := range all {
		one, err := json.Marshal(map[string]any{k: nil})
		if err != nil {
			continue
		}
		d := json.NewDecoder(bytes.NewReader(one))
		d.DisallowUnknownFields()
		var v T
		if d.Decode(&v) != nil {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

type userImportCmd struct {
	File string `arg:"" help:"One account per line in JSON: username, name, email, role, password_hash (bcrypt or argon2id), active. - is the standard input."`
}

// importedUser is a line of it.
type importedUser struct {
	Username     string `json:"username"`
	Name         string `json:"name"`
	Email        string `json:"email"`
	Role         string `json:"role"` // "" is support
	PasswordHash string `json:"password_hash"`
	Active       *bool  `json:"active"` // nil is yes
}

func (u *importedUser) check() error {
	if strings.TrimSpace(u.Username) == "" {
		return errors.New("username is missing")
	}
	if u.Role == "" {
		u.Role = rbac.RoleSupport
	}
	if !slices.Contains([]string{rbac.RoleAdmin, rbac.RoleSupport, rbac.RoleViewer}, u.Role) {
		return fmt.Errorf("role %q is not admin, support or viewer", u.Role)
	}
	return nil
}

func (i userImportCmd) Run(p *program) error {
	list, err := lines(p, i.File, (*importedUser).check, func(f string) { _, _ = fmt.Fprintf(p.errOut, "nothing reads %q; it is left out\n", f) })
	if err != nil {
		return err
	}
	return p.withDesk(func(desk *ticketkit.Desk) error {
		system := ticket.SystemActor("command line")
		made, there := 0, 0
		for _, u := range list {
			if _, err := p.findUser(desk, u.Username); err == nil {
				there++
				continue
			}
			n := rbac.NewUser{Username: u.Username, Name: u.Name, Email: u.Email, Role: u.Role, PasswordHash: u.PasswordHash}
			if u.PasswordHash == "" {
				n.Password = rbac.GeneratePassword()
			}
			who, err := desk.Accounts().CreateUser(p.ctx, system, n)
			if err != nil {
				return fmt.Errorf("%s: %w (%d accounts were made before it)", u.Username, err, made)
			}
			made++
			if n.Password != "" {
				if _, err := fmt.Fprintf(p.out, "%s (%s) may sign in with %s\n", u.Username, u.Role, n.Password); err != nil {
					return err
				}
			}
			if u.Active != nil && !*u.Active {
				if _, err := desk.Accounts().UpdateUser(p.ctx, system, who.ID, rbac.UserChange{Active: u.Active}); err != nil {
					return fmt.Errorf("%s: %w", u.Username, err)
				}
			}
		}
		_, err := fmt.Fprintf(p.out, "%d accounts made, %d were there already\n", made, there)
		return err
	})
}

type ticketCmd struct {
	Import ticketImportCmd `cmd:"" help:"Take over tickets of another system from a file with one per line, in JSON; nothing is mailed."`
}

type ticketImportCmd struct {
	File string `arg:"" help:"The file; - is the standard input. The guide to migrating describes it."`
}

// importedTicket is a line of it.
type importedTicket struct {
	Key       string         `json:"key"`
	Subject   string         `json:"subject"`
	CreatedAt time.Time      `json:"created_at"`
	Status    ticket.Status  `json:"status"`   // "" is open
	Priority  string         `json:"priority"` // "" is normal
	Tags      []string       `json:"tags"`
	Fields    map[string]any `json:"fields"`
	Requester struct {
		Name  string `json:"name"`
		Email string `json:"email"`
	} `json:"requester"`
	Messages []importedMessage `json:"messages"`
}

type importedMessage struct {
	At     time.Time `json:"at"`
	From   string    `json:"from"` // requester, agent or note
	Author string    `json:"author"`
	Text   string    `json:"text"`
}

func (t *importedTicket) check() error {
	switch {
	case t.Key == "" || len(t.Key) > 400:
		return errors.New("key is missing, or longer than 400 bytes")
	case t.Subject == "":
		return errors.New("subject is missing")
	case t.Requester.Email == "":
		return errors.New("requester.email is missing")
	case t.CreatedAt.IsZero():
		return errors.New("created_at is missing")
	case len(t.Messages) == 0 || t.Messages[0].From != "requester":
		return errors.New("messages must begin with one from the requester")
	}
	if t.Status == "" {
		t.Status = "open"
	}
	if !slices.Contains([]ticket.Status{"open", "pending", "resolved", "closed"}, t.Status) {
		return fmt.Errorf("status %q is not open, pending, resolved or closed", t.Status)
	}
	at := t.CreatedAt
	for i := range t.Messages {
		m := &t.Messages[i]
		if !slices.Contains([]string{"requester", "agent", "note"}, m.From) {
			return fmt.Errorf("messages: from %q is not requester, agent or note", m.From)
		}
		if m.At.Before(at) { // what has no time of its own came with the one before
			m.At = at
		}
		at = m.At
	}
	return nil
}

// importer takes tickets over, with the clock at the time when things happened.
type importer struct {
	desk   *ticketkit.Desk
	system ticket.Actor
	now    time.Time
}

func (i ticketImportCmd) Run(p *program) error {
	list, err := lines(p, i.File, (*importedTicket).check, func(f string) { _, _ = fmt.Fprintf(p.errOut, "nothing reads %q; it is left out\n", f) })
	if err != nil {
		return err
	}
	im := &importer{system: ticket.SystemActor("import"), now: time.Now()}
	return p.withDeskAs(func(cfg *ticketkit.Config) {
		cfg.Adapters, cfg.Mail, cfg.Notices.Mails = nil, nil, map[ticket.NoticeKind]bool{}
		cfg.Now = func() time.Time { return im.now }
	}, func(desk *ticketkit.Desk) error {
		im.desk = desk
		made := 0
		for n := range list {
			fresh, err := im.take(p.ctx, &list[n])
			if err != nil {
				return fmt.Errorf("%s: ticket %s: %w\n%d tickets are in; the command may be repeated", i.File, list[n].Key, err, n)
			}
			if fresh {
				made++
			}
		}
		_, err := fmt.Fprintf(p.out, "%d tickets taken over, %d were there already\n", made, len(list)-made)
		return err
	})
}

// take makes one ticket, or what is missing of it, and tells whether there was anything to do.
func (im *importer) take(ctx context.Context, in *importedTicket) (fresh bool, err error) {
	svc, first := im.desk.Tickets(), in.Messages[0]
	im.now = in.CreatedAt
	t, err := svc.Open(ctx, im.system, ticket.NewTicket{Subject: in.Subject, Body: first.Text, Priority: ticket.Priority(in.Priority), Tags: in.Tags, Fields: in.Fields,
		Requester: ticket.Person{Name: in.Requester.Name, Identity: ticket.Identity{Kind: ticket.KindEmail, Value: in.Requester.Email}},
		Channel:   "import", Source: "import", CreatedAt: in.CreatedAt, Key: in.Key})
	if err != nil {
		return false, err
	}
	for n := t.MessageCount; n < len(in.Messages); n++ { // what an interrupted run has left
		m := in.Messages[n]
		im.now, fresh = m.At, true
		if err := im.message(ctx, t, in, n); err != nil {
			return false, fmt.Errorf("message %d: %w", n+1, err)
		}
	}
	fresh = fresh || t.Category == ticket.New // one that nobody has worked on was not finished here either
	if t, err = svc.Get(ctx, im.system, t.ID); err != nil || !fresh || t.Status == in.Status {
		return fresh, err
	}
	_, err = svc.SetStatus(ctx, im.system, t.ID, 0, in.Status)
	return fresh, err
}

func (im *importer) message(ctx context.Context, t *ticket.Ticket, in *importedTicket, n int) error {
	svc, m := im.desk.Tickets(), in.Messages[n]
	if m.From == "requester" {
		_, err := svc.Receive(ctx, im.system, ticket.Incoming{Channel: "import", Key: fmt.Sprintf("%s/%d", in.Key, n), Token: svc.ReplyToken(t.ID), Text: m.Text,
			From: ticket.Person{Name: in.Requester.Name, Identity: ticket.Identity{Kind: ticket.KindEmail, Value: in.Requester.Email}}})
		return err
	}
	head := m.At.UTC().Format("2006-01-02 15:04 UTC")
	if m.Author != "" {
		head = m.Author + ", " + head
	}
	_, err := svc.Note(ctx, im.system, t.ID, 0, ticket.NewMessage{Body: head + ":\n\n" + m.Text})
	return err
}
