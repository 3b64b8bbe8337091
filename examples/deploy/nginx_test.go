package deploy_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
	"github.com/ticketkit/ticketkit/internal/testservers"
)

// proxied is a desk behind a real nginx with the delivered configuration.
type proxied struct {
	*testing.T
	client *http.Client
	plain  string // address of the port without TLS
	token  string
}

// safe is a buffer for several writers.
type safe struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// certificate writes one for the two names, signed by itself.
func certificate(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		DNSNames: []string{"tickets.example", "support.example"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "fullchain.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "privkey.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	made, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	pool.AddCert(made)
	return pool
}

// configured writes the delivered configuration for this test, inside of the least that nginx needs around it: other ports, other files, nothing else.
func configured(t *testing.T, dir, desk, plain, secure string) string {
	t.Helper()
	text := read(t, "nginx.conf")
	for _, c := range [][2]string{
		{"    listen [::]:80;\n", ""}, {"    listen [::]:443 ssl http2;\n", ""}, {"listen 80;", "listen " + plain + ";"}, {"listen 443 ssl", "listen " + secure + " ssl"},
		{"/etc/letsencrypt/live/tickets.example/", dir + "/"}, {"/etc/letsencrypt/live/support.example/", dir + "/"}, {"root /var/www/html", "root " + dir + "/acme"}, {"server 127.0.0.1:8001;", "server " + desk + ";"},
	} {
		require.Contains(t, text, c[0])
		text = strings.ReplaceAll(text, c[0], c[1])
	}
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "acme/.well-known/acme-challenge"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "acme/.well-known/acme-challenge/proof"), []byte("proven"), 0o644))
	user := ""
	if os.Getuid() == 0 {
		user = "user root;\n"
	}
	main := user + "pid " + dir + "/pid;\nerror_log stderr warn;\nworker_processes 1;\nevents {}\nhttp {\naccess_log off;\n"
	for _, p := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		main += p + "_temp_path " + dir + "/" + p + ";\n"
	}
	file := filepath.Join(dir, "main.conf")
	require.NoError(t, os.WriteFile(file, []byte(main+"include "+dir+"/desk.conf;\n}\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "desk.conf"), []byte(text), 0o600))
	return file
}

func behindNginx(t *testing.T) *proxied {
	t.Helper()
	nginx := installed(t, "nginx", true)
	dir := t.TempDir()
	pool := certificate(t, dir)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var log safe
	up, code := make(chan server.Addresses, 1), make(chan int, 1)
	env := []string{"DATA_DIR=" + filepath.Join(dir, "data"), "LISTEN_ADDR=127.0.0.1:0", "RATE_LIMIT=off", "ADMIN_PASSWORD=a password of this test"}
	go func() {
		code <- server.Run(ctx, server.Preset{Name: "ticketkit", KeepSecret: true}, []string{"serve"}, env, io.Discard, &log, func(a server.Addresses) { up <- a })
	}()
	t.Cleanup(func() {
		cancel()
		<-code
		if t.Failed() {
			t.Log(log.String())
		}
	})
	var desk server.Addresses
	select {
	case desk = <-up:
	case <-time.After(time.Minute):
		t.Fatal("the desk does not come up: " + log.String())
	}
	plain, secure := testservers.FreeAddr(t), testservers.FreeAddr(t)
	file := configured(t, dir, desk.HTTP, plain, secure)
	out, err := exec.CommandContext(t.Context(), nginx, "-t", "-p", dir, "-c", file).CombinedOutput()
	require.NoError(t, err, string(out))
	var said safe
	running, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(running, nginx, "-p", dir, "-c", file, "-g", "daemon off; master_process off;")
	cmd.Stdout, cmd.Stderr = &said, &said
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(said.String())
		}
	})
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", secure)
	}
	require.Eventually(t, func() bool {
		c, err := dial(t.Context(), "", "")
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	}, time.Minute, 10*time.Millisecond, "nginx does not come up")
	tr := &http.Transport{DialContext: dial, TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &proxied{T: t, client: &http.Client{Transport: tr}, plain: plain}
}

