package mysql_test

import (
	"database/sql"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
	"github.com/uptrace/bun/dialect/mysqldialect"

	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/mysql"
	"github.com/ticketkit/ticketkit/ticket"
)

// config is the driver's form of a URL.
func config(t *testing.T, text string) *driver.Config {
	u, err := url.Parse(text)
	require.NoError(t, err)
	cfg := driver.NewConfig()
	cfg.User = u.User.Username()
	cfg.Passwd, _ = u.User.Password()
	cfg.Net, cfg.Addr, cfg.DBName, cfg.ClientFoundRows = "tcp", u.Host, strings.TrimPrefix(u.Path, "/"), true
	cfg.Params = map[string]string{"sql_mode": "'STRICT_TRANS_TABLES'", "charset": "utf8mb4"}
	return cfg
}

func TestOpen(t *testing.T) {
	t.Parallel()
	dsn := testservers.MariaDB(t)
	for _, form := range []string{dsn, strings.Replace(dsn, "mysql://", "mariadb://", 1), config(t, dsn).FormatDSN()} {
		s, err := mysql.Open(t.Context(), form, mysql.Options{Conns: 2})
		require.NoError(t, err)
		require.NoError(t, s.Migrate(t.Context()))
		require.NoError(t, s.Close())
		require.NoError(t, s.Close(), "closing twice is fine")
		require.Equal(t, ticket.Unavailable, ticket.KindOf(s.Update(t.Context(), func(ticket.Tx) error { return nil })))
		_, err = s.Queues(t.Context())
		require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
	}
	for _, wrong := range []string{"", "mysql://host", "mysql://%zz/x", "nonsense", "user@tcp(host)/"} {
		_, err := mysql.Open(t.Context(), wrong, mysql.Options{})
		require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "database_url"}, wrong)
	}
	_, err := mysql.Open(t.Context(), dsn, mysql.Options{Prefix: "x; DROP"})
	require.ErrorIs(t, err, &ticket.Error{Kind: ticket.Invalid, Field: "prefix"})
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	u.User = url.UserPassword("ticketkit", "wrong secret")
	_, err = mysql.Open(t.Context(), u.String(), mysql.Options{})
	require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
	require.NotContains(t, err.Error(), "wrong secret")
	_, err = mysql.Open(t.Context(), "mysql://127.0.0.1:1/none", mysql.Options{})
	require.Equal(t, ticket.Unavailable, ticket.KindOf(err))
}

// TestCheckHost: a handle that cannot keep the promises is refused with what to change.
func TestCheckHost(t *testing.T) {
	t.Parallel()
	dsn := testservers.MariaDB(t)
	for want, change := range map[string]func(*driver.Config){
		"":                     func(*driver.Config) {},
		"STRICT_ALL_TABLES":    func(c *driver.Config) { c.Params["sql_mode"] = "''" },
		"NO_BACKSLASH_ESCAPES": func(c *driver.Config) { c.Params["sql_mode"] = "'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES'" },
		"utf8mb4":              func(c *driver.Config) { c.Params["character_set_connection"] = "latin1" },
		"autocommit":           func(c *driver.Config) { c.Params["autocommit"] = "0" },
		"clientFoundRows":      func(c *driver.Config) { c.ClientFoundRows = false },
	} {
		cfg := config(t, dsn)
		change(cfg)
		db, err := sql.Open("mysql", cfg.FormatDSN())
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, db.Close()) })
		require.NoError(t, db.PingContext(t.Context()))
		s, err := store.New(store.Config{DB: db, Dialect: mysqldialect.New(mysqldialect.WithTimeLocation("UTC"))})
		require.NoError(t, err)
		err = s.CheckHost(t.Context())
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, ticket.Unavailable, ticket.KindOf(err), want)
		require.ErrorContains(t, err, want)
	}
}

