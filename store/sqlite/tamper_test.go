package sqlite_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/store/storetest"
)

// opened gives a fresh desk and a way past it for each test.
func opened(t *testing.T) func(t *testing.T) (storetest.Harness, func(string)) {
	tmpl := template(t, "")
	return func(t *testing.T) (storetest.Harness, func(string)) {
		s, path := fresh(t, tmpl, sqlite.Options{})
		db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		return harness(s), storetest.Exec(t, db, store.DefaultPrefix)
	}
}

func TestTampering(t *testing.T) {
	t.Parallel()
	storetest.RunTamper(t, opened(t))
}

func TestRotation(t *testing.T) {
	t.Parallel()
	storetest.RunRotation(t, opened(t))
}
