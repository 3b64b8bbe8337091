package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// cli is the command line; every option of the desk itself is a variable, described in the README.
type cli struct {
	EnvFile []string `help:"Read variables from this file too; may be repeated. Without it .env is read if there is one." placeholder:"FILE"`
	Desk    string   `help:"The desk that a command is about, where INSTANCES_DIR has several." placeholder:"NAME"`

	Serve   serveCmd   `cmd:"" default:"withargs" help:"Run the desk (default)."`
	Demo    demoCmd    `cmd:"" help:"The demonstration tickets."`
	User    userCmd    `cmd:"" help:"Accounts of the desk."`
	Ticket  ticketCmd  `cmd:"" help:"Tickets of another system."`
	Migrate migrateCmd `cmd:"" help:"Tables of the database."`
	Backup  backupCmd  `cmd:"" help:"Backups, which the desk makes each night by itself."`
	Restore restoreCmd `cmd:"" help:"Bring a backup back into an empty database; what it would send waits until --release."`
	Export  exportCmd  `cmd:"" help:"Write all that the database holds to a file that any of the databases can import."`
	Import  importCmd  `cmd:"" help:"Read such a file into an empty database."`
	Jobs    jobsCmd    `cmd:"" help:"Deliveries, timers and scheduled work that were given up."`
	OAuth   oauthCmd   `cmd:"" name:"oauth" help:"The sign-in for mail by OAuth 2."`
	Verify  verifyCmd  `cmd:"" help:"Check that nobody changed the history."`
	Doctor  doctorCmd  `cmd:"" help:"Look for what is wrong: configuration, clock, disk, database, TLS, channels. The exit code is 1 when something is."`
	Health  healthCmd  `cmd:"" help:"Ask the running desk whether it is ready; the exit code is 1 when it is not. For containers."`

	RegisterCommands registerCommandsCmd `cmd:"" help:"Register the commands of the bot in Discord; serve does it too."`

	Transcript transcriptCmd `cmd:"" help:"Documents of conversations."`

	Secret  secretCmd  `cmd:"" help:"Print a good JWT_SECRET, or go on without the one that was lost."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// unconfigured are the commands that work when the configuration is no good: doctor says what is wrong with it, and the others do not need it.
var unconfigured = []string{"doctor", "secret", "version", "backup verify <file>"}

// onlyThere begin the commands about a desk that is there: in another folder, or with a misspelt DATA_DIR, they would else make an empty one and be
// content with it.
var onlyThere = []string{"backup run", "demo", "export", "jobs", "migrate status", "secret", "transcript", "user deactivate", "user delete", "user list", "user passwd", "verify"}

// program is what commands get: where to write, and how to come by the configuration.
type program struct {
	ctx      context.Context
	preset   Preset
	envFiles []string
	environ  []string
	env      *Env
	desks    []*Env // those of INSTANCES_DIR; nil when there is one desk, whose configuration env is
	envErr   error  // why env is nil, for doctor alone
	there    bool   // the command is about a desk that is there
	passed   []passedSocket
	out      io.Writer
	errOut   io.Writer
	started  func(addrs Addresses) // told once serve listens; for tests

	// How doctor reaches the desk from outside; nil is as everybody does. For tests.
	tls  *tls.Config
	dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Addresses are where a running server listens.
type Addresses struct {
	HTTP, SMTP string
	Metrics    string // "" when there are none
	// Password is the one that was generated for the first account; "" when none was.
	Password string
	// Desks are those of a process with several, by name, without what is not there because a desk is in trouble.
	Desks map[string]Addresses
}

// Main runs the program with the arguments behind its name and returns its exit code. SIGINT and SIGTERM end it in order; a second one
// at once.
func Main(p Preset, args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the second signal finds the default handler again
	p.Name = calledAs(os.Args[0])
	return Run(ctx, p, args, os.Environ(), os.Stdout, os.Stderr, nil)
}

// calledAs is the name of the program as it is installed, which is what people are told to call.
func calledAs(path string) string { return strings.TrimSuffix(filepath.Base(path), ".exe") }

// Run is Main with everything given: it ends when ctx does. started may be nil.
func Run(ctx context.Context, p Preset, args, environ []string, out, errOut io.Writer, started func(Addresses)) int {
	var c cli
	if !p.Demo {
		c.Serve.Demo = false
	}
	exit := -1
	parser, err := kong.New(&c, kong.Name(p.Name), kong.Writers(out, errOut), kong.UsageOnError(), kong.Exit(func(code int) { exit = code }),
		kong.Vars{"demo": fmt.Sprint(p.Demo), "demo_help": cmp.Or(p.DemoHelp, "Fill an empty desk with demonstration tickets.")}, kong.Description("A ticket desk. Variables are described in the README."))
	if err != nil {
		_, _ = fmt.Fprintln(errOut, err)
		return 1
	}
	k, err := parser.Parse(args)
	if exit >= 0 { // --help has been answered
		return exit
	}
	if err != nil {
		_, _ = fmt.Fprintln(errOut, p.Name+":", err)
		return 2
	}
	prog := &program{ctx: ctx, preset: p, envFiles: c.EnvFile, environ: environ, out: out, errOut: errOut, started: started,
		there: slices.ContainsFunc(onlyThere, func(c string) bool { return k.Command() == c || strings.HasPrefix(k.Command(), c+" ") })}
	if prog, err = prog.configured(c.Desk); err != nil && !slices.Contains(unconfigured, k.Command()) {
		_, _ = fmt.Fprintln(errOut, p.Name+":", err)
		return 1
	}
	err = k.Run(prog)
	if err != nil && !errors.Is(err, context.Canceled) {
		_, _ = fmt.Fprintln(errOut, p.Name+":", err)
		return 1
	}
	return 0
}

// configured is the program with what its files and the environment say, for one desk when one is named. Without an error or with one it can be
// examined.
func (p *program) configured(desk string) (*program, error) {
	files := p.envFiles
	if name, others, ok := p.instanceFile(); ok && desk == "" {
		desk, files = name, others
	}
	if p.env, p.envErr = LoadEnv(files, p.environ); p.envErr != nil {
		return p, p.envErr
	}
	if p.desks, p.envErr = loadInstances(p.env); p.envErr != nil {
		return p, p.envErr
	}
	if desk == "" {
		return p, nil
	}
	one, err := p.desk(desk)
	if err != nil {
		p.envErr = err
		return p, err
	}
	return one, nil
}

// config is the configuration of the desk that a command is about.
func (p *program) config() (*Config, error) {
	if len(p.desks) > 0 {
		return nil, p.errWhichDesk()
	}
	kept := secretKept(p)
	c, err := Load(p.env, p.preset)
	if err != nil || !p.there {
		return c, err
	}
	if file, ok := c.Database.file(); ok {
		if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
			if !kept { // generated a moment ago, for nothing
				_ = os.Remove(filepath.Join(c.DataDir, secretFile))
			}
			if whole, err := filepath.Abs(file); err == nil {
				file = whole
			}
			return nil, fmt.Errorf("there is no desk, for %s does not exist; are DATA_DIR and DATABASE_URL, and the folder that they begin in, those of the desk? A new one is made by: %s", file, p.command("serve"))
		}
	}
	return c, nil
}

// logger is that of the configuration; its lines name the desk where there are several.
func (p *program) logger(c *Config) *slog.Logger {
	opts := &slog.HandlerOptions{Level: c.LogLevel}
	log := slog.New(logHandler(slog.NewTextHandler(p.errOut, opts), c))
	if c.LogJSON {
		log = slog.New(logHandler(slog.NewJSONHandler(p.errOut, opts), c))
	}
	if p.env.desk != "" {
		log = log.With("desk", p.env.desk)
	}
	return log
}
