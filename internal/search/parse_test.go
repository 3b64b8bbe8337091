package search

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func TestParse(t *testing.T) {
	t.Parallel()
	filters := func(pairs ...string) map[string][]string {
		m := map[string][]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = append(m[pairs[i]], pairs[i+1])
		}
		return m
	}
	for q, want := range map[string]Text{
		"":                                   {Filters: filters()},
		"  \t ":                              {Filters: filters()},
		"drucker kaputt":                     {Words: []string{"drucker", "kaputt"}, Filters: filters()},
		`"zweiter  Stock" drucker`:           {Words: []string{"zweiter Stock", "drucker"}, Filters: filters()},
		`""`:                                 {Filters: filters()},
		"#1042":                              {Number: 1042, Filters: filters()},
		"#1042 #1042":                        {Number: 1042, Filters: filters()},
		`"#1042"`:                            {Words: []string{"#1042"}, Filters: filters()},
		"#x":                                 {Words: []string{"#x"}, Filters: filters()},
		"#0":                                 {Words: []string{"#0"}, Filters: filters()},
		"is:open is:pending":                 {Filters: filters("is", "open", "is", "pending")},
		"is:escalated":                       {Escalated: true, Filters: filters()},
		"is:mine":                            {Filters: filters("assignee", "me")},
		"IS:Unassigned":                      {Filters: filters("assignee", "none")},
		"assignee:me assignee:me":            {Filters: filters("assignee", "me")},
		`assignee:"Anna Arendt"`:             {Filters: filters("assignee", "Anna Arendt")},
		"prio:high priority:low":             {Filters: filters("priority", "high", "priority", "low")},
		"tag:vip queue:Technik channel:imap": {Filters: filters("tag", "vip", "queue", "Technik", "channel", "imap")},
		"status:waiting_supplier":            {Filters: filters("status", "waiting_supplier")},
		"12:30 geht":                         {Words: []string{"12:30", "geht"}, Filters: filters()},
		`"http://x.example/a"`:               {Words: []string{"http://x.example/a"}, Filters: filters()},
		"größe übel*":                        {Words: []string{"größe", "übel*"}, Filters: filters()},
		`a"b"`:                               {Words: []string{`a"b"`}, Filters: filters()},
	} {
		got, err := Parse(q)
		require.NoError(t, err, q)
		require.Equal(t, want, got, q)
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for q, part := range map[string]string{
		"due:<1h":                   "due:",
		"id:1":                      "id:",
		"http://x.example":          "http:",
		"tag:":                      "tag:",
		`tag:""`:                    "tag:",
		"is:everything":             "everything",
		"#1 #2":                     "two ticket numbers",
		`"offen`:                    "quote",
		`queue:"offen`:              "quote",
		"a\x00b":                    "not valid",
		"\xff":                      "not valid",
		strings.Repeat("a", 501):    "500",
		strings.Repeat("a ", 21):    "20 terms",
		"1=1 OR drop:table":         "drop:",
		"status_id:1":               "status_id:",
		"assignee:me Assignee_ID:x": "assignee_id:",
	} {
		_, err := Parse(q)
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "q"}, q)
		require.ErrorContains(t, err, part, q)
	}
}

// FuzzParse: whatever is typed is refused with the field q or becomes filters from the list and text that a database takes.
func FuzzParse(f *testing.F) {
	for _, q := range []string{"", "a b", `"a b" #1042 is:open assignee:me tag:"x y"`, "sla:<1h", "is:", `"`, "#9223372036854775808", "\xff\x00", "ſ:x", "A̧:b"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		s, err := Parse(q)
		if err != nil {
			require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "q"})
			return
		}
		require.LessOrEqual(t, len(s.Words), MaxTerms)
		require.GreaterOrEqual(t, s.Number, int64(0))
		for _, w := range s.Words {
			require.NotEmpty(t, w)
			require.True(t, utf8.ValidString(w) && !strings.ContainsRune(w, 0))
		}
		for name, values := range s.Filters {
			require.Contains(t, []string{"is", "assignee", "priority", "tag", "queue", "channel", "status", "sla"}, name)
			require.NotContains(t, values, "")
		}
		for _, c := range s.Filters["is"] {
			require.True(t, ticket.Category(c).Valid())
		}
		again, err := Parse("  " + q + "  ")
		if len(q)+4 <= MaxBytes {
			require.NoError(t, err)
			require.Equal(t, s, again)
		}
	})
}

func TestParseLenient(t *testing.T) {
	t.Parallel()
	for q, want := range map[string][]string{
		"Re: Rechnung is:open":  {"Re:", "Rechnung"},
		`AW:"zweiter Stock" x`:  {`AW:"zweiter`, `Stock"`, "x"},
		`drucker "zweiter  sto`: {"drucker", "zweiter sto"},
		`"`:                     nil,
		"http://x.example/a":    {"http://x.example/a"},
	} {
		s, err := ParseLenient(q)
		require.NoError(t, err, q)
		require.Equal(t, want, s.Words, q)
	}
	s, err := ParseLenient(`is:open assignee:me "a b" #12`)
	require.NoError(t, err)
	require.Equal(t, map[string][]string{"is": {"open"}, "assignee": {"me"}}, s.Filters)
	require.EqualValues(t, 12, s.Number)
	for _, q := range []string{"is:everything", "tag:", strings.Repeat("a", 501), strings.Repeat("a ", 21), "\xff"} {
		_, err := ParseLenient(q)
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "q"}, q)
	}
}
