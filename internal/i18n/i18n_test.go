package i18n_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/i18n"
)

func files(de, en string) fs.FS {
	m := fstest.MapFS{}
	if de != "" {
		m["de.json"] = &fstest.MapFile{Data: []byte(de)}
	}
	if en != "" {
		m["en.json"] = &fstest.MapFile{Data: []byte(en)}
	}
	return m
}

func load(t *testing.T, fsys ...fs.FS) *i18n.Catalog {
	t.Helper()
	c, err := i18n.Load(fsys...)
	require.NoError(t, err)
	return c
}

func ExampleCatalog_T() {
	c, err := i18n.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.T("de-AT", "event.ticket.claimed", i18n.Args{"actor": "Ada"}))
	fmt.Println(c.T("en", "event.ticket.claimed", i18n.Args{"actor": "Ada"}))
	for n := range 3 {
		fmt.Println(c.T("de", "attachments", i18n.Args{"count": n}))
	}
	// Output:
	// Ada hat das Ticket übernommen
	// Ada claimed the ticket
	// 0 Anhänge
	// 1 Anhang
	// 2 Anhänge
}

func TestPlaceholders(t *testing.T) {
	t.Parallel()
	c := load(t, files("", `{
		"pos": "{0} and {1}, {0} again", "name": "{who} in {where}", "mixed": "{0} {who} {1}", "none": "plain",
		"odd": "{} {-} { who } {WHO} {0x} {who", "ten": "{10}", "huge": "{123}"}`))
	for _, tc := range []struct {
		want, key string
		args      []any
	}{
		{"a and 2, a again", "pos", []any{"a", 2}},
		{"a and {1}, a again", "pos", []any{"a"}},
		{"{0} and {1}, {0} again", "pos", nil},
		{"{0} and {1}, {0} again", "pos", []any{i18n.Args{"0": "a name is no position"}}},
		{"Ada in London", "name", []any{i18n.Args{"who": "Ada", "where": "London", "unused": 1}}},
		{"Ada in {where}", "name", []any{i18n.Args{"who": "Ada"}}},
		{"Ada in London", "name", []any{i18n.Args{"who": "Ada"}, i18n.Args{"where": "London"}}},
		{"x Ada y", "mixed", []any{"x", i18n.Args{"who": "Ada"}, "y"}},
		{"{who} in <b>{0}</b>", "name", []any{i18n.Args{"who": "{who}", "where": "<b>{0}</b>"}, "not this"}},
		{"plain", "none", []any{"unused"}},
		{"{} {-} { who } {WHO} {0x} {who", "odd", []any{"x", i18n.Args{"who": "Ada"}}},
		{"k", "ten", []any{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}},
		{"{123}", "huge", []any{"a"}},
		{"<nil> and false, <nil> again", "pos", []any{nil, false}},
	} {
		require.Equal(t, tc.want, c.T("en", tc.key, tc.args...), tc.key)
	}
}

func TestPlural(t *testing.T) {
	t.Parallel()
	c := load(t, files(`{"mail.one": "eine Mail", "mail.other": "{count} Mails"}`, `{"mail.one": "{0} mail", "mail.other": "{0} mails"}`))
	for n, want := range map[any]string{
		0: "0 mails", 1: "1 mail", 2: "2 mails", -1: "-1 mails", int64(1): "1 mail", uint8(1): "1 mail", uint64(11): "11 mails",
		1.0: "1 mails", "1": "1 mails",
	} {
		require.Equal(t, want, c.T("en", "mail", n), "%T %v", n, n)
	}
	require.Equal(t, "eine Mail", c.T("de", "mail", i18n.Args{"count": 1}))
	require.Equal(t, "21 Mails", c.T("de", "mail", i18n.Args{"count": 21}))
	require.Equal(t, "2 Mails", c.T("de", "mail", 1, i18n.Args{"count": 2}), "count goes first")
	require.Equal(t, "1 mail", c.T("en", "mail", 1, i18n.Args{"who": "Ada"}), "named arguments without a count do not decide")
	require.Equal(t, "{0} mails", c.T("en", "mail"))
	require.Equal(t, "{0} mail", c.T("en", "mail.one"), "a form can be asked for directly")
}

func TestMissing(t *testing.T) {
	t.Parallel()
	c := load(t, files(`{"only.german": "nur deutsch"}`, ""))
	require.Equal(t, "no.such.key", c.T("de", "no.such.key", 1))
	require.Equal(t, "only.german", c.T("en", "only.german"))
	require.False(t, c.Has("only.german"))
	require.True(t, c.Has("status.open"))
	require.True(t, c.Has("attachments"), "by its plural forms")
	var empty *i18n.Catalog
	require.Equal(t, "status.open", empty.T("de", "status.open"))
	require.Equal(t, "status.open", new(i18n.Catalog).T("de", "status.open"))
	require.False(t, empty.Has("status.open"))
}

func TestLanguageTags(t *testing.T) {
	t.Parallel()
	c := load(t)
	for tag, want := range map[string]string{
		"de": "Offen", "DE": "Offen", "de-AT": "Offen", "de_CH": "Offen", "de-DE-1996": "Offen", " de": "Offen",
		"en": "Open", "en-GB": "Open", "fr": "Open", "": "Open", "den": "Open",
	} {
		require.Equal(t, want, c.T(tag, "status.open"), tag)
	}
}

