package mailout_test

import (
	"bytes"
	"context"
	"io"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/mailout"
	"github.com/ticketkit/ticketkit/ticket"
)

// pattern is a file that is made while it is read.
type pattern struct{ left int }

func (p *pattern) Read(b []byte) (int, error) {
	if p.left == 0 {
		return 0, io.EOF
	}
	n := min(len(b), p.left)
	for i := range n {
		b[i] = byte('a' + (p.left-i)%23)
	}
	p.left -= n
	return n, nil
}

func (p *pattern) Close() error { return nil }

func largeFile(size int, opened *atomic.Int32) adapters.Attachment {
	return adapters.Attachment{Attachment: ticket.Attachment{Name: "big.bin", ContentType: "application/octet-stream", Size: int64(size)},
		Open: func(context.Context) (io.ReadCloser, error) {
			opened.Add(1)
			return &pattern{size}, nil
		}}
}

func TestALargeAttachmentIsStreamed(t *testing.T) {
	t.Parallel()
	s := serve(t, &server{}, nil, false)
	c := config()
	c.SMTPAddr, c.Timeout = s.addr, 5*time.Minute // the race detector takes its time with 35 MB
	var opened atomic.Int32
	m := outbound()
	m.Attachments = []adapters.Attachment{largeFile(25<<20, &opened)}
	_, err := newSender(t, c).Send(t.Context(), m)
	require.NoError(t, err)
	require.EqualValues(t, 1, opened.Load(), "it is read once")
	require.Len(t, s.all(), 1)
	files := parse(t, s.all()[0].data).Attachments
	require.Len(t, files, 1)
	want, err := io.ReadAll(&pattern{25 << 20})
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, files[0].Content), "the file has arrived as it is")
}

// What the next hop will not take is not sent to it, and no repetition is tried.
func TestTheSizeThatTheServerTakes(t *testing.T) {
	t.Parallel()
	s := serve(t, &server{most: 1 << 20}, nil, false)
	c := config()
	c.SMTPAddr = s.addr
	var opened atomic.Int32
	m := outbound()
	m.Attachments = []adapters.Attachment{largeFile(900<<10, &opened)} // too large once it is in Base64
	_, err := newSender(t, c).Send(t.Context(), m)
	require.True(t, adapters.IsPermanent(err), "%v", err)
	require.ErrorContains(t, err, "takes at most 1.0 MB")
	require.Zero(t, opened.Load())
	m.Attachments = []adapters.Attachment{largeFile(500<<10, &opened)}
	_, err = newSender(t, c).Send(t.Context(), m)
	require.NoError(t, err)
}

// The window of SMTP (RFC 5321 section 4.5.3.2.6): once the final dot is there, only the answer says who has the message.
func TestTheWindowBehindTheFinalDot(t *testing.T) {
	t.Parallel()
	send := func(cut string) (*server, error) {
		s := serve(t, &server{cut: cut}, nil, false)
		c := config()
		c.SMTPAddr = s.addr
		_, err := newSender(t, c).Send(t.Context(), outbound())
		return s, err
	}
	s, err := send("quit") // answered, then cut: it has left, and nobody sends it again
	require.NoError(t, err)
	require.Len(t, s.all(), 1)

	s, err = send("dot") // taken, and the answer was lost: it is sent again, under the same Message-ID
	require.Error(t, err)
	require.False(t, adapters.IsPermanent(err))
	_, held := adapters.HoldDelay(err)
	require.False(t, held)
	require.Len(t, s.all(), 1)
	again, err := send("")
	require.NoError(t, err)
	require.Len(t, again.all(), 1)
	for _, m := range append(s.all(), again.all()...) {
		require.Equal(t, "<"+key+"@desk.example>", parse(t, m.data).GetHeader("Message-ID"), "receivers know the repeat")
	}
}

func TestWhoKeepsCopiesByItself(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{"smtp.office365.com:587": true, "SMTP.Gmail.com": true, "smtp-relay.gmail.com:587": false, "mail.desk.example:465": false, "127.0.0.1:25": false} {
		require.Equal(t, want, mailout.KeepsCopies(addr), addr)
	}
}
