//go:build !unix

package testservers

import (
	"errors"
	"os"
	"os/exec"
)

// The signals of other systems, which nothing sends here.
var interrupt, quit, terminate, kill = os.Interrupt, os.Kill, os.Kill, os.Kill

type place struct{}

func (p *place) path(name string) string                       { return name }
func (p *place) write(string, string) error                    { return errUnix }
func (p *place) command(name string, args ...string) *exec.Cmd { return exec.Command(name, args...) }
func (p *place) exec(string, ...string) error                  { return errUnix }
func (p *place) remove()                                       {}

type running struct{}

func (r *running) end(os.Signal) error { return errUnix }

var errUnix = errors.New("private servers are started on Unix only")

func possible(*kind) error { return errUnix }

func newServer(*kind, programs, Options) (*Server, error) { return nil, errUnix }

func (s *Server) launch() (*running, error) { return nil, errUnix }
