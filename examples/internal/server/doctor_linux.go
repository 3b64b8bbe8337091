package server

import "syscall"

// roomIn gives the bytes that are free in a folder, and whether it lies on another machine (linux/magic.h).
func roomIn(dir string) (room int64, network bool, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, false, err
	}
	switch uint32(s.Type) { //nolint:gosec // numbers of 32 bits
	case 0x6969, 0x517B, 0xFF534D42, 0xFE534D42: // NFS, SMB, CIFS, SMB2
		network = true
	}
	return int64(s.Bavail) * int64(s.Bsize), network, nil //nolint:gosec // no disk has that many bytes
}

// clockIsKept reports whether something such as NTP keeps the clock right; known is false when the kernel does not say (adjtimex(2)).
func clockIsKept() (kept, known bool) {
	const unsynchronised = 0x40 // STA_UNSYNC
	var t syscall.Timex
	if _, err := syscall.Adjtimex(&t); err != nil {
		return false, false
	}
	return t.Status&unsynchronised == 0, true
}
