package mime

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Large contents go round the parser of parts, and come out as if they had not.
func TestLargeContents(t *testing.T) {
	t.Parallel()
	big := bytes.Repeat([]byte("0123456789abcdef"), 100_000)
	sum := sha256.Sum256(big)
	text := strings.Repeat("A line of text that is not encoded.\r\n", 40_000)
	encoded := base64.StdEncoding.EncodeToString(big)
	for name, end := range map[string]string{"closed": "\r\n--in--\r\n--out--\r\nafter\r\n", "not closed": "", "inner not closed": "\r\n--out--\r\n"} {
		raw := "From: a@b.example\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=out\r\n\r\npreamble\r\n" +
			"--out\r\nContent-Type: text/plain\r\n\r\nHello\r\n" +
			"--out\r\nContent-Type: application/octet-stream; name=a.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded + "\r\n" +
			"--out\r\nContent-Type: text/csv; name=b.csv\r\n\r\n" + text +
			"--out\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\nContent-Type: application/octet-stream; name=c.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded + end
		m, err := Parse([]byte(raw), Limits{Size: 50 << 20, AttachmentBytes: 50 << 20})
		require.NoError(t, err, name)
		require.Equal(t, "Hello", m.Text)
		require.Len(t, m.Attachments, 3, name)
		for n, want := range []string{"a.bin", "b.csv", "c.bin"} {
			a := m.Attachments[n]
			require.Equal(t, want, a.Name)
			if want == "b.csv" {
				require.Equal(t, strings.TrimSuffix(text, "\r\n"), strings.TrimSuffix(string(a.Data), "\r\n"))
				continue
			}
			require.Equal(t, hex.EncodeToString(sum[:]), a.SHA256, name)
		}
	}
	r, large := lift([]byte("--x\r\n\r\nshort\r\n--x--"), "x", 1000)
	require.Empty(t, large)
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "--x\r\n\r\nshort\r\n--x--", string(b))
}

func TestTheMailIsNotAliased(t *testing.T) {
	t.Parallel()
	raw := fmt.Appendf(nil, "Subject: x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/csv; name=a.csv\r\n\r\n%s\r\n--x--\r\n", strings.Repeat("a,b,c\r\n", 300_000))
	m, err := Parse(raw, Limits{Size: 50 << 20, AttachmentBytes: 50 << 20})
	require.NoError(t, err)
	before := m.Attachments[0].SHA256
	clear(raw)
	sum := sha256.Sum256(m.Attachments[0].Data)
	require.Equal(t, before, hex.EncodeToString(sum[:]))
}
