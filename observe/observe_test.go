package observe_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/observe"
)

type key string

type diary struct {
	name  string
	lines *[]string
}

func (d diary) Begin(ctx context.Context, w observe.Work) (context.Context, func(observe.Result)) {
	*d.lines = append(*d.lines, d.name+" begins "+w.Name)
	return context.WithValue(ctx, key(d.name), true), func(r observe.Result) { *d.lines = append(*d.lines, d.name+" ends "+r.Outcome) }
}

func TestJoinTellsAllAndNestsThem(t *testing.T) {
	t.Parallel()
	var lines []string
	o := observe.Join(nil, diary{"a", &lines}, nil, diary{"b", &lines})
	ctx, end := observe.Begin(t.Context(), o, observe.Work{Kind: observe.Job, Name: "timer"})
	end(observe.Result{Outcome: observe.OK})
	require.Equal(t, []string{"a begins timer", "b begins timer", "b ends ok", "a ends ok"}, lines)
	require.Equal(t, true, ctx.Value(key("a")))
	require.Equal(t, true, ctx.Value(key("b")))
}

func TestNobodyWatches(t *testing.T) {
	t.Parallel()
	require.Nil(t, observe.Join(nil, nil))
	ctx, end := observe.Begin(t.Context(), nil, observe.Work{})
	require.Equal(t, t.Context(), ctx)
	end(observe.Result{})
	var lines []string
	require.Equal(t, diary{"a", &lines}, observe.Join(nil, diary{"a", &lines}), "one alone is itself")
}
