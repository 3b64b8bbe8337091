package httpapi

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net/textproto"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func TestMessages(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Drucker")
	at := ticketPath(tk, "/messages")
	reply := d.as("sam", 201, post, at, map[string]any{"kind": "reply", "body": "Bitte neu starten.\r\n"}).json()
	require.Subset(t, reply, map[string]any{"n": 2.0, "kind": "public", "text": "Bitte neu starten.", "html": false, "raw": false, "machine": false,
		"bounce": nil, "verified": nil, "attachments": []any{}, "delivery": map[string]any{"state": "queued", "reason": "", "at": reply["created_at"]},
		"author": map[string]any{"type": "account", "id": string(d.users["sam"].ID), "name": "sam", "email": ""}})
	note := d.as("sam", 201, post, at, map[string]any{"kind": "note", "body": "Kunde ist <b>wichtig</b>", "status": "pending"}).json()
	require.Subset(t, note, map[string]any{"kind": "note", "delivery": nil, "text": "Kunde ist <b>wichtig</b>"})
	require.Equal(t, "pending", d.as("sam", 200, get, ticketPath(tk, ""), nil).json()["status"])
	d.as("sam", 201, post, at, map[string]any{"kind": "reply", "body": "Fertig", "close": true})
	require.Equal(t, "closed", d.as("sam", 200, get, ticketPath(tk, ""), nil).json()["status"])

	require.Equal(t, []any{1.0, 2.0, 3.0, 4.0}, d.as("vera", 200, get, at, nil).pluck("n"))
	narrow := d.apiToken("vera", ticket.OpTicketRead, ticket.OpMessageRead)
	require.Equal(t, []any{1.0, 2.0, 4.0}, d.call(narrow, get, at, nil).is(200).pluck("n")) // no note:read
	require.Equal(t, []any{1.0, 2.0, 3.0, 4.0}, d.as("vera", 200, get, fmt.Sprintf("/tickets/%d/messages", tk.Number), nil).pluck("n"))

	for field, body := range map[string]string{
		"kind":   `{"kind":"system","body":"x"}`,
		"body":   `{"kind":"note","body":" "}`,
		"status": `{"kind":"note","body":"x","status":"pending","close":true}`,
		"to":     `{"kind":"reply","body":"x","to":["a@b.example"]}`,
	} {
		require.Equal(t, []string{field}, d.as("sam", 400, post, at, body).fields())
	}
	d.as("vera", 403, post, at, map[string]any{"kind": "note", "body": "x"})
	d.as("sam", 404, post, "/tickets/4711/messages", map[string]any{"kind": "note", "body": "x"})
}

