package storetest

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/keys"
)

// signingKeys is transcript.Keys, which a Store may be too.
type signingKeys interface {
	KeepPublicKey(ctx context.Context, k keys.Public) error
	PublicKeys(ctx context.Context) ([]keys.Public, error)
}

var signingKeyTests = []test{{"KeptForEver", testSigningKeys}}

func testSigningKeys(t *testing.T, d *desk) {
	s := d.Store.(signingKeys)
	list, err := s.PublicKeys(t.Context())
	require.NoError(t, err)
	require.Empty(t, list)
	key := func(n byte, at time.Time) keys.Public {
		signer, err := keys.NewSigner(bytes.Repeat([]byte{n}, 32))
		require.NoError(t, err)
		k := signer.Public()
		k.CreatedAt = at
		return k
	}
	one, two := key(1, d.now), key(2, d.now.Add(-time.Hour))
	for _, k := range []keys.Public{one, two, key(1, d.now.Add(time.Hour))} {
		require.NoError(t, s.KeepPublicKey(t.Context(), k))
	}
	list, err = s.PublicKeys(t.Context())
	require.NoError(t, err)
	require.Equal(t, []keys.Public{two, one}, list, "the oldest first, and each as it was first kept")
	together(t, 4, func(int) error { return s.KeepPublicKey(t.Context(), key(3, d.now)) })
	list, err = s.PublicKeys(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 3)
}
