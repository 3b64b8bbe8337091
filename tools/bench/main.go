// Bench measures the desk over HTTP and beside it the same SQL written by hand, in the same run on the same machine, so that the ratio
// means something where the absolute numbers do not.
//
//	make bench
//	go run ./tools/bench -tickets 100000 -seconds 5 -conns 2,16
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"
)

// operation is one thing that is measured twice.
type operation struct {
	name string
	http func(ctx context.Context, worker, i int) error
	sql  func(ctx context.Context, worker, i int) error
}

// result is what a run of an operation gave.
type result struct {
	perSecond float64
	p50, p99  time.Duration
}

func main() {
	tickets := flag.Int("tickets", 10_000, "tickets in the desk before anything is measured")
	seconds := flag.Float64("seconds", 3, "how long each measurement runs")
	conns := flag.String("conns", "2,16", "numbers of concurrent connections")
	only := flag.String("only", "", "measure only operations whose name contains this")
	profile := flag.String("cpuprofile", "", "write a CPU profile to this file")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		defer func() { _ = f.Close() }()
		if err := pprof.StartCPUProfile(f); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		defer pprof.StopCPUProfile()
	}
	if err := run(*tickets, time.Duration(*seconds*float64(time.Second)), *conns, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(tickets int, each time.Duration, conns, only string) error {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "ticketkit-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	began := time.Now()
	d, err := startDesk(ctx, dir, tickets)
	if err != nil {
		return err
	}
	defer d.close()
	h, err := openHand(ctx, dir, d)
	if err != nil {
		return err
	}
	defer h.close()
	fmt.Printf("SQLite, %d tickets (made in %s), synchronous=FULL, by hand = the same statements, prepared, one commit each\n\n", tickets, time.Since(began).Round(time.Second))
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "operation\tconns\tHTTP/s\tp50\tp99\tSQL/s by hand\tratio\t")
	for _, c := range strings.Split(conns, ",") {
		n, err := strconv.Atoi(c)
		if err != nil || n < 1 {
			return fmt.Errorf("-conns: %q is not a number of connections", c)
		}
		for _, op := range operations(d, h) {
			if !strings.Contains(op.name, only) {
				continue
			}
			byHand, err := measure(ctx, n, each, op.sql)
			if err != nil {
				return fmt.Errorf("%s by hand: %w", op.name, err)
			}
			overHTTP, err := measure(ctx, n, each, op.http)
			if err != nil {
				return fmt.Errorf("%s over HTTP: %w", op.name, err)
			}
			_, _ = fmt.Fprintf(w, "%s\t%d\t%.0f\t%s\t%s\t%.0f\t%.2f\t\n", op.name, n, overHTTP.perSecond, round(overHTTP.p50), round(overHTTP.p99),
				byHand.perSecond, overHTTP.perSecond/byHand.perSecond)
		}
	}
	return w.Flush()
}

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

// measure calls fn from n workers for a while and keeps every latency.
func measure(ctx context.Context, n int, each time.Duration, fn func(ctx context.Context, worker, i int) error) (result, error) {
	for i := range 20 { // warm caches and statements
		if err := fn(ctx, 0, -1-i); err != nil {
			return result{}, err
		}
	}
	var wg sync.WaitGroup
	var count atomic.Int64
	var mu sync.Mutex
	var all []time.Duration
	var failed error
	began := time.Now()
	for worker := range n {
		wg.Go(func() {
			var mine []time.Duration
			for time.Since(began) < each {
				t := time.Now()
				err := fn(ctx, worker, int(count.Add(1)))
				if err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
				mine = append(mine, time.Since(t))
			}
			mu.Lock()
			all = append(all, mine...)
			mu.Unlock()
		})
	}
	wg.Wait()
	took := time.Since(began)
	if failed != nil || len(all) == 0 {
		return result{}, failed
	}
	slices.Sort(all)
	return result{float64(len(all)) / took.Seconds(), all[len(all)/2], all[len(all)*99/100]}, nil
}
