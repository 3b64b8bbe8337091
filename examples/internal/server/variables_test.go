package server_test

import (
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
)

// load reads a configuration that has a secret and a folder.
func load(t *testing.T, env ...string) *server.Config {
	t.Helper()
	e, err := server.LoadEnv(nil, append([]string{"JWT_SECRET=" + fileSecret, "DATA_DIR=" + t.TempDir()}, env...))
	require.NoError(t, err)
	c, err := server.Load(e, server.Preset{Name: "email"})
	require.NoError(t, err, "%v", env)
	return c
}

// TestDefaults are those of the table in the README.
func TestDefaults(t *testing.T) {
	t.Parallel()
	c := load(t)
	require.Equal(t, "127.0.0.1:8001", c.ListenAddr)
	require.Equal(t, []string{"admin", ""}, []string{c.AdminUsername, c.AdminPassword})
	require.Equal(t, []string{"ticketkit", "", "#1d4ed8", "de", "Europe/Berlin"}, []string{c.ProjectName, c.LogoURL, c.BrandColor, c.Locale, c.Zone.String()})
	require.Empty(t, c.AllowedHosts)
	require.Empty(t, c.CORSOrigins)
	require.Equal(t, []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}, c.TrustedProxies, "a loopback listener trusts loopback")
	require.Empty(t, load(t, "LISTEN_ADDR=0.0.0.0:8001").TrustedProxies, "another trusts nobody")
	require.Equal(t, []float64{10, 20}, []float64{c.RatePerSecond, float64(c.RateBurst)})
	require.Equal(t, []time.Duration{30 * time.Minute, 0}, []time.Duration{c.SLA.FirstResponse, c.SLA.Resolution})
	require.Equal(t, "24/7", c.SLA.Hours)
	require.Zero(t, c.MaxOpenPerRequester)
	require.Zero(t, c.Upkeep.CloseInactive)
	require.Equal(t, 48*time.Hour, c.Upkeep.CloseByChannel["discord"])
	require.Zero(t, c.Upkeep.RemindAfter)
	require.Empty(t, c.SMTPDAddr)
	require.Equal(t, []int{3, 0, 7}, []int{c.Backup.Hour, c.Backup.Minute, c.Backup.Keep})
	require.Equal(t, filepath.Join(c.DataDir, "backups"), c.Backup.Dir)
	require.Empty(t, c.Backup.Recipient)
	require.Equal(t, []any{"INFO", false}, []any{c.LogLevel.String(), c.LogJSON})
	require.Empty(t, c.Discord.Token)
	quick, err := server.LoadEnv(nil, []string{"DATA_DIR=" + t.TempDir()})
	require.NoError(t, err)
	q, err := server.Load(quick, server.Preset{KeepSecret: true, SMTPDAddr: "127.0.0.1:2525"})
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1:2525", q.SMTPDAddr)
}

