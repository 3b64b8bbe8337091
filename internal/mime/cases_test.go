package mime_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/mime"
)

// mailCase is one line of cases.jsonl in the folder that TICKETKIT_MAIL_CASES names.
type mailCase struct {
	ID     string `json:"id"`
	Source string `json:"source"`
	File   string `json:"file"`
	Input  string `json:"input"`
	Kind   string `json:"kind"`
	Expect struct {
		Subject     *string  `json:"subject"`
		FromAddr    *string  `json:"from_addr"`
		FromName    *string  `json:"from_name"`
		MessageID   *string  `json:"message_id"`
		Contains    []string `json:"text_contains"`
		Attachments []struct {
			Name     *string `json:"name"`
			Size     *int    `json:"size"`
			SHA256   string  `json:"sha256"`
			Contains string  `json:"contains"`
		} `json:"attachments"`
		Reply         *string  `json:"reply"`
		ReplyPrefix   *string  `json:"reply_prefix"`
		ReplyContains []string `json:"reply_contains"`
		ReplyExcludes []string `json:"reply_excludes"`
		WholeBody     bool     `json:"reply_is_whole_body"`
		MaxSeconds    float64  `json:"max_seconds"`
		Recipients    int      `json:"recipients"`
		Records       []struct {
			DSN       string `json:"dsn"`
			ReplyCode string `json:"replycode"`
		} `json:"records"`
	} `json:"expect"`
}

// tally counts how many expectations of one kind hold.
type tally struct{ good, all int }

func (c *tally) add(ok bool) bool {
	c.all++
	if ok {
		c.good++
	}
	return ok
}

func (c *tally) rate() float64 { return 100 * float64(c.good) / float64(max(c.all, 1)) }

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// TestPublicCases measures the parser against mails collected by other projects, which are not in the repository.
func TestPublicCases(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("TICKETKIT_MAIL_CASES")
	if dir == "" {
		t.Skip("TICKETKIT_MAIL_CASES does not name a folder of test mails: the rates of subject, sender, attachments, replies and bounces are NOT measured")
	}
	rates := map[string]*tally{} // by aim, and by aim and source
	var failures []string
	for _, c := range readCases(t, dir) {
		rate := func(name string) both {
			for _, key := range []string{name, name + " / " + c.Source} {
				if rates[key] == nil {
					rates[key] = &tally{}
				}
			}
			return both{rates[name], rates[name+" / "+c.Source]}
		}
		raw, err := os.ReadFile(filepath.Join(dir, c.File))
		require.NoError(t, err)
		start := time.Now()
		if c.Input != "mail" {
			raw = append([]byte("From: a@desk.example\nSubject: Re: x\nContent-Type: text/plain; charset=utf-8\n\n"), raw...)
		}
		m, err := mime.Parse(raw, mime.Limits{})
		if !rate("parsed").add(err == nil) {
			t.Logf("%s: %v", c.ID, err)
			var limit *mime.LimitError
			if !rate("refused by type").add(errors.As(err, &limit)) {
				t.Errorf("%s: %v", c.ID, err)
			}
			continue
		}
		most := 10 * time.Second // also for the race detector
		if s := c.Expect.MaxSeconds; s > 0 {
			most = time.Duration(s * float64(time.Second))
		}
		took := time.Since(start)
		for n := 0; took >= most && n < 5; n++ { // the machine may have stood still meanwhile
			start = time.Now()
			_, _ = mime.Parse(raw, mime.Limits{})
			took = min(took, time.Since(start))
		}
		if !rate("in time").add(took < most) {
			t.Logf("%s took %v", c.ID, took)
		}
		check(t, &c, m, string(raw), rate)
	}
	for _, name := range slices.Sorted(maps.Keys(rates)) {
		r := rates[name]
		t.Logf("%-45s %4d of %4d  %.1f %%", name, r.good, r.all, r.rate())
	}
	for name, floor := range map[string]float64{
		"refused by type": 100, "in time": 100, "subject": 97, "sender": 97, "attachments": 100, "text": 96, "machine": 97, "human": 100,
		"reply": 90, "nothing new lost": 100, "report recipients": 90, "container": 100,
	} {
		if r := rates[name]; r != nil && r.rate() < floor {
			failures = append(failures, fmt.Sprintf("%s: %.1f %% is below the aim of %.0f %%", name, r.rate(), floor))
		}
	}
	require.Empty(t, failures)
}

// both counts for an aim as a whole, and for one source of it.
type both [2]*tally

func (b both) add(ok bool) bool {
	b[0].add(ok)
	return b[1].add(ok)
}

