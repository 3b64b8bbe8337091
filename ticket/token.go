package ticket

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"
)

// tokenTag is how many bytes of the HMAC a reply token carries. 80 bits cannot be guessed over mail, and the token still fits into a
// local part, which may have 64 bytes (RFC 5321 section 4.5.3.1.1).
const tokenTag = 10

var tokenEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// ReplyToken is a signed name of a ticket for an address such as support+<token>@…: 42 characters [a-z2-7], the same in any case.
// It is "" when the Service has no TokenKey.
func (s *Service) ReplyToken(id ID) string {
	raw, ok := idBytes(id)
	if s.cfg.TokenKey == nil || !ok {
		return ""
	}
	return strings.ToLower(tokenEncoding.EncodeToString(append(raw, tokenMAC(s.cfg.TokenKey, raw)...)))
}

// ParseReplyToken gives the ticket that a token names, if its signature is right.
func (s *Service) ParseReplyToken(token string) (ID, bool) {
	token = strings.ToUpper(token)
	b, err := tokenEncoding.DecodeString(token)
	// The last character has two bits to spare, and the decoder also skips line breaks: only one spelling is the token.
	if err != nil || len(b) != 16+tokenTag || tokenEncoding.EncodeToString(b) != token {
		return "", false
	}
	for _, key := range [][]byte{s.cfg.TokenKey, s.cfg.PreviousTokenKey} {
		if len(key) > 0 && hmac.Equal(tokenMAC(key, b[:16]), b[16:]) {
			h := hex.EncodeToString(b[:16])
			return ID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]), true
		}
	}
	return "", false
}

func tokenMAC(key, raw []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("reply/1"))
	h.Write(raw)
	return h.Sum(nil)[:tokenTag]
}

func idBytes(id ID) ([]byte, bool) {
	if !ValidID(string(id)) {
		return nil, false
	}
	b, err := hex.DecodeString(strings.ReplaceAll(string(id), "-", ""))
	return b, err == nil
}
