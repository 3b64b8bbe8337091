package server

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

type versionCmd struct{}

// drivers are the modules that reach the databases.
var drivers = []string{"modernc.org/sqlite", "github.com/jackc/pgx/v5", "github.com/go-sql-driver/mysql"}

// build is what the program knows of how it was made.
type build struct {
	version, commit, goVersion string
	changed                    bool // built from files that are in no commit
	drivers                    []string
}

func buildVersion() build {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		b = &debug.BuildInfo{GoVersion: runtime.Version()}
	}
	return buildOf(b)
}

func buildOf(b *debug.BuildInfo) build {
	out := build{version: "unknown", commit: "unknown", goVersion: b.GoVersion}
	if b.Main.Version != "" {
		out.version = b.Main.Version
	}
	for _, s := range b.Settings {
		switch s.Key {
		case "vcs.revision":
			out.commit = s.Value
		case "vcs.modified":
			out.changed = s.Value == "true"
		}
	}
	for _, m := range b.Deps {
		for _, d := range drivers {
			if m.Path == d {
				out.drivers = append(out.drivers, d+" "+m.Version)
			}
		}
	}
	return out
}

// String is the version and, in lines of their own, commit, Go and drivers.
func (b build) String() string {
	commit := b.commit
	if b.changed {
		commit += " and changes"
	}
	return fmt.Sprintf("%s\ncommit %s\n%s\ndrivers %s\n", b.version, commit, b.goVersion, strings.Join(b.drivers, ", "))
}

func (versionCmd) Run(p *program) error {
	_, err := fmt.Fprint(p.out, p.preset.Name, " ", buildVersion())
	return err
}
