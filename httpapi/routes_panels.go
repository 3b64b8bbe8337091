package httpapi

import (
	"net/http"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

func panelRoutes() []route {
	return []route{
		{method: get, path: "/admin/panels", id: "listPanels", summary: "The messages in chats by which tickets are opened, those of the configuration first", op: ticket.OpAdapterRead, status: 200, answer: page[panelDTO]{}, run: (*call).listPanels},
		{method: post, path: "/admin/panels", id: "createPanel", summary: "Set up a panel; it is posted at once", op: ticket.OpAdapterManage, body: newPanelDTO{}, status: 201, answer: panelDTO{}, run: (*call).createPanel},
		{method: edit, path: "/admin/panels/{id}", id: "editPanel", summary: "Change a panel, in the chat too", op: ticket.OpAdapterManage, body: editPanelDTO{}, status: 200, answer: panelDTO{}, run: (*call).editPanel},
		{method: del, path: "/admin/panels/{id}", id: "deletePanel", summary: "Take a panel away; its tickets stay", op: ticket.OpAdapterManage, status: 204, run: (*call).deletePanel},
	}
}

// panelTextDTO is a text in both languages.
type panelTextDTO struct {
	DE string `json:"de"`
	EN string `json:"en"`
}

// panelQuestionDTO is a question of the form that opens a ticket.
type panelQuestionDTO struct {
	ID       string       `json:"id" required:"true" doc:"lower-case letters, digits and hyphens"`
	Label    panelTextDTO `json:"label" required:"true" doc:"at most 45 characters; an empty one is the other language's"`
	Long     bool         `json:"long" doc:"several lines"`
	Optional bool         `json:"optional"`
	Options  []string     `json:"options" doc:"to choose from, at most 25; none: a text"`
}

// panelKindDTO is one kind of ticket. What is left out is as the configuration has it.
type panelKindDTO struct {
	ID              string             `json:"id" required:"true" doc:"lower-case letters, digits and hyphens; unique over all panels"`
	Label           panelTextDTO       `json:"label" required:"true" doc:"at most 80 characters; an empty one is the other language's"`
	Emoji           string             `json:"emoji" doc:"a character, or name:id of one of the server"`
	Queue           ticket.QueueID     `json:"queue" doc:"empty: the default queue"`
	Priority        ticket.Priority    `json:"priority" enum:",low,normal,high,urgent"`
	CategoryIDs     []string           `json:"category_ids"`
	SupportRoleIDs  []string           `json:"support_role_ids" doc:"who sees and answers the tickets; none: those of the configuration"`
	RequiredRoleIDs []string           `json:"required_role_ids" doc:"one of them is needed to open a ticket"`
	BlockedRoleIDs  []string           `json:"blocked_role_ids"`
	BlockedUserIDs  []string           `json:"blocked_user_ids"`
	CooldownMinutes int                `json:"cooldown_minutes" doc:"between two tickets of one person"`
	Hours           string             `json:"hours" doc:"such as Mo-Fr 08:00-18:00; empty: those of the configuration"`
	OutsideHours    adapters.Outside   `json:"outside_hours" enum:",warn,refuse" doc:"empty: warn"`
	Questions       []panelQuestionDTO `json:"questions" doc:"at most 5"`
}

// panelDTO is a panel.
type panelDTO struct {
	ID        string              `json:"id"`
	ChannelID string              `json:"channel_id"`
	Title     panelTextDTO        `json:"title" doc:"empty: the built-in one"`
	Text      panelTextDTO        `json:"text" doc:"empty: the built-in one"`
	Style     adapters.PanelStyle `json:"style" enum:"buttons,select"`
	Mode      adapters.PanelMode  `json:"mode" enum:",channel,thread" doc:"where its tickets live: each in a private channel, or in a private thread of this one; empty: as the configuration has it"`
	Kinds     []panelKindDTO      `json:"kinds"`
	Active    bool                `json:"active"`
	ReadOnly  bool                `json:"read_only" doc:"set up in the configuration of the program"`
	Version   int64               `json:"version"`
}

// newPanelDTO is a panel to be.
type newPanelDTO struct {
	ChannelID string              `json:"channel_id" required:"true"`
	Title     panelTextDTO        `json:"title"`
	Text      panelTextDTO        `json:"text"`
	Style     adapters.PanelStyle `json:"style" enum:"buttons,select" doc:"left out: buttons"`
	Mode      adapters.PanelMode  `json:"mode" enum:",channel,thread" doc:"left out: as the configuration has it"`
	Kinds     []panelKindDTO      `json:"kinds" required:"true" doc:"1 to 25"`
}

// editPanelDTO changes what is there.
type editPanelDTO struct {
	ChannelID *string              `json:"channel_id"`
	Title     *panelTextDTO        `json:"title"`
	Text      *panelTextDTO        `json:"text"`
	Style     *adapters.PanelStyle `json:"style" enum:"buttons,select"`
	Mode      *adapters.PanelMode  `json:"mode" enum:",channel,thread" doc:"of tickets that are opened from now on"`
	Kinds     *[]panelKindDTO      `json:"kinds" doc:"replaces all"`
	Active    *bool                `json:"active"`
}

func (in *editPanelDTO) apply(p *adapters.Panel) {
	if in.ChannelID != nil {
		p.Channel = *in.ChannelID
	}
	if in.Title != nil {
		p.Title = adapters.PanelText(*in.Title)
	}
	if in.Text != nil {
		p.Text = adapters.PanelText(*in.Text)
	}
	if in.Style != nil {
		p.Style = *in.Style
	}
	if in.Mode != nil {
		p.Mode = *in.Mode
	}
	if in.Kinds != nil {
		p.Kinds = kindsOf(*in.Kinds)
	}
	if in.Active != nil {
		p.Off = !*in.Active
	}
}

func kindsOf(in []panelKindDTO) (out []adapters.PanelKind) {
	for _, k := range in {
		kind := adapters.PanelKind{ID: k.ID, Label: adapters.PanelText(k.Label), Emoji: k.Emoji, Queue: k.Queue, Priority: k.Priority, CategoryIDs: k.CategoryIDs,
			SupportRoleIDs: k.SupportRoleIDs, RequiredRoleIDs: k.RequiredRoleIDs, BlockedRoleIDs: k.BlockedRoleIDs, BlockedUserIDs: k.BlockedUserIDs,
			CooldownMinutes: k.CooldownMinutes, Hours: k.Hours, Outside: k.OutsideHours}
		for _, q := range k.Questions {
			kind.Questions = append(kind.Questions, adapters.PanelQuestion{ID: q.ID, Label: adapters.PanelText(q.Label), Long: q.Long, Optional: q.Optional, Options: q.Options})
		}
		out = append(out, kind)
	}
	return out
}

func panelDTOOf(p adapters.Panel) panelDTO {
	d := panelDTO{ID: p.ID, ChannelID: p.Channel, Title: panelTextDTO(p.Title), Text: panelTextDTO(p.Text), Style: p.Style, Mode: p.Mode, Kinds: []panelKindDTO{}, Active: !p.Off,
		ReadOnly: p.Fixed, Version: p.Version}
	for _, k := range p.Kinds {
		kind := panelKindDTO{ID: k.ID, Label: panelTextDTO(k.Label), Emoji: k.Emoji, Queue: k.Queue, Priority: k.Priority, CategoryIDs: filled(k.CategoryIDs),
			SupportRoleIDs: filled(k.SupportRoleIDs), RequiredRoleIDs: filled(k.RequiredRoleIDs), BlockedRoleIDs: filled(k.BlockedRoleIDs), BlockedUserIDs: filled(k.BlockedUserIDs),
			CooldownMinutes: k.CooldownMinutes, Hours: k.Hours, OutsideHours: k.Outside, Questions: []panelQuestionDTO{}}
		for _, q := range k.Questions {
			kind.Questions = append(kind.Questions, panelQuestionDTO{ID: q.ID, Label: panelTextDTO(q.Label), Long: q.Long, Optional: q.Optional, Options: filled(q.Options)})
		}
		d.Kinds = append(d.Kinds, kind)
	}
	return d
}

// panels gives the keeper of panels, and the id from the path if there is one.
func (c *call) panels() (*adapters.PanelDesk, string, error) {
	if c.api.cfg.Panels == nil {
		return nil, "", ticket.Errorf(ticket.NotFound, "this desk has no panels of its own")
	}
	if c.r.PathValue("id") == "" {
		return c.api.cfg.Panels, "", nil
	}
	id, err := c.pathID("id")
	return c.api.cfg.Panels, id, err
}

func (c *call) listPanels() error {
	desk, _, err := c.panels()
	if err != nil {
		return err
	}
	list, err := desk.List(c.ctx(), c.actor())
	if err != nil {
		return err
	}
	out := page[panelDTO]{Items: make([]panelDTO, 0, len(list))}
	for _, p := range list {
		out.Items = append(out.Items, panelDTOOf(p))
	}
	return c.json(http.StatusOK, out)
}

func (c *call) createPanel() error {
	desk, _, err := c.panels()
	if err != nil {
		return err
	}
	var in newPanelDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	p := adapters.Panel{Channel: in.ChannelID, Title: adapters.PanelText(in.Title), Text: adapters.PanelText(in.Text), Style: in.Style, Mode: in.Mode, Kinds: kindsOf(in.Kinds)}
	if p.Style == "" {
		p.Style = adapters.PanelButtons
	}
	got, err := desk.Create(c.ctx(), c.actor(), p)
	if err != nil {
		return err
	}
	return c.json(http.StatusCreated, panelDTOOf(got))
}

func (c *call) editPanel() error {
	desk, id, err := c.panels()
	if err != nil {
		return err
	}
	var in editPanelDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	got, err := desk.Update(c.ctx(), c.actor(), id, in.apply)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, panelDTOOf(got))
}

func (c *call) deletePanel() error {
	desk, id, err := c.panels()
	if err != nil {
		return err
	}
	if err := desk.Delete(c.ctx(), c.actor(), id); err != nil {
		return err
	}
	return c.empty()
}
