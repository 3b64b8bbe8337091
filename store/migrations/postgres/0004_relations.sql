-- Both ids in rising order, so that two tickets have one link of a kind, whatever its direction.
CREATE TABLE {ticket_links} (
  low_id     TEXT COLLATE "C" NOT NULL,
  high_id    TEXT COLLATE "C" NOT NULL,
  kind       TEXT COLLATE "C" NOT NULL,
  from_low   BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (low_id, high_id, kind)
);
CREATE INDEX {ticket_links_high} ON {ticket_links} (high_id);

-- Each row keeps transactions apart that guard its name.
CREATE TABLE {guards} (
  name    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL
);

CREATE TABLE {field_definitions} (
  id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name       TEXT COLLATE "C" NOT NULL UNIQUE,
  label_de   TEXT NOT NULL,
  label_en   TEXT NOT NULL,
  type       TEXT COLLATE "C" NOT NULL,
  options    TEXT NOT NULL,
  required   TEXT COLLATE "C" NOT NULL,
  queues     TEXT NOT NULL,
  position   INTEGER NOT NULL,
  archived   BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
);

-- Finds tickets by the value of a field. The hash is of name and value; by number, as the tags.
CREATE TABLE {ticket_fields} (
  hash   BYTEA NOT NULL,
  number BIGINT NOT NULL REFERENCES {tickets} (number),
  PRIMARY KEY (hash, number)
);
CREATE INDEX {ticket_fields_number} ON {ticket_fields} (number);
