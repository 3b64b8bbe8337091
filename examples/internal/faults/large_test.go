package faults_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/faulttest"
	"github.com/ticketkit/ticketkit/internal/testdovecot"
	"github.com/ticketkit/ticketkit/ticket"
)

// large is a mail of about so many bytes with one attachment.
func large(subject string, size int) []byte {
	var b bytes.Buffer
	b.Grow(size + 1000)
	fmt.Fprintf(&b, "From: kim@customer.example\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <%s@customer.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n", box, subject, strings.ReplaceAll(subject, " ", "-"))
	b.WriteString("--x\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--x\r\nContent-Type: application/octet-stream; name=big.bin\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=big.bin\r\n\r\n")
	line := strings.Repeat("QUJD", 19) + "\r\n"
	for b.Len() < size-len(line)-10 {
		b.WriteString(line)
	}
	b.WriteString("\r\n--x--\r\n")
	return b.Bytes()
}

// peak is how much memory a process had at most, in bytes (proc(5), VmHWM).
func peak(t *testing.T, p *proc) (n int64) {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	require.NoError(t, err)
	_, rest, ok := strings.Cut(string(b), "VmHWM:")
	require.True(t, ok)
	_, err = fmt.Sscanf(rest, "%d kB", &n)
	require.NoError(t, err)
	return n << 10
}

// TestALargeMailFitsIntoMemory takes a mail of 50 MB in with less than twice its size on top of what the program has, and parks a larger one without
// reading it.
// The race detector takes several times the memory, and there the mail is small.
func TestALargeMailFitsIntoMemory(t *testing.T) {
	t.Parallel()
	dove, dir := testdovecot.Start(t), t.TempDir()
	require.NoError(t, dove.User(box, boxPassword))
	size := faulttest.Count(5_000_000, 50_000_000, 50_000_000)
	p := newProc(t, dir, "MAIL_USER="+box, "MAIL_PASSWORD="+boxPassword, "IMAP_ADDR="+dove.IMAP, "SMTPD_ADDR=off", "GOMEMLIMIT=off")
	p.Start()
	before := peak(t, p)
	require.NoError(t, dove.Put(box, large("fits", size)))
	require.Eventually(t, func() bool { return dove.Count(box, "Processed") == 1 }, 2*time.Minute, 50*time.Millisecond)
	used := peak(t, p)
	t.Logf("before %d MB, with a mail of %d MB %d MB: %.2f times its size", before/1e6, size/1_000_000, used/1e6, float64(used)/float64(size))
	if !faulttest.Race {
		require.Less(t, used-before, int64(2*size))
	}
	require.NoError(t, dove.Put(box, large("too large", 150_000_000)))
	require.Eventually(t, func() bool { return dove.Count(box, "Failed") == 1 }, 2*time.Minute, 50*time.Millisecond)
	after := peak(t, p)
	require.Less(t, after-used, int64(25_000_000), "what is too large is not read")
	d := base{name: "sqlite", dsn: sqliteIn(dir)}.desk(t)
	parked, err := d.Channels().ListParked(t.Context(), ticket.SystemActor("check"), "", 10)
	require.NoError(t, err)
	require.Len(t, parked, 1)
	require.Equal(t, "too large", parked[0].Subject)
	require.Equal(t, "kim@customer.example", parked[0].Sender)
	require.Contains(t, parked[0].Reason, "150.0 MB")
	require.Less(t, parked[0].Size, int64(1<<20), "only its header is here")
	p.Stop()
}
