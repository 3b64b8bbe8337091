package transcript_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ticketkit/ticketkit/internal/keys"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

func signer(t *testing.T, seed byte) *keys.Signer {
	t.Helper()
	s, err := keys.NewSigner(bytes.Repeat([]byte{seed}, 32))
	require.NoError(t, err)
	return s
}

func signed(t *testing.T, f transcript.Format, internal bool) string {
	t.Helper()
	o := options("de", internal)
	o.Signer = signer(t, 1)
	return render(t, f, desk(), o)
}

// TestSigned: the document is the unsigned one with a last part behind it, which the golden file shows.
func TestSigned(t *testing.T) {
	t.Parallel()
	known := []keys.Public{signer(t, 2).Public(), signer(t, 1).Public()}
	for _, f := range transcript.Formats() {
		doc, plain := signed(t, f, true), render(t, f, desk(), options("de", true))
		if f == transcript.JSON {
			plain = strings.TrimSuffix(plain, "}\n")
			var v map[string]any
			require.NoError(t, json.Unmarshal([]byte(doc), &v))
			require.IsType(t, "", v["signature"])
		}
		end, ok := strings.CutPrefix(doc, plain)
		require.True(t, ok, f)
		path := filepath.Join("testdata", "signature."+string(f))
		if *update {
			require.NoError(t, os.WriteFile(path, []byte(end), 0o644))
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Equal(t, string(want), end)

		p, err := transcript.Verify(strings.NewReader(doc), known)
		require.NoError(t, err)
		src, o := desk(), options("de", true)
		require.Equal(t, transcript.Proof{KeyID: signer(t, 1).Public().ID, Format: f, TicketID: src.Ticket.ID, Number: src.Ticket.Number, Desk: o.Brand.Name,
			Internal: true, GeneratedAt: o.Now.UTC()}, p)
		_, err = transcript.Verify(strings.NewReader(plain), known)
		require.ErrorIs(t, err, transcript.ErrUnsigned)
		_, err = transcript.Verify(strings.NewReader(doc), known[:1])
		require.ErrorIs(t, err, transcript.ErrUnknownKey)
	}
}

// TestTextThatLooksLikeASignature: whoever writes the words of another format's signature makes no document doubtful.
func TestTextThatLooksLikeASignature(t *testing.T) {
	t.Parallel()
	o := options("de", false)
	o.Signer = signer(t, 1)
	for _, f := range transcript.Formats() {
		src := desk()
		all := src.Messages
		src.Messages = func(yield func(ticket.Message, error) bool) {
			for m, err := range all {
				m.Text += "\nticketkit-signature: x\n<!-- ticketkit-signature: x -->\n,\"signature\":\"x\"}"
				if !yield(m, err) {
					return
				}
			}
		}
		_, err := transcript.Verify(strings.NewReader(render(t, f, src, o)), []keys.Public{o.Signer.Public()})
		require.NoError(t, err, f)
	}
}

// TestEveryByteCounts: whatever single byte is changed, left out, doubled or added, the document is refused.
func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	known := []keys.Public{signer(t, 1).Public()}
	for _, f := range transcript.Formats() {
		doc := []byte(signed(t, f, false))
		refused := func(t require.TestingT, changed []byte, what string) {
			_, err := transcript.Verify(bytes.NewReader(changed), known)
			require.Error(t, err, what)
		}
		end := len(doc) - 900
		for i := max(0, end); i < len(doc); i++ { // every bit of the last part
			for bit := range 8 {
				changed := slices.Clone(doc)
				changed[i] ^= 1 << bit
				refused(t, changed, "flipped")
			}
		}
		t.Run(string(f), rapid.MakeCheck(func(rt *rapid.T) {
			i := rapid.IntRange(0, len(doc)-1).Draw(rt, "at")
			b := rapid.Byte().Draw(rt, "byte")
			if doc[i] != b {
				changed := slices.Clone(doc)
				changed[i] = b
				refused(rt, changed, "replaced")
			}
			refused(rt, slices.Concat(doc[:i], doc[i+1:]), "left out")
			refused(rt, slices.Insert(slices.Clone(doc), i, b), "added")
			refused(rt, append(slices.Clone(doc), b), "appended")
			refused(rt, doc[:i], "cut")
			j := rapid.IntRange(i, len(doc)).Draw(rt, "to")
			if j > i {
				refused(rt, slices.Concat(doc[:j], doc[i:]), "repeated")
			}
		}))
	}
}

