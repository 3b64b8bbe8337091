//go:build !no_panel

package panel_test

import (
	"fmt"

	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

// adminTours are the ways to what leads and admins do, and to what everybody does for themselves.
func adminTours() []tour {
	return []tour{numbersTour(), ownTour(), peopleTour(), usersTour(), catalogueTour(), levelsTour(), settingsTour()}
}

// adminElsewhere is what the panel leaves to others of it.
func adminElsewhere() []elsewhere {
	return []elsewhere{
		{"changePassword", "changing the password is a page of the server, which works without scripts"},
		{"getPolicy", "the list brings the same along"},
		{"getCalendar", "the list brings the same along"},
	}
}

// send presses the button that ends the form of the window.
func (v *visit) send() {
	v.Helper()
	v.click("[role=dialog] .modal-actions .button:last-child", "")
}

// sure says yes to the question.
func (v *visit) sure() {
	v.Helper()
	v.click("[role=alertdialog] button[type=submit]", "")
}

// gone waits until no window lies over the page.
func (v *visit) gone() {
	v.Helper()
	v.until(`!document.querySelector('[role=dialog],[role=alertdialog]')`)
}

// at opens a page and waits until it is there.
func (v *visit) at(path string) {
	v.Helper()
	v.to(path)
	v.until(`document.querySelector('main h1')`)
	v.calm()
}

// pick chooses in a list of choices.
func (v *visit) pick(selector, value string) {
	v.Helper()
	v.until(fmt.Sprintf(`[...document.querySelectorAll(%s)].some(e => [...e.options].some(o => o.value === %s))`, quote(selector), quote(value)))
	eval[bool](v.tab, fmt.Sprintf(`(() => { const e = document.querySelector(%s); e.value = %s; e.dispatchEvent(new Event('change', {bubbles: true})); return true })()`, quote(selector), quote(value)))
}

// anew writes into a field in place of what stands in it.
func (v *visit) anew(selector, text string) {
	v.Helper()
	v.click(selector, "")
	v.until(`document.activeElement?.matches(` + quote(selector) + `)`)
	eval[bool](v.tab, `(document.activeElement.select(), true)`)
	v.keys(text)
}

// numbersTour looks at what has happened.
func numbersTour() tour {
	return tour{
		name:   "numbers",
		before: func(d *desk) { d.open("Printer on fire") },
		steps: []step{
			{ops: ids("analytics reportSLA"), how: "Analytics, in the navigation, or `g a`", walk: func(v *visit) { v.goTo("/"); v.click(".nav-item", "Analytics"); v.sees("Created and resolved per day") }},
			{ops: ids("ranking"), how: "Ranking, in the navigation, or `g r`", walk: func(v *visit) { v.click(".nav-item", "Ranking") }},
			{ops: ids("audit auditChain"), how: "Audit log, in the navigation, or `g l`", walk: func(v *visit) { v.goTo("/"); v.click(".nav-item", "Audit log"); v.calm() }},
		},
	}
}

// ownTour is what everybody does for themselves.
func ownTour() tour {
	return tour{
		name: "own",
		before: func(d *desk) {
			_, err := d.Accounts().Login(d.Context(), "vera", password, rbac.LoginMeta{UserAgent: "Firefox/1 Linux"})
			require.NoError(d, err)
			require.NoError(d, d.Accounts().LinkAccount(d.Context(), system, d.users["vera"].ID, "discord:1200000000000000001"))
		},
		steps: []step{
			{ops: ids("listSessions listOwnLinks"), how: "My profile, in the menu of one's name", walk: func(v *visit) { v.at("/profile") }},
			{ops: ids("editPreferences"), how: "My profile, Use keys without Ctrl", words: []string{`"shortcuts":"off"`}, walk: func(v *visit) { v.click(".switch", "Use keys without Ctrl") }},
			{ops: ids("endSession"), how: "My profile, Sign out at a device", walk: func(v *visit) {
				v.click(".tools .button", "Sign out")
				v.until(`![...document.querySelectorAll('.tools .button')].some(e => e.textContent.includes('Sign out'))`) // what is below moves up then
			}},
			{ops: ids("createLinkCode"), how: "My profile, Linked accounts, Make a code", walk: func(v *visit) { v.click("button", "Make a code"); v.sees("/ticket link") }},
			{ops: ids("deleteOwnLink"), how: "My profile, Linked accounts, Unlink", walk: func(v *visit) { v.click("button", "Unlink"); v.sure(); v.sees("Nothing is linked yet.") }},
			{ops: ids("listTokens"), how: "My profile: API tokens", walk: func(v *visit) { v.at("/profile") }},
			{ops: ids("openapi"), how: "My profile, API tokens, Description of the API", as: rbac.RoleSupport, walk: func(v *visit) { v.click("main a", "Description of the API") }},
			{ops: ids("createToken"), how: "My profile, New token", walk: func(v *visit) {
				v.front() // the description has a window of its own
				v.click("button", "New token")
				v.typed("[role=dialog] [name=name]", "report")
				v.click("[role=dialog] [name=scope]", "")
				v.send()
				v.sees("Token")
				v.keys(kb.Escape)
				v.gone()
			}},
			{ops: ids("revokeToken"), how: "My profile, API tokens, Revoke", walk: func(v *visit) { v.click(".tools .button", "Revoke"); v.sure() }},
		},
	}
}

// peopleTour is about who writes to the desk.
func peopleTour() tour {
	var kim, lou *ticket.Ticket
	return tour{
		name: "people",
		before: func(d *desk) {
			kim = d.open("Printer on fire")
			var err error
			lou, err = d.Tickets().Open(d.Context(), system, ticket.NewTicket{Subject: "Toner", Body: "Toner.", Requester: ticket.Person{Name: "Lou Weiß", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "lou@customer.example"}}})
			require.NoError(d, err)
		},
		steps: []step{
			{ops: ids("listContacts"), how: "People, in the navigation", words: []string{"q=weiss"}, walk: func(v *visit) {
				v.goTo("/")
				v.click(".nav-item", "People")
				v.typed("[type=search]", "weiss")
				v.until(find("main td a", "Lou Weiß") + ` && !` + find("main td a", "Kim Sommer"))
			}},
			{ops: ids("getContact"), how: "a person in the list of people", walk: func(v *visit) { v.click("main td a", "Lou Weiß"); v.sees("lou@customer.example") }},
			{ops: ids("editContact"), how: "Edit details, at a person", words: []string{`"name":"Lou Weiss"`}, walk: func(v *visit) {
				v.click("button", "Edit details")
				v.anew("[role=dialog] [name=name]", "Lou Weiss")
				v.send()
				v.gone()
			}},
			{ops: ids("exportContact"), how: "Export data, at a person", walk: func(v *visit) {
				v.at("/contacts/" + string(kim.Requester.ID))
				eval[bool](v.tab, `fetch([...document.querySelectorAll('a[download]')].find(a => a.innerText.includes('Export data')).href).then(r => r.ok)`)
			}},
			{ops: ids("mergeContacts"), how: "Merge, at a person", words: []string{`"into"`}, walk: func(v *visit) {
				v.at("/contacts/" + string(lou.Requester.ID))
				v.click("button", "Merge")
				after := v.heard.sofar()
				v.typed("[role=dialog] [type=search]", "kim")
				v.wait("the search is answered, and its list stays", func() bool { return v.heard.has(after, "anna", "listContacts", []string{"q=kim"}) })
				v.click("[role=dialog] .pick", "Kim Sommer")
				v.until(`document.querySelector('[role=dialog] [name=into]:checked')`)
				v.send()
				v.gone()
			}},
			{ops: ids("eraseContact"), how: "Forget this person, at a person", walk: func(v *visit) {
				v.at("/contacts/" + string(kim.Requester.ID))
				v.click("button", "Forget this person")
				v.sure()
				v.gone()
			}},
		},
	}
}

