// Package faulttest says how much harm a fault test does, and from which seed. Only tests import it.
//
// CI runs a short selection, shorter still under the race detector, which looks for something else than numbers. `make faults` runs
// everything: it sets TICKETKIT_FAULTS to a number of times, 1 unless told otherwise.
package faulttest

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

const (
	scaleEnv = "TICKETKIT_FAULTS"
	seedEnv  = "TICKETKIT_FAULTS_SEED"
)

// scale is what TICKETKIT_FAULTS says; 0 for the short selection. Anything that is no number counts as 1.
func scale() int {
	v := os.Getenv(scaleEnv)
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return 1
	}
	return max(n, 0)
}

// All reports whether everything is to be tried, whatever it takes.
func All() bool { return scale() > 0 }

// Count picks one of three numbers: of the short selection under the race detector, of the short selection, and of `make faults`, where
// it is multiplied by TICKETKIT_FAULTS.
func Count(race, short, all int) int {
	switch n := scale(); {
	case n > 0:
		return n * all
	case Race:
		return race
	}
	return short
}

// Rand gives a source of chance and logs its seed; TICKETKIT_FAULTS_SEED makes it the same again. It is for one goroutine.
func Rand(t testing.TB) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if v, err := strconv.ParseUint(os.Getenv(seedEnv), 10, 64); err == nil {
		seed = v
	}
	t.Logf("%s=%d", seedEnv, seed)
	return rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // chance, not secrets
}
