package mailin

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/mime"
)

func verdict(t *testing.T, from string, results ...string) *bool {
	t.Helper()
	raw := ""
	for _, r := range results {
		raw += "Authentication-Results: " + r + "\r\n"
	}
	raw += "To: support@desk.example\r\nFrom: " + from + "\r\n\r\nHallo\r\n"
	m, err := mime.Parse([]byte(raw), mime.Limits{})
	require.NoError(t, err)
	return convert(m, Source{Own: testDesk(t), AuthServers: []string{"mx.desk.example"}}).Verified
}

func TestVerified(t *testing.T) {
	t.Parallel()
	const ann = "Ann <ann@mail.bank.example>"
	// long has a result that would read well if it were cut where n says.
	long := func(n int) string {
		head, tail := "mx.desk.example; dkim=pass (", ") header.d=mail.bank.example"
		return head + strings.Repeat("x", n-len(head)-len(tail)) + tail + ".evil.example"
	}
	for name, tc := range map[string]struct {
		from    string
		results []string // the topmost first
		want    bool
	}{
		"DMARC":                     {results: []string{"mx.desk.example; dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=mail.bank.example"}, want: true},
		"DMARC, with a version":     {results: []string{"MX.desk.example 1;\r\n\tdmarc=pass\r\n\theader.from=Mail.Bank.example"}, want: true},
		"DKIM of the organization":  {results: []string{"mx.desk.example; dkim=pass header.d=bank.example header.s=x"}, want: true},
		"DKIM by identity":          {results: []string{"mx.desk.example; dkim=pass header.i=@bank.example header.s=x header.b=abc"}, want: true},
		"SPF of the organization":   {results: []string{"mx.desk.example; spf=pass (mx: domain of b@bank.example designates 1.2.3.4) smtp.mailfrom=b@bank.example"}, want: true},
		"SPF with a domain only":    {results: []string{"mx.desk.example; spf=pass smtp.mailfrom=bank.example"}, want: true},
		"second method":             {results: []string{"mx.desk.example; spf=fail smtp.mailfrom=evil.example; dkim=pass header.d=bank.example"}, want: true},
		"DMARC none, DKIM":          {results: []string{"mx.desk.example; dmarc=none header.from=mail.bank.example; dkim=pass header.d=mail.bank.example"}, want: true},
		"none":                      {},
		"no result":                 {results: []string{"mx.desk.example; none"}},
		"other server":              {results: []string{"mx.evil.example; dmarc=pass header.from=mail.bank.example"}},
		"server's name as a prefix": {results: []string{"mx.desk.example.evil.example; dmarc=pass header.from=mail.bank.example"}},
		"DMARC of another domain":   {results: []string{"mx.desk.example; dmarc=pass header.from=evil.example"}},
		"DMARC of the parent":       {results: []string{"mx.desk.example; dmarc=pass header.from=bank.example"}},
		"DMARC without a domain":    {results: []string{"mx.desk.example; dmarc=pass"}},
		"DMARC fails, SPF passes":   {results: []string{"mx.desk.example; spf=pass smtp.mailfrom=mail.bank.example; dmarc=fail header.from=mail.bank.example"}},
		"DMARC guessed":             {results: []string{"mx.desk.example; dmarc=bestguesspass action=none header.from=mail.bank.example"}},
		"two verdicts":              {results: []string{"mx.desk.example; dmarc=pass header.from=mail.bank.example; dmarc=fail header.from=mail.bank.example"}},
		"DKIM of another domain":    {results: []string{"mx.desk.example; dkim=pass header.d=evil.example"}},
		"DKIM of the top level":     {results: []string{"mx.desk.example; dkim=pass header.d=example"}},
		"SPF of another domain":     {results: []string{"mx.desk.example; spf=pass smtp.mailfrom=ann@evil.example"}},
		"SPF of the greeting":       {results: []string{"mx.desk.example; spf=pass smtp.helo=mail.bank.example"}},
		"softfail":                  {results: []string{"mx.desk.example; spf=softfail smtp.mailfrom=mail.bank.example"}},
		"forged below":              {results: []string{"mx.desk.example; dmarc=fail header.from=mail.bank.example", "mx.desk.example; dmarc=pass header.from=mail.bank.example"}},
		"forged below a broken one": {results: []string{"mx.desk.example; dmarc=fail (never closed", "mx.desk.example; dmarc=pass header.from=mail.bank.example"}},
		"another server on top":     {results: []string{"relay.desk.example; dmarc=fail header.from=mail.bank.example", "mx.desk.example; dmarc=pass header.from=mail.bank.example"}, want: true},
		"long, of another domain":   {results: []string{long(8 << 10)}},
		"in a comment":              {results: []string{"mx.desk.example; spf=fail (x; dmarc=pass header.from=mail.bank.example) smtp.mailfrom=evil.example"}},
		"in a nested comment":       {results: []string{"mx.desk.example; spf=fail (a (b) ; dmarc=pass header.from=mail.bank.example) smtp.mailfrom=evil.example"}},
		"out of a comment":          {results: []string{"mx.desk.example; spf=fail (a) ) ; dmarc=pass header.from=mail.bank.example"}},
		"in a quoted local part":    {results: []string{`mx.desk.example; spf=pass smtp.mailfrom="x; dmarc=pass header.from=mail.bank.example"@evil.example`}},
		"in a quoted reason":        {results: []string{`mx.desk.example; dkim=fail reason="; dmarc=pass header.from=mail.bank.example; \"" header.d=evil.example`}},
		"escaped quote":             {results: []string{`mx.desk.example; spf=fail (\) ; dmarc=pass header.from=mail.bank.example) smtp.mailfrom=evil.example`}},
		"the name in a comment":     {results: []string{"mx.evil.example (mx.desk.example); dmarc=pass header.from=mail.bank.example"}},
		"two authors":               {from: "ann@mail.bank.example, eve@evil.example", results: []string{"mx.desk.example; dmarc=pass header.from=mail.bank.example"}},
		"an address as the name":    {from: `"ann@mail.bank.example" <eve@evil.example>`, results: []string{"mx.desk.example; dmarc=pass header.from=mail.bank.example"}},
		"a domain of other letters": {from: "ann@bücher.example", results: []string{"mx.desk.example; dmarc=pass header.from=xn--bcher-kva.example"}, want: true},
		"no author":                 {from: "Ann", results: []string{"mx.desk.example; dmarc=pass header.from=mail.bank.example"}},
		"answers to somebody else": {from: "noreply@mail.bank.example\r\nReply-To: eve@evil.example",
			results: []string{"mx.desk.example; dmarc=pass header.from=mail.bank.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			from := ann
			if tc.from != "" {
				from = tc.from
			}
			got := verdict(t, from, tc.results...)
			require.NotNil(t, got)
			require.Equal(t, tc.want, *got)
		})
	}
	m, err := mime.Parse([]byte("Authentication-Results: mx.desk.example; dmarc=pass header.from=b.example\r\nFrom: a@b.example\r\n\r\nx"), mime.Limits{})
	require.NoError(t, err)
	require.Nil(t, convert(m, Source{}).Verified, "no server is trusted: nobody can say")
}

// FuzzVerified: whatever a sender gets into comments and quoted strings of the server's own header proves nothing.
func FuzzVerified(f *testing.F) {
	f.Add("x; dmarc=pass header.from=bank.example", "mx.desk.example; dmarc=pass header.from=bank.example")
	f.Add(`\`, ")")
	f.Add("(", "mx.desk.example")
	f.Fuzz(func(t *testing.T, said, forged string) {
		defuse(said)
		topmost([]string{said, forged}, []string{"mx.desk.example"})
		escape := strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`, `"`, `\"`).Replace
		for _, h := range []string{"mx.desk.example; spf=pass (" + escape(said) + ") smtp.mailfrom=evil.example", `mx.desk.example; spf=pass smtp.mailfrom="` + escape(said) + `"@evil.example`} {
			require.False(t, aligned(topmost([]string{h, forged}, []string{"mx.desk.example"}), "bank.example"), h)
		}
	})
}
