//go:build race

package sla_test

const raceEnabled = true