func TestMessagePages(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Drucker")
	for i := range 6 {
		d.as("sam", 201, post, ticketPath(tk, "/messages"), map[string]any{"kind": "note", "body": fmt.Sprint(i)})
	}
	walk := func(query string) (all [][]any) {
		for cursor := ""; ; {
			a := d.as("sam", 200, get, ticketPath(tk, "/messages?limit=3"+query+"&cursor="+cursor), nil)
			all = append(all, a.pluck("n"))
			next, more := a.json()["next_cursor"].(string)
			if !more {
				return all
			}
			cursor = next
		}
	}
	require.Equal(t, [][]any{{1.0, 2.0, 3.0}, {4.0, 5.0, 6.0}, {7.0}}, walk(""))
	require.Equal(t, [][]any{{5.0, 6.0, 7.0}, {2.0, 3.0, 4.0}, {1.0}}, walk("&newest=true"))
	require.Equal(t, []any{6.0, 7.0}, d.as("sam", 200, get, ticketPath(tk, "/messages?after=5"), nil).pluck("n"))
	require.Equal(t, []any{}, d.as("sam", 200, get, ticketPath(tk, "/messages?after=7"), nil).pluck("n"))
	for query, field := range map[string]string{"cursor=c1": "cursor", "cursor=a": "cursor", "cursor=a-1": "cursor", "cursor=a1&newest=true": "cursor",
		"after=-1": "after", "after=x": "after", "after=1&cursor=a1": "after"} {
		require.Equal(t, []string{field}, d.as("sam", 400, get, ticketPath(tk, "/messages?"+query), nil).fields(), query)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Drucker")
	d.as("sam", 200, post, ticketPath(tk, "/claim"), nil)
	d.as("sam", 200, post, ticketPath(tk, "/close"), map[string]any{"reason": "doppelt"})
	es := d.as("vera", 200, get, ticketPath(tk, "/events"), nil)
	require.Equal(t, []any{"ticket.created", "ticket.claimed", "ticket.status_changed", "ticket.closed"}, es.pluck("type"))
	last := es.items()[3]
	require.Equal(t, string(tk.ID), last["ticket_id"])
	require.Equal(t, map[string]any{"type": "account", "id": string(d.users["sam"].ID), "name": "sam"}, last["actor"])
	require.Subset(t, last["data"], map[string]any{"from": "open", "to": "closed", "reason": "doppelt"})
	first := d.as("vera", 200, get, ticketPath(tk, "/events?limit=3"), nil)
	require.Equal(t, "3", first.json()["next_cursor"])
	require.Equal(t, []any{"ticket.closed"}, d.as("vera", 200, get, ticketPath(tk, "/events?limit=3&cursor=3"), nil).pluck("type"))
	newest := d.as("vera", 200, get, ticketPath(tk, "/events?limit=3&newest_first=true"), nil)
	require.Equal(t, []any{"ticket.closed", "ticket.status_changed", "ticket.claimed"}, newest.pluck("type"))
	require.Equal(t, []any{"ticket.created"}, d.as("vera", 200, get, ticketPath(tk, "/events?limit=3&newest_first=true&cursor="+newest.json()["next_cursor"].(string)), nil).pluck("type"))
	require.Equal(t, []any{"ticket.closed"}, d.as("vera", 200, get, ticketPath(tk, "/events?limit=1&newest_first=true&type=ticket.closed,ticket.claimed"), nil).pluck("type"))

	d.as("vera", 403, get, "/audit", nil)
	d.bearer("anna") // a sign-in is an event, too
	d.as("sam", 201, post, ticketPath(tk, "/messages"), map[string]any{"kind": "note", "body": "x"})
	all := d.as("anna", 200, get, "/audit?limit=4", nil)
	require.Equal(t, []any{"note.added", "session.login"}, all.pluck("type")[:2]) // the newest first
	older := d.as("anna", 200, get, "/audit?limit=100&cursor="+all.json()["next_cursor"].(string), nil)
	require.NotContains(t, older.pluck("seq"), all.items()[3]["seq"])
	require.Contains(t, older.pluck("type"), "user.created")
	require.Equal(t, []any{"ticket.closed", "ticket.claimed"}, d.as("anna", 200, get, "/audit?type=ticket.claimed,ticket.closed", nil).pluck("type"))
	require.Len(t, d.as("anna", 200, get, "/audit?ticket="+string(tk.ID), nil).items(), 5)
	require.Len(t, d.as("anna", 200, get, "/audit?actor="+string(d.users["sam"].ID)+"&type=ticket.claimed", nil).items(), 1)
	for _, e := range d.as("anna", 200, get, "/audit?desk=true", nil).items() {
		require.Nil(t, e["ticket_id"])
	}
	require.Empty(t, d.as("anna", 200, get, "/audit?until=2020-01-01T00:00:00Z", nil).items())
	require.Empty(t, d.as("anna", 200, get, "/audit?since=2030-01-01T00:00:00%2B02:00", nil).items())
}

func TestJoined(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{{"", "", "{}"}, {"{}", "", "{}"}, {`{"a":1}`, "", `{"a":1}`}, {"", `{"b":2}`, `{"b":2}`}, {`{"a":1}`, "{}", `{"a":1}`},
		{`{"a":1}`, `{"b":2}`, `{"a":1,"b":2}`}, {` {"a":1} `, ` {"b":2} `, `{"a":1,"b":2}`}} {
		require.Equal(t, c[2], string(joined([]byte(c[0]), []byte(c[1]))))
	}
}

// form is a multipart body and its Content-Type.
func form(t *testing.T, field, name, media string, content []byte) ([]byte, header) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name=%q; filename="%s"`, field, name)}}
	if media != "" {
		h.Set("Content-Type", media)
	}
	p, err := w.CreatePart(h)
	require.NoError(t, err)
	_, err = p.Write(content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes(), header{"Content-Type", w.FormDataContentType()}
}

const pngBytes = "\x89PNG\r\n\x1a\n0000"

func TestAttachments(t *testing.T) {
	t.Parallel()
	d := setup(t, withAPI(func(c *Config) { c.Limits.Upload = 50_000 }))
	tk, other := d.open("Drucker"), d.open("Anderes")
	at := ticketPath(tk, "/attachments")
	upload := func(name, media, content string) map[string]any {
		body, h := form(t, "file", name, media, []byte(content))
		return d.as("sam", 201, post, at, body, h).json()
	}
	for _, c := range []struct{ name, media, content, gotName, gotMedia, served, inline string }{
		{"bild.png", "text/html", pngBytes, "bild.png", "image/png", "image/png", "image/png"},
		{"böse.svg", "image/png", `<?xml version="1.0"?><svg onload="alert(1)"/>`, "böse.svg", "image/svg+xml", "application/octet-stream", ""},
		{"seite.png", "image/png", `<html><script>alert(1)</script>`, "seite.png", "text/html", "application/octet-stream", ""},
		{"../../etc/passwd", "text/csv", "a,b", "passwd", "text/csv", "text/csv", ""},
		{"x\u202egnp.exe", "application/x-msdownload", "MZ\x00\x01", "xgnp.exe", "application/x-msdownload", "application/x-msdownload", ""},
		{"falsch.png", "image/png", "kein Bild\x00\x01\x02", "falsch.png", "application/octet-stream", "application/octet-stream", ""},
		{"a.js", "text/javascript", "alert(1)", "a.js", "text/plain", "text/plain", ""},
		{"leer.txt", "", "", "leer.txt", "text/plain", "text/plain", ""},
	} {
		up := upload(c.name, c.media, c.content)
		require.Equal(t, c.gotName, up["name"], c.name)
		require.Equal(t, c.gotMedia, up["content_type"], c.name)
		id := "/" + up["id"].(string)
		plain := d.as("sam", 200, get, at+id, nil)
		require.Equal(t, c.content, string(plain.body))
		require.Equal(t, c.served, plain.header.Get("Content-Type"), c.name)
		require.True(t, strings.HasPrefix(plain.header.Get("Content-Disposition"), "attachment"), c.name)
		require.Contains(t, plain.header.Get("Content-Security-Policy"), "sandbox")
		shown := d.as("sam", 200, get, at+id+"?inline=true", nil)
		require.Equal(t, c.inline != "", strings.HasPrefix(shown.header.Get("Content-Disposition"), "inline"), c.name)
		require.Empty(t, d.as("sam", 200, "HEAD", at+id, nil).body)

		d.as("anna", 404, get, at+id, nil)                               // not sent yet: its uploader's alone
		d.as("sam", 404, get, ticketPath(other, "/attachments")+id, nil) // usable only through its own ticket
	}
	up := upload("bild.png", "", pngBytes)["id"]
	d.as("sam", 404, post, ticketPath(other, "/messages"), map[string]any{"kind": "note", "attachment_ids": []any{up}})
	d.as("anna", 404, post, ticketPath(tk, "/messages"), map[string]any{"kind": "note", "attachment_ids": []any{up}})
	m := d.as("sam", 201, post, ticketPath(tk, "/messages"), map[string]any{"kind": "note", "attachment_ids": []any{up}}).json()
	require.Len(t, m["attachments"], 1)
	d.as("vera", 200, get, at+"/"+up.(string), nil)
	d.call(d.apiToken("vera", ticket.OpTicketRead, ticket.OpAttachmentRead), get, at+"/"+up.(string), nil).is(404) // a note's file without note:read
	d.call(d.apiToken("vera", ticket.OpTicketRead), get, at+"/"+up.(string), nil).is(403)

	body, h := form(t, "file", "groß.bin", "", bytes.Repeat([]byte{1}, 60_000))
	d.as("sam", 413, post, at, body, h)
	body, h = form(t, "datei", "a.txt", "", []byte("x"))
	require.Equal(t, []string{"file"}, d.as("sam", 400, post, at, body, h).fields())
	require.Equal(t, []string{"file"}, d.as("sam", 400, post, at, "--x--\r\n", header{"Content-Type", "multipart/form-data; boundary=x"}).fields())
	d.as("sam", 400, post, at, "--x\r\nbroken", header{"Content-Type", "multipart/form-data; boundary=x"})
	d.as("sam", 415, post, at, "{}")
	body, h = form(t, "file", "a.txt", "", []byte("x"))
	d.as("vera", 403, post, at, body, h)
	d.as("sam", 400, post, at, body[:len(body)-20], h) // cut off
	d.as("sam", 404, get, at+"/%00", nil)
}

func TestMessageHTML(t *testing.T) {
	t.Parallel()
	d := setup(t)
	raw := "From: a@b.example\r\nSubject: x\r\n\r\n<script>"
	in := ticket.Incoming{Channel: "imap", Key: "1", From: ticket.Person{Identity: ticket.Identity{Kind: "email", Value: "a@b.example"}}, Subject: "Bild", Text: "siehe Bild",
		HTML: `<p onclick="x()">Hallo <script>alert(1)</script><a href="javascript:alert(1)">x</a> data-src="` + `<img src="cid:logo@x"><img src="cid:evil"><img src="cid:missing"><img src="https://spy.example/p.png">`,
		Raw:  []byte(raw), Uploads: []ticket.Upload{
			{Name: "l.png", ContentType: "image/png", Inline: true, ContentID: "logo@x", Body: strings.NewReader(pngBytes)},
			{Name: "e.png", ContentType: "image/png", Inline: true, ContentID: "evil", Body: strings.NewReader("<svg/>")},
		}}
	got, err := d.service.Receive(t.Context(), ticket.SystemActor("imap"), in)
	require.NoError(t, err)
	at := "/messages/" + string(got.MessageID)
	a := d.as("vera", 200, get, at+"/html", nil)
	body := string(a.body)
	require.Equal(t, "text/html; charset=utf-8", a.header.Get("Content-Type"))
	csp := a.header.Get("Content-Security-Policy")
	require.Contains(t, csp, "sandbox allow-popups")
	require.Contains(t, csp, "frame-ancestors 'self'")
	require.NotContains(t, csp, "script")
	require.NotContains(t, csp, "https:")
	for _, bad := range []string{"<script", "onclick", "javascript:", ` src="https://`} {
		require.NotContains(t, body, bad)
	}
	require.Contains(t, body, `src="data:image/png;base64,`+base64.StdEncoding.EncodeToString([]byte(pngBytes))+`"`)
	require.Contains(t, body, `src="cid:evil"`)    // no picture
	require.Contains(t, body, `src="cid:missing"`) // no attachment
	images := d.as("vera", 200, get, at+"/html?images=true", nil)
	require.Contains(t, string(images.body), ` src="https://spy.example/p.png"`)
	require.Contains(t, images.header.Get("Content-Security-Policy"), "img-src data: https:")

	// Without attachment:read the text stays and the pictures do not.
	bare := d.call(d.apiToken("vera", ticket.OpMessageRead), get, at+"/html", nil).is(200)
	require.NotContains(t, string(bare.body), "base64")

	orig := d.as("vera", 200, get, at+"/raw", nil)
	require.Equal(t, raw, string(orig.body))
	require.Equal(t, "message/rfc822", orig.header.Get("Content-Type"))
	require.Contains(t, orig.header.Get("Content-Disposition"), "attachment")

	plain := d.open("ohne HTML")
	ms := d.as("vera", 200, get, ticketPath(plain, "/messages"), nil).items()
	d.as("vera", 404, get, "/messages/"+ms[0]["id"].(string)+"/html", nil)
	d.as("vera", 404, get, "/messages/"+ms[0]["id"].(string)+"/raw", nil)
	d.as("vera", 404, get, "/messages/1/html", nil)
}

