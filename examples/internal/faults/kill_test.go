package faults_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTenThousandMailsAndTenKills is the promise of the house in one number: whatever was accepted is one ticket or one message, though
// the process dies ten times at random moments of intake, commit and send.
func TestTenThousandMailsAndTenKills(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tr := newTraffic(t, mailCount)
	p := newProc(t, dir, "SMTP_ADDR="+tr.sink.addr)
	p.Start()
	tr.replicas = []*proc{p}
	tr.storm(10, func(int) {
		p.Kill()
		p.Start()
	})
	d := sqliteDesk(t, dir)
	d.settle(t)
	p.Stop()
	_, err := p.run(t.Context(), "verify")
	require.NoError(t, err)
	check(t, d, tr)
}

// storm sends everything, with an agent at work, while harm happens.
func (tr *traffic) storm(times int, harm func(n int)) {
	tr.Helper()
	ctx, cancel := context.WithCancel(tr.Context())
	defer cancel()
	a := tr.agent()
	var wg sync.WaitGroup
	wg.Go(func() { a.work(ctx) })
	wg.Go(func() {
		tr.send(ctx, 8)
		cancel()
	})
	tr.chaos(ctx, times, harm)
	wg.Wait()
	require.EqualValues(tr, tr.mails, tr.accepted.Load(), "not every mail was accepted in the end")
}
