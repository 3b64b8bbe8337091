// Package testdovecot starts a private Dovecot for tests, and an issuer of OAuth 2 tokens that it believes. Only tests
// import it.
//
// The server listens on free ports of 127.0.0.1, keeps its files in a temporary folder and lives no longer than the test process, however
// that ends: a small sh holds the other end of a pipe and, when that closes, ends the server and removes the folder. Where Dovecot
// is missing the test is skipped and says so; when TICKETKIT_REQUIRE is "all" or names dovecot, it fails instead. The server needs root,
// which it gives up.
package testdovecot

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ticketkit/ticketkit/internal/testservers"
)

// Server is a private Dovecot. Its methods may be called concurrently, those that start and stop it one at a time.
type Server struct {
	Issuer *Issuer
	IMAP   string // host:port, in the clear or with STARTTLS
	IMAPS  string // host:port, with TLS
	Roots  *x509.CertPool

	dir      string
	uid, gid int
	mu       sync.Mutex
	users    map[string]string
	cmd      *exec.Cmd
	gone     chan struct{}
	n        int
}

const startTimeout = time.Minute

// Start starts a server that ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	prog, err := find()
	if err != nil {
		if want := strings.Split(os.Getenv("TICKETKIT_REQUIRE"), ","); slices.Contains(want, "all") || slices.Contains(want, "dovecot") {
			t.Fatalf("testdovecot: TICKETKIT_REQUIRE asks for dovecot, but %v", err)
		}
		t.Skipf("needs a private Dovecot: %v", err)
	}
	s := &Server{Issuer: NewIssuer(t), users: map[string]string{}}
	if s.dir, err = os.MkdirTemp("/tmp", "ticketkit-dovecot-"); err != nil {
		t.Fatal(err)
	}
	end := s.guard(t)
	t.Cleanup(end)
	if err := s.install(); err != nil {
		t.Fatalf("testdovecot: %v", err)
	}
	for try := 0; ; try++ { // another program may take a port before the server does
		if err = s.configure(); err == nil {
			err = s.launch(prog)
		}
		if err == nil {
			return s
		}
		if try == 3 {
			t.Fatalf("testdovecot: %v", err)
		}
	}
}

func find() (string, error) {
	if os.Geteuid() != 0 {
		return "", errors.New("it is started by root only")
	}
	for _, p := range []string{"dovecot", "/usr/sbin/dovecot"} {
		prog, err := exec.LookPath(p)
		if err != nil {
			continue
		}
		out, err := exec.Command(prog, "--version").Output()
		if err != nil || !strings.HasPrefix(string(out), "2.3.") {
			return "", fmt.Errorf("%s has version %q, and this configuration is for 2.3", prog, strings.TrimSpace(string(out)))
		}
		return prog, nil
	}
	return "", errors.New("dovecot is not installed (Debian: dovecot-imapd)")
}

// guardScript waits for the end of its input, ends the server of the folder and removes the folder.
const guardScript = `trap '' HUP INT QUIT TERM
cat >/dev/null
n=0
while [ -s "$1/run/master.pid" ] && p=$(cat "$1/run/master.pid") && kill -TERM "$p" 2>/dev/null && [ $n -lt 50 ]; do n=$((n+1)); sleep 0.1; done
n=0
while ! rm -rf "$1" 2>/dev/null && [ $n -lt 40 ]; do n=$((n+1)); sleep 0.1; done`

func (s *Server) guard(t testing.TB) (end func()) {
	c := exec.Command("/bin/sh", "-c", guardScript, "guard", s.dir)
	c.Dir = "/"
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := c.StdinPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		_ = os.RemoveAll(s.dir)
		t.Fatal(err)
	}
	return func() {
		_ = s.Stop()
		_ = in.(io.Closer).Close()
		_ = c.Wait()
	}
}

