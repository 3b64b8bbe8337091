package web

import (
	"context"
	"log/slog"
)

// requestKey is the attribute of a line that says which request it is about.
const requestKey = "request_id"

// LogHandler gives each line that is written with the context of a request the id of that request, unless the line has it already.
func LogHandler(h slog.Handler) slog.Handler {
	if _, twice := h.(logHandler); twice {
		return h
	}
	return logHandler{h}
}

type logHandler struct{ slog.Handler }

func (l logHandler) Handle(ctx context.Context, r slog.Record) error {
	id := ""
	if x, ok := ctx.Value(exchangeKey{}).(*Exchange); ok {
		id = x.ID
	}
	if id == "" {
		return l.Handler.Handle(ctx, r)
	}
	said := false
	r.Attrs(func(a slog.Attr) bool {
		said = a.Key == requestKey
		return !said
	})
	if !said {
		r = r.Clone()
		r.AddAttrs(slog.String(requestKey, id))
	}
	return l.Handler.Handle(ctx, r)
}

func (l logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return logHandler{l.Handler.WithAttrs(attrs)}
}

func (l logHandler) WithGroup(name string) slog.Handler { return logHandler{l.Handler.WithGroup(name)} }
