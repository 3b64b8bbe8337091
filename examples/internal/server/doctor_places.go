package server

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/ticketkit/ticketkit/internal/i18n"
)

// places looks at the folders beside DATA_DIR: where backups go, and where the logo comes from.
func (x *examination) places() {
	if !x.c.Backup.Off {
		dir := x.c.Backup.Dir
		if err := tryToWrite(nearest(dir)); err != nil {
			x.add(wrong, "backup", "backup.readonly", i18n.Args{"folder": dir, "error": err})
		} else {
			x.add(fine, "backup", "backup.writable", i18n.Args{"folder": dir})
		}
	}
	if name, ok := strings.CutPrefix(x.c.LogoURL, "/static/"); ok && x.c.StaticDir != "" {
		file := filepath.Join(x.c.StaticDir, filepath.FromSlash(name))
		f, err := os.Open(file)
		if err != nil {
			x.add(warning, "logo", "logo.missing", i18n.Args{"file": file, "error": err})
			return
		}
		_ = f.Close()
	}
}

// nearest gives a folder, or what is there of the way to it: the first backup makes the rest.
func nearest(dir string) string {
	for {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) || filepath.Dir(dir) == dir {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// addresses tries for a moment to listen where the desk would, when nobody does so already.
func (x *examination) addresses() {
	if x.up || x.stranger {
		return
	}
	for _, a := range []struct{ key, addr string }{{"LISTEN_ADDR", x.c.ListenAddr}, {"METRICS_ADDR", x.c.MetricsAddr}, {"SMTPD_ADDR", x.c.SMTPDAddr}} {
		if a.addr == "" {
			continue
		}
		l, err := (&net.ListenConfig{}).Listen(context.WithoutCancel(x.p.ctx), "tcp", a.addr)
		if err == nil {
			_ = l.Close()
			continue
		}
		key := "listen.impossible"
		if errors.Is(err, syscall.EADDRINUSE) {
			key = "listen.taken"
		}
		x.add(wrong, "listen", key, i18n.Args{"variable": a.key, "addr": a.addr, "error": err})
	}
}
