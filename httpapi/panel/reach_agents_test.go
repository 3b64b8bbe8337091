//go:build !no_panel

package panel_test

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// agentTours are the ways to what is done with tickets.
func agentTours() []tour { return []tour{readingTour(), workingTour()} }

func agentElsewhere() []elsewhere {
	return []elsewhere{
		{"health", "for monitoring"},
		{"login", "signing in is a page of the server, which works without scripts"},
		{"logout", "signing out is a form of the server"},
		{"me", "bootstrap brings the same along"},
		{"listPresence", "the stream of events brings it along"},
		{"transcriptKeys", "for programs that check transcripts by themselves"},
	}
}

// readingTour only looks: all of it is for whoever may read.
func readingTour() tour {
	var tk, mail *ticket.Ticket
	// filter loads the panel anew, which forgets the lists that another page has asked for.
	filter := func(v *visit, by string) {
		v.goTo("/tickets?view=open")
		v.until(row(tk))
		v.choose(".filters button", "Filter", by)
		v.keys(kb.Escape)
	}
	return tour{
		name: "reading",
		before: func(d *desk) {
			tk = d.open("Printer on fire")
			r, err := d.Tickets().Receive(d.Context(), system, ticket.Incoming{Channel: "imap", Key: "k1", Subject: "Toner", Text: "Hello", HTML: "<p>Hello <b>there</b></p>", Raw: []byte("Subject: Toner\r\n\r\nHello"),
				From:    ticket.Person{Name: "Kim Sommer", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "kim@customer.example"}},
				Uploads: []ticket.Upload{{Name: "list.txt", ContentType: "text/plain", Body: strings.NewReader("one")}}})
			require.NoError(d, err)
			mail = r.Ticket
		},
		steps: []step{
			{ops: ids("bootstrap kpi"), how: "open the panel", walk: func(v *visit) { v.to("/") }},
			{ops: ids("listViews countViews"), how: "open the panel: the navigation has the lists with their counts", walk: func(v *visit) { v.goTo("/") }},
			{ops: ids("followEvents"), how: "open the panel: it stays up to date by itself", walk: func(v *visit) { v.goTo("/"); v.sees("Overview") }},
			{ops: ids("listTickets listMarks"), how: "a view in the navigation, or `g t`", walk: func(v *visit) { v.keys("gt"); v.until(row(tk)) }},
			{ops: ids("keepLastView"), how: "stay with a list: the next visit begins with it", words: []string{`"view":"closed"`}, walk: func(v *visit) { v.goTo("/tickets?view=closed"); v.until(find(".view-switch", "Done")) }},
			{ops: ids("getTicket listMessages listEvents listLinks listParticipants ticketSLA listFields markSeen"), how: "open a ticket from a list, with a click or `j`", walk: func(v *visit) {
				v.goTo("/tickets?view=open") // anew: an event may have had the ticket fetched for the list already
				v.until(row(tk))
				v.click(".row-link", "Printer on fire")
				v.ready(tk)
			}},
			{ops: ids("listAgents"), how: "Filter, Assignee …", walk: func(v *visit) { filter(v, "Assignee …") }},
			{ops: ids("listQueues"), how: "Filter, Queue …", walk: func(v *visit) { filter(v, "Queue …") }},
			{ops: ids("listTags"), how: "Filter, Tag …", walk: func(v *visit) { filter(v, "Tag …") }},
			{ops: ids("messageHTML"), how: "Show formatted, at a message", walk: func(v *visit) { v.show(mail); v.click(".message .link", "Show formatted") }},
			{ops: ids("messageRaw"), how: "Original mail, at a message", walk: func(v *visit) { v.click(".message .link", "Original") }},
			{ops: ids("download"), how: "click a file of a message", walk: func(v *visit) { v.click(".file", "list.txt") }},
			{ops: ids("transcript"), how: "Transcript, in the details of a ticket or its menu", words: []string{"format=html"}, walk: func(v *visit) { v.click(".side .link", "Transcript") }},
			{ops: ids("verifyTranscript"), how: "the palette, Check a transcript", walk: func(v *visit) {
				v.command("Check a transcript")
				v.until(`document.querySelector('[role=dialog] [name=transcript]')`)
				v.file(`[role=dialog] [name=transcript]`, "transcript.html", "<p>nothing</p>")
				v.sees("This file has no signature")
			}},
		},
	}
}

