-- Public keys of signatures, kept for ever.
CREATE TABLE {signing_keys} (
  id         VARCHAR(64) NOT NULL PRIMARY KEY,
  public_key VARBINARY(64) NOT NULL,
  created_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
