package testservers

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// answerTimeout bounds a statement: a server that hangs is to fail one test with what it says, not to hold up all of them.
const answerTimeout = time.Minute

// client is the server's own client program, kept running: to start one for each statement would cost more than the statements.
type client struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	count int
}

func (s *Server) newClient() (*client, error) {
	c := &client{cmd: s.place.command(s.programs.client, s.kind.client(s)...)}
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.cmd.Stderr = c.cmd.Stdout // one stream, so that a statement's errors stand before its end
	c.out = bufio.NewReader(out)
	return c, c.cmd.Start()
}

// run sends statements, each ending with a semicolon, and returns the lines that come back.
func (c *client) run(k *kind, database, statements string) ([]string, error) {
	c.count++
	late := time.AfterFunc(answerTimeout, func() { _ = c.cmd.Process.Kill() })
	defer late.Stop()
	end := fmt.Sprintf("end of answer %d", c.count)
	if _, err := fmt.Fprintf(c.in, k.script+"\n", database, statements, end); err != nil {
		return nil, err
	}
	var lines []string
	for {
		line, err := c.out.ReadString('\n')
		if line = strings.TrimSpace(line); line == end {
			break
		}
		if err != nil {
			return lines, fmt.Errorf("the client has ended, or had no answer within %s: %w: %s", answerTimeout, err, strings.Join(lines, "; "))
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	for _, l := range lines {
		if strings.Contains(l, "ERROR") {
			return lines, errors.New(strings.Join(lines, "; "))
		}
	}
	return lines, nil
}

func (c *client) close() {
	_ = c.in.Close()
	_, _ = io.Copy(io.Discard, c.out)
	_ = c.cmd.Wait()
}

// sql runs statements, each ending with a semicolon, in a database; "" is the one that is always there.
func (s *Server) sql(database, statements string) ([]string, error) {
	s.clientMu.Lock()
	defer s.clientMu.Unlock()
	if s.cli == nil {
		c, err := s.newClient()
		if err != nil {
			return nil, err
		}
		s.cli = c
	}
	if database == "" {
		database = s.kind.home
	}
	lines, err := s.cli.run(s.kind, database, statements)
	if err != nil {
		s.cli.close()
		s.cli = nil
	}
	return lines, err
}

func (s *Server) closeClient() {
	s.clientMu.Lock()
	defer s.clientMu.Unlock()
	if s.cli != nil {
		s.cli.close()
		s.cli = nil
	}
}
