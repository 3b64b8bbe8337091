//go:build unix

package testservers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The signals that servers understand.
const (
	interrupt = syscall.SIGINT
	quit      = syscall.SIGQUIT
	terminate = syscall.SIGTERM
	kill      = syscall.SIGKILL
)

// startTimeout bounds the start of a server, crash recovery included, on a machine that is busy with other tests.
const startTimeout = 2 * time.Minute

// place is the folder of a server, and the guard that removes it.
type place struct {
	dir   string
	cred  *syscall.Credential // nil: the servers run as who we are
	guard *exec.Cmd
	alive io.WriteCloser // the guard acts when it is closed, be it by our death
}

// guardScript waits for a line, which says that the server is gone, or for the end of its input. Then it ends its process group, which
// the server is in, and removes the folder. PostgreSQL's other processes are in sessions of their own, but end with the first one.
const guardScript = `trap '' HUP INT QUIT TERM
if ! read -r line; then
  kill -QUIT 0
  sleep 0.3
fi
n=0
while ! rm -rf "$1" 2>/dev/null && [ $n -lt 40 ]; do
  n=$((n+1))
  sleep 0.1
done
kill -KILL 0`

// possible reports whether a server can be run by us.
func possible(k *kind) error {
	_, err := credential(k.account)
	return err
}

// credential is that of the account when we are root, else nil: servers run as who we are.
func credential(account string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup(account)
	if err != nil {
		return nil, fmt.Errorf("a server cannot run as root, and there is nobody else to run it as: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

func newPlace(account string) (*place, error) {
	p := &place{}
	base := os.TempDir()
	var err error
	if p.cred, err = credential(account); err != nil {
		return nil, err
	}
	if p.cred != nil {
		if !openToAll(base) {
			base = "/tmp"
		}
	}
	if p.dir, err = os.MkdirTemp(base, "ticketkit-"+account+"-"); err != nil {
		return nil, err
	}
	if p.cred != nil {
		if err := os.Chown(p.dir, int(p.cred.Uid), int(p.cred.Gid)); err != nil {
			return nil, errors.Join(err, os.RemoveAll(p.dir))
		}
	}
	p.guard = p.cmd(context.Background(), "/bin/sh", "-c", guardScript, "guard", p.dir)
	p.guard.Dir = "/"
	p.guard.SysProcAttr.Setpgid = true
	in, err := p.guard.StdinPipe()
	if err == nil {
		err = p.guard.Start()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(p.dir))
	}
	p.alive = in
	return p, nil
}

// openToAll reports whether another user can make and remove files in dir.
func openToAll(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm()&0o003 != 0o003 {
		return false
	}
	for d := filepath.Dir(dir); ; d = filepath.Dir(d) {
		if info, err := os.Stat(d); err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if d == filepath.Dir(d) {
			return true
		}
	}
}

func (p *place) path(name string) string { return filepath.Join(p.dir, name) }

// write makes a file that only the server's account can read.
func (p *place) write(name, content string) error {
	if err := os.WriteFile(p.path(name), []byte(content), 0o600); err != nil {
		return err
	}
	if p.cred == nil {
		return nil
	}
	return os.Chown(p.path(name), int(p.cred.Uid), int(p.cred.Gid))
}

// cmd is a program in the folder, under the server's account, that knows nothing of our environment but where programs are.
func (p *place) cmd(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...) //nolint:gosec // the programs of a server
	// A MariaDB that starts removes temporary tables from the folder for them, also those of another server that needs them at the moment.
	c.Dir, c.Env = p.dir, []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "HOME=" + p.dir, "TMPDIR=" + p.dir}
	c.SysProcAttr = &syscall.SysProcAttr{Credential: p.cred}
	return c
}

// command is a program that runs until its input ends, which it does at the latest with us.
func (p *place) command(name string, args ...string) *exec.Cmd {
	return p.cmd(context.Background(), name, args...)
}

