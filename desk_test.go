package ticketkit_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/internal/jobs"
	"github.com/ticketkit/ticketkit/internal/jobs/cron"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

func newDesk(t *testing.T, change ...func(*ticketkit.Config)) *ticketkit.Desk {
	t.Helper()
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "desk.db"), sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	require.NoError(t, st.Migrate(t.Context()))
	cfg := ticketkit.Config{Store: st, Secret: secret}
	for _, f := range change {
		f(&cfg)
	}
	d, err := ticketkit.New(cfg)
	require.NoError(t, err)
	return d
}

func TestHandlerWorksBelowAnyPrefix(t *testing.T) {
	t.Parallel()
	desk := newDesk(t, func(c *ticketkit.Config) { c.BasePath = "/my/desk" })
	std := http.NewServeMux()
	std.Handle("/my/desk/", desk.Handler())
	stripped := http.NewServeMux()
	stripped.Handle("/my/desk/", http.StripPrefix("/my/desk", desk.Handler()))
	router := chi.NewRouter()
	router.Mount("/my/desk", desk.Handler())
	nested := chi.NewRouter()
	nested.Route("/my", func(r chi.Router) { r.Mount("/desk", desk.Handler()) })
	for name, h := range map[string]http.Handler{"ServeMux": std, "StripPrefix": stripped, "chi": router, "nested chi": nested} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/my/desk/api/health", nil))
		require.Equal(t, http.StatusOK, w.Code, name)
		require.JSONEq(t, `{"status":"ok","service":"ticketkit"}`, w.Body.String(), name)
	}
}

func TestUnusedFilesAreRemovedAndUsedOnesKept(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "blobs")
	blobs := store.NewFileBlobs(dir)
	var st *store.Store
	desk := newDesk(t, func(c *ticketkit.Config) { c.Blobs, st = blobs, c.Store })
	system := ticket.SystemActor("test")
	open := func(content string) *ticket.Ticket {
		tk, err := desk.Tickets().Open(t.Context(), system, ticket.NewTicket{Subject: "s", Requester: ticket.Person{Identity: ticket.Identity{Value: "a@b.example"}},
			Uploads: []ticket.Upload{{Name: "f", Body: strings.NewReader(content)}}})
		require.NoError(t, err)
		return tk
	}
	open("kept")
	gone := open("gone " + rand.Text())
	require.NoError(t, desk.Tickets().Delete(t.Context(), system, gone.ID, 0))
	count := func() (n int) {
		require.NoError(t, filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				n++
				old := time.Now().Add(-3 * time.Hour)
				return os.Chtimes(path, old, old)
			}
			return ignoreGone(err)
		}))
		return n
	}
	require.Equal(t, 2, count())
	// A run that was missed while no process ran.
	missed := time.Now().Add(-time.Hour).Truncate(time.Hour)
	job, err := jobs.NewJob("cron.sweep", "", missed, map[string]time.Time{"at": missed})
	require.NoError(t, err)
	job.ID = cron.ID("cron.sweep", missed)
	require.NoError(t, st.EnqueueJob(t.Context(), job))
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- desk.Run(ctx) }()
	require.Eventually(t, func() bool { return count() == 1 }, 2*time.Minute, 10*time.Millisecond)
	next := func() (kinds []string) {
		planned, err := st.ListJobs(t.Context(), jobs.JobFilter{Kinds: []string{"cron.sweep", "cron.clean"}, States: []jobs.State{jobs.StatePending}})
		require.NoError(t, err)
		for _, j := range planned {
			kinds = append(kinds, j.Kind)
		}
		slices.Sort(kinds)
		return kinds
	}
	want := []string{"cron.clean", "cron.sweep"}
	// The missed run is done before the desk has planned everything else.
	require.Eventually(t, func() bool { return slices.Equal(want, next()) }, 2*time.Minute, 10*time.Millisecond)
	stop()
	require.NoError(t, <-done)
	require.Equal(t, want, next(), "the next runs are planned, once each")
}

func ignoreGone(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
