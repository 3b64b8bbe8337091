-- Public keys of signatures, kept for ever.
CREATE TABLE {signing_keys} (
  id         TEXT NOT NULL PRIMARY KEY,
  public_key BLOB NOT NULL,
  created_at BIGINT NOT NULL
) WITHOUT ROWID;
