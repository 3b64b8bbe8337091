-- Who somebody of another login or channel is at the desk.
CREATE TABLE {account_links} (
  subject    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES {accounts} (id),
  created_at BIGINT NOT NULL
);
CREATE INDEX {account_links_account} ON {account_links} (account_id);