// TestEveryVariableIsRead: each of them changes what is made of it.
func TestEveryVariableIsRead(t *testing.T) {
	t.Parallel()
	static, inbox := t.TempDir(), []string{"MAIL_USER=help@desk.example", "IMAP_ADDR=imap.desk.example", "MAIL_PASSWORD=pw"}
	chat := []string{"DISCORD_BOT_TOKEN=token", "DISCORD_GUILD_ID=1", "TICKET_CHANNEL_ID=2"}
	signIn := []string{"MAIL_USER=help@desk.example", "OAUTH_CLIENT_ID=app", "OAUTH_TENANT_ID=tenant.example"}
	read := map[string]struct {
		with  []string // what it needs beside it
		value string
		got   func(c *server.Config) any
		want  any
	}{
		"LISTEN_ADDR":               {value: "0.0.0.0:80", got: func(c *server.Config) any { return c.ListenAddr }, want: "0.0.0.0:80"},
		"DATABASE_URL":              {value: "mysql://u@db.example/x", got: func(c *server.Config) any { return c.Database.Name }, want: "MySQL at db.example"},
		"POSTGRES_DB":               {value: "x", got: databaseURL, want: "postgres://postgres@localhost:5432/x"},
		"POSTGRES_USER":             {value: "x", got: databaseURL, want: "postgres://x@localhost:5432/x"},
		"POSTGRES_PASSWORD":         {value: "x$y", got: databaseURL, want: "postgres://postgres:x$y@localhost:5432/postgres"},
		"POSTGRES_HOST":             {value: "x", got: databaseURL, want: "postgres://postgres@x:5432/postgres"},
		"POSTGRES_PORT":             {value: "1", got: databaseURL, want: "postgres://postgres@localhost:1/postgres"},
		"DATA_DIR":                  {value: static + "/d", got: func(c *server.Config) any { return c.DataDir }, want: static + "/d"},
		"STATIC_DIR":                {value: static, got: func(c *server.Config) any { return c.StaticDir }, want: static},
		"JWT_SECRET":                {value: another, got: func(c *server.Config) any { return string(c.Secret) }, want: another},
		"SECRET_KEY":                {value: fileSecret, got: func(c *server.Config) any { return string(c.Secret) }, want: fileSecret},
		"JWT_SECRET_PREVIOUS":       {value: another, got: func(c *server.Config) any { return string(c.PreviousSecret) }, want: another},
		"ADMIN_USERNAME":            {value: "chef", got: func(c *server.Config) any { return c.AdminUsername }, want: "chef"},
		"ADMIN_PASSWORD":            {value: "x y z", got: func(c *server.Config) any { return c.AdminPassword }, want: "x y z"},
		"PROJECT_NAME":              {value: "Helpdesk", got: func(c *server.Config) any { return c.ProjectName }, want: "Helpdesk"},
		"LOGO_URL":                  {value: "/static/logo.png", got: func(c *server.Config) any { return c.LogoURL }, want: "/static/logo.png"},
		"BRAND_COLOR":               {value: "#00ff00", got: func(c *server.Config) any { return c.BrandColor }, want: "#00ff00"},
		"LOCALE":                    {value: "en", got: func(c *server.Config) any { return c.Locale }, want: "en"},
		"TIME_ZONE":                 {value: "America/New_York", got: func(c *server.Config) any { return c.Zone.String() }, want: "America/New_York"},
		"ALLOWED_HOSTS":             {value: "a.example, b.example", got: func(c *server.Config) any { return c.AllowedHosts }, want: []string{"a.example", "b.example"}},
		"CORS_ORIGINS":              {value: "https://a.example,*", got: func(c *server.Config) any { return c.CORSOrigins }, want: []string{"https://a.example"}},
		"TRUSTED_PROXIES":           {value: "10.0.0.1", got: func(c *server.Config) any { return c.TrustedProxies }, want: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}},
		"AUTO_CLOSE_INACTIVE_HOURS": {value: "2", got: func(c *server.Config) any { return c.Upkeep.CloseInactive }, want: 2 * time.Hour},
		"AUTO_CLOSE_WARN_HOURS":     {value: "2", got: func(c *server.Config) any { return c.Upkeep.WarnBefore }, want: 2 * time.Hour},
		"AUTO_CLOSE_RESOLVED_DAYS":  {value: "2", got: func(c *server.Config) any { return c.Upkeep.CloseResolved }, want: 48 * time.Hour},
		"REMINDER_AFTER_DAYS":       {value: "2", got: func(c *server.Config) any { return c.Upkeep.RemindAfter }, want: 48 * time.Hour},
		"AGENT_INACTIVE_HOURS":      {value: "2", got: func(c *server.Config) any { return c.Upkeep.AgentInactive }, want: 2 * time.Hour},
		"BACKUP_AT":                 {value: "23:59", got: func(c *server.Config) any { return []int{c.Backup.Hour, c.Backup.Minute} }, want: []int{23, 59}},
		"BACKUP_KEEP":               {value: "2", got: func(c *server.Config) any { return c.Backup.Keep }, want: 2},
		"BACKUP_DIR":                {value: "/srv/b", got: func(c *server.Config) any { return c.Backup.Dir }, want: "/srv/b"},
		"BACKUP_AGE_RECIPIENT": {value: "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", got: func(c *server.Config) any { return c.Backup.Recipient },
			want: "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"},
		"SMTPD_ADDR":                  {value: "127.0.0.1:25", got: func(c *server.Config) any { return c.SMTPDAddr }, want: "127.0.0.1:25"},
		"SLA_FIRST_RESPONSE_MINUTES":  {value: "15", got: func(c *server.Config) any { return c.SLA.FirstResponse }, want: 15 * time.Minute},
		"SLA_RESOLUTION_MINUTES":      {value: "480", got: func(c *server.Config) any { return c.SLA.Resolution }, want: 8 * time.Hour},
		"BUSINESS_HOURS":              {value: "Mo-Fr 08:00-18:00", got: func(c *server.Config) any { return c.SLA.Hours }, want: "Mo-Fr 08:00-18:00"},
		"RATE_LIMIT":                  {value: "300/m", got: func(c *server.Config) any { return []float64{c.RatePerSecond, float64(c.RateBurst)} }, want: []float64{5, 10}},
		"MAX_TICKETS_PER_USER":        {value: "3", got: func(c *server.Config) any { return c.MaxOpenPerRequester }, want: 3},
		"LOG_LEVEL":                   {value: "warn", got: func(c *server.Config) any { return c.LogLevel.String() }, want: "WARN"},
		"LOG_FORMAT":                  {value: "json", got: func(c *server.Config) any { return c.LogJSON }, want: true},
		"SHUTDOWN_DELAY":              {value: "5", got: func(c *server.Config) any { return c.ShutdownDelay }, want: 5 * time.Second},
		"METRICS_ADDR":                {value: "127.0.0.1:9", got: func(c *server.Config) any { return c.MetricsAddr }, want: "127.0.0.1:9"},
		"OTEL_EXPORTER_OTLP_ENDPOINT": {value: "http://127.0.0.1:4318", got: func(c *server.Config) any { return c.OTLPEndpoint }, want: "http://127.0.0.1:4318"},
		"DEBUG":                       {value: "True", got: func(c *server.Config) any { return c.LogLevel.String() }, want: "DEBUG"},

		"MAIL_USER":           {value: "a@b.example", got: func(c *server.Config) any { return c.MailUser }, want: "a@b.example"},
		"MAIL_AUTH_USER":      {with: inbox, value: "svc", got: func(c *server.Config) any { return c.Mail.AuthUser }, want: "svc"},
		"MAIL_PASSWORD":       {with: inbox, value: "p$w", got: func(c *server.Config) any { return c.Mail.Password }, want: "p$w"},
		"IMAP_ADDR":           {with: inbox, value: "x.example:1", got: func(c *server.Config) any { return c.Mail.IMAPAddr }, want: "x.example:1"},
		"MAIL_AFTER_IMPORT":   {with: inbox, value: "flag", got: func(c *server.Config) any { return string(c.Mail.After) }, want: "flag"},
		"MAIL_AUTH_SERVERS":   {value: "mx.example", got: func(c *server.Config) any { return c.Mail.AuthServers }, want: []string{"mx.example"}},
		"MAIL_SENT_COPY":      {with: []string{"SMTP_ADDR=smtp.gmail.com"}, value: "on", got: func(c *server.Config) any { return c.Mail.SentCopy }, want: true},
		"MAIL_QUOTE":          {value: "on", got: func(c *server.Config) any { return c.Mail.Quote }, want: true},
		"MAIL_FROM_AGENT":     {value: "on", got: func(c *server.Config) any { return c.Mail.FromAgent }, want: true},
		"SMTP_ADDR":           {value: "smtp.example:465", got: func(c *server.Config) any { return c.SMTPAddr }, want: "smtp.example:465"},
		"SMTP_USER":           {with: []string{"SMTP_PASSWORD=x"}, value: "me", got: func(c *server.Config) any { return c.SMTPUser }, want: "me"},
		"SMTP_PASSWORD":       {with: []string{"SMTP_USER=x"}, value: "p$w", got: func(c *server.Config) any { return c.SMTPPassword }, want: "p$w"},
		"OAUTH_TENANT_ID":     {with: signIn, value: "other.example", got: func(c *server.Config) any { return c.Mail.Tenant }, want: "other.example"},
		"OAUTH_CLIENT_ID":     {with: signIn, value: "other", got: func(c *server.Config) any { return c.Mail.ClientID }, want: "other"},
		"OAUTH_CLIENT_SECRET": {with: signIn, value: "x~y", got: func(c *server.Config) any { return c.Mail.ClientSecret }, want: "x~y"},
		"OAUTH_REFRESH_TOKEN": {with: signIn, value: "0.x", got: func(c *server.Config) any { return c.Mail.RefreshToken }, want: "0.x"},
		"OAUTH_TOKEN_URL":     {with: signIn, value: "https://login.example/t", got: func(c *server.Config) any { return c.Mail.Provider.TokenURL }, want: "https://login.example/t"},

		"DISCORD_BOT_TOKEN":         {with: chat, value: "other", got: func(c *server.Config) any { return c.Discord.Token }, want: "other"},
		"DISCORD_GUILD_ID":          {with: chat, value: "9", got: func(c *server.Config) any { return c.Discord.GuildID }, want: "9"},
		"TICKET_CHANNEL_ID":         {with: chat, value: "9", got: func(c *server.Config) any { return c.Discord.PanelChannelID }, want: "9"},
		"TICKET_CATEGORY_ID":        {with: chat, value: "8,9", got: func(c *server.Config) any { return c.Discord.CategoryIDs }, want: []string{"8", "9"}},
		"SUPPORT_ROLE_IDS":          {with: chat, value: "8,9", got: func(c *server.Config) any { return c.Discord.SupportRoleIDs }, want: []string{"8", "9"}},
		"TRANSCRIPT_LOG_CHANNEL_ID": {with: chat, value: "9", got: func(c *server.Config) any { return c.Discord.LogChannelID }, want: "9"},
		"ESCALATION_ROLE_IDS":       {with: chat, value: "9", got: func(c *server.Config) any { return c.Discord.EscalationRoleIDs }, want: []string{"9"}},
		"CLAIM_LOCK":                {with: chat, value: "1", got: func(c *server.Config) any { return c.Discord.ClaimLock }, want: true},
		"PING_ONLINE":               {with: chat, value: "1", got: func(c *server.Config) any { return c.Discord.PingOnline }, want: true},
		"CLOSE_REQUEST_HOURS":       {with: chat, value: "2", got: func(c *server.Config) any { return c.Discord.AskFor }, want: 2 * time.Hour},
		"TICKET_REQUIRED_ROLE_IDS":  {with: chat, value: "9", got: func(c *server.Config) any { return c.Discord.Rules.RequiredRoleIDs }, want: []string{"9"}},
		"TICKET_BLOCKED_ROLE_IDS":   {with: chat, value: "9", got: func(c *server.Config) any { return c.Discord.Rules.BlockedRoleIDs }, want: []string{"9"}},
		"TICKET_BLOCKED_USER_IDS":   {with: chat, value: "9", got: func(c *server.Config) any { return c.Discord.Rules.BlockedUserIDs }, want: []string{"9"}},
		"TICKET_COOLDOWN_MINUTES":   {with: chat, value: "2", got: func(c *server.Config) any { return c.Discord.Rules.Cooldown }, want: 2 * time.Minute},
		"TICKET_OUTSIDE_HOURS":      {with: chat, value: "refuse", got: func(c *server.Config) any { return c.Discord.Rules.RefuseOutside }, want: true},
		"DISCORD_API_BASE":          {with: chat, value: "http://x.example", got: func(c *server.Config) any { return c.Discord.APIBase }, want: "http://x.example"},
		"DISCORD_TICKET_MODE":       {with: chat, value: "thread", got: func(c *server.Config) any { return string(c.Discord.Mode) }, want: "thread"},
		"DISCORD_REFUSED_FILES":     {with: chat, value: ".EXE", got: func(c *server.Config) any { return c.Discord.RefusedFiles }, want: []string{"exe"}},
		"DISCORD_ROLE_MAP":          {with: chat, value: "9=admin", got: func(c *server.Config) any { return c.Discord.DeskRoles }, want: map[string]string{"9": "admin"}},
	}
	for name, v := range read {
		env := append(append([]string{}, v.with...), name+"="+v.value) // the last of two counts
		if name == "SECRET_KEY" {
			env = append(env, "JWT_SECRET=")
		}
		require.Equal(t, v.want, v.got(load(t, env...)), name)
	}
	source, err := os.ReadFile("env.go")
	require.NoError(t, err)
	list := regexp.MustCompile(`(?s)var variables = \[\]string\{(.*?)\n\}`).FindSubmatch(source)
	require.NotNil(t, list)
	for _, n := range regexp.MustCompile(`"([A-Z_]+)"`).FindAllSubmatch(list[1], -1) {
		if _, ok := read[string(n[1])]; !ok && !elsewhere[string(n[1])] {
			t.Errorf("%s is not tried", n[1])
		}
	}
}

