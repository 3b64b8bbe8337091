package server

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Env is the configuration as names and values, with where each came from, so that an error can say which line to mend.
type Env struct {
	values map[string]string
	origin map[string]string
	files  []string // that were read
	// warnings are about what is not wrong enough to stop the start.
	warnings []string
	desk     string // whose file it is, where one process serves several
}

// warn says what LoadEnv and Load have found that is not wrong enough to stop the start.
func (e *Env) warn(log *slog.Logger) {
	for _, w := range e.warnings {
		log.Warn(w)
	}
}

// placeholders are values that stand in documentations and must never reach a running desk. Compared without regard to case.
var placeholders = []string{"GENERIERE_EINEN_SICHEREN_KEY", "DEIN_BOT_TOKEN_HIER", "<pw>", "<password>", "<passwort>", "...", "changeme", "change-me", "your-secret-key", "secret-key-here"}

// isPlaceholder reports whether a value is, or has inside, what a documentation says to replace.
func isPlaceholder(v string) bool {
	v = strings.ToLower(strings.TrimSpace(v))
	return slices.ContainsFunc(placeholders, func(p string) bool {
		p = strings.ToLower(p)
		return v == p || strings.HasPrefix(p, "<") && strings.Contains(v, p) // postgres://desk:<pw>@db.example/desk
	})
}

// variables are the variables that a program reads. Each may also be given as NAME_FILE, a file with the value, when it is a secret.
var variables = []string{
	"LISTEN_ADDR",
	"INSTANCES_DIR",
	"DATABASE_URL",
	"POSTGRES_DB",
	"POSTGRES_USER",
	"POSTGRES_PASSWORD",
	"POSTGRES_HOST",
	"POSTGRES_PORT",
	"DATA_DIR",
	"STATIC_DIR",
	"JWT_SECRET",
	"SECRET_KEY",
	"JWT_SECRET_PREVIOUS",
	"ADMIN_USERNAME",
	"ADMIN_PASSWORD",
	"PROJECT_NAME",
	"LOGO_URL",
	"BRAND_COLOR",
	"LOCALE",
	"TIME_ZONE",
	"ALLOWED_HOSTS",
	"CORS_ORIGINS",
	"TRUSTED_PROXIES",
	"AUTO_CLOSE_INACTIVE_HOURS",
	"AUTO_CLOSE_WARN_HOURS",
	"AUTO_CLOSE_RESOLVED_DAYS",
	"REMINDER_AFTER_DAYS",
	"BACKUP_AT",
	"BACKUP_KEEP",
	"BACKUP_DIR",
	"BACKUP_AGE_RECIPIENT",
	"AGENT_INACTIVE_HOURS",
	"SMTPD_ADDR",
	"DISCORD_BOT_TOKEN",
	"DISCORD_GUILD_ID",
	"DISCORD_API_BASE",
	"DISCORD_TICKET_MODE",
	"DISCORD_ROLE_MAP",
	"DISCORD_REFUSED_FILES",
	"TICKET_CHANNEL_ID",
	"TICKET_CATEGORY_ID",
	"TICKET_REQUIRED_ROLE_IDS",
	"TICKET_BLOCKED_ROLE_IDS",
	"TICKET_BLOCKED_USER_IDS",
	"TICKET_COOLDOWN_MINUTES",
	"TICKET_OUTSIDE_HOURS",
	"ESCALATION_ROLE_IDS",
	"CLAIM_LOCK",
	"PING_ONLINE",
	"CLOSE_REQUEST_HOURS",
	"SUPPORT_ROLE_IDS",
	"TRANSCRIPT_LOG_CHANNEL_ID",
	"SLA_FIRST_RESPONSE_MINUTES",
	"SLA_RESOLUTION_MINUTES",
	"BUSINESS_HOURS",
	"RATE_LIMIT",
	"MAX_TICKETS_PER_USER",
	"LOG_LEVEL",
	"LOG_FORMAT",
	"SHUTDOWN_DELAY",
	"METRICS_ADDR",
	"OTEL_EXPORTER_OTLP_ENDPOINT",
	"DEBUG",
	"MAIL_USER",
	"MAIL_AUTH_USER",
	"MAIL_PASSWORD",
	"MAIL_AFTER_IMPORT",
	"MAIL_AUTH_SERVERS",
	"MAIL_SENT_COPY",
	"MAIL_QUOTE",
	"MAIL_FROM_AGENT",
	"IMAP_ADDR",
	"OAUTH_TENANT_ID",
	"OAUTH_CLIENT_ID",
	"OAUTH_CLIENT_SECRET",
	"OAUTH_REFRESH_TOKEN",
	"OAUTH_TOKEN_URL",
	"SMTP_ADDR",
	"SMTP_USER",
	"SMTP_PASSWORD",
}

var secrets = []string{"DATABASE_URL", "POSTGRES_PASSWORD", "JWT_SECRET", "SECRET_KEY", "JWT_SECRET_PREVIOUS", "ADMIN_PASSWORD", "DISCORD_BOT_TOKEN", "SMTP_PASSWORD", "MAIL_PASSWORD", "OAUTH_CLIENT_SECRET", "OAUTH_REFRESH_TOKEN"}