func check(t *testing.T, c *mailCase, m *mime.Mail, raw string, rate func(string) both) {
	t.Helper()
	e := &c.Expect
	fail := func(what string, want, got any) {
		t.Logf("%s: %s: want %.300q, got %.300q", c.ID, what, fmt.Sprint(want), fmt.Sprint(got))
	}
	var from mime.Address
	if len(m.From) > 0 {
		from = m.From[0]
	}
	if e.Subject != nil && !rate("subject").add(likely(*e.Subject, m.Subject)) {
		fail("subject", *e.Subject, m.Subject)
	}
	if e.FromAddr != nil && !rate("sender").add(strings.EqualFold(*e.FromAddr, from.Email)) {
		fail("sender", *e.FromAddr, m.From)
	}
	if e.FromName != nil && !rate("sender name").add(squeeze(*e.FromName) == squeeze(from.Name)) {
		fail("sender name", *e.FromName, m.From)
	}
	if e.MessageID != nil && !rate("message id").add(*e.MessageID == m.MessageID) {
		fail("message id", *e.MessageID, m.MessageID)
	}
	for _, want := range e.Contains {
		if !rate("text").add(containsLikely(m.Text+"\n"+m.Quoted, want)) {
			fail("text", want, m.Text)
		}
	}
	for _, a := range e.Attachments {
		if a.SHA256 == "" && (a.Size == nil || c.Source == "stalwart-mail-parser" && a.Name == nil) {
			continue
		}
		found := false
		for _, got := range m.Attachments {
			// That source counts text after conversion to UTF-8 with LF, and does not decode uuencoded parts.
			size := a.Size == nil || *a.Size == len(got.Data) || *a.Size == len(strings.ReplaceAll(string(got.Data), "\r\n", "\n")) ||
				c.Source == "stalwart-mail-parser" && (strings.HasPrefix(got.ContentType, "text/") || strings.Contains(raw, "uuencode")) &&
					likely(deref(a.Name), got.Name)
			found = found || (a.SHA256 == "" || got.SHA256 == a.SHA256) && size && strings.Contains(string(got.Data), a.Contains)
		}
		if !rate("attachments").add(found) {
			list := ""
			for _, got := range m.Attachments {
				list += fmt.Sprintf("%s(%s %d) ", got.Name, got.ContentType, len(got.Data))
			}
			fail("attachment", fmt.Sprint(deref(a.Name), " ", deref(a.Size)), list)
		}
	}
	switch c.Kind {
	case "bounce", "auto_reply", "feedback_report":
		if !rate("machine").add(m.Machine) {
			fail("machine", "true", m.Subject+" | "+fmt.Sprint(m.From))
		}
		if e.Recipients > 0 && c.Kind == "bounce" {
			named := slices.DeleteFunc(slices.Clone(m.Failures), func(f mime.Failure) bool { return f.Recipient == "" })
			if !rate("report recipients").add(len(named) == e.Recipients) {
				fail("report recipients", e.Recipients, m.Failures)
			}
			for _, r := range e.Records { // the source invents a DSN where there is none, so only a reply code counts
				found := r.ReplyCode == "" || slices.ContainsFunc(m.Failures, func(f mime.Failure) bool {
					return strings.Contains(f.Reason, r.ReplyCode) || strings.Contains(f.Reason, r.DSN)
				})
				if !rate("report reason").add(found) {
					fail("report reason", r.ReplyCode+" "+r.DSN, m.Failures)
				}
			}
			rate("report names the mail").add(len(m.Reported) > 0)
		}
	case "not_bounce":
		if !rate("human").add(!m.Machine) {
			fail("human", "true", m.MachineReason)
		}
	case "reply":
		body := strings.SplitN(raw, "\n\n", 2)[1]
		ok := true
		switch {
		case e.Reply != nil:
			ok = squeeze(*e.Reply) == squeeze(m.Text)
		case e.ReplyPrefix != nil:
			ok = strings.HasPrefix(squeeze(m.Text), squeeze(*e.ReplyPrefix))
		case e.WholeBody:
			ok = squeeze(m.Text) == squeeze(body)
		}
		for _, s := range e.ReplyContains {
			ok = ok && strings.Contains(squeeze(m.Text), squeeze(s))
		}
		for _, s := range e.ReplyExcludes {
			ok = ok && !strings.Contains(squeeze(m.Text), squeeze(s))
		}
		for _, want := range append([]string{deref(e.Reply), deref(e.ReplyPrefix)}, e.ReplyContains...) {
			want = squeeze(want)
			if kept := squeeze(m.Text); want != "" && !rate("nothing new lost").add(strings.Contains(kept, want) || strings.HasPrefix(kept, want)) {
				fail("new text lost", want, kept)
			}
		}
		if !rate("reply").add(ok) {
			fail("reply", fmt.Sprint(deref(e.Reply), deref(e.ReplyPrefix), e.ReplyContains, e.ReplyExcludes), m.Text)
		}
		if e.ReplyPrefix != nil && !rate("tight").add(len(squeeze(m.Text)) < len(squeeze(*e.ReplyPrefix))+40) {
			fail("loose reply", squeeze(*e.ReplyPrefix)[max(0, len(squeeze(*e.ReplyPrefix))-40):], squeeze(m.Text)[min(len(squeeze(m.Text)), len(squeeze(*e.ReplyPrefix))):])
		}
	}
}

// likely compares what the source could read: where it gave up on a character, any is right.
func likely(want, got string) bool {
	return pattern("^" + quoteMeta(want) + "$").MatchString(squeeze(got))
}

func containsLikely(text, want string) bool {
	return pattern(quoteMeta(want)).MatchString(squeeze(text))
}

func quoteMeta(s string) string {
	return strings.ReplaceAll(regexp.QuoteMeta(squeeze(strings.ReplaceAll(s, "\x00", ""))), "\uFFFD", ".")
}

func pattern(s string) *regexp.Regexp { return regexp.MustCompile(s) }

func deref[T any](p *T) string {
	if p == nil {
		return ""
	}
	return fmt.Sprint(*p)
}

func readCases(t *testing.T, dir string) []mailCase {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "cases.jsonl"))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	var list []mailCase
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var c mailCase
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c))
		list = append(list, c)
	}
	require.NoError(t, lines.Err())
	require.NotEmpty(t, list)
	return list
}