func (p *proxied) do(ctx context.Context, method, url, kind string, body io.Reader) *http.Response {
	p.Helper()
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	require.NoError(p, err)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	res, err := p.client.Do(r)
	require.NoError(p, err)
	return res
}

func (p *proxied) call(method, url, kind string, body []byte, want int, out any) {
	p.Helper()
	res := p.do(p.Context(), method, url, kind, bytes.NewReader(body))
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	require.NoError(p, err)
	require.Equal(p, want, res.StatusCode, "%s %s: %s", method, url, b)
	if out != nil {
		require.NoError(p, json.Unmarshal(b, out))
	}
}

func TestADeskBehindNginx(t *testing.T) {
	t.Parallel()
	p := behindNginx(t)
	var in struct{ Token string }
	p.call("POST", "https://tickets.example/api/auth/login", "application/json", []byte(`{"username":"admin","password":"a password of this test"}`), 200, &in)
	p.token = in.Token
	if p.mustChange() {
		p.call("POST", "https://tickets.example/api/auth/password", "application/json", []byte(`{"old_password":"a password of this test","password":"another password of this test"}`), 200, &in)
		p.token = in.Token
	}
	var tk struct{ ID string }
	p.call("POST", "https://tickets.example/api/tickets", "application/json", []byte(`{"subject":"First","body":"x","requester":{"name":"Kim","email":"kim@customer.example"}}`), 201, &tk)

	t.Run("without TLS there is a proof for the certificate, and the way to TLS", func(t *testing.T) {
		plain := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		for path, want := range map[string]int{"/.well-known/acme-challenge/proof": 200, "/tickets": 301} {
			r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+p.plain+path, nil)
			require.NoError(t, err)
			r.Host = "tickets.example"
			res, err := plain.Do(r)
			require.NoError(t, err)
			_ = res.Body.Close()
			require.Equal(t, want, res.StatusCode)
			if want == 301 {
				require.Equal(t, "https://tickets.example/tickets", res.Header.Get("Location"))
			}
		}
	})
	for _, host := range []string{"https://tickets.example", "https://support.example"} {
		t.Run(host, func(t *testing.T) {
			p := &proxied{T: t, client: p.client, token: p.token}
			p.follows(host, tk.ID)
			p.uploads(host, tk.ID)
		})
	}
}

func (p *proxied) mustChange() bool {
	res := p.do(p.Context(), "GET", "https://tickets.example/api/tickets", "", nil)
	_ = res.Body.Close()
	return res.StatusCode == http.StatusForbidden
}

// follows reads live updates: a change arrives while the stream is open.
func (p *proxied) follows(host, id string) {
	p.Helper()
	ctx, cancel := context.WithTimeout(p.Context(), time.Minute)
	defer cancel()
	res := p.do(ctx, "GET", host+"/api/events", "", nil)
	defer func() { _ = res.Body.Close() }()
	require.Equal(p, 200, res.StatusCode)
	require.Equal(p, "text/event-stream", res.Header.Get("Content-Type"))
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	require.True(p, lines.Scan(), "a stream begins at once: %v", lines.Err())
	p.call("POST", host+"/api/tickets/"+id+"/messages", "application/json", []byte(`{"kind":"note","body":"seen through a proxy"}`), 201, nil)
	for lines.Scan() {
		if lines.Text() == "event: ticket" {
			return
		}
	}
	p.Fatalf("the change did not come: %v", lines.Err())
}

// uploads sends a file of 25 MB.
func (p *proxied) uploads(host, id string) {
	p.Helper()
	const size = 25_000_000
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", "large.bin")
	require.NoError(p, err)
	_, err = part.Write(bytes.Repeat([]byte("0123456789"), size/10))
	require.NoError(p, err)
	require.NoError(p, w.Close())
	var got struct{ Size int64 }
	p.call("POST", host+"/api/tickets/"+id+"/attachments", w.FormDataContentType(), b.Bytes(), 201, &got)
	require.EqualValues(p, size, got.Size)
}