func TestMergeKeepsTheReceiver(t *testing.T) {
	t.Parallel()
	c := load(t)
	host, err := c.Merge(files(`{"status.open": "In Arbeit"}`, ""))
	require.NoError(t, err)
	require.Equal(t, "In Arbeit", host.T("de", "status.open"), "a host may reword")
	require.Equal(t, "Open", host.T("en", "status.open"))
	require.Equal(t, "Neu", host.T("de", "status.new"))
	require.Equal(t, "Offen", c.T("de", "status.open"))
	require.Empty(t, i18n.Parity(host))
	again, err := host.Merge(files(`{"status.open": "Läuft"}`, ""))
	require.NoError(t, err)
	require.Equal(t, "Läuft", again.T("de", "status.open"), "the last one wins")
}

func TestMergeRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, de, problem string }{
		{"nothing", "", "neither de.json nor en.json"},
		{"no JSON", "hello", "de.json: not a JSON object"},
		{"a list", `["a"]`, "de.json: not a JSON object"},
		{"nested", `{"a": {"b": "c"}}`, `"a" is not a text`},
		{"a number", `{"a": 1}`, `"a" is not a text`},
		{"null", `{"a": null}`, `"a" is not a text`},
		{"twice", `{"a": "x", "b": "y", "a": "z"}`, `"a" stands there twice`},
		{"upper case", `{"Status.Open": "x"}`, `key "Status.Open" is malformed`},
		{"dots", `{"a..b": "x"}`, "malformed"},
		{"empty key", `{"": "x"}`, "malformed"},
		{"cut off in a key", `{"a`, "unexpected EOF"},
		{"cut off before a value", `{"a":`, "EOF"},
		{"not closed", `{"a": "b"`, "EOF"},
		{"more", `{"a": "b"} {}`, "something follows"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := i18n.Load(files(c.de, ""))
			require.ErrorContains(t, err, c.problem)
			require.Nil(t, got)
		})
	}
	_, err := i18n.Load(fstest.MapFS{"en.json/x": &fstest.MapFile{}})
	require.ErrorContains(t, err, "en.json", "a folder")
}

func TestParity(t *testing.T) {
	t.Parallel()
	require.Empty(t, i18n.Parity(load(t)), "the base texts")
	require.Empty(t, i18n.Parity(nil))
	c, err := new(i18n.Catalog).Merge(files(
		`{"same": "{a} {b}", "de.only": "x", "differ": "{a} {0}", "blank": " ", "p.one": "x", "q.other": "x", "r": "x", "r.one": "x", "r.other": "x"}`,
		`{"same": "{b} {a} {b}", "en.only": "x", "differ": "{0} {b}", "blank": "x", "p.one": "x", "q.other": "x", "r": "x", "r.one": "x", "r.other": "x"}`,
	))
	require.NoError(t, err)
	require.Equal(t, []string{
		"blank: empty in de",
		"de.only: missing in en",
		"differ: placeholders differ: de has [{0} {a}], en has [{0} {b}]",
		"en.only: missing in de",
		"p.one: there is no p.other",
		"q.other: there is no q.one",
		"r.other: hidden by r",
	}, i18n.Parity(c))
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ accept, fallback, want string }{
		{"de", "en", "de"},
		{"de-AT,de;q=0.9,en;q=0.5", "en", "de"},
		{"en-US,en;q=0.9,de;q=0.8", "de", "en"},
		{"en;q=0.3, de;q=0.4", "en", "de"},
		{"fr,de;q=0.3", "en", "de"},
		{"de;q=0, en;q=0.1", "de", "en"},
		{"gsw", "en", "de"}, // Swiss German
		{"en-GB", "de", "en"},
		{"zh-CN", "de", "de"},
		{"zh-CN", "en", "en"},
		{"", "de", "de"},
		{"", "de-DE", "de"},
		{"", "", "en"},
		{"", "tlh", "en"},
		{"de;q=x", "en", "en"},
		{"<script>", "de", "de"},
		{strings.Repeat("en,", 400), "de", "de"},
	} {
		require.Equal(t, c.want, i18n.Match(c.accept, c.fallback), "%q else %q", c.accept, c.fallback)
	}
}

func FuzzMatch(f *testing.F) {
	for _, s := range []string{"", "de", "de-AT,de;q=0.9,en;q=0.5", "*", "i-klingon;q=1", "x-private", strings.Repeat("-", 900)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, accept string) {
		require.Contains(t, []string{"de", "en"}, i18n.Match(accept, "de"))
	})
}

func FuzzMerge(f *testing.F) {
	f.Add([]byte(`{"a": "{0} {name}", "b.one": "x"}`), "y")
	f.Add([]byte(`{`), "")
	f.Fuzz(func(t *testing.T, data []byte, arg string) {
		c, err := new(i18n.Catalog).Merge(fstest.MapFS{"en.json": &fstest.MapFile{Data: data}})
		if err != nil {
			require.Nil(t, c)
			return
		}
		i18n.Parity(c)
		_ = c.T("en", "a", arg, i18n.Args{"name": arg})
	})
}