// usersTour is about who works here.
func usersTour() tour {
	menu := func(v *visit, user, item string) { v.choose("[data-user="+user+"] .icon-button", "", item) }
	return tour{
		name: "users",
		before: func(d *desk) {
			bert, err := d.Accounts().Login(d.Context(), "bert", password, rbac.LoginMeta{})
			require.NoError(d, err)
			who, err := d.Accounts().Authenticate(d.Context(), bert.Token)
			require.NoError(d, err)
			_, _, err = d.Accounts().CreateToken(d.Context(), who.Actor, rbac.NewToken{Name: "old", Scopes: []ticket.Op{ticket.OpTicketRead}})
			require.NoError(d, err)
		},
		steps: []step{
			{ops: ids("listUsers"), how: "Settings, Users", walk: func(v *visit) { v.at("/settings/users") }},
			{ops: ids("createUser"), how: "Settings, Users, Add user", words: []string{`"username":"carla"`}, walk: func(v *visit) {
				v.click("button", "Add user")
				v.typed("[role=dialog] [name=username]", "carla")
				v.click("[role=dialog] button", "Suggest")
				v.send()
				v.until(`document.querySelector('[data-user=carla]')`)
				v.gone()
			}},
			{ops: ids("editUser"), how: "Settings, Users, Actions, Edit", words: []string{`"name":"Bert"`}, walk: func(v *visit) {
				menu(v, "bert", "Edit")
				v.anew("[role=dialog] [name=name]", "Bert")
				v.send()
				v.gone()
			}},
			{ops: ids("linkUser listUserLinks"), how: "Settings, Users, Actions, Linked accounts", walk: func(v *visit) {
				menu(v, "bert", "Linked accounts")
				v.typed("[role=dialog] [name=discord]", "1200000000000000002")
				v.send()
				v.sees("discord:1200000000000000002")
			}},
			{ops: ids("unlinkUser"), how: "Settings, Users, Actions, Linked accounts, Unlink", walk: func(v *visit) {
				v.click("[role=dialog] button", "Unlink")
				v.sure()
				v.sees("Nothing is linked yet.")
				v.keys(kb.Escape)
				v.gone()
			}},
			{ops: ids("listUserTokens revokeUserToken"), how: "Settings, Users, Actions, API tokens, Revoke", walk: func(v *visit) {
				menu(v, "bert", "API tokens")
				v.click("[role=dialog] button", "Revoke")
				v.sure()
				v.sees("There is no key.")
				v.keys(kb.Escape)
				v.gone()
			}},
			{ops: ids("deleteUser"), how: "Settings, Users, Actions, Delete user", walk: func(v *visit) {
				menu(v, "carla", "Delete user")
				v.sure()
				v.until(`!document.querySelector('[data-user=carla]')`)
			}},
			{ops: ids("listRoles listPermissions"), how: "Settings, Roles, Add role", as: rbac.RoleAdmin, walk: func(v *visit) { v.at("/settings/roles"); v.click("button", "Add role") }},
			{ops: ids("createRole"), how: "Settings, Roles, Add role, Save", words: []string{`"name":"lead"`}, walk: func(v *visit) {
				v.typed("[role=dialog] [name=name]", "lead")
				v.click("[role=dialog] [name='p:ticket:read']", "")
				v.send()
				v.gone()
				v.sees("lead")
			}},
			{ops: ids("editRole"), how: "Settings, Roles, Actions, Edit", walk: func(v *visit) {
				v.choose("[aria-label='Actions: lead']", "", "Edit")
				v.typed("[role=dialog] [name=description]", "leads")
				v.send()
				v.gone()
			}},
			{ops: ids("deleteRole"), how: "Settings, Roles, Actions, Delete", walk: func(v *visit) { v.choose("[aria-label='Actions: lead']", "", "Delete"); v.sure() }},
		},
	}
}

