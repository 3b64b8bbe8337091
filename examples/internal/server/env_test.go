package server_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
)

// safeBuffer is a bytes.Buffer for two goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestConfigurationErrorsNameKeyAndFile(t *testing.T) {
	t.Parallel()
	secret := "JWT_SECRET=" + "zR4-vQ9_kLm2Wx7PtYb3NcJd8HsGf5Aa"
	for name, c := range map[string]struct {
		files   []string
		environ []string
		want    []string
	}{
		"unknown key":         {files: []string{"LISTEN_ADRESS=x\n"}, want: []string{"LISTEN_ADRESS", "0.env"}},
		"mistyped key":        {files: []string{"LISTENADDR=127.0.0.1:0\n"}, want: []string{"did you mean LISTEN_ADDR?"}},
		"not an env file":     {files: []string{"{\"a\": 1\n"}, want: []string{"0.env", "cannot be read"}},
		"two files disagree":  {files: []string{"PROJECT_NAME=a\n", "PROJECT_NAME=b\n"}, want: []string{"0.env", "1.env", "contradict", "PROJECT_NAME"}},
		"placeholder":         {files: []string{"JWT_SECRET=GENERIERE_EINEN_SICHEREN_KEY\n"}, want: []string{"0.env", "JWT_SECRET", "placeholder"}},
		"short secret":        {environ: []string{"JWT_SECRET=short"}, want: []string{"JWT_SECRET", "32"}},
		"no secret":           {environ: []string{"X=1"}, want: []string{"JWT_SECRET is required"}},
		"two secrets":         {environ: []string{secret, "SECRET_KEY=" + "another-Zq8Wv3Lk7Tn2Bx5Rm9Pc4Hd6"}, want: []string{"SECRET_KEY", "contradicts"}},
		"weak password":       {environ: []string{secret, "ADMIN_PASSWORD=admin123"}, want: []string{"ADMIN_PASSWORD"}},
		"locale":              {files: []string{"LOCALE=fr\n"}, environ: []string{secret}, want: []string{"0.env", "LOCALE", "fr"}},
		"zone":                {environ: []string{secret, "TIME_ZONE=Mars/Base"}, want: []string{"TIME_ZONE", "Mars/Base"}},
		"colour":              {environ: []string{secret, "BRAND_COLOR=blue"}, want: []string{"BRAND_COLOR"}},
		"address":             {environ: []string{secret, "LISTEN_ADDR=8001"}, want: []string{"LISTEN_ADDR", "host:port"}},
		"rate":                {environ: []string{secret, "RATE_LIMIT=many"}, want: []string{"RATE_LIMIT"}},
		"open tickets":        {environ: []string{secret, "MAX_TICKETS_PER_USER=many"}, want: []string{"MAX_TICKETS_PER_USER"}},
		"proxy":               {environ: []string{secret, "TRUSTED_PROXIES=nginx"}, want: []string{"TRUSTED_PROXIES", "nginx"}},
		"database":            {environ: []string{secret, "DATABASE_URL=oracle://x"}, want: []string{"DATABASE_URL", "oracle"}},
		"ticket mode":         {environ: []string{secret, "DISCORD_TICKET_MODE=forum"}, want: []string{"DISCORD_TICKET_MODE", "forum"}},
		"role map":            {environ: []string{secret, "DISCORD_ROLE_MAP=chief=admin"}, want: []string{"DISCORD_ROLE_MAP", "chief=admin"}},
		"log level":           {environ: []string{secret, "LOG_LEVEL=loud"}, want: []string{"LOG_LEVEL"}},
		"logo from elsewhere": {environ: []string{secret, "LOGO_URL=https://cdn.example/logo.png"}, want: []string{"LOGO_URL"}},
		"half a sign-in":      {environ: []string{secret, "SMTP_USER=x"}, want: []string{"SMTP_PASSWORD"}},
		"long address":        {environ: []string{secret, "MAIL_USER=" + strings.Repeat("x", 21) + "@desk.example"}, want: []string{"MAIL_USER"}},
		"secret twice":        {environ: []string{secret, "JWT_SECRET_FILE=/nowhere"}, want: []string{"JWT_SECRET_FILE"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			args := []string{}
			for i, content := range c.files {
				f := filepath.Join(dir, string(rune('0'+i))+".env")
				require.NoError(t, os.WriteFile(f, []byte(content), 0o600))
				args = append(args, "--env-file", f)
			}
			var out, errOut bytes.Buffer
			env := append([]string{"DATA_DIR=" + filepath.Join(dir, "data"), "LISTEN_ADDR=127.0.0.1:0"}, c.environ...)
			code := server.Run(t.Context(), server.Preset{Name: "desk"}, args, env, &out, &errOut, func(server.Addresses) { t.Error("it started") })
			require.Equal(t, 1, code)
			for _, w := range c.want {
				require.Contains(t, errOut.String(), w)
			}
			require.NotContains(t, errOut.String(), "admin123")
		})
	}
}

func TestSecretsFromFiles(t *testing.T) {
	t.Parallel()
	f := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(f, []byte(fileSecret+"\n"), 0o600))
	env, err := server.LoadEnv(nil, []string{"JWT_SECRET_FILE=" + f, "DATA_DIR=" + t.TempDir()})
	require.NoError(t, err)
	c, err := server.Load(env, server.Preset{})
	require.NoError(t, err)
	require.Equal(t, fileSecret, string(c.Secret))
}

func TestQuickstartKeepsItsSecret(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	load := func() string {
		env, err := server.LoadEnv(nil, []string{"DATA_DIR=" + dir})
		require.NoError(t, err)
		c, err := server.Load(env, server.Preset{KeepSecret: true})
		require.NoError(t, err)
		return string(c.Secret)
	}
	require.Equal(t, load(), load())
	fi, err := os.Stat(dir)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), fi.Mode().Perm())
	fi, err = os.Stat(filepath.Join(dir, "secret.key"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), fi.Mode().Perm())
}

const fileSecret = "fQ7-mXv2KdRt9LpWz4NbYc8HsJg3Ta6U"
