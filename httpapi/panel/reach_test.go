//go:build !no_panel

package panel_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/ticket"
)

var update = flag.Bool("update", false, "write the golden files anew")

// What the API offers can be reached in the panel: that is what the tours below show. Each is a walk on a desk of its own, by mouse and keys; each
// of its steps names the operations that the server has to hear of from whoever may them with the fewest permissions.

// tour is a walk through the panel.
type tour struct {
	name   string
	change func(*ticketkit.Config) // what the desk has beyond that of other tests; may be nil
	before func(*desk)             // what is there before anybody walks; may be nil
	steps  []step
}

// step leads to operations.
type step struct {
	ops   []string // their ids. All of them are for the same role
	how   string   // for people: what to press or to click
	words []string // what must stand in the query or the body of the request, for an operation alone
	as    string   // the role that has a use for it, where others may it too; "" is the one with the fewest permissions
	walk  func(*visit)
}

// role is who takes the step to an operation.
func (s step) role(o operation) string { return cmp.Or(s.as, o.role()) }

// elsewhere are operations that the panel leaves to others on purpose.
type elsewhere struct {
	op, why string
}

func tours() []tour              { return slices.Concat(agentTours(), adminTours(), channelTours()) }
func leftElsewhere() []elsewhere { return slices.Concat(agentElsewhere(), adminElsewhere()) }
func ids(names string) []string  { return strings.Fields(names) }
func usernameOf(role string) string {
	return map[string]string{rbac.RoleViewer: "vera", rbac.RoleSupport: "anna", rbac.RoleAdmin: "admin"}[role]
}

// visit is somebody who walks.
type visit struct {
	*tab
}

// to goes to an address, without loading the page anew where it is there.
func (v *visit) to(path string) {
	v.Helper()
	if !eval[bool](v.tab, `!!document.querySelector('#main') && (history.pushState(null, '', `+quote("/desk"+path)+`), true)`) {
		v.goTo(path)
	}
}

// ticket opens a new ticket, and shows it.
func (v *visit) ticket(subject string) *ticket.Ticket {
	v.Helper()
	tk := v.open(subject)
	v.show(tk)
	return tk
}

func (v *visit) show(tk *ticket.Ticket) {
	v.Helper()
	v.to(path(tk))
	v.ready(tk)
}

// typed writes into a field.
func (v *visit) typed(selector, text string) {
	v.Helper()
	v.click(selector, "")
	v.until(`document.activeElement?.matches(` + quote(selector) + `)`)
	v.keys(text)
}

// file chooses a file in a field.
func (v *visit) file(selector, name, body string) {
	v.Helper()
	at := filepath.Join(v.TempDir(), name)
	require.NoError(v, os.WriteFile(at, []byte(body), 0o600))
	nodes, err := chromedp.Run(v.ctx, chromedp.QueryNodeIDs(chromedp.CSS(selector)))
	require.NoError(v, err)
	_, err = chromedp.Call(v.ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{at}, NodeID: nodes[0]})
	require.NoError(v, err)
}

// command does what the palette offers under a name.
func (v *visit) command(name string) {
	v.Helper()
	v.chord("k", chromedp.ModifierCtrl)
	v.until(`document.activeElement?.matches('.palette input')`)
	v.keys(name)
	v.click(".palette-item", name)
}

// TestOperationsInThePanel finds for each operation of the API how one reaches it in the panel, or why not, and keeps the table of them.
func TestOperationsInThePanel(t *testing.T) {
	t.Parallel()
	all := operations(t)
	byID := map[string]operation{}
	for _, o := range all {
		byID[o.id] = o
	}
	how := map[string]string{}
	roles := map[string]string{}
	put := func(id, text string) {
		require.Contains(t, byID, id, "there is no such operation")
		require.NotContains(t, how, id, "%s stands in two places", id)
		how[id] = text
	}
	for _, tour := range tours() {
		for _, s := range tour.steps {
			require.NotEmpty(t, s.how)
			for _, id := range s.ops {
				put(id, s.how)
				if roles[id] = s.role(byID[id]); s.as == "" {
					require.Equal(t, byID[s.ops[0]].role(), roles[id], "%s: operations of one step are for the same role", id)
				}
			}
		}
	}
	for _, e := range leftElsewhere() {
		put(e.op, "not in the panel: "+e.why)
	}
	var b strings.Builder
	b.WriteString("# What the API offers, in the panel\n\n<!-- Written by go test ./httpapi/panel -run TestOperationsInThePanel -update -->\n\n" +
		"A browser test goes each of these ways, signed in with the role named, which is the one with the fewest permissions that may do it and has a use for it, and asserts that the server was asked.\n" +
		"Keys and words are those of the English panel.\n\n| Operation | Call | Role | In the panel |\n|---|---|---|---|\n")
	for _, o := range all {
		require.Contains(t, how, o.id, "%s %s can be reached nowhere: add a step to a tour, or to the operations that are left elsewhere the reason", o.method, o.path)
		fmt.Fprintf(&b, "| %s | `%s %s` | %s | %s |\n", o.id, o.method, o.path, roles[o.id], strings.ReplaceAll(how[o.id], "|", "\\|"))
	}
	const name = "../../docs/operations-in-the-panel.md"
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(b.String()), 0o600))
	}
	want, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String(), "go test ./httpapi/panel -run TestOperationsInThePanel -update")
}

// TestTours walks.
func TestTours(t *testing.T) {
	t.Parallel()
	byID := map[string]operation{}
	for _, o := range operations(t) {
		byID[o.id] = o
	}
	for _, tour := range tours() {
		t.Run(tour.name, func(t *testing.T) {
			t.Parallel()
			d := setupWith(t, tour.change)
			if tour.before != nil {
				tour.before(d)
			}
			tabs := map[string]*visit{}
			for _, s := range tour.steps {
				who := usernameOf(s.role(byID[s.ops[0]]))
				if tabs[who] == nil {
					tabs[who] = &visit{d.as(who, "en", 1440, 900)}
				}
				began := time.Now()
				v, after := tabs[who], d.heard.sofar()
				s.walk(v)
				for _, id := range s.ops {
					v.wait(fmt.Sprintf("the server hears %s of %s %v (%s)", id, who, s.words, s.how), func() bool { return d.heard.has(after, who, id, s.words) })
				}
				t.Logf("%5d ms %s", time.Since(began).Milliseconds(), strings.Join(s.ops, " "))
			}
		})
	}
}

// wait waits for something at the server.
func (v *visit) wait(what string, is func() bool) {
	v.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-ctx.Done():
			v.gaveUp(what)
		case <-tick.C:
		}
	}
}
