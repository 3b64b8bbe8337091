package faults_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/internal/faulttest"
	"github.com/ticketkit/ticketkit/internal/testservers"
)

// mailCount is how many mails a storm has: ten thousand by `make faults`.
func mailCount() int { return faulttest.Count(300, 2_000, 10_000) }

// kills is how often a replica dies meanwhile.
func kills() int { return faulttest.Count(4, 10, 10) }

// TestManyMailsAndTenKills is the promise of the house in one number: whatever was accepted is one ticket or one message, though the
// process dies ten times at random moments of intake, commit and send.
func TestManyMailsAndTenKills(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tr := newTraffic(t, mailCount())
	p := newProc(t, dir, "SMTP_ADDR="+tr.sink.addr)
	p.Start()
	tr.replicas = []*proc{p}
	tr.storm(kills(), func(int) {
		p.Kill()
		p.Start()
	})
	tr.audit(base{name: "sqlite", dsn: sqliteIn(dir)})
}

// TestTwoReplicasAndTenKills is the same over PostgreSQL, with two replicas of which one or the other dies.
func TestTwoReplicasAndTenKills(t *testing.T) {
	t.Parallel()
	replicas(t, on(t, "postgres", testservers.StartPostgres(t, testservers.Options{Durable: true})), mailCount())
}

// TestTwoReplicasOnMariaDB is the same again, smaller.
func TestTwoReplicasOnMariaDB(t *testing.T) {
	t.Parallel()
	replicas(t, on(t, "mariadb", testservers.StartMariaDB(t, testservers.Options{Durable: true})), mailCount()/5)
}

func replicas(t *testing.T, b base, mails int) {
	t.Helper()
	b.migrate(t)
	tr, dir := newTraffic(t, mails), t.TempDir()
	for range 2 {
		p := newProc(t, dir, "SMTP_ADDR="+tr.sink.addr, "DATABASE_URL="+b.dsn)
		p.Start()
		tr.replicas = append(tr.replicas, p)
	}
	b.watch(t)
	tr.storm(kills(), func(n int) {
		p := tr.replicas[n%2]
		p.Kill()
		p.Start()
	})
	tr.audit(b)
}

// TestTheDatabaseDies kills the server of the database, not the desk, and starts it again: the desk refuses for a while and goes on.
func TestTheDatabaseDies(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB, testservers.Options) *testservers.Server{"postgres": testservers.StartPostgres, "mariadb": testservers.StartMariaDB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := start(t, testservers.Options{Durable: true})
			b := on(t, name, srv)
			b.migrate(t)
			tr := newTraffic(t, mailCount()/5)
			p := newProc(t, t.TempDir(), "SMTP_ADDR="+tr.sink.addr, "DATABASE_URL="+b.dsn)
			p.Start()
			tr.replicas = []*proc{p}
			tr.storm(faulttest.Count(2, 3, 3), func(n int) {
				if n == 1 {
					require.NoError(t, srv.Stop())
				} else {
					require.NoError(t, srv.Kill())
				}
				require.NoError(t, srv.Start())
			})
			tr.audit(b)
		})
	}
}

// TestConnectionsAreCut cuts the connections between desk and database at random bytes, also between a COMMIT and its answer.
func TestConnectionsAreCut(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB) string{"postgres": testservers.Postgres, "mariadb": testservers.MariaDB} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			direct := base{name: name, dsn: start(t)}
			direct.migrate(t)
			cutter := newCutter(t, direct.dsn)
			tr := newTraffic(t, mailCount()/5)
			p := newProc(t, t.TempDir(), "SMTP_ADDR="+tr.sink.addr, "DATABASE_URL="+cutter.dsn)
			p.Start()
			tr.replicas = []*proc{p}
			tr.storm(faulttest.Count(10, 40, 40), func(int) { cutter.cut() })
			tr.audit(direct)
		})
	}
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

// audit waits until nothing is left to be done, ends the replicas in order and checks every invariant.
func (tr *traffic) audit(b base) {
	tr.Helper()
	d := b.desk(tr.T)
	d.settle(tr.T)
	for _, p := range tr.replicas {
		p.Stop()
	}
	_, err := tr.replicas[0].run(tr.Context(), "verify")
	require.NoError(tr, err)
	check(tr.T, d, tr)
}

// settle waits until the running replicas have nothing left to do: what a dead one held is free when its lease is over.
func (d desk) settle(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return d.live(t) == 0 }, 8*time.Minute, 100*time.Millisecond, "jobs are left")
}
