package backup_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/internal/testservers"
	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/store/backup"
	"github.com/ticketkit/ticketkit/store/mysql"
	"github.com/ticketkit/ticketkit/store/postgres"
	"github.com/ticketkit/ticketkit/store/sqlite"
	"github.com/ticketkit/ticketkit/ticket"
	"github.com/ticketkit/ticketkit/transcript"
)

const secret, password = "vN3x-8Kq2WzLr7TbPy5McHd9JsGf4Ae6u", "ein langes Kennwort 7"

var system = ticket.SystemActor("test")

// desk is a desk with its files.
type desk struct {
	*ticketkit.Desk
	store *store.Store
	blobs *store.FileBlobs
	dir   string
}

func newDesk(t *testing.T, open func(t *testing.T) *store.Store) *desk {
	d := &desk{store: open(t), dir: t.TempDir()}
	t.Cleanup(func() { require.NoError(t, d.store.Close()) })
	require.NoError(t, d.store.Migrate(t.Context()))
	d.blobs = store.NewFileBlobs(filepath.Join(d.dir, "blobs"))
	var err error
	d.Desk, err = ticketkit.New(ticketkit.Config{Store: d.store, Blobs: d.blobs, Secret: []byte(secret)})
	require.NoError(t, err)
	return d
}

var databases = map[string]func(t *testing.T) *store.Store{
	"SQLite": func(t *testing.T) *store.Store {
		return opened(t)(sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "desk.db"), sqlite.Options{}))
	},
	"PostgreSQL": func(t *testing.T) *store.Store {
		return opened(t)(postgres.Open(t.Context(), testservers.Postgres(t), postgres.Options{}))
	},
	"MariaDB": func(t *testing.T) *store.Store {
		return opened(t)(mysql.Open(t.Context(), testservers.MariaDB(t), mysql.Options{}))
	},
}

func opened(t *testing.T) func(*store.Store, error) *store.Store {
	return func(s *store.Store, err error) *store.Store {
		require.NoError(t, err)
		return s
	}
}

// open makes a ticket with an attachment.
func (d *desk) open(t *testing.T, subject string) *ticket.Ticket {
	file := ticket.Upload{Name: "rechnung.txt", ContentType: "text/plain", Body: strings.NewReader("Inhalt von " + subject)}
	tk, err := d.Tickets().Open(t.Context(), system, ticket.NewTicket{Subject: subject, Body: "Bitte prüfen", Uploads: []ticket.Upload{file}, Requester: ticket.Person{Name: "Zoë", Identity: ticket.Identity{Value: "zoe@firma.example"}}})
	require.NoError(t, err)
	return tk
}

func (d *desk) backups(t *testing.T, change ...func(*backup.Config)) *backup.Backups {
	c := backup.Config{Store: d.store, Blobs: d.blobs, Dir: filepath.Join(d.dir, "backups")}
	for _, fn := range change {
		fn(&c)
	}
	b, err := backup.New(c)
	require.NoError(t, err)
	return b
}

// TestRestoreDrill: a backup that was made under load is restored into an empty database; there the history verifies, people sign in, attachments have
// their bytes, and a transcript of before is still valid.
func TestRestoreDrill(t *testing.T) {
	t.Parallel()
	for name, db := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t, db)
			_, err := d.Accounts().CreateUser(t.Context(), system, rbac.NewUser{Username: "jana", Password: password, Role: "support"})
			require.NoError(t, err)
			first := d.open(t, "erster")
			doc := sealed(t, d, first.ID)

			ctx, stop := context.WithCancel(t.Context())
			busy := make(chan struct{})
			go func() {
				defer close(busy)
				for i := 0; ctx.Err() == nil; i++ {
					_, _ = d.Tickets().Open(ctx, system, ticket.NewTicket{Subject: "mehr", Body: "y", Requester: ticket.Person{Identity: ticket.Identity{Value: "eil@firma.example"}}})
				}
			}()
			secretFile := filepath.Join(d.dir, "secret")
			require.NoError(t, os.WriteFile(secretFile, []byte("s3cret"), 0o600))
			info, err := d.backups(t, func(c *backup.Config) {
				c.Files = map[string]string{"secret": secretFile, "config/.env": filepath.Join(d.dir, "is not there")}
			}).Run(t.Context())
			stop()
			<-busy
			require.NoError(t, err)

			to := newDesk(t, databases["SQLite"])
			files := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(files, "secret"), []byte("another"), 0o600))
			got, err := backup.Restore(t.Context(), info.Path, backup.Target{Store: to.store, Blobs: to.blobs, Files: files})
			require.NoError(t, err)
			require.Equal(t, 1, got.Blobs)
			require.Equal(t, []string{filepath.Join(files, "secret.restored")}, got.Files, "what is there is not written over")

			_, err = to.Tickets().VerifyAll(t.Context(), system)
			require.NoError(t, err)
			_, err = to.Accounts().Login(t.Context(), "jana", password, rbac.LoginMeta{Address: "127.0.0.1"})
			require.NoError(t, err)
			tk, err := to.Tickets().GetNumber(t.Context(), system, first.Number)
			require.NoError(t, err)
			ms, err := to.Tickets().Messages(t.Context(), system, ticket.MessageQuery{Ticket: tk.ID, Limit: 10})
			require.NoError(t, err)
			f, err := to.blobs.Open(t.Context(), ms[0].Attachments[0].SHA256)
			require.NoError(t, err)
			raw, err := io.ReadAll(f)
			require.NoError(t, err)
			require.NoError(t, f.Close())
			require.Equal(t, "Inhalt von erster", string(raw))
			verified, err := to.Seal().Verify(t.Context(), bytes.NewReader(doc))
			require.NoError(t, err)
			require.Equal(t, first.Number, verified.Number)
		})
	}
}

