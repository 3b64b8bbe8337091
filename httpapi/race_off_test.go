//go:build !race

package httpapi

// walkLength is how many calls a walk makes unless the flag says otherwise.
const walkLength = 3500

// underRace: see race_on_test.go.
const underRace = false
