package main

import (
	"errors"
	"fmt"
	"os"
	"testing"
)

// borrowed lets the servers that tests start be started here: of what a test offers they use nothing else than this.
type borrowed struct {
	testing.TB
	cleanups []func()
}

type gaveUp struct{ error }

func (b *borrowed) Helper()                        {}
func (b *borrowed) Name() string                   { return "bench" }
func (b *borrowed) Cleanup(f func())               { b.cleanups = append(b.cleanups, f) }
func (b *borrowed) Skipf(format string, a ...any)  { panic(gaveUp{fmt.Errorf(format, a...)}) }
func (b *borrowed) Fatalf(format string, a ...any) { panic(gaveUp{fmt.Errorf(format, a...)}) }
func (b *borrowed) Fatal(a ...any)                 { panic(gaveUp{errors.New(fmt.Sprint(a...))}) }
func (b *borrowed) Errorf(format string, a ...any) {
	_, _ = fmt.Fprintf(os.Stderr, "bench: "+format+"\n", a...)
}
func (b *borrowed) Logf(format string, a ...any) { b.Errorf(format, a...) }
func (b *borrowed) Failed() bool                 { return false }

// try runs f and tells why it gave up, if it did.
func (b *borrowed) try(f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case gaveUp:
			err = r.error
		default:
			panic(r)
		}
	}()
	f()
	return nil
}

func (b *borrowed) close() {
	for len(b.cleanups) > 0 {
		last := len(b.cleanups) - 1
		f := b.cleanups[last]
		b.cleanups = b.cleanups[:last]
		f()
	}
}