// workingTour does what support does with tickets.
func workingTour() tour {
	var other *ticket.Ticket
	return tour{
		name: "working",
		before: func(d *desk) {
			other = d.open("The other one")
			_, err := d.Tickets().SaveMacro(d.Context(), d.actor("admin"), ticket.Macro{Shared: true, Name: "Greeting", En: "Hello {{requester.name}}"})
			require.NoError(d, err)
		},
		steps: []step{
			{ops: ids("createTicket"), how: "New ticket, in the navigation", words: []string{`"subject":"By phone"`}, walk: func(v *visit) {
				v.to("/tickets?view=open")
				v.click(".nav-new", "")
				v.typed("[role=dialog] [name=email]", "lou@customer.example")
				v.typed("[role=dialog] [name=subject]", "By phone")
				v.click("[role=dialog] .button-primary", "")
				v.sees("By phone")
			}},
			{ops: ids("claimTicket"), how: "`c`, or Claim", walk: func(v *visit) { v.ticket("Claim me"); v.keys("c"); v.sees("claimed") }},
			{ops: ids("unclaimTicket"), how: "the menu of a ticket that one has, Give back", walk: func(v *visit) { v.choose(".detail-actions button", "More", "Give back") }},
			{ops: ids("assignTicket"), how: "`a`, or the name of who has it", walk: func(v *visit) {
				v.ticket("Assign me")
				v.keys("a")
				v.until(find("[role=option]", "Bert"))
				v.click("[role=option]", "Bert")
			}},
			{ops: ids("escalateTicket"), how: "`e`, or Escalate", words: []string{`"reason":"Boss waits"`}, walk: func(v *visit) {
				tk := v.ticket("Escalate me")
				v.keys("e")
				v.typed("[role=alertdialog] textarea", "Boss waits")
				v.click("[role=alertdialog] button", "Escalate")
				v.sees(fmt.Sprintf("#%d escalated", tk.Number)) // the panel knows the version that the next step changes
			}},
			{ops: ids("editTicket"), how: "`p`, `s`, the pencil at the subject, or a field in the details", words: []string{`"priority":"low"`}, walk: func(v *visit) { v.choose("#priority-menu", "", "Low"); v.sees(": priority Low") }},
			{ops: ids("snoozeTicket"), how: "`z`, or the moon", words: []string{`"until"`}, walk: func(v *visit) { v.choose("#snooze-menu", "", "Tomorrow") }},
			{ops: ids("tagTicket"), how: "`l`, or + at the tags", words: []string{`"add":["vip"]`}, walk: func(v *visit) {
				v.ticket("Tag me")
				v.click("button", "Add a tag")
				v.until(`document.activeElement?.matches('.tag-input')`)
				v.keys("vip" + kb.Enter)
			}},
			{ops: ids("closeTicket"), how: "`#`, or Close", walk: func(v *visit) { tk := v.ticket("Close me"); v.keys("#"); v.sees(fmt.Sprintf("#%d closed", tk.Number)) }},
			{ops: ids("reopenTicket"), how: "Undo after closing, or Reopen", walk: func(v *visit) { v.click(".toast-action", "Undo") }},
			{ops: ids("spamTicket"), how: "the menu of a ticket, Mark as spam", walk: func(v *visit) { v.ticket("Spam"); v.choose(".detail-actions button", "More", "spam") }},
			{ops: ids("createMessage"), how: "`r` or `n`, then Ctrl Enter", words: []string{`"kind":"note"`}, walk: func(v *visit) {
				v.ticket("Answer me")
				v.keys("n")
				v.until(`document.activeElement.tagName === 'TEXTAREA'`)
				v.keys("For us")
				v.chord(kb.Enter, chromedp.ModifierCtrl)
			}},
			{ops: ids("setPresence"), how: "open a ticket with the permission to answer: others see who is there", walk: func(v *visit) { v.ticket("Look at me") }},
			{ops: ids("listDrafts"), how: "open a ticket: what one has begun to write is there, in every browser", words: []string{"ticket="}, walk: func(v *visit) { v.ticket("Draft here") }},
			{ops: ids("saveDraft"), how: "write in the composer, and wait a second", words: []string{"half a thought"}, walk: func(v *visit) {
				v.keys("r")
				v.until(`document.activeElement.tagName === 'TEXTAREA'`)
				v.keys("half a thought")
			}},
			{ops: ids("listMacros renderMacro"), how: "`m`, or `/` at the beginning of a line of the composer", walk: func(v *visit) {
				v.ticket("Macro here")
				v.keys("m")
				v.until(find("[role=option]", "Greeting"))
				v.click("[role=option]", "Greeting")
				v.until(`document.querySelector('.composer textarea').value.includes('Kim Sommer')`)
			}},
			{ops: ids("splitTicket"), how: "the menu of a message, Split off", words: []string{`"message_ids":["`}, walk: func(v *visit) {
				tk := v.open("Two things")
				_, err := v.Tickets().Note(v.Context(), v.actor("bert"), tk.ID, 0, ticket.NewMessage{Body: "the other thing"})
				require.NoError(v, err)
				v.show(tk)
				v.choose(".message-menu", "", "Split off")
				v.click("[role=dialog] .button-primary", "Make a new ticket")
				v.until(`document.querySelector('[data-detail] [data-message]') && !` + detail(tk)) // the panel goes to what was made
			}},
			{ops: ids("resendMessage"), how: "Send again, at an answer that could not be delivered", walk: func(v *visit) {
				tk := v.open("Bounced")
				m, err := v.Tickets().Reply(v.Context(), v.actor("bert"), tk.ID, 0, ticket.NewMessage{Body: "Nobody is there"})
				require.NoError(v, err)
				require.NoError(v, v.Tickets().DeliveryFailed(v.Context(), system, m.ID, "550 no such user"))
				v.show(tk)
				v.click(".delivery .link", "")
			}},
			{ops: ids("reviseMessage"), how: "the menu of an answer that can be changed, Change", words: []string{`"body":"Pour water on it."`}, walk: func(v *visit) {
				tk := v.open("Misspelt")
				m, err := v.Tickets().Reply(v.Context(), v.actor("anna"), tk.ID, 0, ticket.NewMessage{Body: "Pour watter on it."})
				require.NoError(v, err)
				require.NoError(v, v.Tickets().DeliveryFailed(v.Context(), system, m.ID, "550 no such user"))
				v.show(tk)
				v.choose(".message-own .message-menu", "", "Change")
				v.anew("[role=dialog] [name=body]", "Pour water on it.")
				v.click("[role=dialog] .button-primary", "Save")
				v.until(find(".message-own .message-text", "Pour water on it."))
			}},
			{ops: ids("withdrawMessage"), how: "the menu of an answer that can be changed, Take back", walk: func(v *visit) {
				v.gone()
				v.choose(".message-own .message-menu", "", "Take back")
				v.click("[role=dialog] .button-danger", "Take back")
				v.until(find(".message-note .message-text", "Pour water on it."))
			}},
			{ops: ids("upload"), how: "the clip in the composer, paste or drop", walk: func(v *visit) {
				v.file(`.composer input[type=file]`, "list.txt", "one")
				v.sees("list.txt")
			}},
			{ops: ids("linkTicket"), how: "+ at Linked tickets, in the details of a ticket", walk: func(v *visit) {
				v.ticket("Link me")
				v.click("button", "Link to a ticket")
				v.until(`document.activeElement?.matches('.tag-input')`)
				v.keys(fmt.Sprint(other.Number, kb.Enter))
				v.until(find(".side-link", "The other one"))
			}},
			{ops: ids("unlinkTicket"), how: "× at a linked ticket", words: []string{"relation=related"}, walk: func(v *visit) { v.click(".side-link .chip-x", "") }},
			{ops: ids("mergeTicket"), how: "the menu of a ticket, Merge", words: []string{`"into":`}, walk: func(v *visit) {
				v.ticket("Merge me")
				v.choose(".detail-actions button", "More", "Merge")
				v.typed("[role=dialog] input", fmt.Sprint(other.Number))
				v.click("[role=dialog] .button-primary", "")
				v.ready(other)
			}},
			{ops: ids("bulk"), how: "`x` or `* a` in a list, then the bar below it", words: []string{`"action":"claim"`}, walk: func(v *visit) {
				v.open("One of many")
				v.goTo("/tickets?view=open")
				v.sees("One of many")
				v.keys("*a")
				v.click(".bulk button", "Claim")
				v.sees("tickets changed")
			}},
			{ops: ids("undoBulk"), how: "Undo after a change of many, or Ctrl Z", walk: func(v *visit) { v.click(".toast-action", "Undo") }},
			{ops: ids("createView"), how: "the name of a list, Save this view", words: []string{`"filter":"status:pending"`, `"name":"Mine to do"`}, walk: func(v *visit) {
				v.to("/tickets?view=all&status=pending")
				v.until(find(".view-switch", "All tickets"))
				v.choose(".view-switch", "", "Save this view")
				v.typed("[role=dialog] [name=name]", "Mine to do")
				v.click("[role=dialog] .button-primary", "")
				v.until(find(".nav-item", "Mine to do"))
			}},
			{ops: ids("saveView"), how: "the name of a saved list, Edit view", words: []string{`"name":"Mine to do now"`}, walk: func(v *visit) {
				v.until(find(".view-switch", "Mine to do"))
				v.choose(".view-switch", "", "Edit view")
				v.typed("[role=dialog] [name=name]", " now")
				v.click("[role=dialog] .button-primary", "")
				v.until(find(".view-switch", "Mine to do now"))
			}},
			{ops: ids("deleteView"), how: "the name of a saved list, Delete view", walk: func(v *visit) {
				v.choose(".view-switch", "", "Delete view")
				v.click("[role=alertdialog] button", "Delete")
				v.until(`location.pathname === '/desk/tickets' && !` + find(".view-switch", "Mine to do")) // the panel goes to another
			}},
			{ops: ids("deleteTicket"), how: "the menu of a ticket, Delete", walk: func(v *visit) {
				v.ticket("Delete me")
				v.choose(".detail-actions button", "More", "Delete")
				v.click("[role=alertdialog] button", "Delete")
			}},
		},
	}
}
