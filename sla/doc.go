// Package sla measures service level agreements in business time.
//
// It is made of pure functions. A Calendar says when a desk works, a Schedule is a calendar made ready for arithmetic, a Policy says
// how much of that time each clock of a ticket may take, and Rules fold the events of a ticket into the state of its clocks. Nothing
// here does I/O, reads the clock or keeps state between calls; Schedule and Rules never change once made and may be used concurrently.
//
// All instants are UTC in whole microseconds, as the rest of the desk keeps them. Targets, leads and what is reported as elapsed are
// whole seconds.
package sla

import _ "time/tzdata" // zones must resolve on machines without a time zone database
