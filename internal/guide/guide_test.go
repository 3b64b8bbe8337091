package guide_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/guide"
)

const text = "# One\n\n`DATA_DIR` and `LOCALE`.\n\n```sh run\ndesk user list\n# no heading\n\ndesk 'a b' \"c\"\n```\n\n## Two\n\n```env\nLISTEN_ADDR=x\nDEBUG=1\n```\n"

func TestGuide(t *testing.T) {
	t.Parallel()
	bs := guide.Blocks(text)
	require.Equal(t, []guide.Block{{"sh", "run", "desk user list\n# no heading\n\ndesk 'a b' \"c\"\n"}, {"env", "", "LISTEN_ADDR=x\nDEBUG=1\n"}}, bs)
	require.Equal(t, []string{"desk user list", "# no heading", "desk 'a b' \"c\""}, bs[0].Lines())
	require.Equal(t, []int{1, 2}, guide.Headings(text))
	require.Equal(t, []string{"DATA_DIR", "LISTEN_ADDR"}, guide.Variables(text))
	require.Equal(t, []string{"desk", "a b", "c", ""}, guide.Args(`desk  'a b' "c" ''`))
	require.Empty(t, guide.Args(" "))
}
