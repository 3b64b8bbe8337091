package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// actorless are the methods that ask for nobody's permission, because they read no row and change none.
var actorless = map[string]string{
	"Chain": "verifies what it is given", "Limits": "configuration", "States": "configuration", "On": "the same service elsewhere",
	"DefaultViews": "configuration", "Locale": "configuration", "ReplyToken": "arithmetic", "ParseReplyToken": "arithmetic", "Revisable": "arithmetic",
}

// serviceCalls has a call of each other method against the target. What comes back is searched for rows.
var serviceCalls = map[string]func(ctx context.Context, a ticket.Actor, s *scene) (any, error){
	"AllPresent": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) { return s.service.AllPresent(ctx, a) },
	"Attendance": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		people, _, err := s.service.Attendance(ctx, a, s.ticket.ID)
		return people, err
	},
	"Audience": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		audience, err := s.service.Audience(ctx, a)
		if err != nil {
			return nil, err
		}
		all, err := s.service.Follow(ctx, system, -1, 1000)
		var out []string
		for i := range all {
			if audience.Sees(&all[i]) == ticket.Seen {
				out = append(out, s.nameOf(all[i].About))
			}
		}
		return out, err
	},
	"Agents": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) { return s.service.Agents(ctx, a) },
	"AllHistory": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return drain(s.service.AllHistory(ctx, a, s.ticket.ID))
	},
	"AllMessages": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return drain(s.service.AllMessages(ctx, a, ticket.OpMessageRead, s.ticket.ID))
	},
	"Assign": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Assign(ctx, a, s.ticket.ID, 0, s.users["sam"].ID)
	},
	"Attach": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Attach(ctx, a, s.ticket.ID, ticket.Upload{Name: "a", Body: strings.NewReader("x")})
	},
	"Audit": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		es, err := s.service.Audit(ctx, a, ticket.EventQuery{Ticket: s.ticket.ID})
		return events(es), err
	},
	"Bulk": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		rs, err := s.service.Bulk(ctx, a, ticket.Bulk{Action: ticket.BulkPriority, Priority: ticket.Urgent, Tickets: []ticket.ID{s.ticket.ID, s.neighbour}})
		var done []*ticket.Ticket
		for _, r := range rs {
			done = append(done, r.Ticket)
		}
		return done, err
	},
	"Jobs": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Jobs(ctx, a, ticket.JobQuery{States: []ticket.JobState{ticket.JobDead}})
	},
	"RetryJob": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.RetryJob(ctx, a, s.job)
	},
	"DropJob": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.DropJob(ctx, a, s.job)
	},
	"RecordParked": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.RecordParked(ctx, a, ticket.EventParkedDeleted, s.parked, "imap")
	},
	"RecordMailbox": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.RecordMailbox(ctx, a, ticket.EventMailboxUpdated, s.mailbox)
	},
	"RecordPanel": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.RecordPanel(ctx, a, ticket.EventPanelUpdated, s.panel)
	},
	"Checkpoint": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) { return s.service.Checkpoint(ctx, a) },
	"CheckKey": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.CheckKey(ctx, a)
	},
	"AdoptKey": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.AdoptKey(ctx, a)
	},
	"RotateKeys": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) { return s.service.RotateKeys(ctx, a) },
	"Views":      func(ctx context.Context, a ticket.Actor, s *scene) (any, error) { return s.service.Views(ctx, a) },
	"SaveView": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.SaveView(ctx, a, ticket.View{ID: s.view, Name: fmt.Sprint("ziel-sicht ", s.n)})
	},
	"DeleteView": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.DeleteView(ctx, a, s.view)
	},
	"LastView": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) { return s.service.LastView(ctx, a) },
	"KeepLastView": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.KeepLastView(ctx, a, fmt.Sprint("sicht ", s.n))
	},
	"Preferences": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) { return s.service.Preferences(ctx, a) },
	"KeepPreferences": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.KeepPreferences(ctx, a, ticket.PreferencesEdit{Theme: new([]string{"light", "dark"}[s.n%2])})
	},
	"Macros": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) { return s.service.Macros(ctx, a) },
	"SaveMacro": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.SaveMacro(ctx, a, ticket.Macro{ID: s.macro, Name: "ziel-baustein", De: fmt.Sprint("Neu ", s.n)})
	},
	"DeleteMacro": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.DeleteMacro(ctx, a, s.macro)
	},
	"RenderMacro": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.RenderMacro(ctx, a, s.macro, s.ticket.ID, "")
	},
	"Drafts": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) { return s.service.Drafts(ctx, a, nil) },
	"SaveDraft": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.SaveDraft(ctx, a, s.ticket.ID, ticket.DraftNote, fmt.Sprint("Entwurf ", s.n), 0)
	},
	"Marks": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Marks(ctx, a, []ticket.ID{s.ticket.ID})
	},
	"MarkSeen": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.MarkSeen(ctx, a, s.ticket.ID, 0)
	},
	"Count": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		n, err := s.service.Count(ctx, a, []ticket.Query{{Category: []ticket.Category{ticket.New, ticket.Open}}})
		if err != nil {
			return nil, err
		}
		return s.numbers(fmt.Sprintf(`{"open":%d}`, n[0])), nil
	},
	"KeepUndo": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.KeepUndo(ctx, a, ticket.BulkPriority, nil)
	},
	"Undo": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		rs, err := s.service.Undo(ctx, a, s.undoFor(a))
		var done []*ticket.Ticket
		for _, r := range rs {
			done = append(done, r.Ticket)
		}
		return done, err
	},
	"Setting": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		_, version, err := s.service.Setting(ctx, a, ticket.SettingRanking)
		return version, err
	},
	"SetSetting": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.SetSetting(ctx, a, ticket.SettingRanking, json.RawMessage(fmt.Sprintf(`{"minimum":%d}`, 1+s.n)), 0)
	},
	"Branding": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) { return s.service.Branding(ctx, a) },
	"AddImage": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.AddImage(ctx, a, fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg"><title>%d</title></svg>`, s.n))
	},
	"Image": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Image(ctx, a, s.image)
	},
	"Letterhead": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) { return s.service.Letterhead(ctx, a) },
	"SetBranding": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.SetBranding(ctx, a, ticket.Branding{Name: fmt.Sprint("Desk ", s.n)})
	},
	"ListContacts": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		list, _, err := s.service.ListContacts(ctx, a, ticket.ContactQuery{Text: "karl", Limit: 100})
		raw, _ := json.Marshal(list)
		return s.requesters(string(raw)), err
	},
	"EditContact": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		name := "Karla"
		ct, err := s.service.EditContact(ctx, a, s.ticket.Requester.ID, ticket.ContactEdit{Name: &name})
		return ct, err
	},
	"MergeContacts": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		ct, _, err := s.service.MergeContacts(ctx, a, s.ticket.Requester.ID, s.twinPerson)
		return ct, err
	},
	"Contact": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Contact(ctx, a, s.ticket.Requester.ID)
	},
	"EraseContact": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.EraseContact(ctx, a, s.ticket.Requester.ID)
	},
	"ExportContact": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		var out []ticket.ContactRecord
		for r, err := range s.service.ExportContact(ctx, a, s.ticket.Requester.ID) {
			if err != nil {
				return nil, err
			}
			out = append(out, r)
		}
		return out, nil
	},
	"Claim": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Claim(ctx, a, s.ticket.ID, 0)
	},
	"Close": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Close(ctx, a, s.ticket.ID, 0, "")
	},
	"CreateField": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.CreateField(ctx, a, ticket.Field{Name: fmt.Sprint("feld_", s.n), Type: ticket.FieldText})
	},
	"DeleteQueue": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.DeleteQueue(ctx, a, s.spare, "")
	},
	"DeleteTag": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.DeleteTag(ctx, a, "marke")
	},
	"EditField": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.EditField(ctx, a, s.field, ticket.FieldEdit{Position: &s.n})
	},
	"EditQueue": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		name := fmt.Sprint("Andere ", s.n)
		return s.service.EditQueue(ctx, a, s.spare, ticket.QueueEdit{Name: &name})
	},
	"FieldDefinitions": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.FieldDefinitions(ctx, a)
	},
	"RenameTag": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.RenameTag(ctx, a, "marke", "anders")
	},
	"TagCounts": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) { return s.service.TagCounts(ctx, a) },
	"CreateQueue": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.CreateQueue(ctx, a, fmt.Sprint("Neue ", s.n))
	},
	"Delete": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.Delete(ctx, a, s.ticket.ID, 0)
	},
	"Delivered": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.Delivered(ctx, a, s.message, "x")
	},
	"DeliveryDelayed": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.DeliveryDelayed(ctx, a, s.message, "x")
	},
	"DeliveryFailed": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.DeliveryFailed(ctx, a, s.message, "x")
	},
	"DeliveredPartly": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.DeliveredPartly(ctx, a, s.message, "x", nil)
	},
	"KeepUp": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.KeepUp(ctx, a, 0, 1)
	},
	"MailSettings": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.MailSettings(ctx, a)
	},
	"SetMailRules": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.SetMailRules(ctx, a, "", ticket.MailRules{Mails: map[ticket.NoticeKind]bool{ticket.NoticeReceipt: s.n%2 == 0}})
	},
	"Mails": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Mails(ctx, a, ticket.NoticeReceipt, s.queues["hier"])
	},
	"Notice": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Notice(ctx, a, ticket.NoticePayload{TicketID: s.ticket.ID, Kind: ticket.NoticeSLA})
	},
	"Noticed": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.Noticed(ctx, a, ticket.NoticePayload{TicketID: s.ticket.ID, Kind: ticket.NoticeSLA}, "x")
	},
	"NoticeFailed": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.NoticeFailed(ctx, a, ticket.NoticePayload{TicketID: s.ticket.ID, Kind: ticket.NoticeSLA}, "x")
	},
	"Bounced": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.Bounced(ctx, a, ticket.Bounce{MessageID: s.answer, Reason: "x"})
	},
	"Resend": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Resend(ctx, a, s.answer)
	},
	"Revise": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Revise(ctx, a, s.answer, 0, "Frage-hier, neu")
	},
	"Withdraw": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Withdraw(ctx, a, s.answer, 0)
	},
	"Edit": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		subject := "Anliegen-hier, neu"
		return s.service.Edit(ctx, a, s.ticket.ID, 0, ticket.Edit{Subject: &subject})
	},
	"Escalate": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Escalate(ctx, a, s.ticket.ID, 0, "")
	},
	"Fire": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.Fire(ctx, a, ticket.TimerPayload{TicketID: s.ticket.ID, Name: "x", At: time.Unix(0, 0)})
	},
	"Follow": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Follow(ctx, a, -1, 1000)
	},
	"Get": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Get(ctx, a, s.ticket.ID)
	},
	"GetNumber": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.GetNumber(ctx, a, s.ticket.Number)
	},
	"History": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		es, err := s.service.History(ctx, a, ticket.EventQuery{Ticket: s.ticket.ID})
		return events(es), err
	},
	"Link": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Link(ctx, a, s.ticket.ID, 0, s.twin, ticket.Blocks)
	},
	"Links": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Links(ctx, a, s.ticket.ID)
	},
	"List": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		ts, _, err := s.service.List(ctx, a, ticket.Query{Words: []string{"frage*"}, Sort: ticket.ByNumberAsc})
		return ts, err
	},
	"Merge": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Merge(ctx, a, s.ticket.ID, 0, s.twin, 0)
	},
	"Message": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Message(ctx, a, s.message)
	},
	"Messages": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Messages(ctx, a, ticket.MessageQuery{Ticket: s.ticket.ID})
	},
	"Note": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Note(ctx, a, s.ticket.ID, 0, ticket.NewMessage{Body: "Notiz-hier"})
	},
	"Open": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Open(ctx, a, ticket.NewTicket{Subject: "Anliegen-hier", Queue: s.queues["hier"],
			Requester: ticket.Person{Identity: ticket.Identity{Value: "a@b.example"}}})
	},
	"OpenAttachment": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		_, r, err := s.service.OpenAttachment(ctx, a, s.ticket.ID, s.attachment)
		return content(r, err)
	},
	"OpenBlob": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return content(s.service.OpenBlob(ctx, a, s.sha))
	},
	"OpenRaw": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		_, r, err := s.service.OpenRaw(ctx, a, s.message)
		return content(r, err)
	},
	"Outgoing": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Outgoing(ctx, a, s.message)
	},
	"Participants": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Participants(ctx, a, s.ticket.ID)
	},
	"Present": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		people, err := s.service.Present(ctx, a, s.ticket.ID)
		return fmt.Sprintf("%d present at %s", len(people), s.nameOf(s.ticket.ID)), err
	},
	"Queues": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) { return s.service.Queues(ctx, a) },
	"Receive": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Receive(ctx, a, ticket.Incoming{Channel: "x", Key: fmt.Sprint("x", s.n), Text: "x"})
	},
	"RecomputeSLA": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.RecomputeSLA(ctx, a, s.ticket.ID)
	},
	"Rate": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Rate(ctx, a, s.ticket.ID, 4)
	},
	"Reopen": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Reopen(ctx, a, s.ticket.ID, 0)
	},
	"Reply": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Reply(ctx, a, s.ticket.ID, 0, ticket.NewMessage{Body: "Frage-hier"})
	},
	"Require": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.Require(ctx, a, ticket.OpTicketClaim)
	},
	"Scope": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		scope, err := s.service.Scope(ctx, a, ticket.OpTicketRead)
		if err != nil {
			return nil, err
		}
		ts, err := s.store.Tickets(ctx, scope, ticket.Query{Sort: ticket.ByNumberAsc, Limit: 100})
		return ts, err
	},
	"SetPresence": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return nil, s.service.SetPresence(ctx, a, s.ticket.ID, ticket.Viewing)
	},
	"SetPriority": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.SetPriority(ctx, a, s.ticket.ID, 0, ticket.High)
	},
	"SetStatus": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.SetStatus(ctx, a, s.ticket.ID, 0, "pending")
	},
	"Snooze": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Snooze(ctx, a, s.ticket.ID, 0, s.clock.now().Add(time.Hour))
	},
	"Split": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Split(ctx, a, s.ticket.ID, 0, ticket.Split{Messages: []ticket.MessageID{s.message}})
	},
	"Tag": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Tag(ctx, a, s.ticket.ID, 0, []string{"x"}, nil)
	},
	"Unclaim": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Unclaim(ctx, a, s.ticket.ID, 0)
	},
	"Unlink": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Unlink(ctx, a, s.ticket.ID, 0, s.twin, ticket.Related)
	},
	"Workers": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) {
		return s.service.Workers(ctx, a, s.ticket.ID)
	},
	"VerifyAll": func(ctx context.Context, a ticket.Actor, s *scene) (any, error) { return s.service.VerifyAll(ctx, a) },
}

