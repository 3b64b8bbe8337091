package discord

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/ticketkit/ticketkit/ticket"
)

// faces are the avatars of agents. The zero faces is ready.
type faces struct {
	mu    sync.Mutex
	known map[string]face // by account
}

type face struct {
	url   string
	until time.Time
}

// faceFor is how long an avatar is not asked for again.
const faceFor = time.Hour

// of gives the address of the avatar that the person of an account has in Discord; "" when there is none.
func (f *faces) of(ctx context.Context, d *Discord, account string) string {
	f.mu.Lock()
	k, ok := f.known[account]
	f.mu.Unlock()
	if ok && time.Now().Before(k.until) {
		return k.url
	}
	url := ""
	if user, err := d.userOf(ctx, ticket.AccountID(account)); err == nil && user != "" {
		var u struct {
			Avatar string `json:"avatar"`
		}
		if d.rest.call(ctx, request{method: "GET", path: "/users/" + user, route: "/users/"}, &u) == nil && u.Avatar != "" {
			url = "https://cdn.discordapp.com/avatars/" + user + "/" + u.Avatar + ".png"
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil || len(f.known) > 5000 {
		f.known = map[string]face{}
	}
	f.known[account] = face{url, time.Now().Add(faceFor)}
	return url
}

// userOf is who an account is in Discord, or "".
func (d *Discord) userOf(ctx context.Context, id ticket.AccountID) (string, error) {
	if d.accounts == nil {
		return "", nil
	}
	subjects, err := d.accounts.Subjects(ctx, d.actor(), id)
	if err != nil && ticket.KindOf(err) != ticket.NotFound {
		return "", err
	}
	for _, s := range subjects {
		if user, ok := strings.CutPrefix(s, d.cfg.Name+":"); ok && snowflake.MatchString(user) {
			return user, nil
		}
	}
	return "", nil
}
