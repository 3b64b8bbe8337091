package httpapi

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// stamp is a time as the API writes it: RFC 3339 in UTC.
type stamp time.Time

// MarshalJSON implements json.Marshaler.
func (s stamp) MarshalJSON() ([]byte, error) { return time.Time(s).UTC().MarshalJSON() }

// stampOf is nil, and so null, for the zero time.
func stampOf(t time.Time) *stamp {
	if t.IsZero() {
		return nil
	}
	s := stamp(t)
	return &s
}

// filled makes a list that is never null.
func filled[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// page is a list and where it goes on; Next is null behind the last page, and always for lists that come whole.
type page[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next_cursor" doc:"for the parameter cursor of the next call; null at the end"`
}

// ticketDTO is a ticket.
type ticketDTO struct {
	ID              ticket.ID       `json:"id"`
	Number          int64           `json:"number" doc:"what people say: #1042"`
	Subject         string          `json:"subject"`
	Status          ticket.Status   `json:"status" doc:"name of a state: new, open, pending, snoozed, resolved, closed, merged, spam or one of the desk's own"`
	Category        ticket.Category `json:"category" enum:"new,open,pending,snoozed,resolved,closed,merged,spam"`
	Priority        ticket.Priority `json:"priority" enum:"low,normal,high,urgent"`
	Queue           string          `json:"queue" doc:"name of the queue"`
	QueueID         ticket.QueueID  `json:"queue_id"`
	Channel         string          `json:"channel"`
	Source          string          `json:"source"`
	Requester       personDTO       `json:"requester"`
	Assignee        *assigneeDTO    `json:"assignee"`
	Tags            []string        `json:"tags"`
	Fields          map[string]any  `json:"fields"`
	Preview         string          `json:"preview"`
	Escalation      int             `json:"escalation" doc:"how often it was escalated since it was last resolved"`
	CreatedAt       stamp           `json:"created_at"`
	UpdatedAt       stamp           `json:"updated_at"`
	FirstResponseAt *stamp          `json:"first_response_at"`
	ResolvedAt      *stamp          `json:"resolved_at"`
	SnoozedUntil    *stamp          `json:"snoozed_until"`
	MergedInto      *ticket.ID      `json:"merged_into"`
	Demo            bool            `json:"demo"`
	Version         ticket.Version  `json:"version" doc:"also the entity tag"`
	SLA             slaDTO          `json:"sla"`
}

// personDTO is somebody who writes to the desk.
type personDTO struct {
	ID    ticket.ContactID `json:"id"`
	Name  string           `json:"name"`
	Email string           `json:"email"`
}

// assigneeDTO is somebody who works at the desk.
type assigneeDTO struct {
	ID   ticket.AccountID `json:"id"`
	Name string           `json:"name"`
}

func ticketOf(t *ticket.Ticket, clocks sla.Summary) ticketDTO {
	out := ticketDTO{
		ID: t.ID, Number: t.Number, Subject: t.Subject, Status: t.Status, Category: t.Category, Priority: t.Priority, Queue: t.Queue.Name,
		QueueID: t.Queue.ID, Channel: t.Channel, Source: t.Source, Requester: personDTO(t.Requester), Tags: filled(t.Tags), Fields: t.Fields,
		Preview: t.Preview, Escalation: t.Escalation, CreatedAt: stamp(t.CreatedAt), UpdatedAt: stamp(t.UpdatedAt),
		FirstResponseAt: stampOf(t.FirstResponseAt), ResolvedAt: stampOf(t.ResolvedAt), SnoozedUntil: stampOf(t.SnoozedUntil),
		Demo: t.Demo, Version: t.Version, SLA: slaOf(clocks),
	}
	if out.Fields == nil {
		out.Fields = map[string]any{}
	}
	if t.Assignee != nil {
		a := assigneeDTO(*t.Assignee)
		out.Assignee = &a
	}
	if t.MergedInto != "" {
		out.MergedInto = &t.MergedInto
	}
	return out
}

// messageDTO is one entry of a conversation.
type messageDTO struct {
	ID          ticket.MessageID   `json:"id"`
	N           int                `json:"n" doc:"position in its ticket, from 1"`
	Kind        ticket.MessageKind `json:"kind" enum:"public,note,system"`
	Author      authorDTO          `json:"author"`
	Channel     string             `json:"channel"`
	Text        string             `json:"text" doc:"the new part"`
	Quoted      string             `json:"quoted" doc:"what it repeats of earlier messages"`
	HTML        bool               `json:"html" doc:"whether there is HTML: GET messages/{id}/html"`
	Raw         bool               `json:"raw" doc:"whether the original was kept: GET messages/{id}/raw"`
	Machine     bool               `json:"machine" doc:"written by a program"`
	Bounce      *bounceDTO         `json:"bounce" doc:"what the newest report said, when the message came back"`
	Verified    *bool              `json:"verified" doc:"whether the sender was proven; null when the channel cannot say"`
	Protection  ticket.Protection  `json:"protection" enum:",signed,encrypted" doc:"how the sender protected it; nobody has checked a signature"`
	Delivery    *deliveryDTO       `json:"delivery"`
	Revisable   bool               `json:"revisable" doc:"whether it can be changed and taken back as it is now, by who has written it or with ticket:delete: PATCH and DELETE messages/{id}"`
	Attachments []attachmentDTO    `json:"attachments"`
	CreatedAt   stamp              `json:"created_at"`
}

// authorDTO is who wrote a message.
type authorDTO struct {
	Type  ticket.ActorKind `json:"type" enum:"account,contact,system"`
	ID    string           `json:"id" doc:"of the account or the person; empty for the desk itself"`
	Name  string           `json:"name"`
	Email string           `json:"email"`
}

// deliveryDTO tells how far an outgoing message has come.
type deliveryDTO struct {
	State  ticket.DeliveryState `json:"state" enum:"queued,sent,failed,bounced" doc:"failed: given up; bounced: sent, and came back later. Either can be sent again: POST messages/{id}/resend"`
	Reason string               `json:"reason" doc:"why it waits, failed or came back"`
	At     stamp                `json:"at" doc:"since when"`
}

// bounceDTO is what a report said about a message that came back.
type bounceDTO struct {
	Recipient  string `json:"recipient" doc:"address; empty when the report does not say"`
	Status     string `json:"status" doc:"code of RFC 3463 such as 5.1.1, or reply such as 550; empty when there is neither"`
	Diagnostic string `json:"diagnostic" doc:"in the words of the other side"`
	At         stamp  `json:"at" doc:"when the desk got to know"`
}

// attachmentDTO is a file.
type attachmentDTO struct {
	ID          ticket.AttachmentID `json:"id"`
	Name        string              `json:"name"`
	ContentType string              `json:"content_type"`
	Size        int64               `json:"size"`
	SHA256      string              `json:"sha256"`
	Inline      bool                `json:"inline"`
}

func (a *api) messageOf(m *ticket.Message) messageDTO {
	out := messageDTO{
		ID: m.ID, N: m.N, Kind: m.Kind, Author: authorDTO{m.Author.Type, m.Author.ID, m.Author.Name, m.Author.Email}, Channel: m.Channel, Text: m.Text,
		Quoted: m.Quoted, HTML: m.HasHTML, Raw: m.RawSHA256 != "", Machine: m.Machine, Verified: m.Verified, Protection: m.Protection, Revisable: a.service.Revisable(m),
		Attachments: make([]attachmentDTO, 0, len(m.Attachments)), CreatedAt: stamp(m.CreatedAt),
	}
	if m.Delivery != nil {
		out.Delivery = &deliveryDTO{m.Delivery.State, m.Delivery.Reason, stamp(m.Delivery.At)}
		if b := m.Delivery.Returned; b != nil {
			out.Bounce = &bounceDTO{b.Recipient, b.Status, b.Diagnostic, stamp(b.At)}
		}
	}
	for i := range m.Attachments {
		out.Attachments = append(out.Attachments, attachmentOf(&m.Attachments[i]))
	}
	return out
}

func attachmentOf(a *ticket.Attachment) attachmentDTO {
	return attachmentDTO{a.ID, a.Name, a.ContentType, a.Size, a.SHA256, a.Inline}
}

// eventDTO is one entry of a history. Data holds what happened, and what is private of it for as long as it is kept.
type eventDTO struct {
	ID       ticket.EventID   `json:"id"`
	Seq      int64            `json:"seq"`
	Type     ticket.EventType `json:"type"`
	TicketID *ticket.ID       `json:"ticket_id" doc:"null for what happened to the desk itself"`
	Actor    eventActorDTO    `json:"actor"`
	At       stamp            `json:"at"`
	Data     json.RawMessage  `json:"data" schema:"object"`
}

// eventActorDTO is who caused an event.
type eventActorDTO struct {
	Type ticket.ActorKind `json:"type" enum:"account,contact,system"`
	ID   string           `json:"id"`
	Name string           `json:"name" doc:"empty once it was erased"`
}

func eventOf(e *ticket.Event) eventDTO {
	out := eventDTO{ID: e.ID, Seq: e.Seq, Type: e.Type, Actor: eventActorDTO(e.Actor), At: stamp(e.At), Data: joined(e.Data, e.Private)}
	if e.TicketID != "" {
		out.TicketID = &e.TicketID
	}
	return out
}

// joined makes one JSON object of two whose names differ, without reading them.
func joined(a, b json.RawMessage) json.RawMessage {
	a, b = bytes.TrimSpace(a), bytes.TrimSpace(b)
	switch {
	case len(a) <= 2 && len(b) <= 2:
		return json.RawMessage("{}")
	case len(a) <= 2:
		return b
	case len(b) <= 2:
		return a
	}
	out := make([]byte, 0, len(a)+len(b))
	out = append(out, a[:len(a)-1]...)
	out = append(out, ',')
	return append(out, b[1:]...)
}
