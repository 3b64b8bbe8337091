-- Who somebody of another login or channel is at the desk.
CREATE TABLE {account_links} (
  subject    VARCHAR(255) NOT NULL PRIMARY KEY,
  account_id VARCHAR(64) NOT NULL,
  created_at BIGINT NOT NULL,
  FOREIGN KEY (account_id) REFERENCES {accounts} (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
