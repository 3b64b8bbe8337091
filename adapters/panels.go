package adapters

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// Panel is a message in a chat, such as Discord, by which people open tickets: one entry for each kind of ticket.
type Panel struct {
	ID      string      `json:"-"`
	Channel string      `json:"channel_id"` // where it stands
	Title   PanelText   `json:"title"`
	Text    PanelText   `json:"text"`
	Style   PanelStyle  `json:"style"`
	Mode    PanelMode   `json:"mode,omitempty"` // where its tickets live; "" is as the configuration has it
	Kinds   []PanelKind `json:"kinds"`
	Off     bool        `json:"off,omitempty"`

	Fixed     bool      `json:"-"` // of the configuration: cannot be changed here
	Version   int64     `json:"-"`
	CreatedAt time.Time `json:"-"`
	UpdatedAt time.Time `json:"-"`
}

// PanelStyle is how the kinds of a panel are shown.
type PanelStyle string

// The styles.
const (
	PanelButtons PanelStyle = "buttons"
	PanelSelect  PanelStyle = "select"
)

// PanelMode is where the tickets of a panel live in the chat.
type PanelMode string

// The modes.
const (
	PanelChannels PanelMode = "channel" // each in a private channel
	PanelThreads  PanelMode = "thread"  // each in a private thread of the panel's channel
)

// PanelText is a text in both languages. An empty one is the other.
type PanelText struct {
	DE string `json:"de"`
	EN string `json:"en"`
}

// Outside is what happens to tickets outside of the hours of a kind.
type Outside string

// The choices.
const (
	OutsideWarn   Outside = "warn" // the person is told when the team is back
	OutsideRefuse Outside = "refuse"
)

// PanelKind is one kind of ticket. Ids of roles, people and categories are the chat's. What is empty is as the configuration has it.
type PanelKind struct {
	ID              string          `json:"id"` // unique over all panels; stays the same
	Label           PanelText       `json:"label"`
	Emoji           string          `json:"emoji"`
	Queue           ticket.QueueID  `json:"queue"`
	Priority        ticket.Priority `json:"priority"`
	CategoryIDs     []string        `json:"category_ids"`
	SupportRoleIDs  []string        `json:"support_role_ids"`
	RequiredRoleIDs []string        `json:"required_role_ids"`
	BlockedRoleIDs  []string        `json:"blocked_role_ids"`
	BlockedUserIDs  []string        `json:"blocked_user_ids"`
	CooldownMinutes int             `json:"cooldown_minutes"`
	Hours           string          `json:"hours"` // as for business hours: Mo-Fr 08:00-18:00
	Outside         Outside         `json:"outside_hours"`
	Questions       []PanelQuestion `json:"questions"`
}

// PanelQuestion is one question of the form that opens a ticket.
type PanelQuestion struct {
	ID       string    `json:"id"`
	Label    PanelText `json:"label"`
	Long     bool      `json:"long"`
	Optional bool      `json:"optional"`
	Options  []string  `json:"options"` // to choose from; none is a text
}

// PanelsConfig is what Panels are made of. Store and Verify are required.
type PanelsConfig struct {
	Store PanelStore
	Fixed []Panel // of the configuration
	// Verify says what is wrong with a panel as it is set up. It does no I/O.
	Verify func(Panel) error
	// Changed is called after every change; nil is not. It must not block.
	Changed func()
	Now     func() time.Time // nil is time.Now
}

// Panels are the panels of a desk: those of its configuration, and those that were set up at the desk. All methods may be called
// concurrently.
type Panels struct{ cfg PanelsConfig }

