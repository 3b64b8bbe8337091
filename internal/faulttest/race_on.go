//go:build race

package faulttest

// Race tells that this program was built with the race detector.
const Race = true
