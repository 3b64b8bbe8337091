-- Both ids in rising order, so that two tickets have one link of a kind, whatever its direction.
CREATE TABLE {ticket_links} (
  low_id     VARCHAR(64) NOT NULL,
  high_id    VARCHAR(64) NOT NULL,
  kind       VARCHAR(64) NOT NULL,
  from_low   BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (low_id, high_id, kind),
  INDEX {ticket_links_high} (high_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Each row keeps transactions apart that guard its name.
CREATE TABLE {guards} (
  name    VARCHAR(200) NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {field_definitions} (
  id         VARCHAR(64) NOT NULL PRIMARY KEY,
  name       VARCHAR(200) NOT NULL UNIQUE,
  label_de   LONGTEXT NOT NULL,
  label_en   LONGTEXT NOT NULL,
  type       VARCHAR(64) NOT NULL,
  options    LONGTEXT NOT NULL,
  required   VARCHAR(64) NOT NULL,
  queues     LONGTEXT NOT NULL,
  position   INTEGER NOT NULL,
  archived   BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Finds tickets by the value of a field. The hash is of name and value; by number, as the tags.
CREATE TABLE {ticket_fields} (
  hash   VARBINARY(64) NOT NULL,
  number BIGINT NOT NULL,
  FOREIGN KEY (number) REFERENCES {tickets} (number),
  PRIMARY KEY (hash, number),
  INDEX {ticket_fields_number} (number)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
