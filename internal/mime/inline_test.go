package mime

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPicturesInText(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ head, src, want string }{
		"by id":                   {"Content-ID: <a@x>\nContent-Disposition: inline", `"cid:a@x"`, `src="cid:a@x"`},
		"without a disposition":   {"Content-ID: <a@x>", `"cid:a@x"`, `src="cid:a@x"`},
		"attached, and shown":     {"Content-ID: <a@x>\nContent-Disposition: attachment", `"cid:a@x"`, `src="cid:a@x"`},
		"other case":              {"Content-ID: <IMG@X>", `'CID:img@x'`, `src="cid:IMG@X"`},
		"escaped":                 {"Content-ID: <a@x>", `"cid:a%40x"`, `src="cid:a@x"`},
		"no quotes":               {"Content-ID: <a@x>", `cid:a@x`, `src="cid:a@x"`},
		"without brackets":        {"Content-ID: a@x", `"cid:a@x"`, `src="cid:a@x"`},
		"bare id":                 {"Content-ID: <a@x>", `"a@x"`, `src="cid:a@x"`},
		"bare name":               {"Content-ID: <other>", `"Bild%201.png"`, `src="cid:other"`},
		"bare name, no id":        {"", `"Bild 1.png"`, `src="cid:part1.`},
		"a path before the name":  {"", `"mail_files/Bild 1.png"`, `src="cid:part1.`},
		"the name as id":          {"", `"cid:Bild 1.png@01D9.C4D5"`, `src="cid:part1.`},
		"Content-Location":        {"Content-Location: https://x.example/logo.png", `"https://x.example/logo.png"`, `src="cid:part1.`},
		"from the web":            {"", `"https://x.example/Bild 1.png"`, ""},
		"from the web, no scheme": {"", `"//x.example/Bild 1.png"`, ""},
		"another id":              {"Content-ID: <a@x>", `"cid:b@x"`, ""},
		"data":                    {"", `"data:image/png;base64,iVBORw0KGgo="`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			head := tc.head
			if head != "" {
				head += "\n"
			}
			m, err := Parse([]byte("From: a@x.example\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<p>Hier: <img width=5 src="+tc.src+" alt=x></p>\n"+
				"--b\nContent-Type: image/png; name=\"Bild 1.png\"\n"+head+"\nPNG\n--b--\n"), Limits{})
			require.NoError(t, err)
			require.Len(t, m.Attachments, 1)
			if tc.want == "" {
				require.False(t, m.Attachments[0].Inline)
				require.NotContains(t, m.HTML, `src="cid:part1`)
				return
			}
			require.True(t, m.Attachments[0].Inline)
			require.Contains(t, m.HTML, tc.want)
			require.Contains(t, m.HTML, `src="cid:`+m.Attachments[0].ContentID+`"`)
		})
	}
}
