package httpapi

import (
	"context"
	"net/http"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

// Channels tells how the adapters fare; *adapters.Hub is one.
type Channels interface {
	Channels(ctx context.Context, a ticket.Actor) ([]adapters.Channel, error)
	Troubled() bool
}

func mailboxRoutes() []route {
	return []route{
		{method: get, path: "/admin/channels", id: "listChannels", summary: "How the channels and their mailboxes fare", op: ticket.OpAdapterRead, status: 200, answer: page[channelDTO]{}, run: (*call).listChannels},
		{method: get, path: "/admin/mailboxes", id: "listMailboxes", summary: "The mailboxes, those of the configuration first", op: ticket.OpAdapterRead, status: 200, answer: page[mailboxDTO]{}, run: (*call).listMailboxes},
		{method: post, path: "/admin/mailboxes", id: "createMailbox", summary: "Set up a mailbox", op: ticket.OpAdapterManage, body: newMailboxDTO{}, status: 201, answer: mailboxDTO{}, run: (*call).createMailbox},
		{method: edit, path: "/admin/mailboxes/{id}", id: "editMailbox", summary: "Change a mailbox; secrets that are left out stay", op: ticket.OpAdapterManage, body: editMailboxDTO{}, status: 200, answer: mailboxDTO{}, run: (*call).editMailbox},
		{method: del, path: "/admin/mailboxes/{id}", id: "deleteMailbox", summary: "Forget a mailbox; its tickets and mails stay", op: ticket.OpAdapterManage, status: 204, run: (*call).deleteMailbox},
		{method: post, path: "/admin/mailboxes/{id}/check", id: "checkMailbox", summary: "Connect to a mailbox and say what is found", op: ticket.OpAdapterManage, status: 200, answer: page[findingDTO]{}, run: (*call).checkMailbox},
	}
}

// sourceDTO is a mailbox of a channel, or whatever else it takes from.
type sourceDTO struct {
	ID          string               `json:"id"`
	Name        string               `json:"name"`
	State       adapters.SourceState `json:"state" enum:"connecting,ready,busy,standby,waiting,stopped" doc:"standby: another process has it; waiting: tried again soon; stopped: somebody has to act"`
	Since       stamp                `json:"since"`
	LastImport  *stamp               `json:"last_import"`
	LastContact *stamp               `json:"last_contact"`
	LagSeconds  int64                `json:"lag_seconds" doc:"age of the oldest item that is known and not in"`
	Imported    int64                `json:"imported" doc:"since the process began"`
	Parked      int64                `json:"parked" doc:"since the process began"`
	LastError   string               `json:"last_error"`
	LastErrorAt *stamp               `json:"last_error_at"`
	Fix         string               `json:"fix" doc:"what to do about it; empty when it passes by itself"`
	RetryAt     *stamp               `json:"retry_at"`
}

// channelDTO is an adapter.
type channelDTO struct {
	Name        string            `json:"name"`
	State       adapters.RunState `json:"state" enum:"stopped,running,waiting"`
	Sends       bool              `json:"sends"`
	Received    int64             `json:"received" doc:"since the process began"`
	Parked      int64             `json:"parked" doc:"since the process began"`
	LastError   string            `json:"last_error"`
	LastErrorAt *stamp            `json:"last_error_at"`
	Sources     []sourceDTO       `json:"sources"`
}

func (c *call) listChannels() error {
	if c.api.cfg.Channels == nil {
		return ticket.Errorf(ticket.NotFound, "this desk has no channels")
	}
	list, err := c.api.cfg.Channels.Channels(c.ctx(), c.actor())
	if err != nil {
		return err
	}
	out := page[channelDTO]{Items: make([]channelDTO, 0, len(list))}
	for _, ch := range list {
		d := channelDTO{Name: ch.Name, State: ch.State, Sends: ch.Sends, Received: ch.Received, Parked: ch.Status.Parked, LastError: ch.LastError, LastErrorAt: stampOf(ch.LastErrorAt), Sources: []sourceDTO{}}
		for _, s := range ch.Sources {
			d.Sources = append(d.Sources, sourceDTO{s.ID, s.Name, s.State, stamp(s.Since), stampOf(s.LastImport), stampOf(s.LastContact), int64(s.Lag.Seconds()), s.Imported, s.Parked,
				s.LastError, stampOf(s.LastErrorAt), s.LastErrorFix, stampOf(s.RetryAt)})
		}
		out.Items = append(out.Items, d)
	}
	return c.json(http.StatusOK, out)
}

// mailboxDTO is a mailbox.
type mailboxDTO struct {
	ID              string          `json:"id"`
	Address         string          `json:"address"`
	Server          string          `json:"server" doc:"host:port"`
	SignIn          adapters.SignIn `json:"sign_in" enum:"password,oauth"`
	ReadOnly        bool            `json:"read_only" doc:"set up in the configuration of the program"`
	HasSecret       bool            `json:"has_secret" doc:"secrets are never shown"`
	Version         int64           `json:"version"`
	User            string          `json:"user" doc:"who signs in, when it is not the address; with OAuth, whose token it is"`
	Security        string          `json:"security" doc:"tls, starttls or none; empty: by the port"`
	TenantID        string          `json:"tenant_id" doc:"of Entra ID"`
	ClientID        string          `json:"client_id"`
	TokenURL        string          `json:"token_url" doc:"empty: the provider's"`
	Folder          string          `json:"folder" doc:"empty: INBOX"`
	Queue           ticket.QueueID  `json:"queue" doc:"of mail whose recipients have none; empty: the default queue"`
	AfterImport     string          `json:"after_import" doc:"move, flag, delete or leave; empty: move"`
	ProcessedFolder string          `json:"processed_folder" doc:"empty: Processed"`
	FailedFolder    string          `json:"failed_folder" doc:"empty: Failed"`
	SentFolder      string          `json:"sent_folder" doc:"empty: the one that the server marks, else one that is called so"`
	SentCopy        string          `json:"sent_copy" doc:"whether copies of mails that left from the address are kept in sent_folder: auto, on or off; empty is auto, which keeps them unless the SMTP server does so by itself"`
	Active          bool            `json:"active"`
}

func mailboxOf(m adapters.Mailbox) mailboxDTO {
	return mailboxDTO{m.ID, m.Address, m.Server, m.SignIn, m.Fixed, m.HasSecret || m.Fixed, m.Version, m.User, m.Security, m.TenantID, m.ClientID, m.TokenURL, m.Folder,
		m.Queue, m.After, m.Processed, m.Failed, m.Sent, m.SentCopy, !m.Off}
}

// newMailboxDTO is a mailbox to be. What may be left out has the meaning of an empty text in mailboxDTO.
type newMailboxDTO struct {
	Address         string          `json:"address" required:"true"`
	Server          string          `json:"server" required:"true" doc:"host:port"`
	SignIn          adapters.SignIn `json:"sign_in" enum:"password,oauth" doc:"left out: password"`
	User            string          `json:"user"`
	Security        string          `json:"security"`
	Password        string          `json:"password"`
	ClientSecret    string          `json:"client_secret"`
	RefreshToken    string          `json:"refresh_token"`
	TenantID        string          `json:"tenant_id"`
	ClientID        string          `json:"client_id"`
	TokenURL        string          `json:"token_url"`
	Folder          string          `json:"folder"`
	Queue           ticket.QueueID  `json:"queue"`
	AfterImport     string          `json:"after_import"`
	ProcessedFolder string          `json:"processed_folder"`
	FailedFolder    string          `json:"failed_folder"`
	SentFolder      string          `json:"sent_folder"`
	SentCopy        string          `json:"sent_copy"`
}

// editMailboxDTO changes what is there.
type editMailboxDTO struct {
	User            *string         `json:"user"`
	Server          *string         `json:"server" doc:"host:port; needs the secret anew, as token_url and tenant_id do"`
	Security        *string         `json:"security"`
	Password        *string         `json:"password"`
	ClientSecret    *string         `json:"client_secret"`
	RefreshToken    *string         `json:"refresh_token"`
	TenantID        *string         `json:"tenant_id"`
	ClientID        *string         `json:"client_id"`
	TokenURL        *string         `json:"token_url"`
	Folder          *string         `json:"folder"`
	Queue           *ticket.QueueID `json:"queue"`
	AfterImport     *string         `json:"after_import"`
	ProcessedFolder *string         `json:"processed_folder"`
	FailedFolder    *string         `json:"failed_folder"`
	SentFolder      *string         `json:"sent_folder"`
	SentCopy        *string         `json:"sent_copy"`
	Active          *bool           `json:"active"`
}

func (in *editMailboxDTO) apply(m *adapters.OpenMailbox) {
	for _, f := range []struct {
		to   *string
		from *string
	}{{&m.User, in.User}, {&m.Server, in.Server}, {&m.Security, in.Security}, {&m.TenantID, in.TenantID}, {&m.ClientID, in.ClientID}, {&m.TokenURL, in.TokenURL}, {&m.Folder, in.Folder},
		{&m.After, in.AfterImport}, {&m.Processed, in.ProcessedFolder}, {&m.Failed, in.FailedFolder}, {&m.Sent, in.SentFolder}, {&m.SentCopy, in.SentCopy},
		{&m.Secret.Password, in.Password}, {&m.Secret.ClientSecret, in.ClientSecret}, {&m.Secret.RefreshToken, in.RefreshToken}} {
		if f.from != nil {
			*f.to = *f.from
		}
	}
	if in.Queue != nil {
		m.Queue = *in.Queue
	}
	if in.Active != nil {
		m.Off = !*in.Active
	}
}

// mailboxes gives the keeper of mailboxes, and the id from the path if there is one.
func (c *call) mailboxes() (*adapters.MailboxDesk, string, error) {
	if c.api.cfg.Mailboxes == nil {
		return nil, "", ticket.Errorf(ticket.NotFound, "this desk has no mailboxes of its own")
	}
	if c.r.PathValue("id") == "" {
		return c.api.cfg.Mailboxes, "", nil
	}
	id, err := c.pathID("id")
	return c.api.cfg.Mailboxes, id, err
}

func (c *call) listMailboxes() error {
	desk, _, err := c.mailboxes()
	if err != nil {
		return err
	}
	list, err := desk.List(c.ctx(), c.actor())
	if err != nil {
		return err
	}
	out := page[mailboxDTO]{Items: make([]mailboxDTO, 0, len(list))}
	for _, m := range list {
		out.Items = append(out.Items, mailboxOf(m))
	}
	return c.json(http.StatusOK, out)
}

func (c *call) createMailbox() error {
	desk, _, err := c.mailboxes()
	if err != nil {
		return err
	}
	var in newMailboxDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	m := adapters.OpenMailbox{Mailbox: adapters.Mailbox{Address: in.Address, Server: in.Server, SignIn: in.SignIn, User: in.User, Security: in.Security, TenantID: in.TenantID,
		ClientID: in.ClientID, TokenURL: in.TokenURL, Folder: in.Folder, Queue: in.Queue, After: in.AfterImport, Processed: in.ProcessedFolder, Failed: in.FailedFolder, Sent: in.SentFolder, SentCopy: in.SentCopy},
		Secret: adapters.MailboxSecret{Password: in.Password, ClientSecret: in.ClientSecret, RefreshToken: in.RefreshToken}}
	if m.SignIn == "" {
		m.SignIn = adapters.SignInPassword
	}
	got, err := desk.Create(c.ctx(), c.actor(), m)
	if err != nil {
		return err
	}
	return c.json(http.StatusCreated, mailboxOf(got))
}

func (c *call) editMailbox() error {
	desk, id, err := c.mailboxes()
	if err != nil {
		return err
	}
	var in editMailboxDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	got, err := desk.Update(c.ctx(), c.actor(), id, in.apply)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, mailboxOf(got))
}

func (c *call) deleteMailbox() error {
	desk, id, err := c.mailboxes()
	if err != nil {
		return err
	}
	if err := desk.Delete(c.ctx(), c.actor(), id); err != nil {
		return err
	}
	return c.empty()
}

// findingDTO is what a check has found.
type findingDTO struct {
	Level string `json:"level" enum:"ok,warning,error"`
	Check string `json:"check"`
	Text  string `json:"text"`
	Fix   string `json:"fix" doc:"what to do about it"`
}

func (c *call) checkMailbox() error {
	desk, id, err := c.mailboxes()
	if err != nil {
		return err
	}
	list, err := desk.Check(c.ctx(), c.actor(), id)
	if err != nil {
		return err
	}
	out := page[findingDTO]{Items: make([]findingDTO, 0, len(list))}
	for _, f := range list {
		out.Items = append(out.Items, findingDTO{f.Level, f.Check, f.Text, f.Fix})
	}
	return c.json(http.StatusOK, out)
}
