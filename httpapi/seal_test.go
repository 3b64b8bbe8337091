package httpapi

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/transcript"
)

func TestSignedTranscripts(t *testing.T) {
	t.Parallel()
	d := setup(t)
	tk := d.open("Drucker")
	verify := func(doc []byte) map[string]any {
		raw, h := form(t, "file", "saved", "text/html", doc)
		return d.as("vera", 200, post, "/transcripts/verify", raw, h).json()
	}
	for _, f := range transcript.Formats() {
		doc := d.as("vera", 200, get, ticketPath(tk, "/transcript?format="+string(f)), nil).body
		p := verify(doc)
		require.Equal(t, true, p["valid"], f)
		require.Equal(t, []any{string(tk.ID), float64(tk.Number), string(f)}, []any{p["ticket_id"], p["number"], p["format"]})
		changed := bytes.Replace(doc, []byte("Drucker"), []byte("Drücker"), 1)
		require.NotEqual(t, doc, changed)
		require.Equal(t, map[string]any{"valid": false, "reason": "changed", "key_id": "", "format": "", "ticket_id": "", "number": 0.0, "desk": "",
			"internal": false, "generated_at": nil}, verify(changed))
	}
	require.Equal(t, "unsigned", verify([]byte("Hallo"))["reason"])

	stranger, err := keys.NewSigner(make([]byte, 32))
	require.NoError(t, err)
	src, err := transcript.FromService(t.Context(), d.service, system, tk.ID)
	require.NoError(t, err)
	var forged bytes.Buffer
	require.NoError(t, transcript.Render(t.Context(), &forged, transcript.Text, src, transcript.Options{Signer: stranger}))
	require.Equal(t, "unknown_key", verify(forged.Bytes())["reason"])

	set := d.as("", 200, get, "/transcripts/keys", nil).json()["keys"].([]any)
	require.Len(t, set, 1)
	jwk := set[0].(map[string]any)
	require.Equal(t, []any{"OKP", "Ed25519", "sig", "EdDSA"}, []any{jwk["kty"], jwk["crv"], jwk["use"], jwk["alg"]})
	x, err := base64.RawURLEncoding.DecodeString(jwk["x"].(string))
	require.NoError(t, err)
	require.Len(t, x, ed25519.PublicKeySize)
	require.Equal(t, keys.Thumbprint(x), jwk["kid"])

	plain := setup(t, withAPI(func(c *Config) { c.Seal = nil }))
	plain.as("", 404, get, "/transcripts/keys", nil)
	raw, h := form(t, "file", "saved", "text/html", []byte("x"))
	plain.as("vera", 404, post, "/transcripts/verify", raw, h)
}
