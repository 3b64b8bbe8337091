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
	"text/tabwriter"
	"time"

	"github.com/ticketkit/ticketkit/sla"
)

// operation is one thing that is measured: over HTTP first, and beside it by other means.
type operation struct {
	name  string
	sides []side
}

// side is one way to do it. fn is called concurrently, each worker with an i of its own that leaves the remainder worker modulo stride.
type side struct {
	name string
	fn   func(ctx context.Context, worker, i int) error
}

func main() {
	tickets := flag.String("tickets", "10000,1000000", "tickets in the desk before anything is measured; one run for each")
	names := flag.String("db", "sqlite,postgres,mariadb", "databases; those whose programs are missing are left out. The URL of an empty database (postgres://, mysql://) stands for a server of one's own, which keeps the tickets for the next run")
	seconds := flag.Float64("seconds", 3, "how long each measurement runs")
	conns := flag.String("conns", "2,16", "numbers of concurrent connections")
	only := flag.String("only", "", "measure only operations whose name contains this; several are separated by |")
	dir := flag.String("dir", "", "keep SQLite's database in this folder, and use the tickets that an earlier run has left there; one number of tickets alone")
	messages := flag.Int("messages", 1, "messages in each ticket that is there before anything is measured")
	promised := flag.Bool("sla", false, "promise an answer within 4 hours and a solution within 24, so that every ticket has clocks")
	profile := flag.String("cpuprofile", "", "write a CPU profile to this file")
	mails := flag.Int("mails", 10000, "mails that are taken in from a Dovecot")
	report := flag.String("report", "", "write what is printed to this Markdown file, too, with the machine and the date")
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
	p := plan{mails: *mails, messages: *messages, each: time.Duration(*seconds * float64(time.Second)), only: *only, dir: *dir}
	if *promised {
		p.promises = sla.Settings{FirstResponse: 4 * time.Hour, Resolution: 24 * time.Hour}
	}
	var err error
	if p.tickets, err = numbers("-tickets", *tickets); err == nil {
		p.conns, err = numbers("-conns", *conns)
	}
	if err == nil {
		err = reported(*report, func() error { return p.run(*names) })
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func numbers(name, list string) (out []int, err error) {
	for s := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || name == "-conns" && n > stride {
			return nil, fmt.Errorf("%s: %q is not a number", name, s)
		}
		out = append(out, n)
	}
	return out, nil
}

// plan is what to measure.
type plan struct {
	tickets, conns []int
	mails          int
	messages       int // of a ticket
	each           time.Duration
	only           string
	promises       sla.Settings
	dir            string // "" is one that is removed in the end
}

// wants reports whether something is to be measured.
func (p plan) wants(name string) bool {
	return slices.ContainsFunc(strings.Split(p.only, "|"), func(part string) bool { return strings.Contains(name, part) })
}

func (p plan) run(names string) error {
	ctx := context.Background()
	if p.only == "mail" { // what needs no desk that was filled before
		return mailImport(ctx, p.mails)
	}
	for _, n := range p.tickets {
		dir, err := p.dir, error(nil)
		if dir == "" {
			dir, err = os.MkdirTemp("", "ticketkit-bench-")
		}
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
		if p.dir == "" {
			_ = os.RemoveAll(dir)
		}
		if err != nil {
			return err
		}
	}
	if p.wants("start") {
		if err := footprint(ctx); err != nil {
			return err
		}
	}
	if p.wants(mailName) {
		return mailImport(ctx, p.mails)
	}
	return nil
}

func (p plan) measureBase(ctx context.Context, b *base, tickets int) error {
	began := time.Now()
	d, err := startDesk(ctx, b, tickets, p.messages, p.promises)
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
	empty, err := newEmptyHandler()
	if err != nil {
		return err
	}
	defer empty.close()
	fmt.Printf("\n%s (%s), %d tickets, made in %s. SQL = the same statements by hand, prepared, %s; handler+SQL = they behind chi and a JWT\n\n", b.name, b.about, tickets, time.Since(began).Round(time.Second),
		map[bool]string{true: "with group commit", false: "one transaction each"}[h.batches != nil])
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		fmt.Printf("load of the machine before: %s", load)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "operation\tconns\tHTTP/s\tp50\tp99\tCPU\tbeside\tits rate/s\tits p99\tits CPU\tratio\tof CPU\t")
	for _, n := range p.conns {
		for _, op := range operations(d, h, empty) {
			if !p.wants(op.name) {
				continue
			}
			results, err := compare(ctx, n, p.each, op)
			if err != nil {
				return err
			}
			lines(w, op, n, results)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return p.others(ctx, b, d)
}

func lines(w io.Writer, op operation, conns int, rs []result) {
	_, _ = fmt.Fprintf(w, "%s\t%d\t%.0f\t%s\t%s\t%s\t", op.name, conns, rs[0].perSecond(), round(rs[0].percentile(50)), round(rs[0].percentile(99)), short(rs[0].each()))
	for i := 1; i < len(rs); i++ {
		if i > 1 {
			_, _ = fmt.Fprint(w, "\t\t\t\t\t\t")
		}
		_, _ = fmt.Fprintf(w, "%s\t%.0f\t%s\t%s\t%.2f\t%.2f\t\n", op.sides[i].name, rs[i].perSecond(), round(rs[i].percentile(99)), short(rs[i].each()), ratio(rs[0], rs[i]),
			float64(rs[i].each())/float64(rs[0].each()))
	}
}

func short(d time.Duration) time.Duration { return d.Round(time.Microsecond) }

func round(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }
