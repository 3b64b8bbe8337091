package faults_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
	"github.com/ticketkit/ticketkit/internal/testservers"
)

// asProgram tells this test binary to be the program instead, so that a test can kill a whole process without building anything.
const asProgram = "TICKETKIT_TEST_PROGRAM"

func TestMain(m *testing.M) {
	switch os.Getenv(asProgram) {
	case "server":
		os.Exit(server.Main(server.Preset{Name: "server"}, os.Args[1:]))
	case "worker":
		os.Exit(workerMain())
	}
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given { // most of what these tests take is waiting, above all for the leases of processes that were killed: they wait together
		_ = flag.Set("test.parallel", "8")
	}
	os.Exit(m.Run())
}

const (
	secret   = "b7f3c0d1e9a84256b7713f2f0c55d6e8-faults"
	password = "vier Pferde ziehen den Wagen"
)

// proc is one replica: the bundled server in a process of its own, always on the same ports.
type proc struct {
	*testing.T
	dir        string
	http, smtp string
	env        []string
	cmd        *exec.Cmd
	exited     chan error
}

// newProc reserves the ports of a replica; Start begins it.
func newProc(t *testing.T, dir string, env ...string) *proc {
	t.Helper()
	p := &proc{T: t, dir: dir, http: testservers.FreeAddr(t), smtp: testservers.FreeAddr(t)}
	p.env = append([]string{asProgram + "=server", "PATH=" + os.Getenv("PATH"), "HOME=" + dir, "DATA_DIR=" + dir, "LISTEN_ADDR=" + p.http, "SMTPD_ADDR=" + p.smtp,
		"JWT_SECRET=" + secret, "ADMIN_PASSWORD=" + password, "RATE_LIMIT=off", "LOG_LEVEL=warn"}, env...)
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			if b, err := os.ReadFile(p.logFile()); err == nil {
				t.Logf("log of %s, its end:\n%s", p.http, b[max(0, len(b)-8000):])
			}
		}
	})
	return p
}

func (p *proc) logFile() string {
	_, port, _ := net.SplitHostPort(p.http)
	return filepath.Join(p.dir, "log-"+port+".txt")
}

func (p *proc) command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env, cmd.Dir = p.env, p.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// Start begins the process and waits until it answers.
func (p *proc) Start() {
	p.Helper()
	log, err := os.OpenFile(p.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	require.NoError(p, err)
	defer func() { _ = log.Close() }()
	p.cmd = p.command("serve")
	p.cmd.Stdout, p.cmd.Stderr = log, log
	require.NoError(p, p.cmd.Start())
	exited := make(chan error, 1)
	p.exited = exited
	cmd := p.cmd
	go func() { exited <- cmd.Wait() }()
	require.Eventually(p, func() bool {
		if len(exited) > 0 { // it did not even begin
			return true
		}
		res, err := http.Get("http://" + p.http + "/api/health")
		if err != nil {
			return false
		}
		return errors.Join(res.Body.Close()) == nil && res.StatusCode == http.StatusOK
	}, 2*time.Minute, 5*time.Millisecond, "the server at %s does not come up", p.http)
	require.Empty(p, exited, "the server at %s has ended at once", p.http)
}

// Kill ends the process as a power cut would, without a last word.
func (p *proc) Kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	<-p.exited
	p.cmd = nil
}

// Stop ends the process in order and demands that it succeeds.
func (p *proc) Stop() {
	p.Helper()
	require.NoError(p, p.cmd.Process.Signal(syscall.SIGTERM))
	err := <-p.exited
	p.cmd = nil
	require.NoError(p, err, "the server at %s did not end in order", p.http)
}

// Signal freezes (SIGSTOP) or wakes (SIGCONT) the process.
func (p *proc) Signal(s syscall.Signal) {
	p.Helper()
	require.NoError(p, p.cmd.Process.Signal(s))
}

// run runs another command of the program on the same configuration and gives what it printed.
func (p *proc) run(ctx context.Context, args ...string) (string, error) {
	cmd := p.command(args...)
	stop := context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })
	defer stop()
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%v: %w: %s", args, err, out)
	}
	return string(out), err
}