func sealed(t *testing.T, d *desk, id ticket.ID) []byte {
	src, err := transcript.FromService(t.Context(), d.Tickets(), system, id)
	require.NoError(t, err)
	signer, err := d.Seal().Signer(t.Context())
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, transcript.Render(t.Context(), &b, transcript.HTML, src, transcript.Options{Signer: signer}))
	return b.Bytes()
}

// TestADamagedBackupChangesNothing: whatever byte of a file is lost or changed, Verify tells, and Restore writes nothing.
func TestADamagedBackupChangesNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, databases["SQLite"])
	d.open(t, "x")
	info, err := d.backups(t).Run(t.Context())
	require.NoError(t, err)
	whole, err := os.ReadFile(info.Path)
	require.NoError(t, err)
	to := newDesk(t, databases["SQLite"])
	bad := filepath.Join(t.TempDir(), "bad.tar.gz")
	for i := 0; i < len(whole); i += max(1, len(whole)/97) {
		for _, damaged := range [][]byte{whole[:i], append(append(bytes.Clone(whole[:i]), whole[i]^0x40), whole[i+1:]...)} {
			require.NoError(t, os.WriteFile(bad, damaged, 0o600))
			if _, err := backup.Verify(t.Context(), bad); err == nil {
				// Some bytes mean nothing, such as the system that the head of gzip names, and some bits the same, such as from where zeros are repeated.
				require.True(t, bytes.Equal(unzipped(t, whole), unzipped(t, damaged)), "byte %d of %d", i, len(whole))
				continue
			}
			_, err := backup.Restore(t.Context(), bad, backup.Target{Store: to.store, Blobs: to.blobs})
			require.Error(t, err)
		}
	}
	list, _, err := to.Tickets().List(t.Context(), system, ticket.Query{})
	require.NoError(t, err)
	require.Empty(t, list)
}

func unzipped(t *testing.T, b []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	require.NoError(t, err)
	out, err := io.ReadAll(r)
	require.NoError(t, err)
	return out
}

// TestEncryptedBackup: only the identity of the recipient opens it.
func TestEncryptedBackup(t *testing.T) {
	t.Parallel()
	mine, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	other, err := age.GenerateX25519Identity()
	require.NoError(t, err)
	d := newDesk(t, databases["SQLite"])
	d.open(t, "geheim")
	info, err := d.backups(t, func(c *backup.Config) { c.Recipient = mine.Recipient().String() }).Run(t.Context())
	require.NoError(t, err)
	require.True(t, info.Encrypted)
	_, err = backup.Verify(t.Context(), info.Path)
	require.ErrorIs(t, err, backup.ErrEncrypted)
	_, err = backup.Verify(t.Context(), info.Path, other)
	require.ErrorIs(t, err, backup.ErrEncrypted)
	m, err := backup.Verify(t.Context(), info.Path, mine)
	require.NoError(t, err)
	require.Len(t, m.Files, 2)
}

// TestTheNewestStay: of the files that bear the name of a backup the newest stay; nothing else in the folder is touched, and what a process that died
// left behind is not listed.
func TestTheNewestStay(t *testing.T) {
	t.Parallel()
	d := newDesk(t, databases["SQLite"])
	now := time.Date(2026, 3, 29, 1, 59, 0, 0, time.UTC)
	b := d.backups(t, func(c *backup.Config) {
		c.Keep = 2
		c.Now = func() time.Time { return now }
	})
	dir := filepath.Join(d.dir, "backups")
	require.NoError(t, os.MkdirAll(filepath.Join(dir, ".making-1"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600))
	for range 3 {
		_, err := b.Run(t.Context())
		require.NoError(t, err)
		now = now.Add(24 * time.Hour)
	}
	list, err := b.List()
	require.NoError(t, err)
	require.Len(t, list, 2)
	require.Equal(t, "desk-20260331T015900Z.tar.gz", filepath.Base(list[0].Path))
	require.Equal(t, "desk-20260330T015900Z.tar.gz", filepath.Base(list[1].Path))
	require.FileExists(t, filepath.Join(dir, "notes.txt"))
}
