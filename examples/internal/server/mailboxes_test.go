package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/testdovecot"
)

const mailboxPassword = "pw-of-the-mailbox"

// asAdmin signs in with the password that ADMIN_PASSWORD has set.
func (d *desk) asAdmin() {
	d.Helper()
	var got struct{ Token string }
	d.call("POST", "auth/login", map[string]any{"username": "admin", "password": mailAdmin}, &got, http.StatusOK)
	d.token = got.Token
}

type sourceShape struct {
	ID, Name, State string
	Imported        int64
	LastError       string `json:"last_error"`
	Fix             string
}

func (d *desk) sources() map[string]sourceShape {
	d.Helper()
	var got struct {
		Items []struct{ Sources []sourceShape }
	}
	d.call("GET", "admin/channels", nil, &got, http.StatusOK)
	out := map[string]sourceShape{}
	for _, c := range got.Items {
		for _, s := range c.Sources {
			out[s.Name] = s
		}
	}
	return out
}

func (d *desk) subjects() (out []string) {
	d.Helper()
	var got struct{ Items []ticketShape }
	d.call("GET", "tickets?limit=100", nil, &got, http.StatusOK)
	for _, tk := range got.Items {
		out = append(out, tk.Subject)
	}
	return out
}

func note(to string, n int) []byte {
	return fmt.Appendf(nil, "From: kim@customer.example\r\nTo: %s\r\nSubject: For %s, %d\r\nMessage-ID: <%d.%s>\r\n\r\nHello\r\n", to, to, n, n, to)
}

// TestTwoDesksShareAMailServer runs two desks in one process, each with a mailbox of its own on the same server.
func TestTwoDesksShareAMailServer(t *testing.T) {
	t.Parallel()
	dove := testdovecot.Start(t)
	const each = 20
	desks := map[string]*desk{}
	for _, who := range []string{"sales@desk.example", "help@other.example"} {
		require.NoError(t, dove.User(who, mailboxPassword))
		for n := range each {
			require.NoError(t, dove.Put(who, note(who, n)))
		}
		desks[who] = start(t, t.TempDir(), "ADMIN_PASSWORD="+mailAdmin, "MAIL_USER="+who, "MAIL_PASSWORD="+mailboxPassword, "IMAP_ADDR="+dove.IMAP)
	}
	for who, d := range desks {
		require.Eventually(t, func() bool { return dove.Count(who, "Processed") == each }, time.Minute, 20*time.Millisecond)
		d.asAdmin()
		got := map[string]int{}
		for _, s := range d.subjects() {
			got[s]++
		}
		for n := range each {
			require.Equal(t, 1, got[fmt.Sprintf("For %s, %d", who, n)])
		}
		require.Len(t, got, each)
	}
}

// TestTwoMailboxesInTroubleLeaveTheThirdAlone has one with a wrong password, one whose sign-in was revoked, and one that works.
func TestTwoMailboxesInTroubleLeaveTheThirdAlone(t *testing.T) {
	t.Parallel()
	dove := testdovecot.Start(t)
	d := start(t, t.TempDir(), "ADMIN_PASSWORD="+mailAdmin, "LOG_LEVEL=info")
	d.asAdmin()
	add := func(address string, more map[string]any) {
		require.NoError(t, dove.User(address, mailboxPassword))
		require.NoError(t, dove.Put(address, note(address, 1)))
		body := map[string]any{"address": address, "server": dove.IMAP}
		for k, v := range more {
			body[k] = v
		}
		d.call("POST", "admin/mailboxes", body, nil, http.StatusCreated)
	}
	add("wrong@desk.example", map[string]any{"password": "not that one"})
	add("revoked@desk.example", map[string]any{"sign_in": "oauth", "client_id": "app", "refresh_token": "was revoked", "token_url": dove.Issuer.URL + "/token"})
	add("good@desk.example", map[string]any{"password": mailboxPassword})
	require.Eventually(t, func() bool { return dove.Count("good@desk.example", "Processed") == 1 }, time.Minute, 20*time.Millisecond)
	require.Eventually(t, func() bool {
		s := d.sources()
		return s["wrong@desk.example"].State == "stopped" && s["revoked@desk.example"].State == "stopped"
	}, time.Minute, 50*time.Millisecond)
	s := d.sources()
	require.Contains(t, s["wrong@desk.example"].Fix, "password")
	require.Contains(t, s["revoked@desk.example"].Fix, "oauth login --mailbox")
	require.Eventually(t, func() bool { s := d.sources()["good@desk.example"]; return s.State == "ready" && s.Imported == 1 }, time.Minute, 20*time.Millisecond)

	var health struct{ Status string }
	d.call("GET", "health", nil, &health, http.StatusOK)
	require.Equal(t, "degraded", health.Status, "it answers, and somebody should look")
	for _, who := range []string{"wrong@desk.example", "revoked@desk.example"} {
		require.Equal(t, 1, strings.Count(d.log.String(), "the mailbox has stopped until somebody mends it\" mailbox="+s[who].ID), "the log says it once: %s", d.log.String())
	}
	require.NotContains(t, d.log.String(), "not that one")

	// Nobody is asked again and again while they are in trouble, and the third goes on.
	require.NoError(t, dove.Put("good@desk.example", note("good@desk.example", 2)))
	require.Eventually(t, func() bool { return dove.Count("good@desk.example", "Processed") == 2 }, time.Minute, 20*time.Millisecond)
	require.Equal(t, 1, dove.Refused("wrong@desk.example"))
	require.Len(t, dove.Issuer.Log(), 1)
}

