package mailin

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/mime"
	"github.com/ticketkit/ticketkit/ticket"
)

const tok = "abcdefghijklmnopqrstuvwxyz234567abcdefghij"

func testDesk(t testing.TB) Desk {
	t.Helper()
	d, err := NewDesk(map[string]ticket.QueueID{"support@desk.example": "", "Sales@desk.example": "q-sales", "a+b@desk.example": "q-ab"})
	require.NoError(t, err)
	return d
}

// item converts a mail with the given headers, each on a line of its own.
func item(t *testing.T, s Source, headers ...string) ticket.Incoming {
	t.Helper()
	m, err := mime.Parse([]byte(strings.Join(headers, "\r\n")+"\r\n\r\nHallo\r\n"), mime.Limits{})
	require.NoError(t, err)
	s.Own, s.DeskID = testDesk(t), "desk-1"
	return convert(m, s)
}

func addresses(list []ticket.Person) []string {
	var out []string
	for _, p := range list {
		out = append(out, p.Identity.Value)
	}
	return out
}

func TestSenderAndCopies(t *testing.T) {
	t.Parallel()
	const to = "To: support@desk.example"
	for name, tc := range map[string]struct {
		headers []string
		env     Source
		from    string
		name    string
		cc      []string
		machine bool
	}{
		"plain":           {headers: []string{`From: "Erika, B." <Erika@Kunde.example>`, to}, from: "erika@kunde.example", name: "Erika, B."},
		"same Reply-To":   {headers: []string{"From: a@x.example", "Reply-To: A@X.example", to}, from: "a@x.example"},
		"other Reply-To":  {headers: []string{"From: a@x.example", "Reply-To: B <b@x.example>", to}, from: "a@x.example", cc: []string{"b@x.example"}},
		"no-reply":        {headers: []string{"From: Shop <no-reply@shop.example>", "Reply-To: Kai <kai@x.example>", to}, from: "kai@x.example", name: "Kai"},
		"noreply alone":   {headers: []string{"From: Shop <noreply@shop.example>", to}, from: "noreply@shop.example", name: "Shop", machine: true},
		"web server":      {headers: []string{"From: www-data@web.example", "Reply-To: kai@x.example", to}, from: "kai@x.example"},
		"own form":        {headers: []string{"From: support@desk.example", "Reply-To: support@desk.example, kai@x.example", to}, from: "kai@x.example"},
		"own address":     {headers: []string{"From: support@desk.example", to}, from: "support@desk.example", machine: true},
		"own, tagged":     {headers: []string{"From: support+x@desk.example", "Reply-To: support@desk.example", to}, from: "support+x@desk.example", machine: true},
		"no From":         {headers: []string{"Sender: s@x.example", "Reply-To: r@x.example", to}, from: "s@x.example"},
		"unreadable From": {headers: []string{"From: Some Body", "Reply-To: r@x.example", to}, from: "r@x.example", name: "Some Body"},
		"envelope only":   {headers: []string{to}, env: Source{From: "E@x.example"}, from: "e@x.example"},
		"nobody":          {headers: []string{"From: Some Body", to}, env: Source{NullFrom: true}, name: "Some Body", machine: true},
		"copies": {headers: []string{"From: a@x.example", "To: bob@x.example, support+" + tok + "@desk.example, alias@desk.example",
			"Cc: Bob <BOB@x.example>, sales@desk.example, a@x.example, Carl <carl@x.example>"},
			env: Source{From: "a@x.example", To: []string{"Alias@desk.example"}}, from: "a@x.example", cc: []string{"bob@x.example", "carl@x.example"}},
		"blind copy": {headers: []string{"From: a@x.example", "To: club@x.example"}, env: Source{From: "a@x.example", To: []string{"support@desk.example"}}, from: "a@x.example"},
		"list": {headers: []string{"From: a@x.example", "To: support@desk.example", "Reply-To: list@x.example", "List-Id: <list.x.example>"},
			from: "a@x.example", machine: true},
		"null sender":   {headers: []string{"From: a@x.example", to}, env: Source{NullFrom: true}, from: "a@x.example", machine: true},
		"own loop":      {headers: []string{"From: a@x.example", "X-Ticketkit-Desk: desk-1", to}, from: "a@x.example", machine: true},
		"out of office": {headers: []string{"From: a@x.example", "Auto-Submitted: auto-replied", to}, from: "a@x.example", machine: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			it := item(t, tc.env, tc.headers...)
			require.Equal(t, ticket.Person{Name: tc.name, Identity: ticket.Identity{Kind: ticket.KindEmail, Value: tc.from}}, it.From)
			require.Equal(t, tc.cc, addresses(it.Cc))
			require.Equal(t, tc.machine, it.Machine)
		})
	}
}

