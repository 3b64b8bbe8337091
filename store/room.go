package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// room remembers that a change found no room, until one that needs some has been kept.
type room struct {
	full atomic.Bool

	mu   sync.Mutex
	next time.Time // when to try again
}

var errStillFull = errors.New("not tried again yet")

const (
	roomName  = "store/room"
	roomSize  = 64 << 10    // of what is written to see whether there is room: about a mail
	roomAgain = time.Second // how often it is tried
)

func noRoom(err error) error {
	return &ticket.Error{Kind: ticket.Unavailable, Op: "store", Msg: "there is no room left on the disk of the desk", Err: fmt.Errorf("%w: %w", ticket.ErrNoRoom, err)}
}

// Ready reports whether the desk can be worked with: the database answers, and takes changes. When a change has found no room, on the disk
// or in a quota, it is an error that wraps ticket.ErrNoRoom until as much as a mail needs could be written and removed again, which Ready
// tries at most once a second. It may be called concurrently and as often as one likes.
func (s *Store) Ready(ctx context.Context) error {
	if _, err := s.DeskHead(ctx); err != nil {
		return err
	}
	again, err := s.room.look(func() error {
		for _, value := range []string{filler(), ""} {
			if err := s.Set(ctx, roomName, value); err != nil {
				return err
			}
		}
		return nil
	})
	if again {
		s.log.InfoContext(ctx, "there is room for changes again")
	}
	return err
}

// Ready is Store.Ready for the disk of the files, which may be another: an error that wraps ticket.ErrNoRoom from when a file found no room
// until one could be written again.
func (b *FileBlobs) Ready(context.Context) error {
	_, err := b.room.look(b.try)
	return err
}

// try writes a file and removes it.
func (b *FileBlobs) try() error {
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return b.cannot(err)
	}
	f, err := os.CreateTemp(b.dir, tempPrefix)
	if err != nil {
		return b.cannot(err)
	}
	_, err = f.WriteString(filler())
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close(), os.Remove(f.Name())); err != nil {
		return b.cannot(err)
	}
	return nil
}

// cannot is unavailable for what was to be written.
func (b *FileBlobs) cannot(err error) error {
	err = unavailable(err)
	if errors.Is(err, ticket.ErrNoRoom) {
		b.room.full.Store(true)
	}
	return err
}

// look tries whether there is room when there was none; again is true when there is some at last.
func (r *room) look(try func() error) (again bool, err error) {
	if !r.full.Load() {
		return false, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now() // by the clock that only goes forward
	switch {
	case now.Before(r.next):
		return false, noRoom(errStillFull)
	case !r.full.Load():
		return false, nil
	}
	r.next = now.Add(roomAgain)
	if err := try(); err != nil {
		return false, err
	}
	r.full.Store(false)
	return true, nil
}

// filler is text that no server can press together: what PostgreSQL keeps of a long row of the same letter fits where there is no room.
func filler() string {
	b := make([]byte, roomSize/4*3)
	_, _ = rand.Read(b) // never fails
	return base64.StdEncoding.EncodeToString(b)
}
