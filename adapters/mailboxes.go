package adapters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/ticket"
)

// Mailbox is a mailbox of the desk, as far as it may be shown.
type Mailbox struct {
	ID        string         `json:"-"`
	Address   string         `json:"address"`
	User      string         `json:"user,omitempty"` // who signs in, when it is not Address
	Server    string         `json:"server"`         // host:port
	Security  string         `json:"security,omitempty"`
	SignIn    SignIn         `json:"sign_in"`
	TenantID  string         `json:"tenant_id,omitempty"` // of OAuth, as ClientID and TokenURL
	ClientID  string         `json:"client_id,omitempty"`
	TokenURL  string         `json:"token_url,omitempty"`
	Folder    string         `json:"folder,omitempty"`
	Queue     ticket.QueueID `json:"queue,omitempty"`
	After     string         `json:"after_import,omitempty"`
	Processed string         `json:"processed_folder,omitempty"`
	Failed    string         `json:"failed_folder,omitempty"`
	Sent      string         `json:"sent_folder,omitempty"`
	SentCopy  string         `json:"sent_copy,omitempty"` // auto, on or off; "" is auto
	Off       bool           `json:"off,omitempty"`

	Fixed     bool      `json:"-"` // of the configuration: cannot be changed here
	HasSecret bool      `json:"-"`
	Version   int64     `json:"-"`
	CreatedAt time.Time `json:"-"`
	UpdatedAt time.Time `json:"-"`
}

// SignIn is how a mailbox is opened.
type SignIn string

// The ways.
const (
	SignInPassword SignIn = "password"
	SignInOAuth    SignIn = "oauth"
)

