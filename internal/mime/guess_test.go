package mime

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// TestTextWithoutCharset: text of many languages in the charsets that old programs write without naming them.
func TestTextWithoutCharset(t *testing.T) {
	t.Parallel()
	for text, enc := range map[string]encoding.Encoding{
		"Größe für Müller, Straße":                  charmap.Windows1252,
		"ÄÖÜäöüß":                                   charmap.Windows1252,
		"„Groß“ – übel":                             charmap.Windows1252,
		"L’été à la forêt, où ça gèle":              charmap.Windows1252,
		"Ação não concluída":                        charmap.Windows1252,
		"Äpfel, Äste, Ärger, Äcker":                 charmap.Windows1252,
		"¡Ábrelo! ¿Água? ÀÂÃ":                       charmap.Windows1252,
		"プリンターが動きません":                               japanese.ShiftJIS,
		"お世話になっております。山田です。":                         japanese.ShiftJIS,
		"Re: ご注文の確認 [1042]":                         japanese.ShiftJIS,
		"お世話になっております。山田 です。":                        japanese.EUCJP,
		"請求書について":                                   japanese.ISO2022JP,
		"您好，请问发票什么时候可以寄出？":                          simplifiedchinese.GB18030,
		"打印机 坏了，不能打印":                               simplifiedchinese.GB18030,
		"您好，請問發票什麼時候可以寄出？":                          traditionalchinese.Big5,
		"안녕하세요 프린터가 작동하지 않습니다":                      korean.EUCKR,
		"Принтер не работает, помогите пожалуйста":  charmap.Windows1251,
		"Принтер не работает, помогите, пожалуйста": charmap.KOI8R,
	} {
		b, err := enc.NewEncoder().Bytes([]byte(text))
		require.NoError(t, err)
		require.Equal(t, text, toUTF8(b, ""), "%v", enc)
		m, err := Parse(append(append(append(append([]byte("From: \""), b...), "\" <a@x.example>\nSubject: "...), b...), "\nContent-Type: text/plain\n\n"...), Limits{})
		require.NoError(t, err)
		require.Equal(t, text, m.Subject, "%v", enc)
		require.Equal(t, text, m.From[0].Name, "%v", enc)
	}
	require.Equal(t, "é", toUTF8([]byte("é"), ""))
	require.Equal(t, "é", toUTF8([]byte("\xe9"), ""))
}