// TestMailCasesThroughAMailbox takes every public test mail in by IMAP: each becomes a message, or is parked with its reason.
func TestMailCasesThroughAMailbox(t *testing.T) {
	t.Parallel()
	cases := os.Getenv("TICKETKIT_MAIL_CASES")
	if cases == "" {
		t.Skip("TICKETKIT_MAIL_CASES names no folder with test mails")
	}
	b, err := os.ReadFile(filepath.Join(cases, "cases.jsonl"))
	require.NoError(t, err)
	dove := testdovecot.Start(t)
	const who = "support@desk.example"
	require.NoError(t, dove.User(who, mailboxPassword))
	distinct, total := map[string]bool{}, 0
	seen := map[string]bool{}
	for line := range bytes.Lines(b) {
		var c struct{ File, Input string }
		require.NoError(t, json.Unmarshal(line, &c))
		if c.Input != "mail" || seen[c.File] {
			continue
		}
		seen[c.File] = true
		raw, err := os.ReadFile(filepath.Join(cases, c.File))
		require.NoError(t, err)
		require.NoError(t, dove.Put(who, raw))
		total++
		distinct[strings.ReplaceAll(string(raw), "\r\n", "\n")] = true
	}
	require.Greater(t, total, 500)
	d := start(t, t.TempDir(), "ADMIN_PASSWORD="+mailAdmin, "MAIL_USER="+who, "MAIL_PASSWORD="+mailboxPassword, "IMAP_ADDR="+dove.IMAP, "LOG_LEVEL=warn")
	require.Eventually(t, func() bool { return dove.Count(who, "Processed")+dove.Count(who, "Failed") == total }, 5*time.Minute, 100*time.Millisecond,
		"%d are left", dove.Count(who, ""))
	d.asAdmin()
	s := d.sources()[who]
	require.Empty(t, s.LastError)
	n := d.count(t)
	t.Logf("%d mails, %d of them different: %d messages, %d parked", total, len(distinct), n.messages, n.parked)
	require.Equal(t, len(distinct), n.messages+n.parked, "none is lost, none is there twice")
	require.Equal(t, dove.Count(who, "Failed"), n.parked)
	require.NotContains(t, d.log.String(), "panic")
}

type counted struct{ messages, parked int }

// count walks over all tickets and parked items.
func (d *desk) count(t *testing.T) (n counted) {
	t.Helper()
	for cursor := ""; ; {
		var page struct {
			Items []struct{ ID string }
			Next  *string `json:"next_cursor"`
		}
		d.call("GET", "tickets?limit=100&cursor="+cursor, nil, &page, http.StatusOK)
		for _, tk := range page.Items {
			var ms struct {
				Items []struct{ Author struct{ Type string } }
			}
			d.call("GET", "tickets/"+tk.ID+"/messages?limit=100", nil, &ms, http.StatusOK)
			for _, m := range ms.Items {
				if m.Author.Type == "contact" {
					n.messages++
				}
			}
		}
		if page.Next == nil {
			break
		}
		cursor = *page.Next
	}
	var parked struct{ Items []struct{ ID string } }
	d.call("GET", "parked?limit=100", nil, &parked, http.StatusOK)
	n.parked = len(parked.Items)
	return n
}
