package transcript

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/ticket"
)

// Keys keeps public keys for ever, so that a document can be checked long after the secret was changed.
type Keys interface {
	// KeepPublicKey is content with a key that is kept already.
	KeepPublicKey(ctx context.Context, k keys.Public) error
	// PublicKeys lists all keys, the oldest first.
	PublicKeys(ctx context.Context) ([]keys.Public, error)
}

// Seal signs and verifies the transcripts of one desk. It may be used concurrently.
type Seal struct {
	signer *keys.Signer
	keys   Keys
	now    func() time.Time

	mu   sync.Mutex
	kept bool
}

// NewSeal makes the Seal of a desk from a seed that is derived from its secret. It does no I/O. now nil is time.Now.
func NewSeal(seed []byte, k Keys, now func() time.Time) (*Seal, error) {
	if k == nil {
		return nil, ticket.InvalidField("keys", "is required")
	}
	signer, err := keys.NewSigner(seed)
	if err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now
	}
	return &Seal{signer: signer, keys: k, now: now}, nil
}

// Signer is for Options.Signer. Before it is first given away its public key is kept, so that no document is signed with a key that could
// be lost. A nil Seal gives none.
func (s *Seal) Signer(ctx context.Context) (*keys.Signer, error) {
	if s == nil {
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.kept {
		k := s.signer.Public()
		k.CreatedAt = s.now().UTC().Truncate(time.Microsecond)
		if err := s.keys.KeepPublicKey(ctx, k); err != nil {
			return nil, err
		}
		s.kept = true
	}
	return s.signer, nil
}

// PublicKeys lists the keys that documents of this desk were ever signed with, the present one among them.
func (s *Seal) PublicKeys(ctx context.Context) ([]keys.Public, error) {
	if _, err := s.Signer(ctx); err != nil {
		return nil, err
	}
	return s.keys.PublicKeys(ctx)
}

// Verify is the function Verify with the keys of this desk.
func (s *Seal) Verify(ctx context.Context, r io.Reader) (Proof, error) {
	known, err := s.PublicKeys(ctx)
	if err != nil {
		return Proof{}, err
	}
	return Verify(r, known)
}