// install makes the folders and the certificate.
func (s *Server) install() error {
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return err
	}
	s.uid, _ = strconv.Atoi(nobody.Uid)
	s.gid, _ = strconv.Atoi(nobody.Gid)
	if err := os.Chmod(s.dir, 0o755); err != nil { //nolint:gosec // the server's own users look into it
		return err
	}
	for _, d := range []string{"mail", "run", "state"} {
		if err := os.Mkdir(s.path(d), 0o755); err != nil { //nolint:gosec // likewise
			return err
		}
	}
	if err := os.Chown(s.path("mail"), s.uid, s.gid); err != nil {
		return err
	}
	return s.certificate()
}

func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

func (s *Server) certificate() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "localhost"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(24 * time.Hour), DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		return err
	}
	pk, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	s.Roots = x509.NewCertPool()
	crt := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	s.Roots.AppendCertsFromPEM(crt)
	return errors.Join(os.WriteFile(s.path("cert.pem"), crt, 0o600), os.WriteFile(s.path("key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pk}), 0o600))
}

const conf = `protocols = imap
listen = 127.0.0.1
base_dir = @D@/run
state_dir = @D@/state
log_path = @D@/log
ssl = yes
ssl_cert = <@D@/cert.pem
ssl_key = <@D@/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:@D@/mail/%u
mail_max_userip_connections = 100
passdb {
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN username_format=%u @D@/users
}
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = @D@/oauth2
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=@D@/mail/%u allow_all_users=yes
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Sent {
    auto = subscribe
    special_use = \Sent
  }
}
service imap-login {
  chroot =
  inet_listener imap {
    port = @IMAP@
  }
  inet_listener imaps {
    port = @IMAPS@
    ssl = yes
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
`

const oauth2 = `introspection_mode = post
introspection_url = @URL@/introspect
username_attribute = email
active_attribute = active
active_value = true
force_introspection = yes
timeout_msecs = 5000
`

func (s *Server) configure() error {
	plain, err := testservers.FreePort()
	if err != nil {
		return err
	}
	tls, err := testservers.FreePort()
	if err != nil {
		return err
	}
	s.IMAP, s.IMAPS = fmt.Sprintf("127.0.0.1:%d", plain), fmt.Sprintf("127.0.0.1:%d", tls)
	text := strings.NewReplacer("@D@", s.dir, "@IMAPS@", strconv.Itoa(tls), "@IMAP@", strconv.Itoa(plain)).Replace(conf)
	//nolint:gosec // the server's own users read them
	return errors.Join(os.WriteFile(s.path("dovecot.conf"), []byte(text), 0o644), os.WriteFile(s.path("oauth2"), []byte(strings.ReplaceAll(oauth2, "@URL@", s.Issuer.URL)), 0o644), s.writeUsers())
}

func (s *Server) writeUsers() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for name, password := range s.users {
		fmt.Fprintf(&b, "%s:{PLAIN}%s::::::\n", name, password)
	}
	return os.WriteFile(s.path("users"), []byte(b.String()), 0o644) //nolint:gosec // likewise
}

// User makes an account with a password, or changes it.
func (s *Server) User(name, password string) error {
	s.mu.Lock()
	s.users[name] = password
	s.mu.Unlock()
	return s.writeUsers()
}

func (s *Server) launch(prog string) error {
	log, err := os.OpenFile(s.path("out"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	c := exec.Command(prog, "-F", "-c", s.path("dovecot.conf"))
	c.Dir, c.Stdout, c.Stderr = s.dir, log, log
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the guard ends it, not a signal to the terminal
	if err := c.Start(); err != nil {
		return err
	}
	gone := make(chan struct{})
	go func() {
		_ = c.Wait()
		close(gone)
	}()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-gone:
			return fmt.Errorf("the server ended: %s", s.Log())
		case <-ctx.Done():
			_ = c.Process.Kill()
			return fmt.Errorf("the server does not answer: %s", s.Log())
		case <-tick.C:
			if s.answers() {
				s.cmd, s.gone = c, gone
				return nil
			}
		}
	}
}

func (s *Server) answers() bool {
	c, err := net.DialTimeout("tcp", s.IMAP, time.Second)
	if err != nil {
		return false
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(time.Second))
	b := make([]byte, 4)
	_, err = io.ReadFull(c, b)
	return err == nil && string(b) == "* OK"
}

// Log is the end of what the server wrote.
func (s *Server) Log() string {
	var out strings.Builder
	for _, f := range []string{"out", "log"} {
		b, _ := os.ReadFile(s.path(f))
		out.Write(b[max(0, len(b)-3000):])
	}
	return out.String()
}

// Stop ends the server and cuts its connections. Without a Start before it does nothing.
func (s *Server) Stop() error {
	if s.cmd == nil {
		return nil
	}
	err := s.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-s.gone:
	case <-time.After(startTimeout):
		_ = s.cmd.Process.Kill()
		err = errors.New("the server does not stop")
	}
	s.cmd = nil
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	return err
}

