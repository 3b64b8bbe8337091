package transcript_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/transcript"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, f := range transcript.Formats() {
		for _, lang := range []string{"de", "en"} {
			for _, version := range []string{"requester", "internal"} {
				name := fmt.Sprintf("%s.%s.%s", version, lang, f)
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					got := render(t, f, desk(), options(lang, version == "internal"))
					path := filepath.Join("testdata", name)
					if *update {
						require.NoError(t, os.MkdirAll("testdata", 0o755))
						require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
					}
					want, err := os.ReadFile(path)
					require.NoError(t, err)
					require.Equal(t, string(want), got, "run the tests with -update if this change is meant")
				})
			}
		}
	}
}