// ignored are variables of the systems that this desk replaces which mean nothing any more, and why.
var ignored = map[string]string{
	"API_URL":   "the bot and its API are one program now",
	"MONGO_URL": "tickets are kept in DATABASE_URL",
	"DB_NAME":   "tickets are kept in DATABASE_URL",
}

func known(key string) bool {
	if _, ok := ignored[key]; ok {
		return true
	}
	if base, ok := strings.CutSuffix(key, "_FILE"); ok {
		return slices.Contains(secrets, base)
	}
	return slices.Contains(variables, key)
}

// LoadEnv reads the files in order and then the environment, which wins. Without files it reads ".env" if there is one. A key that
// nobody knows, two files that contradict each other, a file that cannot be parsed or a placeholder left from a documentation is an
// error that names key and file. In the environment unknown names are other programs' business.
func LoadEnv(files []string, environ []string) (*Env, error) {
	e := &Env{values: map[string]string{}, origin: map[string]string{}}
	if len(files) == 0 {
		if _, err := os.Stat(".env"); err == nil {
			files = []string{".env"}
		}
	}
	e.files = files
	for _, f := range files {
		m, err := readDotenv(f)
		if err != nil {
			return nil, fmt.Errorf("%s: cannot be read as an environment file: %w", f, err)
		}
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !known(k) {
				return nil, fmt.Errorf("%s: nothing reads %s%s", f, k, similar(k))
			}
			if old, twice := e.values[k]; twice && old != m[k] {
				return nil, fmt.Errorf("%s and %s contradict each other about %s", e.origin[k], f, k)
			}
			e.values[k], e.origin[k] = m[k], f
		}
	}
	for _, kv := range environ {
		if k, v, ok := strings.Cut(kv, "="); ok && known(k) {
			e.values[k], e.origin[k] = v, "the environment"
		}
	}
	if err := e.readSecretFiles(); err != nil {
		return nil, err
	}
	for _, k := range slices.Sorted(maps.Keys(e.values)) {
		if _, unread := ignored[k]; unread {
			e.warnings = append(e.warnings, fmt.Sprintf("%s: %s is read by nobody any more: %s", e.origin[k], k, ignored[k]))
			continue
		}
		if isPlaceholder(e.values[k]) {
			return nil, fmt.Errorf("%s: %s still holds the placeholder of the documentation; put a value of your own there%s", e.origin[k], k, printed(k))
		}
	}
	return e, nil
}

// printed says where a value for a key comes from, when a command makes one.
func printed(key string) string {
	if key == "JWT_SECRET" || key == "SECRET_KEY" {
		return ", as the command secret prints it"
	}
	return ""
}

func (e *Env) readSecretFiles() error {
	for _, s := range secrets {
		file, ok := e.values[s+"_FILE"]
		if !ok {
			continue
		}
		if _, both := e.values[s]; both {
			return fmt.Errorf("%s and %s_FILE are both set; keep one", s, s)
		}
		b, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("%s: %s_FILE: %w", e.origin[s+"_FILE"], s, err)
		}
		e.values[s], e.origin[s] = strings.TrimRight(string(b), "\r\n"), file
	}
	return nil
}

// similar guesses what a mistyped key was meant to be.
func similar(k string) string {
	for _, c := range variables {
		if strings.EqualFold(strings.ReplaceAll(c, "_", ""), strings.ReplaceAll(k, "_", "")) || strings.HasPrefix(c, k) || strings.HasPrefix(k, c) {
			return "; did you mean " + c + "?"
		}
	}
	return ""
}

// get gives the value of a key, or def when it is unset or empty.
func (e *Env) get(key, def string) string {
	if v := strings.TrimSpace(e.values[key]); v != "" {
		return v
	}
	return def
}

// yes reads a switch: on, 1, true and yes are on; nothing, off, 0, false and no are off.
func (e *Env) yes(key string) (bool, error) {
	switch v := strings.ToLower(e.get(key, "off")); v {
	case "off", "0", "false", "no":
		return false, nil
	case "on", "1", "true", "yes":
		return true, nil
	default:
		return false, e.bad(key, "%q is neither on nor off", v)
	}
}

// bad makes an error that names the key and where its value came from, never the value of a secret.
func (e *Env) bad(key, format string, args ...any) error {
	from := e.origin[key]
	if from == "" {
		from = "the configuration"
	}
	return fmt.Errorf("%s: %s: %w", from, key, fmt.Errorf(format, args...))
}

// list splits a value at commas.
func (e *Env) list(key string) []string {
	var out []string
	for _, v := range strings.Split(e.values[key], ",") {
		if v = strings.TrimSpace(v); v != "" {
			out = append(out, v)
		}
	}
	return out
}

// secretFile is the name of a generated secret in DATA_DIR.
const secretFile = "secret.key"

// keepSecret reads the file of a generated secret below dir, or writes a new one that only this user can read.
func keepSecret(dir string, generate func() string) (string, error) {
	name := filepath.Join(dir, secretFile)
	b, err := os.ReadFile(name)
	if err == nil {
		return strings.TrimSpace(string(b)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	s := generate()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(s + "\n")
	return s, errors.Join(err, f.Sync(), f.Close())
}
