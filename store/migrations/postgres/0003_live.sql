-- Who has which ticket open. Nothing is lost with these rows: they end by themselves and are made anew while somebody is there.
CREATE TABLE {presence} (
  ticket_id  TEXT COLLATE "C" NOT NULL,
  account_id TEXT COLLATE "C" NOT NULL,
  state      TEXT NOT NULL,
  began_at   BIGINT NOT NULL,
  ends_at    BIGINT NOT NULL,
  PRIMARY KEY (ticket_id, account_id)
);
CREATE INDEX {presence_ends} ON {presence} (ends_at);
