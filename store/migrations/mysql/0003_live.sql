-- Who has which ticket open. Nothing is lost with these rows: they end by themselves and are made anew while somebody is there.
CREATE TABLE {presence} (
  ticket_id  VARCHAR(64) NOT NULL,
  account_id VARCHAR(200) NOT NULL,
  state      LONGTEXT NOT NULL,
  began_at   BIGINT NOT NULL,
  ends_at    BIGINT NOT NULL,
  PRIMARY KEY (ticket_id, account_id),
  INDEX {presence_ends} (ends_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