const another = "zR4-vQ9$kLm2Wx7PtYb3NcJd8HsGf5Aa"

// elsewhere are variables that are not of a desk and have tests of their own.
var elsewhere = map[string]bool{"INSTANCES_DIR": true}

func databaseURL(c *server.Config) any { return c.Database.URL }

// TestEverySecretCanBeAFile: its last line break does not count.
func TestEverySecretCanBeAFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	source, err := os.ReadFile("env.go")
	require.NoError(t, err)
	list := regexp.MustCompile(`var secrets = \[\]string\{(.*?)\}`).FindSubmatch(source)
	require.NotNil(t, list)
	names := regexp.MustCompile(`"([A-Z_]+)"`).FindAllSubmatch(list[1], -1)
	require.Greater(t, len(names), 9)
	for _, n := range names {
		name := string(n[1])
		require.NoError(t, os.WriteFile(file, []byte("GENERIERE_EINEN_SICHEREN_KEY\r\n"), 0o600))
		_, err := server.LoadEnv(nil, []string{name + "_FILE=" + file})
		require.ErrorContains(t, err, file+": "+name+" still holds the placeholder", "it is read, and named")
		_, err = server.LoadEnv(nil, []string{name + "_FILE=" + file, name + "=x"})
		require.ErrorContains(t, err, "both set", name)
		_, err = server.LoadEnv(nil, []string{name + "_FILE=/nowhere/x"})
		require.ErrorContains(t, err, name+"_FILE", name)
	}
}

