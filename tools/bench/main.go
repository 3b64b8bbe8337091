// Bench measures the desk over HTTP and beside it the same SQL written by hand, in the same run on the same machine, so that the ratio
// means something where the absolute numbers do not.
//
//	make bench
//	go run ./tools/bench -db postgres -tickets 100000 -seconds 5 -conns 2,16 -only list
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
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

// operation is one thing that is measured beside another.
type operation struct {
	name   string
	beside string // what the other one is; "" is nothing
	http   func(ctx context.Context, worker, i int) error
	other  func(ctx context.Context, worker, i int) error
}

// result is what a run of an operation gave.
type result struct {
	perSecond float64
	p50, p99  time.Duration
}

func main() {
	tickets := flag.String("tickets", "10000,1000000", "tickets in the desk before anything is measured; one run for each")
	names := flag.String("db", "sqlite,postgres,mariadb", "databases; those whose programs are missing are left out")
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
	p := plan{each: time.Duration(*seconds * float64(time.Second)), only: *only}
	var err error
	if p.tickets, err = numbers("-tickets", *tickets); err == nil {
		p.conns, err = numbers("-conns", *conns)
	}
	if err == nil {
		err = p.run(*names)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func numbers(name, list string) (out []int, err error) {
	for s := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%s: %q is not a number", name, s)
		}
		out = append(out, n)
	}
	return out, nil
}

// plan is what to measure.
type plan struct {
	tickets, conns []int
	each           time.Duration
	only           string
}

func (p plan) run(names string) error {
	ctx := context.Background()
	for _, n := range p.tickets {
		dir, err := os.MkdirTemp("", "ticketkit-bench-")
		if err != nil {
			return err
		}
		list, missing, stop := bases(ctx, names, dir)
		for _, m := range missing {
			fmt.Println("left out:", m)
		}
		for _, b := range list {
			if err == nil {
				err = p.measureBase(ctx, b, n)
			}
		}
		stop()
		_ = os.RemoveAll(dir)
		if err != nil {
			return err
		}
	}
	if strings.Contains("start", p.only) {
		return footprint(ctx)
	}
	return nil
}

func (p plan) measureBase(ctx context.Context, b *base, tickets int) error {
	began := time.Now()
	d, err := startDesk(ctx, b, tickets)
	if err != nil {
		return err
	}
	defer d.close()
	h, err := openHand(ctx, b, d)
	if err != nil {
		return err
	}
	defer h.close()
	if h.batches == nil { // the same database: each works on tickets of its own
		half := len(d.ids) / 2
		d.ids, h.ids = d.ids[:half], d.ids[half:]
	}
	empty := newEmptyHandler()
	defer empty.close()
	fmt.Printf("\n%s (%s), %d tickets, made in %s. SQL = the same statements by hand, prepared, %s\n\n", b.name, b.about, tickets, time.Since(began).Round(time.Second),
		map[bool]string{true: "with group commit", false: "one transaction each"}[h.batches != nil])
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "operation\tconns\tHTTP/s\tp50\tp99\tbeside\tits rate/s\tratio\t")
	for _, n := range p.conns {
		for _, op := range operations(d, h, empty) {
			if !strings.Contains(op.name, p.only) {
				continue
			}
			var other result
			if op.other != nil {
				if other, err = measure(ctx, n, p.each, op.other); err != nil {
					return fmt.Errorf("%s, %s: %w", op.name, op.beside, err)
				}
			}
			over, err := measure(ctx, n, p.each, op.http)
			if err != nil {
				return fmt.Errorf("%s over HTTP: %w", op.name, err)
			}
			line(w, op, n, over, other)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return p.others(ctx, b, d)
}

func line(w io.Writer, op operation, conns int, r, other result) {
	_, _ = fmt.Fprintf(w, "%s\t%d\t%.0f\t%s\t%s\t", op.name, conns, r.perSecond, round(r.p50), round(r.p99))
	if op.other != nil {
		_, _ = fmt.Fprintf(w, "%s\t%.0f\t%.2f\t", op.beside, other.perSecond, r.perSecond/other.perSecond)
	}
	_, _ = fmt.Fprintln(w)
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
