package smtpd

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/i18n"
)

func TestTexts(t *testing.T) {
	t.Parallel()
	c, err := i18n.Load(texts)
	require.NoError(t, err)
	require.Empty(t, i18n.Parity(c))
}
