package mime

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/korean"
)

// TestKorean: the names under which programs of Windows know their code page, and the seven bits of old mail.
func TestKorean(t *testing.T) {
	t.Parallel()
	const text = "똠방각하 프린터"
	b, err := korean.EUCKR.NewEncoder().String(text)
	require.NoError(t, err)
	for _, name := range []string{"euc-kr", "ks_c_5601-1987", "cp949", "MS949", "x-windows-949", "949"} {
		require.Equal(t, text, toUTF8([]byte(b), name), name)
	}
	require.Equal(t, "프린터 x\n프", toUTF8([]byte("\x1b$)C\x0eGA80EM\x0f x\n\x0eGA\x0f"), "ISO-2022-KR"))
}

// TestNamedTextOfAnAlternative: it is all that the mail says, so it is its text, and a file as well.
func TestNamedTextOfAnAlternative(t *testing.T) {
	t.Parallel()
	m, err := Parse([]byte("From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"+
		"--b\r\nContent-Type: text/plain; charset=utf-8; name=\"text.txt\"\r\n\r\nDer Text\r\n--b--\r\n"), Limits{})
	require.NoError(t, err)
	require.Equal(t, "Der Text", m.Text)
	require.Len(t, m.Attachments, 1)
}
