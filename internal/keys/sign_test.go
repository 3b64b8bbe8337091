package keys_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/keys"
)

func TestSigner(t *testing.T) {
	t.Parallel()
	_, err := keys.NewSigner(make([]byte, 31))
	require.Error(t, err)
	s, err := keys.NewSigner(bytes.Repeat([]byte{1}, 32))
	require.NoError(t, err)
	again, err := keys.NewSigner(bytes.Repeat([]byte{1}, 32))
	require.NoError(t, err)
	other, err := keys.NewSigner(bytes.Repeat([]byte{2}, 32))
	require.NoError(t, err)
	require.Equal(t, s.Public(), again.Public())
	require.NotEqual(t, s.Public().ID, other.Public().ID)
	sig := s.Sign([]byte("x"))
	require.True(t, ed25519.Verify(s.Public().Key, []byte("x"), sig))
	require.False(t, ed25519.Verify(other.Public().Key, []byte("x"), sig))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		require.Equal(t, "keys.Signer "+s.Public().ID, fmt.Sprintf(verb, s))
	}
}

// TestThumbprint: the example of RFC 8037, appendix A.3.
func TestThumbprint(t *testing.T) {
	t.Parallel()
	x, err := base64.RawURLEncoding.DecodeString("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
	require.NoError(t, err)
	require.Equal(t, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k", keys.Thumbprint(x))
}
