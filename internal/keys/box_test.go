package keys_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/keys"
)

func TestBoxOpensOnlyItsOwn(t *testing.T) {
	t.Parallel()
	first, second := keys.Generate(), keys.Generate()
	ring := func(secret, previous string) *keys.Ring {
		r, err := keys.New([]byte(secret))
		require.NoError(t, err)
		r, err = r.WithPrevious([]byte(previous))
		require.NoError(t, err)
		return r
	}
	box := ring(first, "").Box(keys.LabelStateSecrets)
	sealed := box.Seal("mail/a", "0.AX-refresh-größe")
	require.NotContains(t, sealed, "refresh")
	require.NotEqual(t, sealed, box.Seal("mail/a", "0.AX-refresh-größe"))
	plain, old, err := box.Open("mail/a", sealed)
	require.NoError(t, err)
	require.False(t, old)
	require.Equal(t, "0.AX-refresh-größe", plain)

	plain, old, err = ring(second, first).Box(keys.LabelStateSecrets).Open("mail/a", sealed)
	require.NoError(t, err)
	require.True(t, old, "to be sealed again")
	require.Equal(t, "0.AX-refresh-größe", plain)

	for what, open := range map[string]func() (string, bool, error){
		"another place": func() (string, bool, error) { return box.Open("mail/b", sealed) },
		"another secret": func() (string, bool, error) {
			return ring(second, "").Box(keys.LabelStateSecrets).Open("mail/a", sealed)
		},
		"another label": func() (string, bool, error) { return ring(first, "").Box(keys.LabelJWT).Open("mail/a", sealed) },
		"cut":           func() (string, bool, error) { return box.Open("mail/a", sealed[:len(sealed)-4]) },
		"plain text":    func() (string, bool, error) { return box.Open("mail/a", "refresh") },
		"nothing":       func() (string, bool, error) { return box.Open("mail/a", "") },
		"no base64":     func() (string, bool, error) { return box.Open("mail/a", "b1:***") },
	} {
		_, _, err := open()
		require.ErrorIs(t, err, keys.ErrSealed, what)
	}
	require.False(t, strings.Contains(fmt.Sprintf("%v %+v %#v %s", box, box, box, box), first))
	require.Equal(t, "keys.Box keys.Box", fmt.Sprintf("%v %#v", box, box))
}
