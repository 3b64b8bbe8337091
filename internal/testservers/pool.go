package testservers

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Prepared hands out databases with tables in them, for suites with many small tests: to make the tables anew for each would take most of
// their time. The zero value is ready. A suite keeps one for as long as it runs.
type Prepared struct {
	// Prepare makes the tables, and rows if there shall be some, in an empty database. It is called once for each database.
	Prepare func(url string) error

	mu   sync.Mutex
	free map[*Server][]*prepared
}

// prepared is a database that goes from test to test.
type prepared struct {
	name   string
	tables []string
	filled []string // tables with rows; their copies are in the database's twin
}

// Postgres gives a prepared database on the shared PostgreSQL. After the test, which must have closed its connections by then, its rows are
// again what Prepare left; numbers from sequences go on rising.
func (p *Prepared) Postgres(t testing.TB) string {
	t.Helper()
	return p.take(t, shared(t, postgres, &sharedPostgres))
}

// MariaDB is Postgres for MariaDB or MySQL.
func (p *Prepared) MariaDB(t testing.TB) string {
	t.Helper()
	return p.take(t, shared(t, mariadb, &sharedMariaDB))
}

func (p *Prepared) take(t testing.TB, s *Server) string {
	t.Helper()
	p.mu.Lock()
	var d *prepared
	if list := p.free[s]; len(list) > 0 {
		d, p.free[s] = list[len(list)-1], list[:len(list)-1]
	}
	p.mu.Unlock()
	if d == nil {
		var err error
		if d, err = p.fill(s); err != nil {
			t.Fatalf("testservers: %v", err)
		}
	}
	t.Cleanup(func() {
		if err := s.wipe(d); err != nil {
			t.Errorf("testservers: emptying %s: %v", d.name, err) // nobody gets it again
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.free == nil {
			p.free = map[*Server][]*prepared{}
		}
		p.free[s] = append(p.free[s], d)
	})
	return s.url(d.name)
}

// fill makes and prepares a database and remembers the rows that are in it.
func (p *Prepared) fill(s *Server) (*prepared, error) {
	d := &prepared{name: s.name()}
	if _, err := s.sql("", "CREATE DATABASE "+d.name+";"); err != nil {
		return nil, err
	}
	if err := p.Prepare(s.url(d.name)); err != nil {
		return nil, err
	}
	var err error
	if d.tables, err = s.sql(d.name, fmt.Sprintf(s.kind.tables, d.name)); err != nil {
		return nil, err
	}
	slices.Sort(d.tables)
	var ask strings.Builder
	for _, t := range d.tables {
		fmt.Fprintf(&ask, "SELECT '%s' FROM %s LIMIT 1;", t, t)
	}
	if d.filled, err = s.sql(d.name, ask.String()); err != nil {
		return nil, err
	}
	keep := fmt.Sprintf("CREATE SCHEMA %s_kept;", d.name)
	for _, t := range d.filled {
		keep += fmt.Sprintf("CREATE TABLE %s_kept.%s AS SELECT * FROM %s;", d.name, t, t)
	}
	_, err = s.sql(d.name, keep)
	return d, err
}

// wipe gives a database the rows back that it had after it was prepared.
func (s *Server) wipe(d *prepared) error {
	var b strings.Builder
	b.WriteString(s.kind.loose)
	for _, t := range d.tables {
		fmt.Fprintf(&b, "DELETE FROM %s;", t)
	}
	for _, t := range d.filled {
		fmt.Fprintf(&b, "INSERT INTO %s SELECT * FROM %s_kept.%s;", t, d.name, t)
	}
	b.WriteString(s.kind.strict)
	left, err := s.sql(d.name, b.String()+fmt.Sprintf(s.kind.tables, d.name))
	if slices.Sort(left); err == nil && !slices.Equal(left, d.tables) {
		err = fmt.Errorf("the test has changed the tables: %v", left)
	}
	return err
}