func TestThreading(t *testing.T) {
	t.Parallel()
	upper := strings.ToUpper(tok)
	other := strings.Replace(tok, "abc", "zzz", 1)
	for name, tc := range map[string]struct {
		headers []string
		to      []string
		token   string
		refs    []string
		number  int64
	}{
		"none":           {headers: []string{"To: support@desk.example"}},
		"envelope":       {to: []string{"support@desk.example", "support+" + upper + "@desk.example"}, token: tok},
		"envelope first": {to: []string{"support+" + tok + "@desk.example"}, headers: []string{"To: support+" + other + "@desk.example"}, token: tok},
		"any inbox":      {to: []string{"a+b+" + tok + "@desk.example"}, token: tok},
		"header":         {to: []string{"alias@desk.example"}, headers: []string{"Cc: x@y.example, Support+" + upper + "@Desk.example"}, token: tok},
		"foreign header": {headers: []string{"To: help+" + other + "@other.example, support+" + tok + "@desk.example"}, token: tok},
		"not a token":    {to: []string{"support+" + tok[1:] + "@desk.example", "support+" + tok + "x@desk.example", "support+1" + tok[1:] + "@desk.example", "+" + tok + "@desk.example"}},
		"references": {headers: []string{"Message-ID: <m@x.example>", "In-Reply-To: <c@x.example>", "References: <a@x.example> <b@x.example>\r\n <c@x.example> <m@x.example>"},
			refs: []string{"c@x.example", "b@x.example", "a@x.example"}},
		"number": {headers: []string{"Subject: Re: Hallo [#1042]"}, number: 1042},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			it := item(t, Source{From: "a@x.example", To: tc.to}, append(tc.headers, "From: a@x.example")...)
			require.Equal(t, tc.token, it.Token)
			require.Equal(t, tc.refs, it.Refs)
			require.Equal(t, tc.number, it.Number)
		})
	}
	it := item(t, Source{}, "From: a@x.example", "References:"+strings.Repeat(" <a@x.example> <b@x.example>", 50))
	require.Len(t, it.Refs, 2)
	require.True(t, item(t, Source{}, "From: a@x.example", "Subject: WG: Hallo").Forward)
}

func TestQueueAndTo(t *testing.T) {
	t.Parallel()
	it := item(t, Source{To: []string{"support@desk.example", "SALES+" + tok + "@desk.example", "a+b@desk.example"}}, "From: a@x.example", "To: Support+"+tok+"@desk.example")
	require.Equal(t, ticket.QueueID("q-sales"), it.Queue)
	require.Equal(t, []ticket.Identity{{Kind: ticket.KindEmail, Value: "support@desk.example"}}, it.To, "the token is nothing to show")
	it = item(t, Source{To: []string{"a+b+c@desk.example"}}, "From: a@x.example")
	require.Equal(t, ticket.QueueID("q-ab"), it.Queue)
	require.Equal(t, []ticket.Identity{{Kind: ticket.KindEmail, Value: "a+b@desk.example"}}, it.To)
	require.Equal(t, ticket.QueueID("q-sales"), item(t, Source{}, "From: a@x.example", "To: sales@desk.example").Queue, "retried without an envelope")
	require.Empty(t, item(t, Source{To: []string{"support@desk.example"}}, "From: a@x.example").Queue)
}

func TestLocale(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Hallo,\nder Drucker ist kaputt. Bitte um Hilfe!": "de",
		"Hello,\nthe printer is broken. Please help!":     "en",
		"Bonjour, l'imprimante ne marche pas.":            "",
		"printer":                                         "",
		"":                                                "",
		"Bitte the und is 漢字":                             "",
		strings.Repeat("ä", 5000):                         "",
	} {
		require.Equal(t, want, guessLocale(text), text)
	}
}

func FuzzToken(f *testing.F) {
	d := testDesk(f)
	for _, s := range []string{"support+" + tok + "@desk.example", "support@desk.example", "+@", "@", "", "a+b+" + tok + "@desk.example", "support+" + tok} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, address string) {
		tag := Token(address)
		if tag != "" {
			require.Len(t, tag, TokenSize)
			require.Regexp(t, "^[a-z2-7]+$", tag)
			require.Contains(t, strings.ToLower(address), "+"+tag+"@")
		}
		if base, ok := d.Find(address); ok {
			_, known := d.queues[base]
			require.True(t, known)
			require.Equal(t, base[strings.LastIndex(base, "@"):], strings.ToLower(address[strings.LastIndex(address, "@"):]))
		}
		require.Equal(t, tok, Token("x+"+tok+"@"+strings.ReplaceAll(address, "@", "")))
	})
}

// FuzzConvert: no mail and no envelope makes reading panic, and none gives an item that could not be kept.
func FuzzConvert(f *testing.F) {
	f.Add("a@b.example", "support+"+tok+"@desk.example", []byte("From: a@b.example\r\nTo: support@desk.example\r\nReferences: <a> <b>\r\n\r\nHallo"))
	f.Add("", "", []byte(""))
	d := testDesk(f)
	f.Fuzz(func(t *testing.T, from, to string, raw []byte) {
		it, err := Convert(raw, Source{Channel: "mail", Key: "k", Own: d, From: from, NullFrom: from == "", To: []string{to}})
		Subject(raw)
		if err != nil {
			require.NotContains(t, Reason(err), "failed on it")
			return
		}
		require.Equal(t, "k", it.Key)
		require.Equal(t, "mail", it.Channel)
		require.Equal(t, raw, it.Raw)
		require.LessOrEqual(t, len(it.Refs), maxRefs)
		for _, p := range it.Cc {
			require.NotEmpty(t, p.Identity.Value)
			require.False(t, d.Has(p.Identity.Value))
		}
	})
}

func TestACutTextSaysSo(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 100)
	cut := shown(&mime.Mail{Text: long, Truncated: true})
	require.LessOrEqual(t, len(cut), len(long))
	require.True(t, strings.HasSuffix(cut, "ä\n\n[…]"), cut)
	require.Equal(t, "a\n", shown(&mime.Mail{Text: "a\n"}))
}
