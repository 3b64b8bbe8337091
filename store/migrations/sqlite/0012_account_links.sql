-- Who somebody of another login or channel is at the desk.
CREATE TABLE {account_links} (
  subject    TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES {accounts} (id),
  created_at BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX {account_links_account} ON {account_links} (account_id);