// catalogueTour is about queues, tags and fields.
func catalogueTour() tour {
	return tour{
		name: "catalogue",
		before: func(d *desk) {
			tk := d.open("Printer on fire")
			_, err := d.Tickets().Tag(d.Context(), system, tk.ID, 0, []string{"vip", "old"}, nil)
			require.NoError(d, err)
		},
		steps: []step{
			{ops: ids("createQueue"), how: "Settings, Queues, Add queue", words: []string{`"name":"Returns"`}, walk: func(v *visit) {
				v.at("/settings/queues")
				v.click("button", "Add queue")
				v.typed("[role=dialog] [name=name]", "Returns")
				v.send()
				v.gone()
				v.sees("Returns")
			}},
			{ops: ids("editQueue"), how: "Settings, Queues, Actions, Rename", words: []string{`"name":"Repairs"`}, walk: func(v *visit) {
				v.choose("[aria-label='Actions: Returns']", "", "Rename")
				v.anew("[role=dialog] [name=name]", "Repairs")
				v.send()
				v.gone()
			}},
			{ops: ids("setMailRules listMailRules"), how: "Settings, Automatic mails", walk: func(v *visit) { v.at("/settings/mail"); v.pick("main select", "false") }},
			{ops: ids("setQueueMailRules"), how: "Settings, Automatic mails, at a queue", walk: func(v *visit) { v.pick("main .card:last-child select", "false") }},
			{ops: ids("deleteQueue"), how: "Settings, Queues, Actions, Delete", walk: func(v *visit) {
				v.at("/settings/queues")
				v.choose("[aria-label='Actions: Repairs']", "", "Delete")
				v.send()
				v.gone()
			}},
			{ops: ids("renameTag"), how: "Settings, Tags, Rename", words: []string{`"name":"gold"`}, walk: func(v *visit) {
				v.at("/settings/tags")
				v.click("[aria-label='Rename: vip']", "")
				v.anew("[role=dialog] [name=name]", "gold")
				v.send()
				v.gone()
				v.sees("gold")
			}},
			{ops: ids("deleteTag"), how: "Settings, Tags, Remove", walk: func(v *visit) { v.click("[aria-label='Remove: old']", ""); v.sure() }},
			{ops: ids("createField"), how: "Settings, Fields, Add field", words: []string{`"key":"room"`}, walk: func(v *visit) {
				v.at("/settings/fields")
				v.click("button", "Add field")
				v.typed("[role=dialog] [name=de]", "Raum")
				v.typed("[role=dialog] [name=en]", "Room")
				v.typed("[role=dialog] [name=key]", "room")
				v.send()
				v.gone()
				v.sees("Room")
			}},
			{ops: ids("editField"), how: "Settings, Fields, Archive", walk: func(v *visit) { v.click(".tools .button", "Archive") }},
		},
	}
}

