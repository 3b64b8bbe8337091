package imap

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"github.com/emersion/go-imap/v2"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/internal/mailin"
	"github.com/ticketkit/ticketkit/internal/mime"
	"github.com/ticketkit/ticketkit/ticket"
)

// key says which mail it is: by its place (mailbox, UIDVALIDITY, UID), and by its bytes. Either may change while the other stays: a server
// that numbers anew keeps the bytes, and one that makes mails up from a database may give other bytes each time.
type key struct {
	account, place string
	validity       uint32
	uid            imap.UID
	part           bool // only the header is known
	resync         bool // the server has numbered the mailbox anew since this mail came
}

func (s *session) keyOf(uid imap.UID) key {
	return key{account: s.w.m.account(), place: s.w.m.place(), validity: s.cur.Validity, uid: uid, resync: uint32(uid) <= s.cur.Resync}
}

const (
	keyPlace   = "uid:"  // place : validity : uid
	keyHeader  = "head:" // the same, of a mail of which only the header is kept
	keyContent = "sha:"  // account : hash of the bytes
	keyName    = "id:"   // account : hash of what names a mail: Message-ID, date, sender, subject
)

func (k key) atPlace(kind string) string {
	return fmt.Sprintf("%s%s:%d:%d", kind, k.place, k.validity, k.uid)
}

func (k key) ofContent(raw []byte) string {
	sum := sha256.Sum256(raw)
	return keyContent + k.account + ":" + hex.EncodeToString(sum[:])
}

// ofName is "" without a Message-ID. A sender may use one again, so the rest must be the same too.
func (k key) ofName(raw []byte, it *ticket.Incoming) string {
	if it.ExternalID == "" {
		return ""
	}
	return keyName + k.account + ":" + short(it.ExternalID, headerField(raw, "date"), it.From.Identity.Value, it.Subject)
}

// headerField gives the first field of a name, as it stands on its first line.
func headerField(raw []byte, name string) string {
	for line := range bytes.Lines(raw[:min(len(raw), maxHeader)]) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if n, v, ok := bytes.Cut(line, []byte(":")); ok && strings.EqualFold(string(bytes.TrimSpace(n)), name) {
			return string(bytes.TrimSpace(v))
		}
	}
	return ""
}

// convert makes an item of a mail, or says why it cannot.
func (w *worker) convert(raw []byte, k key) (it ticket.Incoming, reason string) {
	it, err := mailin.Convert(raw, w.a.source(&w.m, k.ofContent(raw)))
	if err != nil {
		return it, mailin.Reason(err)
	}
	it.Same = append(it.Same, k.atPlace(keyPlace))
	if name := k.ofName(raw, &it); name != "" {
		if k.resync {
			it.Same = append(it.Same, name)
		} else {
			it.Mark = append(it.Mark, name)
		}
	}
	return it, ""
}

// source is what is known of a mail of m beside its bytes.
func (a *Adapter) source(m *Mailbox, key string) mailin.Source {
	a.mu.Lock()
	own := a.own
	a.mu.Unlock()
	size := int(a.cfg.MaxBytes)
	return mailin.Source{Channel: Name, Key: key, Own: own, Mailbox: m.Address, Queue: m.Queue, DeskID: a.cfg.DeskID, AuthServers: a.cfg.AuthServers, Locale: a.cfg.Locale, Zone: a.cfg.Zone,
		Limits: mime.Limits{Size: size, AttachmentBytes: size}}
}

// park keeps a mail that could not be read: its bytes are in raw, or come from r.
func (w *worker) park(ctx context.Context, in adapters.Intake, k key, reason string, raw []byte, r io.Reader) error {
	p := adapters.Parked{Channel: Name, Key: k.atPlace(keyPlace), Reason: reason, Raw: raw, Body: r}
	switch {
	case k.part:
		p.Key = k.atPlace(keyHeader)
	case r == nil && raw != nil:
		p.Key = k.ofContent(raw)
	}
	head := raw
	if r != nil {
		buffered := bufio.NewReaderSize(r, 64<<10)
		head, _ = buffered.Peek(64 << 10) // as much as there is
		p.Body = buffered
	}
	p.Subject, p.Sender = mailin.Subject(head), mailin.From(head)
	w.log.WarnContext(ctx, "imap: a mail was parked", "uid", k.uid, "reason", reason)
	return in.Park(ctx, p)
}

// Retry implements adapters.Retrier: it reads parked bytes again, as if they lay in their mailbox.
func (a *Adapter) Retry(ctx context.Context, in adapters.Intake, p adapters.Parked) error {
	if strings.HasPrefix(p.Key, keyHeader) || len(p.Raw) == 0 {
		p.Reason = "only the header of this mail is kept; move the mail itself back into the mailbox after raising the limit"
		return in.Park(ctx, p)
	}
	m := a.mailboxOf(p.Key)
	if size := int64(len(p.Raw)); size > a.cfg.MaxBytes {
		p.Reason = fmt.Sprintf("the mail has %s, more than the %s that become a ticket", megabytes(size), megabytes(a.cfg.MaxBytes))
		return in.Park(ctx, p)
	}
	it, err := mailin.Convert(p.Raw, a.source(&m, p.Key))
	if err != nil {
		p.Reason = mailin.Reason(err)
		return in.Park(ctx, p)
	}
	k := key{account: m.account()}
	if content := k.ofContent(p.Raw); m.ID != "" && content != p.Key {
		it.Same = append(it.Same, content)
	}
	return in.Receive(ctx, it)
}

// mailboxOf finds the mailbox that a key names; an empty one when the desk has it no longer.
func (a *Adapter) mailboxOf(key string) Mailbox {
	_, rest, _ := strings.Cut(key, ":")
	id, _, _ := strings.Cut(rest, ":")
	for _, m := range a.mailboxes() {
		if id == m.account() || id == m.place() {
			return m
		}
	}
	return Mailbox{}
}