func TestClassify(t *testing.T) {
	t.Parallel()
	cfg := config(t, testservers.MariaDB(t))
	cfg.Params["innodb_lock_wait_timeout"] = "1"
	db, err := sql.Open("mysql", cfg.FormatDSN())
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	for _, text := range []string{"CREATE TABLE a (id VARCHAR(9) PRIMARY KEY, n INTEGER NOT NULL)", "CREATE TABLE b (a VARCHAR(9), FOREIGN KEY (a) REFERENCES a (id))",
		"INSERT INTO a VALUES ('1', 1)", "INSERT INTO b VALUES ('1')"} {
		_, err := db.ExecContext(t.Context(), text)
		require.NoError(t, err)
	}
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), "UPDATE a SET n = 2")
	require.NoError(t, err)
	for text, want := range map[string]store.Class{
		"INSERT INTO a VALUES ('1', 2)":            store.Busy, // somebody is changing it
		"INSERT INTO b VALUES ('2')":               store.Reference,
		"INSERT INTO a VALUES ('2', NULL)":         store.Other,
		"INSERT INTO a VALUES ('1234567890', 1)":   store.Other,
		"SELEC":                                    store.Other,
		"SELECT * FROM missing":                    store.Other,
		"CREATE TABLE a (id INTEGER)":              store.Exists,
		"DROP TABLE missing":                       store.Exists,
		"ALTER TABLE b ADD COLUMN a INTEGER":       store.Exists,
		"SET @@session.max_user_connections = 'x'": store.Other,
	} {
		_, err := db.ExecContext(t.Context(), text)
		require.Error(t, err, text)
		require.Equal(t, want, mysql.Classify(err), "%s: %v", text, err)
		require.Equal(t, want, store.ClassifyMySQL(err), "by the text alone: %v", err)
	}
	require.NoError(t, tx.Rollback())
	_, err = db.ExecContext(t.Context(), "INSERT INTO a VALUES ('1', 2)")
	require.Equal(t, store.Unique, mysql.Classify(err))
	require.Equal(t, store.Other, mysql.Classify(errors.New("anything")))
	require.Equal(t, store.Lost, mysql.Classify(driver.ErrInvalidConn))
	require.NoError(t, db.Close())
	_, err = db.ExecContext(t.Context(), "SELECT 1")
	require.Equal(t, store.Unavailable, mysql.Classify(err))
}

// TestClassifyFull: what the server says of a disk without room, as it was seen or as its table of messages has it.
func TestClassifyFull(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]store.Class{
		`Error 1021 (HY000): Disk full (./desk/t.MAI); waiting for someone to free some space... (errno: 28 "No space left on device")`: store.Full,
		`Error 1114 (HY000): The table 'ticketkit_events' is full`:                                                                      store.Full,
		`Error 1030 (HY000): Got error 28 "No space left on device" from storage engine InnoDB`:                                         store.Full,
		`Error 1026 (HY000): Error writing file './binlog.000001' (errno: 28 "No space left on device")`:                                store.Full,
		`Error 3 (HY000): Error writing file '/tmp/MLfd=12' (Errcode: 28 "No space left on device")`:                                    store.Full,
		`Error 1030 (HY000): Got error 122 "Internal (unspecified) error in handler" from storage engine InnoDB`:                        store.Unavailable,
		`Error 1030 (HY000): Got error 128 from storage engine`:                                                                         store.Unavailable,
		`Error 1406 (22001): Data too long: errno: 28`:                                                                                  store.Other,
	} {
		require.Equal(t, want, store.ClassifyMySQL(errors.New(text)), text)
		number, err := strconv.Atoi(strings.Fields(text)[1])
		require.NoError(t, err)
		require.Equal(t, want, mysql.Classify(&driver.MySQLError{Number: uint16(number), Message: text}), text)
	}
}

// TestServerRestarts: while the server is away a change is refused as unavailable; afterwards broken connections are not noticed.
func TestServerRestarts(t *testing.T) {
	t.Parallel()
	srv := testservers.StartMariaDB(t, testservers.Options{})
	s := open(t, srv.Database(t), mysql.Options{})
	require.NoError(t, s.Migrate(t.Context()))
	number := func() error {
		return s.Update(t.Context(), func(tx ticket.Tx) error {
			if _, err := tx.NextNumber(t.Context()); err != nil {
				return err
			}
			return tx.InsertQueue(t.Context(), &ticket.Queue{ID: ticket.QueueID(ticket.NewID(time.Now())), Name: ticket.NewID(time.Now())})
		})
	}
	for range 3 {
		require.NoError(t, number())
	}
	require.NoError(t, srv.Kill())
	require.Equal(t, ticket.Unavailable, ticket.KindOf(number()))
	require.NoError(t, srv.Start())
	require.NoError(t, number())
	qs, err := s.Queues(t.Context())
	require.NoError(t, err)
	require.Len(t, qs, 4)
}