func TestTranscript(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Drucker <b>")
	d.as("sam", 201, post, ticketPath(tk, "/messages"), map[string]any{"kind": "note", "body": "streng geheim"})
	for format, media := range map[string]string{"html": "text/html; charset=utf-8", "md": "text/markdown; charset=utf-8", "txt": "text/plain; charset=utf-8", "json": "application/json"} {
		for _, lang := range []string{"de", "en"} {
			a := d.as("vera", 200, get, ticketPath(tk, "/transcript?format="+format+"&lang="+lang), nil)
			require.Equal(t, media, a.header.Get("Content-Type"))
			require.Equal(t, fmt.Sprintf(`attachment; filename="ticket-%d.%s"`, tk.Number, format), a.header.Get("Content-Disposition"))
			require.Contains(t, string(a.body), "Es geht nicht")
			require.NotContains(t, string(a.body), "streng geheim")
		}
	}
	require.Contains(t, string(d.as("vera", 200, get, ticketPath(tk, "/transcript?format=txt&notes=true"), nil).body), "streng geheim")
	narrow := d.apiToken("vera", ticket.OpTicketRead, ticket.OpMessageRead, ticket.OpTranscriptRead)
	require.NotContains(t, string(d.call(narrow, get, ticketPath(tk, "/transcript?format=txt&notes=true"), nil).is(200).body), "streng geheim")
	require.Equal(t, []string{"format"}, d.as("vera", 400, get, ticketPath(tk, "/transcript?format=pdf"), nil).fields())
	require.Equal(t, []string{"lang"}, d.as("vera", 400, get, ticketPath(tk, "/transcript?lang=fr"), nil).fields())
	require.Equal(t, "transcript:read", d.call(d.apiToken("vera", ticket.OpTicketRead), get, ticketPath(tk, "/transcript"), nil).is(403).json()["permission"])
}

func TestAMessageTellsWhatAReportSaid(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Drucker")
	m := d.as("sam", 201, post, ticketPath(tk, "/messages"), map[string]any{"kind": "reply", "body": "Hallo"}).json()
	id, _ := m["id"].(string)
	require.NoError(t, d.service.Bounced(t.Context(), ticket.SystemActor("imap"), ticket.Bounce{MessageID: ticket.MessageID(id), Recipient: "x@else.example", Reason: "550 5.1.1 unknown"}))
	list := d.as("sam", 200, get, ticketPath(tk, "/messages"), nil).pluck("bounce")
	got, _ := list[len(list)-1].(map[string]any)
	require.Subset(t, got, map[string]any{"recipient": "x@else.example", "status": "5.1.1", "diagnostic": "550 5.1.1 unknown"})
	require.NotEmpty(t, got["at"])
}
