//go:build !race

package panel_test

// underRace: see race_on_test.go.
const underRace = false
