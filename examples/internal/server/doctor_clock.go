package server

import (
	"net/netip"
	"time"
)

// written is when this file was: no clock that is right says less.
const written = 2026

// clock looks whether the machine's clock can be right.
func (x *examination) clock() {
	switch kept, known := clockIsKept(); {
	case time.Now().Year() < written:
		x.add(wrong, "clock", "clock.past")
	case known && !kept:
		x.add(warning, "clock", "clock.free")
	default:
		x.add(fine, "clock", "clock.good")
	}
}

// anybody reports a range of proxies that is everybody.
func anybody(p netip.Prefix) bool { return p.Bits() == 0 }