// MailboxSecret is what opens a mailbox. It is kept encrypted and never shown.
type MailboxSecret struct {
	Password     string `json:"password,omitempty"`
	ClientSecret string `json:"client_secret,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
}

// OpenMailbox is a mailbox with its secret, for who connects to it.
type OpenMailbox struct {
	Mailbox
	Secret MailboxSecret
}

// Sealed reports whether there is a secret that could not be read: it was encrypted with a key that is not known any more.
func (m OpenMailbox) Sealed() bool { return m.HasSecret && m.Secret == MailboxSecret{} }

// MailboxesConfig is what Mailboxes are made of. Store, Box and Verify are required.
type MailboxesConfig struct {
	Store MailboxStore
	Box   *keys.Box
	Fixed []Mailbox // of the configuration
	// Verify says what is wrong with a mailbox as it is set up. It does no I/O.
	Verify func(OpenMailbox) error
	// Check connects and looks, as a Checker does. For a fixed mailbox the secret is empty.
	Check func(ctx context.Context, m OpenMailbox) []Finding
	// Login begins to sign in by OAuth, or tells how that stands. For a fixed mailbox the secret is empty. Nil: this desk cannot.
	Login func(ctx context.Context, m OpenMailbox, begin bool) (MailboxLogin, error)
	// Changed is called after every change; nil is not.
	Changed func()
	Now     func() time.Time // nil is time.Now
}

// Mailboxes are the mailboxes of a desk: those of its configuration, and those that were set up at the desk. All methods may be called
// concurrently.
type Mailboxes struct{ cfg MailboxesConfig }

// NewMailboxes checks c and does no I/O.
func NewMailboxes(c MailboxesConfig) (*Mailboxes, error) {
	if c.Store == nil || c.Box == nil || c.Verify == nil {
		return nil, errors.New("adapters: Store, Box and Verify are required for mailboxes")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Mailboxes{c}, nil
}

// Open gives the mailboxes that were set up at the desk and are on, with their secrets: for the adapter, never for a person. One whose secret
// cannot be read comes without it.
func (b *Mailboxes) Open(ctx context.Context) ([]OpenMailbox, error) {
	rows, err := b.cfg.Store.Mailboxes(ctx)
	if err != nil {
		return nil, err
	}
	var out []OpenMailbox
	for _, r := range rows {
		m, _, err := b.open(r)
		if err != nil && !errors.Is(err, keys.ErrSealed) {
			return nil, err
		}
		if !m.Off {
			out = append(out, m)
		}
	}
	return out, nil
}

func sealedName(id string) string { return "mailbox/" + id }

// Renew seals with the present key what the previous one has sealed, so that this one is needed no longer. It is to be called when a process starts; each process on
// the database must have the present key by then. Versions stay, so nobody connects anew.
func (b *Mailboxes) Renew(ctx context.Context) error {
	rows, err := b.cfg.Store.Mailboxes(ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		m, old, err := b.open(r)
		if errors.Is(err, keys.ErrSealed) || err == nil && !old {
			continue
		}
		if err == nil {
			r, err = b.record(m)
		}
		if err == nil {
			err = b.cfg.Store.UpdateMailbox(ctx, r, m.Version)
		}
		if k := ticket.KindOf(err); err != nil && k != ticket.Stale && k != ticket.NotFound { // whoever was faster has sealed it, or removed it
			return err
		}
	}
	return nil
}

// open gives a mailbox with its secret; old tells that the previous key was needed.
func (b *Mailboxes) open(r MailboxRecord) (m OpenMailbox, old bool, err error) {
	if err := json.Unmarshal([]byte(r.Settings), &m.Mailbox); err != nil {
		return m, false, fmt.Errorf("settings of mailbox %s: %w", r.ID, err)
	}
	m.ID, m.Version, m.CreatedAt, m.UpdatedAt, m.HasSecret = r.ID, r.Version, r.CreatedAt, r.UpdatedAt, r.Secret != ""
	if r.Secret == "" {
		return m, false, nil
	}
	plain, old, err := b.cfg.Box.Open(sealedName(r.ID), r.Secret)
	if err == nil {
		err = json.Unmarshal([]byte(plain), &m.Secret)
	}
	if err != nil {
		return m, false, fmt.Errorf("secret of mailbox %s: %w", r.ID, err)
	}
	return m, old, nil
}

func (b *Mailboxes) record(m OpenMailbox) (MailboxRecord, error) {
	settings, err := json.Marshal(m.Mailbox)
	if err != nil {
		return MailboxRecord{}, err
	}
	secret, err := json.Marshal(m.Secret)
	if err != nil {
		return MailboxRecord{}, err
	}
	return MailboxRecord{ID: m.ID, Settings: string(settings), Secret: b.cfg.Box.Seal(sealedName(m.ID), string(secret)), Version: m.Version,
		CreatedAt: m.CreatedAt, UpdatedAt: m.UpdatedAt}, nil
}

// MailboxDesk lets administrators look after Mailboxes.
type MailboxDesk struct {
	service *ticket.Service
	book    *Mailboxes
}

// NewMailboxDesk ties mailboxes to the rules of a desk.
func NewMailboxDesk(s *ticket.Service, b *Mailboxes) *MailboxDesk { return &MailboxDesk{s, b} }

// List gives all mailboxes, those of the configuration first. It needs adapter:read.
func (d *MailboxDesk) List(ctx context.Context, a ticket.Actor) ([]Mailbox, error) {
	if err := d.service.Require(ctx, a, ticket.OpAdapterRead); err != nil {
		return nil, err
	}
	out := slices.Clone(d.book.cfg.Fixed)
	for n := range out {
		out[n].Fixed = true
	}
	rows, err := d.book.cfg.Store.Mailboxes(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		m, _, err := d.book.open(r)
		if err != nil && !errors.Is(err, keys.ErrSealed) {
			return nil, err
		}
		out = append(out, m.Mailbox)
	}
	return out, nil
}

// find gives a mailbox that can be changed.
func (d *MailboxDesk) find(ctx context.Context, id string) (OpenMailbox, error) {
	if slices.ContainsFunc(d.book.cfg.Fixed, func(m Mailbox) bool { return m.ID == id }) {
		return OpenMailbox{}, ticket.Errorf(ticket.Conflict, "this mailbox is set up in the configuration of the program, and is changed there")
	}
	rows, err := d.book.cfg.Store.Mailboxes(ctx)
	if err != nil {
		return OpenMailbox{}, err
	}
	n := slices.IndexFunc(rows, func(r MailboxRecord) bool { return r.ID == id })
	if n < 0 {
		return OpenMailbox{}, ticket.Errorf(ticket.NotFound, "there is no such mailbox")
	}
	m, _, err := d.book.open(rows[n])
	if errors.Is(err, keys.ErrSealed) { // it can be given another one
		err = nil
	}
	return m, err
}

// check refuses what cannot work, and a second reader of one folder.
func (d *MailboxDesk) check(ctx context.Context, a ticket.Actor, m OpenMailbox) error {
	if err := d.book.cfg.Verify(m); err != nil {
		return &ticket.Error{Kind: ticket.Invalid, Field: "mailbox", Msg: err.Error()}
	}
	all, err := d.List(ctx, a)
	if err != nil {
		return err
	}
	same := func(o Mailbox) bool {
		return o.ID != m.ID && strings.EqualFold(o.Address, m.Address) && strings.EqualFold(folderOf(o), folderOf(m.Mailbox))
	}
	if slices.ContainsFunc(all, same) {
		return &ticket.Error{Kind: ticket.Conflict, Field: "address", Msg: "the desk reads this mailbox already"}
	}
	return nil
}

func folderOf(m Mailbox) string {
	if m.Folder == "" {
		return "INBOX"
	}
	return m.Folder
}

// Create sets up a mailbox. It needs adapter:manage and adapter:read, as all that follow.
func (d *MailboxDesk) Create(ctx context.Context, a ticket.Actor, m OpenMailbox) (Mailbox, error) {
	if err := d.service.Require(ctx, a, ticket.OpAdapterManage); err != nil {
		return Mailbox{}, err
	}
	now := d.book.cfg.Now().UTC().Truncate(time.Microsecond)
	m.ID, m.Version, m.CreatedAt, m.UpdatedAt, m.HasSecret = ticket.NewID(now), 1, now, now, true
	if err := d.check(ctx, a, m); err != nil {
		return Mailbox{}, err
	}
	r, err := d.book.record(m)
	if err != nil {
		return Mailbox{}, err
	}
	// First, so that nothing is set up without a trace.
	if err := d.service.RecordMailbox(ctx, a, ticket.EventMailboxCreated, m.ID); err != nil {
		return Mailbox{}, err
	}
	if err := d.book.cfg.Store.InsertMailbox(ctx, r); err != nil {
		return Mailbox{}, err
	}
	d.changed()
	return m.Mailbox, nil
}

// Update changes a mailbox: change gets it as it is, with its secrets.
func (d *MailboxDesk) Update(ctx context.Context, a ticket.Actor, id string, change func(*OpenMailbox)) (Mailbox, error) {
	if err := d.service.Require(ctx, a, ticket.OpAdapterManage); err != nil {
		return Mailbox{}, err
	}
	m, err := d.find(ctx, id)
	if err != nil {
		return Mailbox{}, err
	}
	was := m
	change(&m)
	if m.Server != was.Server || m.TokenURL != was.TokenURL || m.TenantID != was.TenantID { // a secret is never sent to where its owner has not brought it
		blank := OpenMailbox{Mailbox: was.Mailbox}
		change(&blank)
		if !brought(m, blank.Secret, was.Secret) {
			return Mailbox{}, ticket.InvalidField("server", "another server needs the password or the token anew")
		}
	}
	m.ID, m.Version, m.UpdatedAt, m.HasSecret = was.ID, was.Version+1, d.book.cfg.Now().UTC().Truncate(time.Microsecond), true
	if err := d.check(ctx, a, m); err != nil {
		return Mailbox{}, err
	}
	r, err := d.book.record(m)
	if err != nil {
		return Mailbox{}, err
	}
	if err := d.service.RecordMailbox(ctx, a, ticket.EventMailboxUpdated, id); err != nil {
		return Mailbox{}, err
	}
	if err := d.book.cfg.Store.UpdateMailbox(ctx, r, was.Version); err != nil {
		return Mailbox{}, err
	}
	d.changed()
	return m.Mailbox, nil
}

// brought reports whether all that would be sent to the new place of a mailbox came with the change. A refresh token has to be another one: the
// same stands for the one that was stored after it.
func brought(m OpenMailbox, with, was MailboxSecret) bool {
	if m.SignIn != SignInOAuth {
		return with.Password != ""
	}
	return with.RefreshToken != "" && with.RefreshToken != was.RefreshToken && (m.Secret.ClientSecret == "" || with.ClientSecret != "")
}

// Delete forgets a mailbox; its tickets stay, and so do its mails.
func (d *MailboxDesk) Delete(ctx context.Context, a ticket.Actor, id string) error {
	if err := d.service.Require(ctx, a, ticket.OpAdapterManage); err != nil {
		return err
	}
	if _, err := d.find(ctx, id); err != nil {
		return err
	}
	if err := d.service.RecordMailbox(ctx, a, ticket.EventMailboxDeleted, id); err != nil {
		return err
	}
	if err := d.book.cfg.Store.DeleteMailbox(ctx, id); err != nil {
		return err
	}
	d.changed()
	return nil
}

// Check connects to a mailbox and tells what it finds.
func (d *MailboxDesk) Check(ctx context.Context, a ticket.Actor, id string) ([]Finding, error) {
	if err := d.service.Require(ctx, a, ticket.OpAdapterManage); err != nil {
		return nil, err
	}
	if d.book.cfg.Check == nil {
		return nil, ticket.Errorf(ticket.NotFound, "this desk cannot check mailboxes")
	}
	if n := slices.IndexFunc(d.book.cfg.Fixed, func(m Mailbox) bool { return m.ID == id }); n >= 0 {
		return d.book.cfg.Check(ctx, OpenMailbox{Mailbox: d.book.cfg.Fixed[n]}), nil
	}
	m, err := d.find(ctx, id)
	if err != nil {
		return nil, err
	}
	return d.book.cfg.Check(ctx, m), nil
}

func (d *MailboxDesk) changed() {
	if d.book.cfg.Changed != nil {
		d.book.cfg.Changed()
	}
}
