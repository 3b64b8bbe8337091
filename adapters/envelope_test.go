package adapters

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/ticket"
)

// repeat is a reader of n bytes that takes no memory.
type repeat struct{ n int64 }

func (r *repeat) Read(p []byte) (int, error) {
	if r.n <= 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), r.n)
	r.n -= n
	return int(n), nil
}

type dead struct{}

func (dead) Read([]byte) (int, error) { return 0, errors.New("dead") }

func TestKeeperIsBounded(t *testing.T) {
	t.Parallel()
	it := ticket.Incoming{Key: "k", Uploads: []ticket.Upload{
		{Name: "small", Body: strings.NewReader("bytes")},
		{Name: "huge", Body: &repeat{maxKept + 1}},
		{Name: "half", Body: io.MultiReader(strings.NewReader("half"), dead{})},
		{Name: "none"},
		{Name: "last", Body: strings.NewReader("more")},
	}}
	k := newKeeper(&it)
	_, err := io.Copy(io.Discard, it.Uploads[1].Body) // as the Service does before the veto
	require.NoError(t, err)
	require.Zero(t, k.files[1].buf.Cap(), "what is too large is let go")
	raw, item := unescape(k.envelope(&it))
	require.True(t, item)
	got, err := incoming(raw)
	require.NoError(t, err)
	require.Len(t, got.Uploads, 5)
	var names, texts []string
	for _, u := range got.Uploads {
		b, err := io.ReadAll(u.Body)
		require.NoError(t, err)
		names, texts = append(names, u.Name), append(texts, string(b))
	}
	require.Equal(t, []string{"small", "huge.missing.txt", "half.missing.txt", "none", "last"}, names)
	require.Equal(t, "bytes", texts[0])
	require.Contains(t, texts[1], "could not be kept")
	require.Empty(t, texts[3])
	require.Equal(t, "more", texts[4])
}

// TestEnvelopeKeepsAll: every field of an item comes back, also those that are added later.
func TestEnvelopeKeepsAll(t *testing.T) {
	t.Parallel()
	yes := true
	who := ticket.Person{Name: "Erika", Identity: ticket.Identity{Kind: ticket.KindEmail, Value: "e@kunde.example", Verified: true}}
	it := ticket.Incoming{Key: "k", Aliases: ticket.Aliases{Same: []string{"s"}, Mark: []string{"m"}}, From: who, To: []ticket.Identity{who.Identity}, Cc: []ticket.Person{who},
		Subject: "s", Text: "t", Quoted: "q", HTML: "h", Raw: []byte("r"), ExternalID: "e", Token: "t", Refs: []string{"r"}, Number: 1, Forward: true, Machine: true,
		Bounces:  []ticket.Bounce{{MessageID: "1", ExternalID: "e", Recipient: "a@b.example", Reason: "550", Delayed: true}},
		Verified: &yes, Protection: ticket.Encrypted, Queue: "q", Priority: ticket.High, Source: "s", Locale: "de"}
	v := reflect.ValueOf(it)
	for _, f := range reflect.VisibleFields(v.Type()) {
		switch f.Name {
		case "Channel": // of who parks it
		case "Interactive": // nobody waits any more
		case "Uploads": // see TestKeeperIsBounded
		default:
			require.False(t, v.FieldByIndex(f.Index).IsZero(), f.Name)
		}
	}
	raw, item := unescape(newKeeper(&it).envelope(&it))
	require.True(t, item)
	got, err := incoming(raw)
	require.NoError(t, err)
	it.Uploads = nil
	require.Equal(t, it, got)
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	require.Equal(t, "a b c", oneLine("a\r\n\tb\x00 c", 100))
	require.Equal(t, "üü…", oneLine("üüüüü", 8))
	require.Equal(t, "\uFFFD", oneLine("\xff", 8))
}

func FuzzEscape(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("\x00"))
	f.Add([]byte(magic + "{}"))
	f.Add([]byte("\x00" + magic))
	f.Fuzz(func(t *testing.T, raw []byte) {
		got, item := unescape(escape(raw))
		if item || !bytes.Equal(got, raw) {
			t.Fatalf("%q became %q, item %t", raw, got, item)
		}
	})
}

func FuzzIncoming(f *testing.F) {
	f.Add([]byte(`{"key":"k","files":[{"name":"a","data":"eA=="}],"verified":true}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		it, err := incoming(b)
		if err != nil {
			return
		}
		raw, item := unescape(newKeeper(&it).envelope(&it))
		if !item {
			t.Fatal("not an item")
		}
		if _, err := incoming(raw); err != nil {
			t.Fatal(err)
		}
	})
}
