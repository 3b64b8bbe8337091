package server

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// With INSTANCES_DIR one process serves a desk for each file NAME.env in that folder. What the process is given otherwise, by its environment and
// its own files, is about the process alone.

// ofProcess are the variables that belong to the process, not to a desk of several.
var ofProcess = []string{"LISTEN_ADDR", "METRICS_ADDR", "INSTANCES_DIR", "LOG_LEVEL", "LOG_FORMAT", "SHUTDOWN_DELAY", "DEBUG"}

// isOfProcess reports whether all desks of a process share a variable.
func isOfProcess(key string) bool {
	return slices.Contains(ofProcess, key) || strings.HasPrefix(key, "OTEL_")
}

// deskName is what a desk may be called: it becomes part of paths and of lines in logs.
var deskName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$`)

// loadInstances reads the desks of INSTANCES_DIR, by name; none when it is not set. process is what the process itself was given.
func loadInstances(process *Env) ([]*Env, error) {
	dir := process.get("INSTANCES_DIR", "")
	if dir == "" {
		return nil, nil
	}
	for _, k := range slices.Sorted(maps.Keys(process.values)) {
		base, _ := strings.CutSuffix(k, "_FILE")
		if _, unread := ignored[k]; !isOfProcess(k) && k != "DATA_DIR" && !unread && process.get(k, "") != "" {
			return nil, process.bad(k, "belongs into the file of a desk in %s: with INSTANCES_DIR each desk has its own %s", dir, base)
		}
	}
	files, err := filepath.Glob(filepath.Join(globQuote(dir), "*.env"))
	if err == nil {
		_, err = os.ReadDir(dir)
	}
	if err != nil {
		return nil, process.bad("INSTANCES_DIR", "%v", err)
	}
	var out []*Env
	for _, f := range files { // Glob sorts them
		if strings.HasPrefix(filepath.Base(f), ".") { // an editor's
			continue
		}
		e, err := loadInstance(process, f)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	if len(out) == 0 {
		return nil, process.bad("INSTANCES_DIR", "there is no file such as %s", filepath.Join(dir, "acme.env"))
	}
	return out, nil
}

// globQuote makes a path stand for itself in a pattern.
func globQuote(path string) string {
	return regexp.MustCompile(`[\[\]*?\\]`).ReplaceAllString(path, `\$0`)
}

// loadInstance reads the file of one desk.
func loadInstance(process *Env, file string) (*Env, error) {
	name := strings.TrimSuffix(filepath.Base(file), ".env")
	if !deskName.MatchString(name) {
		return nil, fmt.Errorf("%s: %q cannot be the name of a desk: letters, digits, - and _ make one", file, name)
	}
	e, err := LoadEnv([]string{file}, nil)
	if err != nil {
		return nil, err
	}
	e.desk = name
	for _, k := range slices.Sorted(maps.Keys(e.values)) {
		if isOfProcess(k) {
			return nil, e.bad(k, "is of the whole process, which serves all desks; set it where INSTANCES_DIR is set (%s)", process.origin["INSTANCES_DIR"])
		}
	}
	if e.get("ALLOWED_HOSTS", "") == "" {
		return nil, fmt.Errorf("%s: ALLOWED_HOSTS is required: by the host a request finds its desk", file)
	}
	for k, v := range process.values {
		if isOfProcess(k) && k != "INSTANCES_DIR" {
			e.values[k], e.origin[k] = v, process.origin[k]
		}
	}
	if e.get("DATA_DIR", "") == "" {
		e.values["DATA_DIR"], e.origin["DATA_DIR"] = filepath.Join(process.get("DATA_DIR", "data"), name), file
	}
	return e, nil
}

// instanceFile finds out whether one of the program's files is that of a desk in INSTANCES_DIR, and which files are left then.
func (p *program) instanceFile() (name string, others []string, ok bool) {
	for i, f := range p.envFiles {
		name, isEnv := strings.CutSuffix(filepath.Base(f), ".env")
		others := slices.Delete(slices.Clone(p.envFiles), i, i+1)
		process, err := LoadEnv(others, p.environ)
		if !isEnv || err != nil {
			continue
		}
		if dir := process.get("INSTANCES_DIR", ""); dir != "" && realPath(filepath.Dir(f)) == realPath(dir) {
			return name, others, true
		}
	}
	return "", nil, false
}

// desk finds a desk by its name.
func (p *program) desk(name string) (*program, error) {
	if len(p.desks) == 0 {
		return nil, errors.New("--desk: there is one desk only, for INSTANCES_DIR is not set")
	}
	for _, e := range p.desks {
		if e.desk == name {
			return p.of(e), nil
		}
	}
	return nil, fmt.Errorf("--desk: there is no desk %q in INSTANCES_DIR; there are %s", name, strings.Join(p.deskNames(), ", "))
}

func (p *program) deskNames() (out []string) {
	for _, e := range p.desks {
		out = append(out, e.desk)
	}
	return out
}

// of is the program for one desk of several.
func (p *program) of(e *Env) *program {
	one := *p
	one.env, one.desks = e, nil
	one.preset.SMTPDAddr = "" // there is one default, and there are several desks
	return &one
}

// everyDesk are the programs for each desk; the program itself when there is only one.
func (p *program) everyDesk() []*program {
	if len(p.desks) == 0 {
		return []*program{p}
	}
	out := make([]*program, 0, len(p.desks))
	for _, e := range p.desks {
		out = append(out, p.of(e))
	}
	return out
}

// forEach does for every desk what a command does for one, whatever becomes of the others. Errors name their desk.
func (p *program) forEach(do func(p *program) error) error {
	if len(p.desks) == 0 {
		return do(p)
	}
	var errs []error
	for _, one := range p.everyDesk() {
		if p.ctx.Err() != nil {
			return p.ctx.Err()
		}
		if _, err := fmt.Fprintf(p.out, "%s:\n", one.env.desk); err != nil {
			return err
		}
		if err := do(one); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", one.env.desk, err))
		}
	}
	return errors.Join(errs...)
}

// errWhichDesk says that a command is about one desk and there are several.
func (p *program) errWhichDesk() error {
	return fmt.Errorf("INSTANCES_DIR has several desks; say with --desk which one: %s", strings.Join(p.deskNames(), ", "))
}
