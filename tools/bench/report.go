package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"
)

// reported runs fn and writes what it prints to a Markdown file too, below the machine and the date.
func reported(file string, fn func() error) error {
	if file == "" {
		return fn()
	}
	before := load()
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	screen := os.Stdout
	os.Stdout = w
	var text bytes.Buffer
	copied := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.MultiWriter(screen, &text), r)
		copied <- err
	}()
	err = fn()
	os.Stdout = screen
	if cerr := w.Close(); err == nil {
		err = cerr
	}
	if cerr := <-copied; err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	var out bytes.Buffer
	out.WriteString("# Performance\n\nWhat `make load` prints, which writes this file anew. Rates of a shared machine say little, the ratios beside them more: see\n" +
		"[0019](decisions/0019-speed.md). A million tickets, and the soak, are in [performance-large.md](performance-large.md).\n\n")
	fmt.Fprintf(&out, "| | |\n|---|---|\n| date | %s |\n| machine | %s |\n| Go | %s, %s/%s |\n| load before | %s |\n\n```text\n%s\n```\n", time.Now().UTC().Format(time.DateOnly), machine(), runtime.Version(), runtime.GOOS, runtime.GOARCH,
		before, strings.TrimSpace(text.String()))
	return os.WriteFile(file, out.Bytes(), 0o644) //nolint:gosec // a document
}

// machine names processors and memory, where there is a /proc.
func machine() string {
	cpu, memory := "?", "?"
	if b, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(b)) {
			if _, v, ok := strings.Cut(line, ":"); ok && strings.HasPrefix(line, "model name") {
				cpu = strings.TrimSpace(v)
				break
			}
		}
	}
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kb int64
		if _, err := fmt.Sscanf(string(b), "MemTotal: %d kB", &kb); err == nil {
			memory = fmt.Sprintf("%.0f GB", float64(kb)/1e6)
		}
	}
	return fmt.Sprintf("%d × %s, %s", runtime.NumCPU(), cpu, memory)
}

func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "?"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}
