package server

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"

	"github.com/ticketkit/ticketkit/tracing"
)

// logHandler puts the handlers of the program over the one that writes: the id of the trace in each line within one, and no address of a person.
func logHandler(h slog.Handler, c *Config) slog.Handler {
	own := map[string]bool{}
	for _, a := range []string{c.MailUser, c.Mail.AuthUser, c.SMTPUser} {
		own[strings.ToLower(a)] = true
	}
	h = private{h, own}
	if c.OTLPEndpoint != "" {
		h = tracing.LogHandler(h)
	}
	return h
}

// private takes mail addresses out of lines, but for the desk's own: an error of a mail server likes to name whom it refused. The domain stays, for
// it tells what is wrong.
type private struct {
	slog.Handler
	own map[string]bool // in lower case
}

var mailAddress = regexp.MustCompile("[\\pL\\pN.!#$%&'*+/=?^_`{|}~\"-]+@[\\pL\\pN][\\pL\\pN.-]*")

func (p private) hide(s string) string {
	if !strings.Contains(s, "@") {
		return s
	}
	return mailAddress.ReplaceAllStringFunc(s, func(a string) string {
		if p.own[strings.ToLower(strings.TrimRight(a, "."))] {
			return a
		}
		return "***" + a[strings.LastIndexByte(a, '@'):]
	})
}

func (p private) attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, p.hide(v.String()))
	case slog.KindGroup:
		in := v.Group()
		out := make([]slog.Attr, len(in))
		for i := range in {
			out[i] = p.attr(in[i])
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(out...)}
	case slog.KindAny:
		switch x := v.Any().(type) {
		case error:
			return slog.String(a.Key, p.hide(x.Error()))
		case []string, fmt.Stringer:
			if s := fmt.Sprint(x); strings.Contains(s, "@") {
				return slog.String(a.Key, p.hide(s))
			}
		}
	}
	return slog.Attr{Key: a.Key, Value: v}
}

// Handle implements slog.Handler.
func (p private) Handle(ctx context.Context, r slog.Record) error {
	out := slog.NewRecord(r.Time, r.Level, p.hide(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		out.AddAttrs(p.attr(a))
		return true
	})
	return p.Handler.Handle(ctx, out)
}

// WithAttrs implements slog.Handler.
func (p private) WithAttrs(attrs []slog.Attr) slog.Handler {
	hidden := make([]slog.Attr, len(attrs))
	for i := range attrs {
		hidden[i] = p.attr(attrs[i])
	}
	return private{p.Handler.WithAttrs(hidden), p.own}
}

// WithGroup implements slog.Handler.
func (p private) WithGroup(name string) slog.Handler {
	return private{p.Handler.WithGroup(name), p.own}
}
