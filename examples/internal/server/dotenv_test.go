package server

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDotenv(t *testing.T) {
	t.Parallel()
	got, err := parseDotenv("\uFEFF# a comment\r\n" + strings.Join([]string{
		`PLAIN=a value # with a comment # and another`, `export EXPORTED=x`, "\texport\tTABBED = y", `EMPTY=`, `ONLY_COMMENT=   # optional`, `HASH=a#b`, `SPACED =  c  `,
		`SINGLE='a # "b" \n \' $HOME ${HOME}' # x`, `DOUBLE="a # 'b' \n\t\" \\ \w \$x $HOME" # x`, `DOLLAR=pa$$WORD$1`, `ESCAPED="\${HOME}"`, `URL=postgres://u:p%40@h/db?x=1`,
		"LINES=\"first", `second"`, `LAST='x'`, `LAST=x`, `export=1`, `BRACES=${}`,
	}, "\n"))
	require.NoError(t, err)
	require.Equal(t, map[string]string{
		"PLAIN": "a value", "EXPORTED": "x", "TABBED": "y", "EMPTY": "", "ONLY_COMMENT": "", "HASH": "a#b", "SPACED": "c", "SINGLE": `a # "b" \n ' $HOME ${HOME}`,
		"DOUBLE": "a # 'b' \n\t\" \\ \\w $x $HOME", "DOLLAR": "pa$$WORD$1", "ESCAPED": "${HOME}", "URL": "postgres://u:p%40@h/db?x=1", "LINES": "first\nsecond", "LAST": "x", "export": "1",
		"BRACES": "${}",
	}, got)
}

func TestDotenvRefuses(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"A=1\nhunter2":                 "line 2: is not like KEY=VALUE",
		"A=1\n\n2A=hunter2":            "line 3: is not like",
		`{"a": "hunter2"`:              "line 1",
		"A=\"one\ntwo\"\nB='hunter2":   "line 3: B: the closing quote is missing",
		`A='hunter2' hunter2`:          "A: there is something behind the closing quote",
		"A=hunter2\nB=1\nA=hunter3":    "lines 1 and 3 contradict each other about A",
		`A=hunter2${HOME}`:             "A: has ${…}",
		`A="hunter2 ${HOME:-hunter2}"`: "A: has ${…}",
		"A=\xff":                       "UTF-8",
		"export A hunter2":             "line 1: is not like",
		"A B=hunter2":                  "line 1: is not like",
	} {
		_, err := parseDotenv(text)
		require.ErrorContains(t, err, want, text)
		require.NotContains(t, err.Error(), "hunter", text)
	}
}

// FuzzDotenv: what is read can be written 'so' and is read again as it was.
func FuzzDotenv(f *testing.F) {
	f.Add("A=1 # x\nexport B='y'\nC=\"\\n\"")
	f.Add("A=\"\\")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseDotenv(text)
		if err != nil {
			return
		}
		var b strings.Builder
		for k, v := range m {
			require.True(t, isKey(k))
			if strings.HasSuffix(v, `\`) || strings.Contains(v, `\'`) || strings.Contains(v, "\r\n") {
				return // a quote cannot be written behind a backslash
			}
			b.WriteString(k + "='" + strings.ReplaceAll(v, "'", `\'`) + "'\n")
		}
		again, err := parseDotenv(b.String())
		require.NoError(t, err)
		require.Equal(t, m, again)
	})
}
