package ticketkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/internal/outbound"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// Webhook is an address that a step of a service level can call: the action notify_webhook names it by its key in Config.Webhooks.
type Webhook struct {
	// URL must begin with https:// and lead to a public address.
	URL string
	// Secret signs each call, as the Standard Webhooks specification has it: headers Webhook-Id, Webhook-Timestamp and
	// Webhook-Signature. At least 16 bytes.
	Secret []byte
}

// SLA reads the clocks of tickets and looks after policies and calendars.
func (d *Desk) SLA() *sla.Service { return d.sla }

// levels wires the service levels around the service for tickets.
func (d *Desk) levels(*keys.Ring) (err error) {
	d.cfg.SLA.Zone = d.cfg.Zone.String()
	if err := d.cfg.SLA.Validate(); err != nil {
		return err
	}
	notifiers := map[sla.ActionType]sla.Notifier{}
	if d.cfg.Mail != nil {
		n := mailNotifier{d.cfg.Mail, d.service}
		for _, a := range []sla.ActionType{sla.NotifyAssignee, sla.NotifyQueue, sla.NotifyRole, sla.NotifyMail} {
			notifiers[a] = n
		}
	}
	if len(d.cfg.Webhooks) > 0 {
		client := outbound.New(outbound.Config{Now: d.cfg.Now})
		for name, w := range d.cfg.Webhooks {
			if err := client.CheckURL(w.URL); err != nil {
				return &ticket.Error{Kind: ticket.Invalid, Field: "webhooks." + name + ".url", Msg: err.Error(), Err: err}
			}
			if len(w.Secret) < 16 {
				return ticket.InvalidField("webhooks."+name+".secret", "must have at least 16 bytes")
			}
		}
		notifiers[sla.NotifyWebhook] = webhookNotifier{client, d.cfg.Webhooks}
	}
	var channels []sla.ActionType
	for a := range notifiers {
		channels = append(channels, a)
	}
	d.sla, err = sla.New(sla.Config{Tickets: d.service, Store: d.cfg.Store, Hook: d.clocks, Channels: channels, Now: d.cfg.Now,
		Wake: func() { d.runner.Wake() }})
	if err != nil {
		return err
	}
	d.slaWork, err = sla.NewWorker(sla.WorkerConfig{Tickets: d.service, Store: d.cfg.Store, Notifiers: notifiers, InRole: d.inRole,
		Locale: d.cfg.Locale, Zone: d.cfg.Zone, Now: d.cfg.Now, Log: d.log})
	return err
}

// ApplySLA makes the promises of Config.SLA the built-in policy of the desk, or brings that in line with them. Run does it when it begins;
// a program that does not call Run may do it itself.
func (d *Desk) ApplySLA(ctx context.Context) error { return d.sla.Apply(ctx, d.cfg.SLA) }

// inRole lists the active people of a role.
func (d *Desk) inRole(ctx context.Context, role string) ([]ticket.Account, error) {
	const page = 100
	var out []ticket.Account
	for after := ""; ; {
		users, err := d.accounts.ListUsers(ctx, ticket.SystemActor("sla"), after, page)
		if err != nil {
			return nil, err
		}
		for _, u := range users {
			after = u.Username
			if u.Active && u.Role == role {
				out = append(out, ticket.Account{ID: u.ID, Username: u.Username, Name: u.Name, Active: true})
			}
		}
		if len(users) < page {
			return out, nil
		}
	}
}

// mailNotifier tells by mail: colleagues at the address of their account, and nobody who has none.
type mailNotifier struct {
	mail    adapters.Sender
	tickets *ticket.Service
}

// Notify implements sla.Notifier.
func (n mailNotifier) Notify(ctx context.Context, m sla.Notification) error {
	if yes, err := n.tickets.Mails(ctx, ticket.SystemActor("sla"), ticket.NoticeSLA, m.Ticket.Queue.ID); !yes || err != nil {
		return err
	}
	to := adapters.Recipient{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: m.Action.To}}
	if m.Account != nil {
		to.Name, to.Identity.Value = m.Account.Name, m.Account.Email
	}
	to.Identity.Value = strings.ToLower(to.Identity.Value)
	if a, err := mail.ParseAddress(to.Identity.Value); err != nil || a.Address != to.Identity.Value {
		return nil // no address: the step stands in the history of the ticket
	}
	head, err := n.tickets.Letterhead(ctx, ticket.SystemActor("sla"))
	if err != nil {
		return err
	}
	about := ticket.Ticket{ID: m.Ticket.ID, Number: m.Ticket.Number, Subject: m.Subject, Demo: m.Ticket.Demo}
	_, err = n.mail.Send(ctx, adapters.Outbound{Key: m.Key, Ticket: about, Locale: m.Locale, Letterhead: head, To: []adapters.Recipient{to}, Notice: ticket.NoticeSLA,
		Message: ticket.Message{Kind: ticket.Public, Text: m.Text, Machine: true, Author: ticket.Author{Type: ticket.ActorSystem}}})
	if adapters.IsPermanent(err) {
		return sla.Permanent(err)
	}
	if wait, ok := adapters.HoldDelay(err); ok {
		return jobs.Snooze(time.Now().Add(wait))
	}
	if wait, ok := adapters.RetryDelay(err); ok {
		return jobs.RetryAfter(err, wait)
	}
	return err
}

// webhookNotifier tells by HTTP. The body says which ticket and which clock, and nothing of what people wrote.
type webhookNotifier struct {
	client *outbound.Client
	hooks  map[string]Webhook
}

// Notify implements sla.Notifier.
func (n webhookNotifier) Notify(ctx context.Context, m sla.Notification) error {
	hook, ok := n.hooks[m.Action.To]
	if !ok {
		return sla.Permanent(fmt.Errorf("webhook %q is not configured", m.Action.To))
	}
	body, err := json.Marshal(map[string]any{"type": m.Event, "ticket_id": m.Ticket.ID, "number": m.Ticket.Number, "clock": m.Clock,
		"cycle": m.Cycle, "level": m.Level, "due": m.Due})
	if err != nil {
		return sla.Permanent(err)
	}
	err = n.client.Post(ctx, outbound.Delivery{URL: hook.URL, ID: m.Key, Secret: hook.Secret, Body: body})
	if errors.Is(err, outbound.ErrBlocked) {
		return sla.Permanent(err)
	}
	if e, ok := errors.AsType[*outbound.StatusError](err); ok {
		switch {
		case e.Permanent():
			return sla.Permanent(err)
		case e.RetryAfter > 0:
			return jobs.RetryAfter(err, e.RetryAfter)
		}
	}
	return err
}