// events shows the private part of events, which JSON would hide in base64.
func events(es []ticket.Event) (out []eventDTO) {
	for i := range es {
		out = append(out, eventOf(&es[i]))
	}
	return out
}

func drain[T any](seq iter.Seq2[T, error]) (any, error) {
	var out []any
	for v, err := range seq {
		if err != nil {
			return nil, err
		}
		if e, ok := any(v).(ticket.Event); ok {
			out = append(out, eventOf(&e))
			continue
		}
		out = append(out, v)
	}
	return out, nil
}

func content(r io.ReadCloser, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

// serviceMatrix calls every method of the service as everybody, or as one persona.
func serviceMatrix(t *testing.T, only string, settings ...setting) map[string][]string {
	t.Helper()
	s := newScene(t, settings...)
	out := map[string][]string{}
	for m := range reflect.TypeFor[*ticket.Service]().Methods() {
		if actorless[m.Name] != "" {
			for i := range m.Type.NumIn() {
				require.NotEqual(t, reflect.TypeFor[ticket.Actor](), m.Type.In(i), m.Name)
			}
			continue
		}
		call := serviceCalls[m.Name]
		require.NotNil(t, call, "ticket.Service.%s needs a row in the authorization test", m.Name)
		for i, p := range personas {
			if only != everybody && only != p.name {
				continue
			}
			s.renew()
			s.prepare(m.Name)
			token, _ := s.token(i, false)
			actor := ticket.Actor{}
			if token != "" {
				actor = s.actor(token)
			}
			out[m.Name] = append(out[m.Name], s.compare("", func() (result, seen string) {
				v, err := call(t.Context(), actor, s)
				if err != nil {
					return fmt.Sprintf("%-8s %s", p.name, ticket.KindOf(err)), ""
				}
				raw, err := json.Marshal(v)
				require.NoError(t, err)
				return fmt.Sprintf("%-8s ok", p.name), string(raw)
			}))
		}
	}
	return out
}

// TestAuthorizationOfService: look at each line that has changed before you run it with -update.
func TestAuthorizationOfService(t *testing.T) {
	t.Parallel()
	golden(t, serviceGolden, serviceMatrix)
	for name := range serviceCalls {
		_, there := reflect.TypeFor[*ticket.Service]().MethodByName(name)
		require.True(t, there, "the service has no method %s any more", name)
	}
}