// TestSignaturesDoNotMove: the last part of one document does not fit another, nor another format.
func TestSignaturesDoNotMove(t *testing.T) {
	t.Parallel()
	known := []keys.Public{signer(t, 1).Public()}
	md, html := signed(t, transcript.Markdown, false), signed(t, transcript.HTML, false)
	cut := func(doc string) (string, string) {
		i := strings.LastIndex(doc, "<!-- ticketkit-signature")
		return doc[:i], doc[i:]
	}
	mdBody, mdEnd := cut(md)
	htmlBody, htmlEnd := cut(html)
	internalBody, _ := cut(signed(t, transcript.HTML, true))
	for _, doc := range []string{mdBody + htmlEnd, htmlBody + mdEnd, internalBody + htmlEnd, html + htmlEnd, html + html,
		mdBody + strings.TrimSuffix(strings.TrimPrefix(mdEnd, "<!-- "), " -->\n") + "\n", ""} {
		_, err := transcript.Verify(strings.NewReader(doc), known)
		require.Error(t, err)
	}
	_, err := transcript.Verify(strings.NewReader(html), []keys.Public{{ID: known[0].ID, Key: signer(t, 2).Public().Key}, {ID: known[0].ID}})
	require.Error(t, err)
}

// TestIncompleteIsUnsigned: nobody vouches for half a document.
func TestIncompleteIsUnsigned(t *testing.T) {
	t.Parallel()
	for _, f := range transcript.Formats() {
		src, o := desk(), options("de", false)
		o.Signer = signer(t, 1)
		for first := range src.Messages {
			src.Messages = failing(errors.New("the database is away"), first)
			break
		}
		var out bytes.Buffer
		require.Error(t, transcript.Render(t.Context(), &out, f, src, o))
		_, err := transcript.Verify(&out, []keys.Public{signer(t, 1).Public()})
		require.ErrorIs(t, err, transcript.ErrUnsigned)
	}
}

// memoryKeys is a Keys.
type memoryKeys struct {
	list []keys.Public
	err  error
}

func (m *memoryKeys) KeepPublicKey(_ context, k keys.Public) error {
	if m.err == nil && !slices.ContainsFunc(m.list, func(o keys.Public) bool { return o.ID == k.ID }) {
		m.list = append(m.list, k)
	}
	return m.err
}

func (m *memoryKeys) PublicKeys(context) ([]keys.Public, error) { return m.list, m.err }

// TestSealOutlivesTheSecret: what was signed before the secret was changed verifies behind it.
func TestSealOutlivesTheSecret(t *testing.T) {
	t.Parallel()
	kept := &memoryKeys{err: errors.New("away")}
	now := func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) }
	before, err := transcript.NewSeal(bytes.Repeat([]byte{1}, 32), kept, now)
	require.NoError(t, err)
	_, err = before.Signer(t.Context())
	require.Error(t, err, "nothing is signed with a key that is not kept")
	kept.err = nil
	s, err := before.Signer(t.Context())
	require.NoError(t, err)
	o := options("en", false)
	o.Signer = s
	doc := render(t, transcript.HTML, desk(), o)

	after, err := transcript.NewSeal(bytes.Repeat([]byte{2}, 32), kept, now)
	require.NoError(t, err)
	p, err := after.Verify(t.Context(), strings.NewReader(doc))
	require.NoError(t, err)
	require.Equal(t, s.Public().ID, p.KeyID)
	list, err := after.PublicKeys(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, now(), list[0].CreatedAt)
	require.NotEqual(t, list[0].ID, list[1].ID)

	_, err = transcript.NewSeal(nil, kept, nil)
	require.Error(t, err)
	_, err = transcript.NewSeal(bytes.Repeat([]byte{1}, 32), nil, nil)
	require.Error(t, err)
	none, err := (*transcript.Seal)(nil).Signer(t.Context())
	require.NoError(t, err)
	require.Nil(t, none)
}

func FuzzVerify(f *testing.F) {
	f.Add([]byte("<!-- ticketkit-signature: e30.AA -->\n"))
	f.Add([]byte(`{"a":1,"signature":"e30.AA"}` + "\n"))
	f.Add([]byte("ticketkit-signature: \n"))
	s, err := keys.NewSigner(make([]byte, 32))
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, doc []byte) {
		if _, err := transcript.Verify(bytes.NewReader(doc), []keys.Public{s.Public()}); err == nil {
			t.Fatal("nobody signed this")
		}
	})
}
