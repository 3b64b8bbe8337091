package httpapi

import (
	"encoding/base64"
	"errors"
	"io"
	"net/http"

	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

func sealRoutes() []route {
	return []route{
		{method: get, path: "/transcripts/keys", id: "transcriptKeys", summary: "The public keys of every transcript that was ever signed here, as a JWK Set (RFC 7517)", status: 200, answer: keySetDTO{}, open: true, run: (*call).transcriptKeys},
		{method: post, path: "/transcripts/verify", id: "verifyTranscript", summary: "Check that a saved transcript is as this desk made it", op: ticket.OpTranscriptRead, body: uploadForm{}, status: 200, answer: proofDTO{}, run: (*call).verifyTranscript},
	}
}

// jwkDTO is a public key (RFC 7517, RFC 8037).
type jwkDTO struct {
	Type      string `json:"kty"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	ID        string `json:"kid"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
	CreatedAt *stamp `json:"created_at" doc:"when it was first used"`
}

// keySetDTO is a JWK Set.
type keySetDTO struct {
	Keys []jwkDTO `json:"keys"`
}

func errNoSeal() error { return ticket.Errorf(ticket.NotFound, "this desk signs no transcripts") }

func (c *call) transcriptKeys() error {
	if c.api.cfg.Seal == nil {
		return errNoSeal()
	}
	list, err := c.api.cfg.Seal.PublicKeys(c.ctx())
	if err != nil {
		return err
	}
	out := keySetDTO{Keys: []jwkDTO{}}
	for _, k := range list {
		out.Keys = append(out.Keys, jwkDTO{"OKP", "Ed25519", base64.RawURLEncoding.EncodeToString(k.Key), k.ID, "sig", "EdDSA", stampOf(k.CreatedAt)})
	}
	return c.json(http.StatusOK, out)
}

// proofDTO is what the signature of a transcript says. Where it is not valid the rest is empty.
type proofDTO struct {
	Valid       bool              `json:"valid"`
	Reason      string            `json:"reason" enum:",unsigned,unknown_key,changed" doc:"why it is not"`
	KeyID       string            `json:"key_id"`
	Format      transcript.Format `json:"format"`
	TicketID    ticket.ID         `json:"ticket_id"`
	Number      int64             `json:"number"`
	Desk        string            `json:"desk"`
	Internal    bool              `json:"internal" doc:"the desk's own version, with notes"`
	GeneratedAt *stamp            `json:"generated_at"`
}

// verifyTranscript says nothing of the desk that does not stand in the document: whoever may read transcripts may check any.
func (c *call) verifyTranscript() error {
	if c.api.cfg.Seal == nil {
		return errNoSeal()
	}
	if err := c.api.service.Require(c.ctx(), c.actor(), ticket.OpTranscriptRead); err != nil {
		return err
	}
	f, err := c.openUpload()
	if err != nil {
		return err
	}
	p, err := c.api.cfg.Seal.Verify(c.ctx(), f.body)
	out := proofDTO{}
	switch {
	case errors.Is(err, transcript.ErrUnsigned):
		out.Reason = "unsigned"
	case errors.Is(err, transcript.ErrUnknownKey):
		out.Reason = "unknown_key"
	case errors.Is(err, transcript.ErrChanged):
		out.Reason = "changed"
	case err != nil:
		return err
	default:
		out = proofDTO{true, "", p.KeyID, p.Format, p.TicketID, p.Number, p.Desk, p.Internal, stampOf(p.GeneratedAt)}
	}
	if _, err := io.Copy(io.Discard, f.body); err != nil {
		return err
	}
	c.print = f.print(c)
	return c.json(http.StatusOK, out)
}