// levelsTour is about what is promised.
func levelsTour() tour {
	return tour{
		name: "levels",
		steps: []step{
			{ops: ids("createCalendar"), how: "Settings, Working hours, Add calendar", words: []string{`"name":"Office"`}, walk: func(v *visit) {
				v.at("/settings/hours")
				v.click("button", "Add calendar")
				v.typed("[role=dialog] [name=name]", "Office")
				v.send()
				v.gone()
				v.sees("Office")
			}},
			{ops: ids("saveCalendar"), how: "Settings, Working hours, Edit", words: []string{`"name":"Front office"`}, walk: func(v *visit) {
				v.click(".card .button", "Edit")
				v.anew("[role=dialog] [name=name]", "Front office")
				v.send()
				v.gone()
				v.sees("Front office")
			}},
			{ops: ids("retireCalendar"), how: "Settings, Working hours, Remove", walk: func(v *visit) { v.click(".card .button", "Remove"); v.sure(); v.gone() }},
			{ops: ids("createPolicy"), how: "Settings, Service levels, Add policy", words: []string{`"raise_priority"`, `"lead":1800`}, walk: func(v *visit) {
				v.at("/settings/sla")
				v.click("button", "Add policy")
				v.typed("[role=dialog] [name=name]", "Gold")
				v.typed("[role=dialog] [name=first_response]", "2")
				v.click("[role=dialog] button", "Add a step")
				v.pick("[role=dialog] [aria-label='What happens then']", "raise_priority")
				v.send()
				v.gone()
				v.sees("Gold")
				v.sees("30 min before it runs out")
			}},
			{ops: ids("savePolicy"), how: "Settings, Service levels, Edit", words: []string{`"name":"Silver"`}, walk: func(v *visit) {
				v.click(".card .button", "Edit")
				v.anew("[role=dialog] [name=name]", "Silver")
				v.send()
				v.gone()
				v.sees("Silver")
			}},
			{ops: ids("recomputeSLA"), how: "Settings, Service levels, Recompute", walk: func(v *visit) { v.click("main .button", "Recompute"); v.sure(); v.gone() }},
			{ops: ids("retirePolicy"), how: "Settings, Service levels, Retire", walk: func(v *visit) { v.click(".card .button", "Retire"); v.sure() }},
		},
	}
}

