package mailauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/emersion/go-sasl"
)

// ChallengeError is what a server answers instead of letting a token in: a challenge that explains it, and once that was answered a plain
// refusal. See Explain.
type ChallengeError struct {
	Status  string // "401", "400", "invalid_token"; "" when the server gave no JSON
	Scope   string // that the server wants
	Schemes string
	Raw     string // the challenge as it came, at most 1000 bytes
}

func (e *ChallengeError) Error() string {
	s := "the server refused the access token"
	if e.Status != "" {
		s += ": status " + e.Status
	}
	if e.Scope != "" {
		s += ", it wants the scope " + e.Scope
	}
	return s
}

func challenge(raw []byte) error {
	e := &ChallengeError{Raw: strings.ToValidUTF8(string(raw[:min(len(raw), 1000)]), "?")}
	var c struct{ Status, Scope, Schemes string }
	if json.Unmarshal(raw, &c) == nil { // RFC 7628 section 3.2.2; XOAUTH2 has the same form
		e.Status, e.Scope, e.Schemes = c.Status, c.Scope, c.Schemes
	}
	return e
}

var errChallenge = errors.New("mailauth: the server asks again although it has refused")

// refusable is a mechanism of one message, which a challenge means the refusal of.
type refusable struct {
	mech, first string
	answer      []byte // to the challenge
	refused     error
}

// Start implements sasl.Client.
func (c *refusable) Start() (mech string, first []byte, err error) {
	return c.mech, []byte(c.first), nil
}

// Next implements sasl.Client: it keeps what the server says, and gives the answer that the server waits for before it refuses.
func (c *refusable) Next(raw []byte) ([]byte, error) {
	if c.refused != nil {
		return nil, errChallenge
	}
	c.refused = challenge(raw)
	return c.answer, nil
}

// Explain adds the *ChallengeError that a server has sent while mech signed in to err, how that ended. err stays as it is when there was none; nil
// stays nil.
func Explain(mech sasl.Client, err error) error {
	if r, ok := mech.(*refusable); ok && r.refused != nil && err != nil {
		return fmt.Errorf("%w: %w", r.refused, err)
	}
	return err
}

// XOAUTH2 gives the mechanism of Microsoft and Google (developers.google.com/gmail/imap/xoauth2-protocol): user is whose mailbox is opened, a
// shared one for example; the token may belong to somebody else. A refusal is answered with an empty line.
func XOAUTH2(user, token string) (sasl.Client, error) {
	if err := clean(user, token); err != nil {
		return nil, err
	}
	return &refusable{mech: "XOAUTH2", answer: []byte{}, first: "user=" + user + "\x01auth=Bearer " + token + "\x01\x01"}, nil
}

// OAUTHBEARER gives the mechanism of RFC 7628. addr is the server's host:port. A refusal is answered with one byte 0x01 (section 3.2.3).
func OAUTHBEARER(user, token, addr string) (sasl.Client, error) {
	if err := clean(user, token); err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("mailauth: %w", err)
	}
	name := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(user) // saslname of RFC 5801
	first := "n,a=" + name + ",\x01host=" + host
	if n, err := strconv.Atoi(port); err == nil {
		first += "\x01port=" + strconv.Itoa(n)
	}
	return &refusable{mech: "OAUTHBEARER", answer: []byte{1}, first: first + "\x01auth=Bearer " + token + "\x01\x01"}, nil
}

// clean keeps a user or a token from ending its field.
func clean(user, token string) error {
	if user == "" || token == "" {
		return errors.New("mailauth: user and token are required")
	}
	if strings.ContainsAny(user+token, "\x00\x01\r\n") {
		return errors.New("mailauth: user or token holds a control character")
	}
	return nil
}
