package store

import (
	"context"
	"strings"
	"time"
)

// About is what a person who looks for trouble wants to know of a database.
type About struct {
	Name    string // PostgreSQL, MySQL or SQLite
	Version string // as the database says it
	Mode    string // how it makes commits last, for SQLite; "" elsewhere
	// Clock is the database's time when it has one of its own, and Asked the middle of the question; zero elsewhere.
	Clock, Asked time.Time
}

// About asks the database about itself. It changes nothing.
func (s *Store) About(ctx context.Context) (About, error) {
	a := About{Name: s.flavor.name}
	ask := func(query string, dest any) error {
		_, err := oneUnprepared(ctx, s.h, query, nil, dest)
		return err
	}
	if s.flavor.alone {
		var journal, level string
		err := ask("SELECT sqlite_version()", &a.Version)
		if err == nil {
			err = ask("PRAGMA journal_mode", &journal)
		}
		if err == nil {
			err = ask("PRAGMA synchronous", &level)
		}
		a.Mode = "journal_mode=" + strings.ToUpper(journal) + ", synchronous=" + map[string]string{"0": "OFF", "1": "NORMAL", "2": "FULL", "3": "EXTRA"}[level]
		return a, err
	}
	if err := ask("SELECT VERSION()", &a.Version); err != nil {
		return a, err
	}
	before := time.Now()
	var at micros
	if err := ask("SELECT "+s.flavor.clock, &at); err != nil {
		return a, err
	}
	a.Clock, a.Asked = at.time(), before.Add(time.Since(before)/2)
	return a, nil
}
