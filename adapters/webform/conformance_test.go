package webform_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/adaptertest"
	"github.com/ticketkit/ticketkit/adapters/webform"
	"github.com/ticketkit/ticketkit/internal/htmltext"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
)

var (
	_ adapters.Adapter = (*webform.Form)(nil)
	_ adapters.Routes  = (*webform.Form)(nil)
	_ adapters.Retrier = (*webform.Form)(nil)
	_ adapters.Routes  = (*webform.Answering)(nil)
	_ adapters.Sender  = (*webform.Answering)(nil)
)

func features() adaptertest.Features {
	return adaptertest.Features{Routes: true, Attachments: true}
}

// newHarness posts multipart forms, as a browser does.
func newHarness(t testing.TB, in adapters.Intake) adaptertest.Harness {
	f, err := webform.New(webform.Config{MaxFiles: 10, PerHour: -1})
	require.NoError(t, err)
	srv := httptest.NewServer(f.Routes(in))
	t.Cleanup(srv.Close)
	return adaptertest.Harness{Adapter: f, Inject: func(ctx context.Context, it adaptertest.Item) (bool, error) {
		body, typ, err := multipartBody(it)
		if err != nil {
			return false, err
		}
		return answered(ctx, srv, typ, body, http.StatusSeeOther)
	}}
}

func multipartBody(it adaptertest.Item) (io.Reader, string, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range [][2]string{{"key", it.ID}, {"name", it.Name}, {"email", it.Address}, {"subject", it.Subject}, {"message", it.Text}, {"website", ""}} {
		if err := w.WriteField(f[0], f[1]); err != nil {
			return nil, "", err
		}
	}
	for _, f := range it.Files {
		h := textproto.MIMEHeader{}
		name := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(f.Name)
		h.Set("Content-Disposition", fmt.Sprintf(`form-data; name="files"; filename="%s"`, name))
		h.Set("Content-Type", f.ContentType)
		p, err := w.CreatePart(h)
		if err != nil {
			return nil, "", err
		}
		if _, err := p.Write(f.Data); err != nil {
			return nil, "", err
		}
	}
	err := w.Close()
	return &b, w.FormDataContentType(), err
}

// answered posts, without following where the answer leads, and reports whether it had the status that means OK.
func answered(ctx context.Context, srv *httptest.Server, typ string, body io.Reader, ok int) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/", body)
	if err != nil {
		return false, err
	}
	req.Header.Set("Content-Type", typ)
	resp, err := srv.Client().Transport.RoundTrip(req)
	switch {
	case err == nil:
		return resp.StatusCode == ok, resp.Body.Close()
	case ctx.Err() != nil: // no answer in time
		err = nil
	}
	return false, err
}

// jsonHarness makes the call that pages of a host's own make.
func jsonHarness(t testing.TB, in adapters.Intake) adaptertest.Harness {
	h := newHarness(t, in)
	srv := httptest.NewServer(h.Adapter.(adapters.Routes).Routes(in))
	t.Cleanup(srv.Close)
	h.Inject = func(ctx context.Context, it adaptertest.Item) (bool, error) {
		return answered(ctx, srv, "application/json; charset=utf-8", strings.NewReader(jsonBody(t, it)), http.StatusAccepted)
	}
	return h
}

func TestConformance(t *testing.T) {
	t.Parallel()
	t.Run("multipart", func(t *testing.T) {
		t.Parallel()
		adaptertest.Run(t, features(), newHarness)
	})
	t.Run("json", func(t *testing.T) {
		t.Parallel()
		adaptertest.Run(t, features(), jsonHarness)
	})
	t.Run("over a database", func(t *testing.T) {
		t.Parallel()
		f := features()
		f.Through = func(t testing.TB, channel string) adapters.Intake {
			hub, _ := newHub(t)
			return hub.Intake(channel)
		}
		adaptertest.Run(t, f, newHarness)
	})
}

type nobody struct{}

func (nobody) Grant(context.Context, ticket.Reader, ticket.Actor, ticket.Op) (ticket.Grant, error) {
	return ticket.Grant{}, nil
}

// newHub makes a desk in a fresh database.
func newHub(t testing.TB, as ...adapters.Adapter) (*adapters.Hub, *store.Store) {
	t.Helper()
	blobs := store.NewFileBlobs(t.TempDir())
	st, err := sqlite.Open(t.Context(), ":memory:", sqlite.Options{Blobs: blobs})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	require.NoError(t, st.Migrate(t.Context()))
	svc, err := ticket.NewService(ticket.Config{Store: st, Policy: nobody{}, Blobs: blobs, Sanitizer: htmltext.Sanitize, ChainKey: make([]byte, 32)})
	require.NoError(t, err)
	hub, err := adapters.New(adapters.Config{Service: svc, State: st, Blobs: blobs, Adapters: as})
	require.NoError(t, err)
	return hub, st
}
