package transcript

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"

	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/ticket"
)

// A signed document ends with a statement about all that stands before it, and the Ed25519 signature of the statement. Both are base64, joined
// by a dot: in HTML and Markdown within a comment, in text on a line of its own, in JSON as the last member of the object.

// Proof is what a valid signature says of a document.
type Proof struct {
	KeyID       string
	Format      Format
	TicketID    ticket.ID
	Number      int64
	Desk        string    // name of the desk, as its brand says; "" without one
	Internal    bool      // the desk's own version, with notes
	GeneratedAt time.Time // zero when the document does not say
}

// The reasons why a document cannot be relied on. Verify wraps them.
var (
	ErrUnsigned   = errors.New("the document has no signature at its end")
	ErrUnknownKey = errors.New("the document was signed with a key that is not known")
	ErrChanged    = errors.New("the document was changed after it was signed")
)

// MaxSigned is how large a document Verify reads.
const MaxSigned = 64 << 20

// statement is what is signed. Its order of members is that of this struct.
type statement struct {
	Version     int        `json:"v"`
	KeyID       string     `json:"kid"`
	Format      Format     `json:"format"`
	TicketID    ticket.ID  `json:"ticket"`
	Number      int64      `json:"number"`
	Desk        string     `json:"desk,omitempty"`
	Internal    bool       `json:"internal"`
	GeneratedAt *time.Time `json:"generated_at,omitempty"`
	Size        int64      `json:"size"`
	SHA256      string     `json:"sha256"`
}

// domain keeps what is signed here apart from whatever else the key may sign.
const domain = "ticketkit transcript signature 1\n"

// frames stand around the signature, by format. Nothing follows.
var frames = map[Format][2]string{
	HTML:     {"<!-- ticketkit-signature: ", " -->\n"},
	Markdown: {"<!-- ticketkit-signature: ", " -->\n"},
	Text:     {"ticketkit-signature: ", "\n"},
	JSON:     {`,"signature":"`, "\"}\n"},
}

// summing counts and sums up what goes through it.
type summing struct {
	w    io.Writer
	sum  hash.Hash
	size int64
}

func (s *summing) Write(b []byte) (int, error) {
	n, err := s.w.Write(b)
	s.sum.Write(b[:n])
	s.size += int64(n)
	return n, err
}

// sign writes the signature behind what s has seen.
func (p *printer) sign(s *summing, f Format) error {
	st := statement{Version: 1, KeyID: p.o.Signer.Public().ID, Format: f, TicketID: p.src.Ticket.ID, Number: p.src.Ticket.Number,
		Desk: p.o.Brand.Name, Internal: p.o.IncludeNotes, GeneratedAt: instant(p.o.Now), Size: s.size, SHA256: hex.EncodeToString(s.sum.Sum(nil))}
	b, err := json.Marshal(st)
	if err != nil {
		return err
	}
	sig := p.o.Signer.Sign(append([]byte(domain), b...))
	enc := base64.RawStdEncoding // has no dash, which could end a comment
	_, err = io.WriteString(s.w, frames[f][0]+enc.EncodeToString(b)+"."+enc.EncodeToString(sig)+frames[f][1])
	return err
}

// maxSignature bounds the last part of a document.
const maxSignature = 8 << 10

// Verify reads a document to its end and checks that not one byte of it was changed since it was signed with one of the keys. Errors wrap
// ErrUnsigned, ErrUnknownKey or ErrChanged, or are those of r; a document of more than MaxSigned bytes is TooLarge. Who says that the
// keys are those of a certain desk is the caller's affair.
func Verify(r io.Reader, known []keys.Public) (Proof, error) {
	doc, err := io.ReadAll(io.LimitReader(r, MaxSigned+1))
	if err != nil {
		return Proof{}, err
	}
	if len(doc) > MaxSigned {
		return Proof{}, &ticket.Error{Kind: ticket.TooLarge, Msg: fmt.Sprintf("the document has more than %d bytes", MaxSigned)}
	}
	content, token, ok := cutSignature(doc)
	if !ok {
		return Proof{}, fmt.Errorf("transcript: %w", ErrUnsigned)
	}
	st, raw, sig, ok := readToken(token)
	if !ok {
		return Proof{}, fmt.Errorf("transcript: %w", ErrChanged)
	}
	for _, k := range known {
		if k.ID != st.KeyID || len(k.Key) != ed25519.PublicKeySize {
			continue
		}
		sum := sha256.Sum256(content)
		if !ed25519.Verify(k.Key, append([]byte(domain), raw...), sig) || st.Version != 1 || st.Size != int64(len(content)) ||
			st.SHA256 != hex.EncodeToString(sum[:]) || !framed(doc, token, st.Format) {
			return Proof{}, fmt.Errorf("transcript: %w", ErrChanged)
		}
		p := Proof{KeyID: st.KeyID, Format: st.Format, TicketID: st.TicketID, Number: st.Number, Desk: st.Desk, Internal: st.Internal}
		if st.GeneratedAt != nil {
			p.GeneratedAt = *st.GeneratedAt
		}
		return p, nil
	}
	return Proof{}, fmt.Errorf("transcript: key %.60q: %w", st.KeyID, ErrUnknownKey)
}

// cutSignature splits a document before the frame of its signature. That is the last one: a conversation can have the words of another. Of two
// that end alike, one within the other, the longer comes first.
func cutSignature(doc []byte) (content []byte, token string, ok bool) {
	tail := doc[max(0, len(doc)-maxSignature):]
	last := -1 // where the token begins
	for _, f := range Formats() {
		open, end := frames[f][0], frames[f][1]
		i := bytes.LastIndex(tail, []byte(open))
		at := i + len(open)
		if i < 0 || at <= last || !bytes.HasSuffix(tail, []byte(end)) || at > len(tail)-len(end) {
			continue
		}
		last = at
		content, token, ok = doc[:len(doc)-len(tail)+i], string(tail[at:len(tail)-len(end)]), true
	}
	return content, token, ok
}

// framed reports whether a document ends with the frame of its own format.
func framed(doc []byte, token string, f Format) bool {
	frame, ok := frames[f]
	return ok && bytes.HasSuffix(doc, []byte(frame[0]+token+frame[1]))
}

func readToken(token string) (st statement, raw, sig []byte, ok bool) {
	head, tail, ok := strings.Cut(token, ".")
	if !ok || strings.ContainsAny(token, "\r\n") { // the decoder would skip them
		return st, nil, nil, false
	}
	raw, err := base64.RawStdEncoding.Strict().DecodeString(head)
	if err != nil {
		return st, nil, nil, false
	}
	if sig, err = base64.RawStdEncoding.Strict().DecodeString(tail); err != nil {
		return st, nil, nil, false
	}
	return st, raw, sig, json.Unmarshal(raw, &st) == nil
}
