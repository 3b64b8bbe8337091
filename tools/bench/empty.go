package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/golang-jwt/jwt/v5"
)

// emptyHandler is what an answer costs when nothing is done for it, or nothing but some SQL: chi, a JWT that is checked, and a body as long
// as a ticket. Its answers to lists are that short, too.
type emptyHandler struct {
	server *http.Server
	sides  map[string]func(ctx context.Context, worker, i int) error
	desk   *desk // only to call with
}

func newEmptyHandler() (*emptyHandler, error) {
	key := []byte(strings.Repeat("k", 32))
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": "admin", "exp": time.Now().Add(24 * time.Hour).Unix()}).SignedString(key)
	if err != nil {
		return nil, err
	}
	e := &emptyHandler{sides: map[string]func(context.Context, int, int) error{}}
	r := chi.NewRouter()
	body := []byte(`{"id":"` + strings.Repeat("x", 700) + `"}`)
	r.Get("/api/{name}/{worker}/{i}", func(w http.ResponseWriter, r *http.Request) {
		_, err := jwt.Parse(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), func(*jwt.Token) (any, error) { return key, nil }, jwt.WithValidMethods([]string{"HS256"}))
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if fn := e.sides[r.PathValue("name")]; fn != nil {
			worker, _ := strconv.Atoi(r.PathValue("worker"))
			i, _ := strconv.Atoi(r.PathValue("i"))
			if err := fn(r.Context(), worker, i); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	e.server = &http.Server{Handler: r, ReadHeaderTimeout: time.Minute}
	go func() { _ = e.server.Serve(l) }()
	e.desk = &desk{base: "http://" + l.Addr().String() + "/api/", token: token, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	return e, nil
}

// call is a side that lets the handler run fn; nil is nothing. All sides are named before the first is called.
func (e *emptyHandler) call(name string, fn func(ctx context.Context, worker, i int) error) func(ctx context.Context, worker, i int) error {
	e.sides[name] = fn
	return func(ctx context.Context, worker, i int) error {
		_, err := e.desk.call(ctx, "GET", fmt.Sprintf("%s/%d/%d", name, worker, i), nil, http.StatusOK)
		return err
	}
}

func (e *emptyHandler) close() { _ = e.server.Close() }
