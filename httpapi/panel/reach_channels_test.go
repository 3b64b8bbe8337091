//go:build !no_panel

package panel_test

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/internal/mailauth"
	"github.com/ticketkit/ticketkit/internal/testdovecot"
	"github.com/ticketkit/ticketkit/sla"
	"github.com/ticketkit/ticketkit/ticket"
)

// channelTours are the ways to what comes in and goes out, and to what was promised for it.
func channelTours() []tour {
	return []tour{parkedTour(), jobsTour(), channelsTour(), signInTour(), promisesTour()}
}

// letters is a channel that cannot read the two letters that it gets, until somebody tries again.
type letters struct{}

func (letters) Name() string { return "letters" }

func (letters) Run(ctx context.Context, in adapters.Intake) error {
	for _, key := range []string{"1", "2"} {
		if err := in.Park(ctx, adapters.Parked{Key: key, Reason: "The hand cannot be read.", Sender: "kim@customer.example", Subject: "Letter " + key, Raw: []byte("Letter " + key)}); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return nil
}

func (letters) Retry(ctx context.Context, in adapters.Intake, p adapters.Parked) error {
	return in.Receive(ctx, ticket.Incoming{Channel: "letters", Key: p.Key, Subject: p.Subject, Text: "Hello", From: ticket.Person{Identity: ticket.Identity{Kind: ticket.KindEmail, Value: p.Sender}}})
}

// rows waits for so many rows of the table of a page.
func (v *visit) rows(n int) {
	v.Helper()
	v.until(`document.querySelectorAll('main tbody tr').length === ` + string(rune('0'+n)))
}

// parkedTour is about what could not become a ticket.
func parkedTour() tour {
	return tour{
		name:   "parked",
		change: func(c *ticketkit.Config) { c.Adapters = append(c.Adapters, letters{}) },
		before: func(d *desk) {
			require.Eventually(d, func() bool {
				list, err := d.host.Channels().ListParked(d.Context(), d.actor("anna"), "", 10)
				return err == nil && len(list) == 2
			}, patience, 20*time.Millisecond)
		},
		steps: []step{
			{ops: ids("listParked"), how: "Not processed, in the navigation", walk: func(v *visit) {
				v.goTo("/")
				v.until(find(".nav-item", "Not processed") + `?.querySelector('.nav-count')?.innerText === '2'`)
				v.click(".nav-item", "Not processed")
				v.rows(2)
			}},
			{ops: ids("parkedRaw"), how: "Not processed, Original", walk: func(v *visit) { v.click("main td .button", "Original") }},
			{ops: ids("retryParked"), how: "Not processed, Try again", walk: func(v *visit) { v.click("main td .button", "Try again"); v.rows(1) }},
			{ops: ids("deleteParked"), how: "Not processed, Discard", walk: func(v *visit) { v.click("main td .button", "Discard"); v.sure(); v.gone() }},
		},
	}
}

// jobsTour is about what was given up.
func jobsTour() tour {
	return tour{
		name: "jobs",
		before: func(d *desk) {
			now := time.Now()
			for _, key := range []string{"1", "2"} {
				require.NoError(d, d.store.EnqueueJob(d.Context(), jobs.Job{Kind: "letter", Key: "letter:" + key, RunAt: now.Add(-time.Minute)}))
			}
			claimed, err := d.store.ClaimJobs(d.Context(), []string{"letter"}, now, time.Hour, 2)
			require.NoError(d, err)
			require.Len(d, claimed, 2)
			for _, j := range claimed {
				require.NoError(d, d.store.BuryJob(d.Context(), j.ID, j.LeaseToken, "The letter box is gone.", now))
			}
		},
		steps: []step{
			{ops: ids("listJobs"), how: "Settings, Jobs", walk: func(v *visit) { v.at("/settings/jobs"); v.rows(2) }},
			{ops: ids("retryJob"), how: "Settings, Jobs, Run again", walk: func(v *visit) { v.click("main td .button", "Run again"); v.rows(1) }},
			{ops: ids("dropJob"), how: "Settings, Jobs, Discard", walk: func(v *visit) { v.click("main td .button", "Discard"); v.sure(); v.gone() }},
		},
	}
}

// withChannels gives a desk mailboxes and panels that are set up in its settings.
func withChannels(c *ticketkit.Config) {
	ring, err := keys.New([]byte(keys.Generate()))
	if err != nil {
		panic(err)
	}
	if c.Mailboxes, err = adapters.NewMailboxes(adapters.MailboxesConfig{Store: c.Store, Box: ring.Box(keys.LabelStateSecrets), Verify: func(adapters.OpenMailbox) error { return nil },
		Check: func(context.Context, adapters.OpenMailbox) []adapters.Finding {
			return []adapters.Finding{{Level: "ok", Check: "imap", Text: "signed in"}}
		}}); err != nil {
		panic(err)
	}
	if c.Panels, err = adapters.NewPanels(adapters.PanelsConfig{Store: c.Store, Verify: func(adapters.Panel) error { return nil }}); err != nil {
		panic(err)
	}
}

// channelsTour sets up where mails come from, and what stands in Discord.
func channelsTour() tour {
	return tour{
		name: "channels",
		change: func(c *ticketkit.Config) {
			c.Adapters = append(c.Adapters, letters{})
			withChannels(c)
		},
		steps: []step{
			{ops: ids("listChannels listMailboxes"), how: "Settings, Channels", walk: func(v *visit) { v.at("/settings/channels") }},
			{ops: ids("createMailbox"), how: "Settings, Channels, Add mailbox", words: []string{`"address":"support@desk.example"`}, walk: func(v *visit) {
				v.click("main .button", "Add mailbox")
				v.typed("[role=dialog] [name=address]", "support@desk.example")
				v.typed("[role=dialog] [name=server]", "imap.desk.example:993")
				v.typed("[role=dialog] [name=password]", "secret")
				v.send()
				v.gone()
				v.sees("support@desk.example")
			}},
			{ops: ids("checkMailbox"), how: "Settings, Channels, Check", walk: func(v *visit) { v.click(".source .button", "Check"); v.sees("signed in") }},
			{ops: ids("editMailbox"), how: "Settings, Channels, Edit", words: []string{`"user":"desk"`}, walk: func(v *visit) {
				v.click(".source .button", "Edit")
				v.anew("[role=dialog] [name=user]", "desk")
				v.send()
				v.gone()
			}},
			{ops: ids("deleteMailbox"), how: "Settings, Channels, Remove", walk: func(v *visit) { v.click(".source .button", "Remove"); v.sure(); v.gone() }},
			{ops: ids("listPanels"), how: "Settings, Discord panels", walk: func(v *visit) { v.at("/settings/panels") }},
			{ops: ids("createPanel"), how: "Settings, Discord panels, Add a panel", words: []string{`"mode":"thread"`}, walk: func(v *visit) {
				v.click("main .button", "Add a panel")
				v.typed("[role=dialog] [name=channel_id]", "1200000000000000001")
				v.pick("[role=dialog] [name=mode]", "thread")
				v.typed("[role=dialog] [name=title_en]", "Help desk")
				v.typed("[role=dialog] .kind-card input", "Hilfe")
				v.send()
				v.gone()
				v.sees("Help desk")
			}},
			{ops: ids("editPanel"), how: "Settings, Discord panels, Edit", words: []string{`"mode":"channel"`}, walk: func(v *visit) {
				v.click(".card .button", "Edit")
				v.until(`document.querySelector('[role=dialog] [name=mode]')?.value === 'thread'`)
				v.pick("[role=dialog] [name=mode]", "channel")
				v.send()
				v.gone()
			}},
			{ops: ids("deletePanel"), how: "Settings, Discord panels, Remove", walk: func(v *visit) { v.click(".card .button", "Remove"); v.sure(); v.gone() }},
		},
	}
}

// signInTour signs in to a mailbox at who provides it.
func signInTour() tour {
	// What the desk signs in with, and whether the person at the provider has said yes: then it is late enough to ask the provider.
	var source atomic.Pointer[mailauth.Source]
	var yes atomic.Bool
	var issuer *testdovecot.Issuer
	began := time.Now()
	return tour{
		name: "sign-in",
		change: func(c *ticketkit.Config) {
			login := func(ctx context.Context, _ adapters.OpenMailbox, begin bool) (adapters.MailboxLogin, error) {
				in, state, err := mailauth.SignIn{}, mailauth.SignInWaiting, error(nil)
				if begin {
					in, err = source.Load().BeginSignIn(ctx)
				} else {
					in, state, err = source.Load().AskSignIn(ctx)
				}
				return adapters.MailboxLogin{State: string(state), URL: in.URL, Code: in.Code, ExpiresAt: in.Expires}, err
			}
			ring, err := keys.New([]byte(keys.Generate()))
			if err != nil {
				panic(err)
			}
			if c.Mailboxes, err = adapters.NewMailboxes(adapters.MailboxesConfig{Store: c.Store, Box: ring.Box(keys.LabelStateSecrets), Verify: func(adapters.OpenMailbox) error { return nil }, Login: login,
				Fixed: []adapters.Mailbox{{ID: "env", Address: "support@desk.example", Server: "imap.desk.example:993", SignIn: adapters.SignInOAuth}}}); err != nil {
				panic(err)
			}
		},
		before: func(d *desk) {
			ring, err := keys.New([]byte(keys.Generate()))
			require.NoError(d, err)
			issuer = testdovecot.NewIssuer(d)
			p, err := mailauth.ProviderOf("", issuer.URL+"/common/oauth2/v2.0/token", "")
			require.NoError(d, err)
			s, err := mailauth.New(mailauth.Config{Name: "env", Provider: p, ClientID: "app", Store: d.store, Box: ring.Box(keys.LabelStateSecrets), Now: func() time.Time {
				if yes.Load() {
					return began.Add(2 * time.Second)
				}
				return began
			}})
			require.NoError(d, err)
			source.Store(s)
		},
		steps: []step{
			{ops: ids("mailboxLogin"), how: "Settings, Channels, Sign in", walk: func(v *visit) {
				v.at("/settings/channels")
				v.click(".source .button", "Sign in")
				v.sees("signs in there and types a code")
			}},
			{ops: ids("beginMailboxLogin"), how: "Settings, Channels, Sign in, Begin to sign in", walk: func(v *visit) {
				v.click("[role=dialog] .button-primary", "Begin to sign in")
				v.sees("ABCD-EFGH")
				issuer.Approve("device-1", testdovecot.Person{Name: "svc", Mailbox: "support@desk.example"})
				yes.Store(true)
				v.sees("Mails are fetched within a minute")
			}},
		},
	}
}

// promisesTour looks at service levels.
func promisesTour() tour {
	return tour{
		name: "promises",
		before: func(d *desk) {
			_, err := d.host.SLA().SavePolicy(d.Context(), d.actor("admin"), "", 0, sla.Policy{Name: "Gold", Targets: map[sla.Clock]sla.Target{sla.FirstResponse: {All: 7200}}})
			require.NoError(d, err)
			d.open("Printer on fire")
		},
		steps: []step{
			{ops: ids("listPolicies listCalendars"), how: "Settings, Service levels", walk: func(v *visit) {
				v.goTo("/")
				v.click(".nav-item", "Settings")
				v.sees("Gold")
			}},
			{ops: ids("simulateSLA"), how: "Settings, Service levels, Simulate", words: []string{`"all":7200`}, walk: func(v *visit) {
				v.click(".card .button", "Simulate")
				v.click("[role=dialog] .button-primary", "Work it out")
				v.sees("One ticket looked at")
			}},
		},
	}
}
