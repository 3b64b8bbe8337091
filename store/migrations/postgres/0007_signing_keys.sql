-- Public keys of signatures, kept for ever.
CREATE TABLE {signing_keys} (
  id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  public_key BYTEA NOT NULL,
  created_at BIGINT NOT NULL
);