// NewPanels checks c and does no I/O.
func NewPanels(c PanelsConfig) (*Panels, error) {
	if c.Store == nil || c.Verify == nil {
		return nil, errors.New("adapters: Store and Verify are required for panels")
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Panels{c}, nil
}

// Active gives the panels that were set up at the desk and are on: for the adapter, never for a person.
func (b *Panels) Active(ctx context.Context) ([]Panel, error) {
	all, err := b.own(ctx)
	return slices.DeleteFunc(all, func(p Panel) bool { return p.Off }), err
}

func (b *Panels) own(ctx context.Context) ([]Panel, error) {
	rows, err := b.cfg.Store.Panels(ctx)
	if err != nil {
		return nil, err
	}
	var out []Panel
	for _, r := range rows {
		var p Panel
		if err := json.Unmarshal([]byte(r.Settings), &p); err != nil {
			return nil, fmt.Errorf("settings of panel %s: %w", r.ID, err)
		}
		p.ID, p.Version, p.CreatedAt, p.UpdatedAt = r.ID, r.Version, r.CreatedAt, r.UpdatedAt
		out = append(out, p)
	}
	return out, nil
}

// PanelDesk lets administrators look after Panels.
type PanelDesk struct {
	service *ticket.Service
	book    *Panels
}

// NewPanelDesk ties panels to the rules of a desk.
func NewPanelDesk(s *ticket.Service, b *Panels) *PanelDesk { return &PanelDesk{s, b} }

// List gives all panels, those of the configuration first. It needs adapter:read.
func (d *PanelDesk) List(ctx context.Context, a ticket.Actor) ([]Panel, error) {
	if err := d.service.Require(ctx, a, ticket.OpAdapterRead); err != nil {
		return nil, err
	}
	out := slices.Clone(d.book.cfg.Fixed)
	for n := range out {
		out[n].Fixed = true
	}
	own, err := d.book.own(ctx)
	return append(out, own...), err
}

func (d *PanelDesk) find(ctx context.Context, id string) (Panel, error) {
	if slices.ContainsFunc(d.book.cfg.Fixed, func(p Panel) bool { return p.ID == id }) {
		return Panel{}, ticket.Errorf(ticket.Conflict, "this panel is set up in the configuration of the program, and is changed there")
	}
	own, err := d.book.own(ctx)
	if err != nil {
		return Panel{}, err
	}
	n := slices.IndexFunc(own, func(p Panel) bool { return p.ID == id })
	if n < 0 {
		return Panel{}, ticket.Errorf(ticket.NotFound, "there is no such panel")
	}
	return own[n], nil
}

// check refuses what cannot work, and a kind that another panel has: a button must say which kind it means.
func (d *PanelDesk) check(ctx context.Context, a ticket.Actor, p Panel) error {
	if p.Style != PanelButtons && p.Style != PanelSelect {
		return ticket.InvalidField("style", "must be buttons or select")
	}
	if p.Mode != "" && p.Mode != PanelChannels && p.Mode != PanelThreads {
		return ticket.InvalidField("mode", "must be channel or thread, or empty")
	}
	for _, k := range p.Kinds {
		if k.Outside != "" && k.Outside != OutsideWarn && k.Outside != OutsideRefuse {
			return ticket.InvalidField("kinds", "outside_hours of %q must be warn or refuse", k.ID)
		}
		if k.CooldownMinutes < 0 || k.CooldownMinutes > 30*24*60 {
			return ticket.InvalidField("kinds", "cooldown_minutes of %q must be between 0 and 43200", k.ID)
		}
	}
	if err := d.book.cfg.Verify(p); err != nil {
		return &ticket.Error{Kind: ticket.Invalid, Field: "kinds", Msg: err.Error()}
	}
	if err := d.queues(ctx, a, p); err != nil {
		return err
	}
	all, err := d.List(ctx, a)
	if err != nil {
		return err
	}
	for _, o := range all {
		for _, k := range o.Kinds {
			if o.ID != p.ID && slices.ContainsFunc(p.Kinds, func(mine PanelKind) bool { return mine.ID == k.ID }) {
				return &ticket.Error{Kind: ticket.Conflict, Field: "kinds", Msg: fmt.Sprintf("another panel has a kind %q already", k.ID)}
			}
		}
	}
	return nil
}

// queues demands that the queues of a panel exist.
func (d *PanelDesk) queues(ctx context.Context, a ticket.Actor, p Panel) error {
	all, err := d.service.Queues(ctx, a)
	if err != nil {
		return err
	}
	for _, k := range p.Kinds {
		if k.Queue != "" && !slices.ContainsFunc(all, func(q ticket.Queue) bool { return q.ID == k.Queue }) {
			return ticket.InvalidField("kinds", "the queue of %q does not exist or is not yours", k.ID)
		}
	}
	return nil
}

// Create sets up a panel. It needs adapter:manage and adapter:read, as all that follow.
func (d *PanelDesk) Create(ctx context.Context, a ticket.Actor, p Panel) (Panel, error) {
	if err := d.service.Require(ctx, a, ticket.OpAdapterManage); err != nil {
		return Panel{}, err
	}
	now := d.book.cfg.Now().UTC().Truncate(time.Microsecond)
	p.ID, p.Version, p.CreatedAt, p.UpdatedAt, p.Fixed = ticket.NewID(now), 1, now, now, false
	if err := d.check(ctx, a, p); err != nil {
		return Panel{}, err
	}
	r, err := recordOf(p)
	if err != nil {
		return Panel{}, err
	}
	// First, so that nothing is set up without a trace.
	if err := d.service.RecordPanel(ctx, a, ticket.EventPanelCreated, p.ID); err != nil {
		return Panel{}, err
	}
	if err := d.book.cfg.Store.InsertPanel(ctx, r); err != nil {
		return Panel{}, err
	}
	d.changed()
	return p, nil
}

// Update changes a panel: change gets it as it is.
func (d *PanelDesk) Update(ctx context.Context, a ticket.Actor, id string, change func(*Panel)) (Panel, error) {
	if err := d.service.Require(ctx, a, ticket.OpAdapterManage); err != nil {
		return Panel{}, err
	}
	p, err := d.find(ctx, id)
	if err != nil {
		return Panel{}, err
	}
	was := p.Version
	change(&p)
	p.ID, p.Version, p.UpdatedAt = id, was+1, d.book.cfg.Now().UTC().Truncate(time.Microsecond)
	if err := d.check(ctx, a, p); err != nil {
		return Panel{}, err
	}
	r, err := recordOf(p)
	if err != nil {
		return Panel{}, err
	}
	if err := d.service.RecordPanel(ctx, a, ticket.EventPanelUpdated, id); err != nil {
		return Panel{}, err
	}
	if err := d.book.cfg.Store.UpdatePanel(ctx, r, was); err != nil {
		return Panel{}, err
	}
	d.changed()
	return p, nil
}

// Delete forgets a panel; its message goes, and its tickets stay.
func (d *PanelDesk) Delete(ctx context.Context, a ticket.Actor, id string) error {
	if err := d.service.Require(ctx, a, ticket.OpAdapterManage); err != nil {
		return err
	}
	if _, err := d.find(ctx, id); err != nil {
		return err
	}
	if err := d.service.RecordPanel(ctx, a, ticket.EventPanelDeleted, id); err != nil {
		return err
	}
	if err := d.book.cfg.Store.DeletePanel(ctx, id); err != nil {
		return err
	}
	d.changed()
	return nil
}

func (d *PanelDesk) changed() {
	if d.book.cfg.Changed != nil {
		d.book.cfg.Changed()
	}
}

func recordOf(p Panel) (PanelRecord, error) {
	b, err := json.Marshal(p)
	return PanelRecord{ID: p.ID, Settings: string(b), Version: p.Version, CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt}, err
}
