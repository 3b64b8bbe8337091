//go:build !race

package faults_test

// mailCount is how many mails a storm has.
const mailCount = 10_000

// raceEnabled: the detector takes several times the memory.
const raceEnabled = false
