package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// memory keeps blobs without a disk.
type memory struct {
	mu    sync.Mutex
	files map[string][]byte
}

func (m *memory) Put(_ context.Context, r io.Reader) (string, int64, error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return "", 0, err
	}
	sum := sha256.Sum256(b)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[hex.EncodeToString(sum[:])] = b
	return hex.EncodeToString(sum[:]), int64(len(b)), nil
}

func (m *memory) Open(_ context.Context, sum string) (io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.files[sum]
	if !ok {
		return nil, ticket.Errorf(ticket.NotFound, "the blob does not exist")
	}
	return io.NopCloser(bytes.NewReader(b)), nil
}

func (m *memory) Delete(_ context.Context, sum string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, sum)
	return nil
}

// clock runs a millisecond ahead with each look, so that the order of things is the order of their times.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(time.Millisecond)
	return c.t
}
