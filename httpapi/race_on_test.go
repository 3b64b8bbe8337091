//go:build race

package httpapi

// walkLength is less under the race detector, which makes each call ten times as slow.
const walkLength = 600

// underRace makes the tests shorter that make thousands of calls one after another: their answers are the same with the detector and
// without, and what runs at the same time as what is other tests' business.
const underRace = true
