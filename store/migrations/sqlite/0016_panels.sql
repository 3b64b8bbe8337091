-- Messages in chats by which tickets are opened, beside those of the configuration.
CREATE TABLE {panels} (
  id         TEXT NOT NULL PRIMARY KEY,
  settings   TEXT NOT NULL,
  version    BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) WITHOUT ROWID;
