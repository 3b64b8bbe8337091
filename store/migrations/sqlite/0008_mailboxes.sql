-- Who does what only one process may do at a time.
CREATE TABLE {leases} (
  name       TEXT NOT NULL PRIMARY KEY,
  holder     TEXT NOT NULL,
  held_until BIGINT NOT NULL
) WITHOUT ROWID;

-- Mailboxes beside those of the configuration.
CREATE TABLE {mailboxes} (
  id         TEXT NOT NULL PRIMARY KEY,
  settings   TEXT NOT NULL,
  secret     TEXT NOT NULL,
  version    BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) WITHOUT ROWID;
