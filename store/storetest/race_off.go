//go:build !race

package storetest

// race tells that this program was built with the race detector.
const race = false
