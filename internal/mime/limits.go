package mime

import (
	"errors"
	"fmt"
)

// Limits bound what Parse accepts and thereby its time and memory. A field that is zero or negative has its default. A
// mail that exceeds Text or HTML is cut, see Mail.Truncated; one that exceeds another limit is refused.
type Limits struct {
	Size            int // bytes of the raw mail; default 25 MiB
	Parts           int // MIME parts; default 200
	Depth           int // nesting of multiparts; default 20
	HeaderBytes     int // bytes of all headers, those of the parts included; default 200 KB
	Addresses       int // addresses in all headers together; default 1000
	Attachments     int // default 50
	AttachmentBytes int // decoded bytes of one attachment; default 20 MiB
	Text            int // bytes of the text in UTF-8; default 1 MiB
	HTML            int // bytes of the HTML in UTF-8, before it is sanitized; default 2 MiB
}

func (l Limits) withDefaults() Limits {
	set := func(p *int, def int) {
		if *p <= 0 {
			*p = def
		}
	}
	set(&l.Size, 25<<20)
	set(&l.Parts, 200)
	set(&l.Depth, 20)
	set(&l.HeaderBytes, 200_000)
	set(&l.Addresses, 1000)
	set(&l.Attachments, 50)
	set(&l.AttachmentBytes, 20<<20)
	set(&l.Text, 1<<20)
	set(&l.HTML, 2<<20)
	return l
}

// ErrEmpty is returned by Parse for a mail without any content.
var ErrEmpty = errors.New("mime: the mail is empty")

// Limit names a field of Limits.
type Limit string

// The limits that a LimitError can name.
const (
	LimitSize            Limit = "size"
	LimitParts           Limit = "parts"
	LimitDepth           Limit = "depth"
	LimitHeaderBytes     Limit = "header_bytes"
	LimitAddresses       Limit = "addresses"
	LimitAttachments     Limit = "attachments"
	LimitAttachmentBytes Limit = "attachment_bytes"
)

// LimitError says which limit a mail exceeds. The mail is refused, not cut.
type LimitError struct {
	Limit Limit
	Max   int
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("mime: the mail exceeds the limit %s of %d", e.Limit, e.Max)
}

// PanicError says that reading a mail hit a defect, here or in a library. The caller parks the mail with its bytes.
type PanicError struct {
	Value any    // what was passed to panic
	Stack []byte // of the goroutine, for the log
}

func (e *PanicError) Error() string { return fmt.Sprintf("mime: reading the mail failed: %v", e.Value) }
