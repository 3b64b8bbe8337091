package mime

import (
	"bytes"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/jhillyerd/enmime/v2"

	"github.com/ticketkit/ticketkit/internal/htmltext"
)

// Parse reads one mail. raw is not changed and may be kept by the caller; the Mail holds copies.
//
// The error is ErrEmpty, a *LimitError when the mail exceeds lim (found before memory is spent on it), or a
// *PanicError. With an error the Mail is nil, and the caller parks the bytes.
func Parse(raw []byte, lim Limits) (m *Mail, err error) {
	lim = lim.withDefaults()
	if len(raw) > lim.Size {
		return nil, &LimitError{LimitSize, lim.Size}
	}
	defer func() {
		if v := recover(); v != nil {
			m, err = nil, &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	if bytes.HasPrefix(raw, []byte{0xFF, 0xFE}) || bytes.HasPrefix(raw, []byte{0xFE, 0xFF}) { // saved as UTF-16
		raw = []byte(toUTF8(raw, ""))
	}
	if bytes.IndexByte(raw, '\n') < 0 && bytes.IndexByte(raw, '\r') >= 0 {
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	}
	if len(bytes.Trim(raw, " \t\r\n\x00")) == 0 {
		return nil, ErrEmpty
	}
	h, body, ok := split(raw, lim.HeaderBytes)
	if !ok {
		return nil, &LimitError{LimitHeaderBytes, lim.HeaderBytes}
	}
	return parse(h, body, len(raw)-len(body), lim)
}

func parse(h header, body []byte, headerBytes int, lim Limits) (*Mail, error) {
	ct := contentType(h, body)
	charset := ct.params["charset"]
	m := &Mail{
		InReplyTo: parseIDs(h.get("in-reply-to")),
		Date:      parseDate(h.get("date")),
		Subject:   decodeText(h.get("subject"), charset),
		LoopID:    decodeText(h.get("x-ticketkit-desk"), charset),
		Priority:  priority(h),
	}
	if ids := parseIDs(h.get("message-id")); len(ids) > 0 {
		m.MessageID = ids[0]
	}
	for _, v := range h.values("references") {
		m.References = append(m.References, parseIDs(v)...)
	}
	m.SubjectNumber = subjectNumber(m.Subject)
	if err := m.readAddresses(h, charset, lim); err != nil {
		return nil, err
	}
	b := &builder{lim: lim, charset: charset}
	root, large, err := parts(h, ct, body, headerBytes, lim)
	if err != nil {
		return nil, err
	}
	b.large = large
	b.root(root, body, h, ct)
	if b.err != nil {
		return nil, b.err
	}
	m.readBody(b)
	m.MachineReason = machineReason(h, ct, m)
	m.Machine = m.MachineReason != ""
	m.readReport(h, m.Text+"\n\n"+m.Quoted)
	m.Events, m.Protection = b.events, protection(ct, m.Attachments, m.Text)
	for _, v := range h.values("authentication-results") {
		m.AuthResults = append(m.AuthResults, clean(v)) // whole: cut in the middle it says something else
	}
	return m, nil
}

// contentType is that of the mail. Of several the first counts, unless another one is that of the parts that are there.
func contentType(h header, body []byte) media {
	all := h.values("content-type")
	if len(all) > 1 {
		for _, v := range all[:min(len(all), 5)] {
			if ct := parseMedia(v, ""); ct.boundary() != "" && bytes.Contains(body, []byte("--"+ct.boundary())) {
				return ct
			}
		}
	}
	return parseMedia(h.get("content-type"), "")
}

// readBody takes over what the builder has collected and folds the quotation.
func (m *Mail) readBody(b *builder) {
	text, quoted := b.text()
	html, over := b.markup()
	if over {
		html = "" // half of it could be anything
	}
	m.Truncated = b.truncated || over
	m.Attachments = b.attachments
	m.HTML = htmltext.Sanitize(m.bindImages(html))
	m.Forward = forwardSubject(m.Subject) || strings.TrimSpace(text) == "" && len(m.Attachments) == 1 &&
		m.Attachments[0].ContentType == "message/rfc822"
	if m.Forward {
		m.Text = strings.TrimSpace(text)
		return
	}
	m.Text, m.Quoted = fold(text, quoted)
}

// parts builds the tree of parts with enmime. It gets a header of our own making and leaves all decoding to us: its
// charset detection overrules what the mail declares, and it drops a part at the first bad byte of Base64. A tree that
// it cannot read is nil: then the whole body is text.
// Large contents are not in it, but beside it.
func parts(h header, ct media, body []byte, headerBytes int, lim Limits) (*enmime.Part, lifted, error) {
	if !strings.HasPrefix(ct.value, "multipart/") {
		return nil, nil, nil
	}
	boundary := ct.boundary()
	if boundary == "" || !bytes.Contains(body, []byte("--"+boundary)) {
		if boundary = findBoundary(body); boundary == "" {
			return nil, nil, nil
		}
	}
	open, err := scan(body, boundary, headerBytes, lim)
	if err != nil {
		return nil, nil, err
	}
	rest, large := lift(body, boundary, lim.HeaderBytes)
	// enmime finds boundaries in more places than scan does (after other text in a preamble), so it is counted too.
	seen, top := 0, "multipart/ticketkit-root"
	parser := enmime.NewParser(enmime.RawContent(true), enmime.SkipMalformedParts(true), enmime.MaxStoredPartErrors(1),
		enmime.MultipartWOBoundaryAsSinglePart(true),
		enmime.SetCustomParseMediaType(func(raw string) (string, map[string]string, []string, error) {
			if raw == top {
				return ct.value, map[string]string{"boundary": boundary}, nil, nil
			}
			m := parseMedia(raw, "")
			params := map[string]string{}
			if inner := m.boundary(); inner != "" {
				if seen++; seen <= 2*lim.Parts {
					params["boundary"] = inner
				}
			}
			return m.value, params, nil, nil
		}))
	// What the sender did not close is closed here: at the end of the data enmime takes time exponential in the depth.
	var end strings.Builder
	for i := len(open) - 1; i >= 0; i-- {
		end.WriteString("\r\n--" + open[i] + "--\r\n")
	}
	root, err := parser.ReadParts(io.MultiReader(strings.NewReader("Content-Type: "+top+"\r\n\r\n"), rest,
		strings.NewReader(end.String())))
	if err != nil || root.FirstChild == nil {
		return nil, nil, nil //nolint:nilerr // not an error of the mail's reader: the text is still there
	}
	return root, large, nil
}

// readAddresses fills all address fields. The limit holds for all of them together.
func (m *Mail) readAddresses(h header, charset string, lim Limits) error {
	left := lim.Addresses
	read := func(name string) (list []Address) {
		for _, v := range h.values(name) {
			got := parseAddresses(v, charset, max(left, 0))
			list = append(list, got...)
			if left -= len(got); left < 0 {
				break
			}
		}
		return list
	}
	m.From, m.Sender, m.ReplyTo = read("from"), read("sender"), read("reply-to")
	m.To, m.Cc = read("to"), read("cc")
	seen := map[string]bool{}
	add := func(list []Address) {
		for _, a := range list {
			if a.Email != "" && !seen[a.Key()] {
				seen[a.Key()] = true
				m.Recipients = append(m.Recipients, a)
			}
		}
	}
	for _, name := range []string{"delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "x-forwarded-to"} {
		add(read(name))
	}
	add(m.To)
	add(m.Cc)
	for _, name := range []string{"bcc", "resent-to", "resent-cc", "resent-bcc", "apparently-to"} {
		add(read(name))
	}
	if left < 0 {
		return &LimitError{LimitAddresses, lim.Addresses}
	}
	return nil
}

func priority(h header) Priority {
	for _, name := range []string{"importance", "x-priority", "x-msmail-priority", "priority"} {
		v := strings.ToLower(h.get(name))
		switch {
		case v == "":
		case strings.HasPrefix(v, "high"), strings.HasPrefix(v, "urgent"), v[0] == '1', v[0] == '2':
			return PriorityHigh
		case strings.HasPrefix(v, "low"), strings.HasPrefix(v, "non-urgent"), v[0] == '4', v[0] == '5':
			return PriorityLow
		}
	}
	return ""
}

// String is for logs: it names the mail without its content.
func (m *Mail) String() string {
	from := "unknown"
	if len(m.From) > 0 && m.From[0].Email != "" {
		from = m.From[0].Email
	}
	return fmt.Sprintf("mail %q from %s, %d attachments", m.MessageID, from, len(m.Attachments))
}