// TestPlaceholders of documentations never reach a desk, also inside of an address.
func TestPlaceholders(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"JWT_SECRET=GENERIERE_EINEN_SICHEREN_KEY", "DISCORD_BOT_TOKEN=dein_bot_token_hier", "SMTP_PASSWORD=<pw>", "MAIL_PASSWORD=...",
		"DATABASE_URL=postgres://desk:<pw>@db.example/desk"} {
		file := filepath.Join(t.TempDir(), "x.env")
		require.NoError(t, os.WriteFile(file, []byte(bad+"\n"), 0o600))
		_, err := server.LoadEnv([]string{file}, nil)
		require.ErrorContains(t, err, "placeholder", bad)
		require.ErrorContains(t, err, file)
	}
}

// TestWarnings are about what is read by nobody or shows nothing.
func TestWarnings(t *testing.T) {
	t.Parallel()
	d := start(t, t.TempDir(), "API_URL=http://localhost:8001", "MONGO_URL=mongodb://u:hunter2@db", "DB_NAME=x", "LOGO_URL=/static/logo.png", "CORS_ORIGINS=*")
	require.Zero(t, d.stop())
	for _, w := range []string{"API_URL is read by nobody any more: the bot and its API are one program now", "MONGO_URL is read by nobody", "DB_NAME is read by nobody",
		"LOGO_URL: there is no logo", "CORS_ORIGINS: * lets nobody in"} {
		require.Contains(t, d.log.String(), w)
	}
	require.NotContains(t, d.log.String(), "hunter2")
}
