package httpapi

import (
	"net/http"

	"github.com/ticketkit/ticketkit/ticket"
)

func mailRoutes() []route {
	return []route{
		{method: get, path: "/settings/mail", id: "listMailRules", summary: "What the desk mails by itself: its own rules first, then each queue's", op: ticket.OpSettingsRead, status: 200, answer: page[mailRulesDTO]{}, run: (*call).listMailRules},
		{method: put, path: "/settings/mail", id: "setMailRules", summary: "Replace the mail rules of the desk", op: ticket.OpSettingsWrite, body: newMailRulesDTO{}, status: 200, answer: mailRulesDTO{}, run: (*call).setMailRules},
		{method: put, path: "/queues/{id}/mail", id: "setQueueMailRules", summary: "Replace the mail rules of a queue; what is left out follows the desk's", op: ticket.OpSettingsWrite, body: newMailRulesDTO{}, status: 200, answer: mailRulesDTO{}, run: (*call).setQueueMailRules},
	}
}

// mailSwitches says for each kind of mail whether it is sent; null follows the desk's rules, and there the program's.
type mailSwitches struct {
	Receipt  *bool `json:"receipt" doc:"to the requester of a new ticket"`
	Reminder *bool `json:"reminder" doc:"to the requester of a ticket that has been pending for long"`
	Closing  *bool `json:"closing" doc:"to the requester, before a ticket is closed for inactivity"`
	Closed   *bool `json:"closed" doc:"to the requester, with the transcript"`
	Assigned *bool `json:"assigned" doc:"to the new assignee"`
	Bounced  *bool `json:"bounced" doc:"to the assignee, when a message could not be delivered"`
	SLA      *bool `json:"sla" doc:"to whom a service level names, before and after a promise is missed"`
}

// newMailRulesDTO is what PUT settings/mail and PUT queues/{id}/mail take.
type newMailRulesDTO struct {
	Mails     mailSwitches `json:"mails"`
	Signature *string      `json:"signature" doc:"plain text below messages to people outside; null follows the desk's, empty is none"`
}

type mailRulesDTO struct {
	QueueID   *ticket.QueueID `json:"queue_id" doc:"null for the rules of the desk"`
	Queue     string          `json:"queue" doc:"name of the queue"`
	Mails     mailSwitches    `json:"mails" doc:"what these rules say"`
	Effective mailSwitches    `json:"effective" doc:"what holds in the end"`
	Signature *string         `json:"signature" doc:"null: the desk's"`
}

func (m *mailSwitches) each() map[ticket.NoticeKind]**bool {
	return map[ticket.NoticeKind]**bool{ticket.NoticeReceipt: &m.Receipt, ticket.NoticeReminder: &m.Reminder, ticket.NoticeClosing: &m.Closing,
		ticket.NoticeClosed: &m.Closed, ticket.NoticeAssigned: &m.Assigned, ticket.NoticeBounced: &m.Bounced, ticket.NoticeSLA: &m.SLA}
}

func switchesOf(from map[ticket.NoticeKind]bool) (out mailSwitches) {
	for kind, to := range out.each() {
		if yes, ok := from[kind]; ok {
			*to = &yes
		}
	}
	return out
}

func mailRulesOf(q *ticket.QueueMail) mailRulesDTO {
	out := mailRulesDTO{Queue: q.Name, Mails: switchesOf(q.Rules.Mails), Effective: switchesOf(q.Effective), Signature: q.Rules.Signature}
	if q.Queue != "" {
		out.QueueID = &q.Queue
	}
	return out
}

func (c *call) listMailRules() error {
	list, err := c.api.service.MailSettings(c.ctx(), c.actor())
	if err != nil {
		return err
	}
	out := page[mailRulesDTO]{Items: make([]mailRulesDTO, 0, len(list))}
	for i := range list {
		out.Items = append(out.Items, mailRulesOf(&list[i]))
	}
	return c.json(http.StatusOK, out)
}

func (c *call) setMailRules() error { return c.saveMailRules("") }

func (c *call) setQueueMailRules() error {
	id, err := c.pathID("id")
	if err != nil {
		return err
	}
	return c.saveMailRules(ticket.QueueID(id))
}

func (c *call) saveMailRules(id ticket.QueueID) error {
	var in newMailRulesDTO
	if err := c.decode(&in); err != nil {
		return err
	}
	rules := ticket.MailRules{Mails: map[ticket.NoticeKind]bool{}, Signature: in.Signature}
	for kind, yes := range in.Mails.each() {
		if *yes != nil {
			rules.Mails[kind] = **yes
		}
	}
	q, err := c.api.service.SetMailRules(c.ctx(), c.actor(), id, rules)
	if err != nil {
		return err
	}
	return c.json(http.StatusOK, mailRulesOf(q))
}
