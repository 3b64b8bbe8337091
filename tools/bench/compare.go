package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"
)

// rounds is how often the sides of an operation take turns, so that whatever else the machine does meets all of them.
const rounds = 6

// stride is the most workers there may be.
const stride = 101

// result is what the rounds of one side gave.
type result struct {
	rates []float64 // per second, one for each round
	all   []time.Duration
	took  time.Duration
	cpu   time.Duration // of this process, the caller's included
}

func (r *result) perSecond() float64 { return float64(len(r.all)) / r.took.Seconds() }

// each is the CPU time of one call. Unlike a rate it hardly depends on what else the machine does; a server's part is not in it.
func (r *result) each() time.Duration { return r.cpu / time.Duration(len(r.all)) }

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// percentile sorts, as it must.
func (r *result) percentile(n int) time.Duration {
	slices.Sort(r.all)
	return r.all[len(r.all)*n/100]
}

// ratio is the median of the ratios of the rounds.
func ratio(a, b result) float64 {
	var out []float64
	for i := range a.rates {
		out = append(out, a.rates[i]/b.rates[i])
	}
	slices.Sort(out)
	return (out[len(out)/2] + out[(len(out)-1)/2]) / 2
}

// compare lets the sides take turns, each for a part of the time.
func compare(ctx context.Context, workers int, each time.Duration, op operation) ([]result, error) {
	out := make([]result, len(op.sides))
	next := make([][]int, len(op.sides)) // by side and worker
	for i := range op.sides {
		next[i] = make([]int, workers)
	}
	for round := range rounds + 1 {
		for i := range op.sides {
			if round%2 == 1 {
				i = len(op.sides) - 1 - i
			}
			r := &out[i]
			length := each / rounds
			if round == 0 { // warms caches and statements
				r, length = &result{}, each/rounds/4
			}
			if err := r.run(ctx, next[i], length, op.sides[i].fn); err != nil {
				return nil, fmt.Errorf("%s, %s: %w", op.name, op.sides[i].name, err)
			}
		}
	}
	return out, nil
}

// run calls fn from one worker for each of next for a while, at least once, and keeps every latency.
func (r *result) run(ctx context.Context, next []int, length time.Duration, fn func(ctx context.Context, worker, i int) error) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failed error
	before, spent := len(r.all), cpuTime()
	began := time.Now()
	for worker := range next {
		wg.Go(func() {
			var mine []time.Duration
			for more := true; more; more = time.Since(began) < length {
				t := time.Now()
				if err := fn(ctx, worker, next[worker]*stride+worker); err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
				next[worker]++
				mine = append(mine, time.Since(t))
			}
			mu.Lock()
			r.all = append(r.all, mine...)
			mu.Unlock()
		})
	}
	wg.Wait()
	took := time.Since(began)
	r.took += took
	r.cpu += cpuTime() - spent
	r.rates = append(r.rates, float64(len(r.all)-before)/took.Seconds())
	return failed
}
