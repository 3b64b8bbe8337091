package transcript

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// jsonFormat names the shape of the document. Keys may be added within a version, but none change.
const jsonFormat = "ticketkit.transcript/1"

// jsonRenderer writes one object whose last members tell whether it is complete. Texts are exactly what was stored. Each item stands
// on a line of its own. Keys of the internal version alone are absent from the other.
type jsonRenderer struct{ *printer }

type jsonHead struct {
	Format       string       `json:"format"`
	Lang         string       `json:"lang"`
	Internal     bool         `json:"internal"`
	GeneratedAt  *time.Time   `json:"generated_at,omitempty"`
	Desk         *jsonBrand   `json:"desk,omitempty"`
	Ticket       jsonTicket   `json:"ticket"`
	Participants []jsonPerson `json:"participants"`
}

type jsonBrand struct {
	Name       string `json:"name,omitempty"`
	URL        string `json:"url,omitempty"`
	ImprintURL string `json:"imprint_url,omitempty"`
	PrivacyURL string `json:"privacy_url,omitempty"`
}

type jsonTicket struct {
	ID         ticket.ID       `json:"id"`
	Number     int64           `json:"number"`
	Subject    string          `json:"subject"`
	Category   ticket.Category `json:"category"`
	Requester  jsonPerson      `json:"requester"`
	CreatedAt  time.Time       `json:"created_at"`
	UpdatedAt  time.Time       `json:"updated_at"`
	ResolvedAt *time.Time      `json:"resolved_at,omitempty"`

	*jsonTicketInternal
}

type jsonTicketInternal struct {
	Status          ticket.Status   `json:"status"`
	Priority        ticket.Priority `json:"priority"`
	Queue           jsonRef         `json:"queue"`
	Channel         string          `json:"channel"`
	Source          string          `json:"source"`
	Assignee        *jsonRef        `json:"assignee"`
	Tags            []string        `json:"tags"`
	Fields          map[string]any  `json:"fields"`
	Escalation      int             `json:"escalation"`
	SnoozedUntil    *time.Time      `json:"snoozed_until,omitempty"`
	MergedInto      ticket.ID       `json:"merged_into,omitempty"`
	FirstResponseAt *time.Time      `json:"first_response_at,omitempty"`
	Version         ticket.Version  `json:"version"`
	Head            jsonChainHead   `json:"head"`
}

type jsonChainHead struct {
	Count int64  `json:"count"`
	MAC   string `json:"mac"`
}

type jsonRef struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type jsonPerson struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
	Role  string `json:"role,omitempty"`
}

type jsonMessage struct {
	Type        string             `json:"type"` // "message"
	ID          ticket.MessageID   `json:"id"`
	N           int                `json:"n"`
	Kind        ticket.MessageKind `json:"kind"`
	At          time.Time          `json:"at"`
	Author      jsonAuthor         `json:"author"`
	Channel     string             `json:"channel"`
	Text        string             `json:"text"`
	Quoted      string             `json:"quoted,omitempty"`
	HTML        string             `json:"html,omitempty"`
	Machine     bool               `json:"machine,omitempty"`
	Verified    *bool              `json:"verified,omitempty"`
	ExternalID  string             `json:"external_id,omitempty"`
	RawSHA256   string             `json:"raw_sha256,omitempty"`
	To          []jsonIdentity     `json:"to,omitempty"`
	Delivery    *jsonDelivery      `json:"delivery,omitempty"`
	Attachments []jsonFile         `json:"attachments,omitempty"`
}

type jsonAuthor struct {
	Type  ticket.ActorKind `json:"type"`
	ID    string           `json:"id,omitempty"`
	Name  string           `json:"name"`
	Email string           `json:"email,omitempty"`
}

type jsonIdentity struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

type jsonDelivery struct {
	State  ticket.DeliveryState `json:"state"`
	At     time.Time            `json:"at"`
	Reason string               `json:"reason,omitempty"`
}

type jsonFile struct {
	ID          ticket.AttachmentID `json:"id"`
	Name        string              `json:"name"`
	ContentType string              `json:"content_type"`
	Size        int64               `json:"size"`
	SHA256      string              `json:"sha256"`
	Inline      bool                `json:"inline,omitempty"`
}

// jsonEvent has, in the internal version, all that ticket.Chain.Verify needs. The salt is not part of it: who keeps the document and
// the key could otherwise test guesses at what was erased since.
type jsonEvent struct {
	Type        string           `json:"type"` // "event"
	ID          ticket.EventID   `json:"id"`
	N           int64            `json:"n"`
	Event       ticket.EventType `json:"event"`
	At          time.Time        `json:"at"`
	Actor       jsonAuthor       `json:"actor"`
	Data        json.RawMessage  `json:"data"`
	Private     json.RawMessage  `json:"private,omitempty"`
	PrivateHash string           `json:"private_hash,omitempty"`
	MAC         string           `json:"mac"`
}

func (r *jsonRenderer) head() error {
	t := &r.src.Ticket
	h := jsonHead{Format: jsonFormat, Lang: r.lang, Internal: r.o.IncludeNotes, GeneratedAt: instant(r.o.Now), Participants: []jsonPerson{},
		Ticket: jsonTicket{ID: t.ID, Number: t.Number, Subject: t.Subject, Category: t.Category, Requester: jsonContact(t.Requester),
			CreatedAt: t.CreatedAt.UTC(), UpdatedAt: t.UpdatedAt.UTC(), ResolvedAt: instant(t.ResolvedAt)}}
	if r.o.Brand != (Brand{}) {
		h.Desk = &jsonBrand{Name: r.o.Brand.Name, URL: r.o.Brand.URL, ImprintURL: r.o.Brand.ImprintURL, PrivacyURL: r.o.Brand.PrivacyURL}
	}
	for _, c := range r.src.Participants {
		one := jsonContact(c.Contact)
		one.Role = c.Role
		h.Participants = append(h.Participants, one)
	}
	if r.o.IncludeNotes {
		in := &jsonTicketInternal{Status: t.Status, Priority: t.Priority, Queue: jsonRef{string(t.Queue.ID), t.Queue.Name}, Channel: t.Channel,
			Source: t.Source, Tags: t.Tags, Fields: t.Fields, Escalation: t.Escalation, SnoozedUntil: instant(t.SnoozedUntil),
			MergedInto: t.MergedInto, FirstResponseAt: instant(t.FirstResponseAt), Version: t.Version,
			Head: jsonChainHead{t.Head.Count, hex.EncodeToString(t.Head.MAC)}}
		if t.Assignee != nil {
			in.Assignee = &jsonRef{string(t.Assignee.ID), t.Assignee.Name}
		}
		if in.Tags == nil {
			in.Tags = []string{}
		}
		if in.Fields == nil {
			in.Fields = map[string]any{}
		}
		h.Ticket.jsonTicketInternal = in
	}
	b, err := encode(h)
	if err != nil {
		return err
	}
	return r.write(strings.TrimSuffix(b, "}") + `,"items":[`)
}

func (r *jsonRenderer) message(ctx context.Context, m *ticket.Message) error {
	full := r.o.IncludeNotes
	j := jsonMessage{Type: "message", ID: m.ID, N: m.N, Kind: m.Kind, At: m.CreatedAt.UTC(), Channel: m.Channel, Text: m.Text, Quoted: m.Quoted,
		Machine: m.Machine, ExternalID: m.ExternalID, Author: jsonAuthor{Type: m.Author.Type, Name: m.Author.Name}}
	var err error
	if j.HTML, err = r.html(ctx, m); err != nil {
		return err
	}
	if full || m.Author.Type == ticket.ActorContact {
		j.Author.ID, j.Author.Email = m.Author.ID, m.Author.Email
	}
	if full {
		j.Verified, j.RawSHA256 = m.Verified, m.RawSHA256
	}
	for _, i := range m.To {
		j.To = append(j.To, jsonIdentity{i.Kind, i.Value})
	}
	if d := m.Delivery; d != nil {
		j.Delivery = &jsonDelivery{State: d.State, At: d.At.UTC()}
		if full {
			j.Delivery.Reason = d.Reason
		}
	}
	for _, a := range m.Attachments {
		j.Attachments = append(j.Attachments, jsonFile{a.ID, a.Name, a.ContentType, a.Size, a.SHA256, a.Inline})
	}
	return r.item(j)
}

func (r *jsonRenderer) event(e *ticket.Event) error {
	j := jsonEvent{Type: "event", ID: e.ID, N: e.N, Event: e.Type, At: e.At.UTC(), MAC: hex.EncodeToString(e.MAC),
		Actor: jsonAuthor{Type: e.Actor.Type, Name: e.Actor.Name}}
	if r.o.IncludeNotes || e.Actor.Type == ticket.ActorContact {
		j.Actor.ID = e.Actor.ID
	}
	var err error
	if r.o.IncludeNotes {
		j.Data, j.Private, j.PrivateHash = e.Data, e.Private, hex.EncodeToString(e.PrivateHash)
	} else if j.Data, err = publicData(e); err != nil {
		return err
	}
	if err := r.item(j); err != nil {
		return fmt.Errorf("event %s: %w", e.ID, err)
	}
	return nil
}

// publicData leaves of an event's data what the requester may know: not, for instance, what the desk calls its states.
func publicData(e *ticket.Event) (json.RawMessage, error) {
	all, out := factsOf(e), facts{}
	for _, k := range [...]string{"message_id", "number", "from_category", "to_category"} {
		if v, ok := all[k]; ok {
			out[k] = v
		}
	}
	return json.Marshal(out)
}

// shows keeps every event of the version: with all of them the chain can be checked.
func (r *jsonRenderer) shows(e *ticket.Event) bool { return r.seesEvent(e) }

func (r *jsonRenderer) item(v any) error {
	b, err := encode(v)
	if err != nil {
		return err
	}
	if r.messages+r.events > 0 {
		b = ",\n" + b
	} else {
		b = "\n" + b
	}
	return r.write(b)
}

func (r *jsonRenderer) tail(complete bool) error {
	end := "}\n"
	if complete && r.o.Signer != nil { // sign ends the object
		end = ""
	}
	return r.write(fmt.Sprintf("\n],\"messages\":%d,\"events\":%d,\"complete\":%t%s", r.messages, r.events, complete, end))
}

func (r *jsonRenderer) write(s string) error {
	_, err := r.out.WriteString(s)
	return err
}

// encode marshals v and writes characters that a terminal or an editor would obey as \u escapes: the text that a program reads stays
// the same.
func encode(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	s := string(b)
	if strings.IndexFunc(s, suspicious) < 0 {
		return s, nil
	}
	var out strings.Builder
	for _, c := range s {
		switch {
		case c == '\n' || c == '\t' || visible(c) == c:
			out.WriteRune(c)
		case c > 0xffff:
			c -= 0x10000
			fmt.Fprintf(&out, `\u%04x\u%04x`, 0xd800+c>>10, 0xdc00+c&0x3ff)
		default:
			fmt.Fprintf(&out, `\u%04x`, c)
		}
	}
	return out.String(), nil
}

func jsonContact(c ticket.ContactRef) jsonPerson {
	return jsonPerson{ID: string(c.ID), Name: c.Name, Email: c.Email}
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
