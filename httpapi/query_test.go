package httpapi

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

func TestParseSearch(t *testing.T) {
	t.Parallel()
	filters := func(pairs ...string) map[string][]string {
		m := map[string][]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = append(m[pairs[i]], pairs[i+1])
		}
		return m
	}
	for q, want := range map[string]search{
		"":                                   {filters: filters()},
		"  \t ":                              {filters: filters()},
		"drucker kaputt":                     {words: []string{"drucker", "kaputt"}, filters: filters()},
		`"zweiter  Stock" drucker`:           {words: []string{"zweiter Stock", "drucker"}, filters: filters()},
		`""`:                                 {filters: filters()},
		"#1042":                              {number: 1042, filters: filters()},
		"#1042 #1042":                        {number: 1042, filters: filters()},
		`"#1042"`:                            {words: []string{"#1042"}, filters: filters()},
		"#x":                                 {words: []string{"#x"}, filters: filters()},
		"#0":                                 {words: []string{"#0"}, filters: filters()},
		"is:open is:pending":                 {filters: filters("is", "open", "is", "pending")},
		"is:escalated":                       {escalated: true, filters: filters()},
		"is:mine":                            {filters: filters("assignee", "me")},
		"IS:Unassigned":                      {filters: filters("assignee", "none")},
		"assignee:me assignee:me":            {filters: filters("assignee", "me")},
		`assignee:"Anna Arendt"`:             {filters: filters("assignee", "Anna Arendt")},
		"prio:high priority:low":             {filters: filters("priority", "high", "priority", "low")},
		"tag:vip queue:Technik channel:imap": {filters: filters("tag", "vip", "queue", "Technik", "channel", "imap")},
		"status:waiting_supplier":            {filters: filters("status", "waiting_supplier")},
		"12:30 geht":                         {words: []string{"12:30", "geht"}, filters: filters()},
		`"http://x.example/a"`:               {words: []string{"http://x.example/a"}, filters: filters()},
		"größe übel*":                        {words: []string{"größe", "übel*"}, filters: filters()},
		`a"b"`:                               {words: []string{`a"b"`}, filters: filters()},
	} {
		got, err := parseSearch(q)
		require.NoError(t, err, q)
		require.Equal(t, want, got, q)
	}
}

func TestParseSearchRefuses(t *testing.T) {
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
		_, err := parseSearch(q)
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "q"}, q)
		require.ErrorContains(t, err, part, q)
	}
}

// FuzzParseSearch: whatever is typed is refused with the field q or becomes filters from the list and text that a database takes.
func FuzzParseSearch(f *testing.F) {
	for _, q := range []string{"", "a b", `"a b" #1042 is:open assignee:me tag:"x y"`, "sla:<1h", "is:", `"`, "#9223372036854775808", "\xff\x00", "ſ:x", "A̧:b"} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, q string) {
		s, err := parseSearch(q)
		if err != nil {
			require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "q"})
			return
		}
		require.LessOrEqual(t, len(s.words), maxQueryTerms)
		require.GreaterOrEqual(t, s.number, int64(0))
		for _, w := range s.words {
			require.NotEmpty(t, w)
			require.True(t, utf8.ValidString(w) && !strings.ContainsRune(w, 0))
		}
		for name, values := range s.filters {
			require.Contains(t, []string{"is", "assignee", "priority", "tag", "queue", "channel", "status", "sla"}, name)
			require.NotContains(t, values, "")
		}
		for _, c := range s.filters["is"] {
			require.True(t, ticket.Category(c).Valid())
		}
		again, err := parseSearch("  " + q + "  ")
		if len(q)+4 <= maxQueryBytes {
			require.NoError(t, err)
			require.Equal(t, s, again)
		}
	})
}
