//go:build !linux

package server

import "errors"

// roomIn is known on Linux only.
func roomIn(string) (room int64, network bool, err error) { return 0, false, errors.ErrUnsupported }

// clockIsKept is known on Linux only.
func clockIsKept() (kept, known bool) { return false, false }