// Again starts the server where it was.
func (s *Server) Again() error {
	prog, err := find()
	if err == nil {
		err = s.launch(prog)
	}
	return err
}

// Renumber gives the inbox of a user another UIDVALIDITY, as after a repair. The server must be stopped.
func (s *Server) Renumber(name string) error {
	all, err := filepath.Glob(filepath.Join(s.path("mail"), name, "dovecot*"))
	for _, f := range all {
		err = errors.Join(err, os.RemoveAll(f))
	}
	return err
}

// Put lays mails into the inbox of a user, as a delivery agent would.
func (s *Server) Put(name string, raws ...[]byte) error {
	box := filepath.Join(s.path("mail"), name)
	for _, d := range []string{"", "new", "cur", "tmp"} {
		d = filepath.Join(box, d)
		if err := os.Mkdir(d, 0o700); err == nil {
			err = os.Chown(d, s.uid, s.gid)
			if err != nil {
				return err
			}
		} else if !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	for _, raw := range raws {
		s.mu.Lock()
		s.n++
		file := fmt.Sprintf("%d.M%06dP1.test", 1_760_000_000+s.n, s.n)
		s.mu.Unlock()
		tmp := filepath.Join(box, "tmp", file)
		if err := os.WriteFile(tmp, raw, 0o600); err != nil {
			return err
		}
		if err := os.Chown(tmp, s.uid, s.gid); err != nil {
			return err
		}
		if err := os.Rename(tmp, filepath.Join(box, "new", file)); err != nil {
			return err
		}
	}
	return nil
}

// Count tells how many mails a folder of a user has; "" is the inbox.
func (s *Server) Count(name, folder string) int {
	if folder != "" {
		folder = "." + folder
	}
	n := 0
	for _, d := range []string{"new", "cur"} {
		all, _ := os.ReadDir(filepath.Join(s.path("mail"), name, folder, d))
		n += len(all)
	}
	return n
}

// Mails gives the mails of a folder of a user; "" is the inbox.
func (s *Server) Mails(name, folder string) (out [][]byte) {
	if folder != "" {
		folder = "." + folder
	}
	for _, d := range []string{"new", "cur"} {
		dir := filepath.Join(s.path("mail"), name, folder, d)
		all, _ := os.ReadDir(dir)
		for _, e := range all {
			if b, err := os.ReadFile(filepath.Join(dir, e.Name())); err == nil { // else it was moved meanwhile
				out = append(out, b)
			}
		}
	}
	return out
}

// Refused tells how often the server has refused to let a user in.
func (s *Server) Refused(name string) (n int) {
	b, _ := os.ReadFile(s.path("log"))
	for line := range strings.SplitSeq(string(b), "\n") {
		if strings.Contains(line, "imap-login: ") && strings.Contains(line, "auth failed") && strings.Contains(line, "user=<"+name+">") {
			n++
		}
	}
	return n
}
