package server

import "time"

// Unhurried lets the end take its time, for tests of its order: how long a machine needs is no part of it.
func Unhurried(p Preset) Preset {
	p.shutdownGrace, p.workGrace = 3*time.Minute, 2*time.Minute
	return p
}
