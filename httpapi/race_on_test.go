//go:build race

package httpapi

// walkLength is less under the race detector, which makes each call ten times as slow.
const walkLength = 600