// settingsTour is about how the desk looks and what it offers to agents.
func settingsTour() tour {
	return tour{
		name: "settings",
		steps: []step{
			{ops: ids("createMacro"), how: "Settings, Macros, Add a macro", words: []string{`"name":"Greeting"`}, walk: func(v *visit) {
				v.at("/settings/macros")
				v.click("button", "Add a macro")
				v.typed("[role=dialog] [name=name]", "Greeting")
				v.typed("[role=dialog] [name=en]", "Hello ")
				v.click("[role=dialog] .chips button", "requester.name")
				v.until(`document.querySelector('[name=en]').value === 'Hello {{requester.name}}'`)
				v.send()
				v.gone()
				v.sees("Greeting")
			}},
			{ops: ids("saveMacro"), how: "Settings, Macros, Edit", words: []string{`"name":"Welcome"`}, walk: func(v *visit) {
				v.click("[aria-label='Edit: Greeting']", "")
				v.anew("[role=dialog] [name=name]", "Welcome")
				v.send()
				v.gone()
				v.sees("Welcome")
			}},
			{ops: ids("deleteMacro"), how: "Settings, Macros, Delete", walk: func(v *visit) { v.click("[aria-label='Delete: Welcome']", ""); v.sure() }},
			{ops: ids("rankingSettings"), how: "Settings, Ranking", as: rbac.RoleAdmin, walk: func(v *visit) { v.at("/settings/ranking") }},
			{ops: ids("setRankingSettings"), how: "Settings, Ranking, Save", words: []string{`"minimum":7`}, walk: func(v *visit) {
				v.anew("[name=minimum]", "7")
				v.click("main .button-primary", "Save")
			}},
			{ops: ids("getBranding"), how: "Settings, Branding", as: rbac.RoleAdmin, walk: func(v *visit) { v.at("/settings/branding") }},
			{ops: ids("addImage"), how: "Settings, Branding, Upload beside a logo: the preview shows it", walk: func(v *visit) {
				v.file("main .picture:has([name=logo_light]) [type=file]", "logo.svg", `<svg xmlns="http://www.w3.org/2000/svg" width="48" height="24"><rect width="48" height="24" fill="#7a1f5c"/></svg>`)
				v.until(`document.querySelector('.brand-screen.light img')?.naturalWidth === 48`)
			}},
			{ops: ids("setBranding"), how: "Settings, Branding, Save", words: []string{`"primary":"#7a1f5c"`, `"name":"Workbench"`, `"logo_light":"/desk/api/branding/images/`}, walk: func(v *visit) {
				v.anew("main [name=name]", "Workbench")
				v.anew("main [placeholder='#1f5fd6']", "#7a1f5c")
				v.until(`getComputedStyle(document.querySelector('.brand-screen.light .brand-fill')).backgroundColor === 'rgb(122, 31, 92)'`)
				v.click("main .button-primary", "Save")
			}},
			{ops: ids("brandImage"), how: "open the panel: the desk's logo stands above the navigation", walk: func(v *visit) {
				v.goTo("/")
				v.until(`document.querySelector('.nav-picture')?.naturalWidth === 48`)
			}},
		},
	}
}
