package imap

import (
	"encoding/json"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/stretchr/testify/require"
)

// TestCursorForgetsNoFailingMail: of more mails than can be remembered as failing, the rest stays ahead of the cursor.
func TestCursorForgetsNoFailingMail(t *testing.T) {
	t.Parallel()
	s := &session{cur: cursor{Validity: 1, Next: 1}}
	var entries []entry
	got := map[imap.UID]outcome{}
	for uid := imap.UID(1); uid <= maxOpen+5; uid++ {
		entries = append(entries, entry{uid: uid})
		got[uid] = failing
	}
	again, full := s.advance(entries, got, false)
	require.True(t, again)
	require.True(t, full)
	require.EqualValues(t, maxOpen+1, s.cur.Next)
	kept := s.cur
	kept.Again = kept.Again.capped()
	b, err := json.Marshal(kept)
	require.NoError(t, err)
	require.Contains(t, string(b), `"again":"1:2000"`)

	got[7] = safe // one goes in when it is tried again, and makes room for one
	again, full = s.advance(entries, got, false)
	require.True(t, again)
	require.True(t, full)
	require.EqualValues(t, maxOpen+2, s.cur.Next)
	require.Len(t, s.cur.Again, maxOpen)
	require.Equal(t, uidList{7}, s.cur.Done)
}
