// Package faults holds the proofs that the bundled server loses nothing: its tests start the program as processes of their own, send it
// real mail, kill, freeze and cut them off at random moments, and then count.
//
// The invariants, checked after each: every accepted message is there exactly once; one that was not accepted at most once; ticket
// numbers are unique; the sequence of events rises strictly and every chain verifies; nothing is left to be done, and every reply has
// left as exactly one mail, however often it was handed over.
package faults