// exec runs a program to its end.
func (p *place) exec(name string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if out, err := p.cmd(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

// remove removes the folder of a server that is gone.
func (p *place) remove() {
	_, _ = io.WriteString(p.alive, "\n")
	_ = p.alive.Close()
	_ = p.guard.Wait() // it kills itself at the end
}

func newServer(k *kind, progs programs, o Options) (*Server, error) {
	p, err := newPlace(k.account)
	if err != nil {
		return nil, err
	}
	s := &Server{kind: k, programs: progs, place: p, password: rand.Text(), args: o.Args}
	if !o.Durable {
		s.args = append(s.quick(), s.args...)
	}
	if err := k.install(s); err != nil {
		p.remove()
		return nil, err
	}
	// Another program may take the port before the server does.
	for range 5 {
		if s.port, err = FreePort(); err != nil {
			break
		}
		if err = s.Start(); err == nil {
			return s, nil
		}
	}
	p.remove()
	return nil, err
}

// running is one run of a server.
type running struct {
	cmd  *exec.Cmd
	gone chan struct{} // closed when the process has ended
}

// launch starts the server and waits until it answers.
func (s *Server) launch() (*running, error) {
	log, err := os.OpenFile(s.place.path("log"), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	c := s.place.cmd(context.Background(), s.programs.server, append(s.kind.command(s), s.args...)...)
	c.Stdout, c.Stderr = log, log
	c.SysProcAttr.Setpgid, c.SysProcAttr.Pgid = true, s.place.guard.Process.Pid // so that the guard ends it
	if err := c.Start(); err != nil {
		return nil, err
	}
	r := &running{cmd: c, gone: make(chan struct{})}
	go func() {
		_ = c.Wait() // how it ended is in its log
		close(r.gone)
	}()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	timeout := time.NewTimer(startTimeout)
	defer timeout.Stop()
	for {
		select {
		case <-r.gone:
			return nil, fmt.Errorf("the server ended: %s", s.lastLog())
		case <-timeout.C:
			return nil, errors.Join(fmt.Errorf("the server does not answer (%w): %s", s.answers(), s.lastLog()), r.end(syscall.SIGKILL))
		case <-tick.C:
			if s.answers() == nil {
				return r, nil
			}
		}
	}
}

func (s *Server) lastLog() string {
	b, err := os.ReadFile(s.place.path("log"))
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(b[max(0, len(b)-2000):]))
}

// end sends the signal and returns when the processes of the run are gone.
func (r *running) end(sig os.Signal) error {
	if sig == syscall.SIGKILL {
		return r.kill()
	}
	if err := r.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-r.gone:
		return nil
	case <-time.After(startTimeout):
		return errors.Join(errors.New("the server does not stop"), r.kill())
	}
}

func (r *running) kill() error {
	// The children first, while their parent is there to tell which they are: PostgreSQL does not start again beside old ones.
	_ = r.cmd.Process.Signal(syscall.SIGSTOP)
	var children []int
	for _, pid := range childrenOf(r.cmd.Process.Pid) {
		if syscall.Kill(pid, syscall.SIGKILL) == nil {
			children = append(children, pid)
		}
	}
	if err := r.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-r.gone
	for _, pid := range children {
		for lives(pid) {
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}

// childrenOf lists the processes that a process has started, where the system shows them in /proc.
func childrenOf(parent int) []int {
	var pids []int
	all, _ := filepath.Glob("/proc/[0-9]*") // the pattern is a constant
	for _, dir := range all {
		pid, err := strconv.Atoi(filepath.Base(dir))
		if err != nil {
			continue
		}
		if _, of := stat(pid); of == parent {
			pids = append(pids, pid)
		}
	}
	return pids
}

// lives reports whether a process still runs. One that has ended may wait long for whoever inherited it.
func lives(pid int) bool {
	state, _ := stat(pid)
	return state != "" && state != "Z" && state != "X"
}

// stat reads the state and the parent of a process: "" and 0 when it is gone.
func stat(pid int) (state string, parent int) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", 0
	}
	// pid (name) state ppid …, and a name may hold anything: proc_pid_stat(5).
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	if len(fields) < 2 {
		return "", 0
	}
	parent, _ = strconv.Atoi(fields[1]) // 0 is nobody
	return fields[0], parent
}
