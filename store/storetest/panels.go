package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/ticket"
)

var panelTests = []test{{"Rows", testPanelRows}}

func testPanelRows(t *testing.T, d *desk) {
	ctx, s := t.Context(), d.State.(adapters.PanelStore)
	list := func() []adapters.PanelRecord {
		out, err := s.Panels(ctx)
		require.NoError(t, err)
		return out
	}
	require.Empty(t, list())
	one := adapters.PanelRecord{ID: "b", Settings: `{"title":"Größe 🎫"}`, Version: 1, CreatedAt: d.now, UpdatedAt: d.now}
	two := adapters.PanelRecord{ID: "a", Settings: "{}", Version: 1, CreatedAt: d.now, UpdatedAt: d.now}
	require.NoError(t, s.InsertPanel(ctx, one))
	require.NoError(t, s.InsertPanel(ctx, two))
	requireKind(t, ticket.Conflict, s.InsertPanel(ctx, one))
	require.Equal(t, []adapters.PanelRecord{two, one}, list(), "in order of their ids")
	one.Settings, one.Version = `{"style":"select"}`, 2
	requireKind(t, ticket.Stale, s.UpdatePanel(ctx, one, 2))
	require.NoError(t, s.UpdatePanel(ctx, one, 1))
	require.Equal(t, []adapters.PanelRecord{two, one}, list())
	gone := one
	gone.ID = "c"
	requireKind(t, ticket.NotFound, s.UpdatePanel(ctx, gone, 1))
	requireKind(t, ticket.NotFound, s.DeletePanel(ctx, "c"))
	require.NoError(t, s.DeletePanel(ctx, "a"))
	require.Equal(t, []adapters.PanelRecord{one}, list())
}
