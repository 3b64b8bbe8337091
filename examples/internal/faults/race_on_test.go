//go:build race

package faults_test

// mailCount is smaller under the race detector, which slows the program to a fifth and looks for something else than numbers.
const mailCount = 1_000

// raceEnabled: the detector takes several times the memory.
const raceEnabled = true
