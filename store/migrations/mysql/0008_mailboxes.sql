-- Who does what only one process may do at a time.
CREATE TABLE {leases} (
  name       VARCHAR(200) NOT NULL PRIMARY KEY,
  holder     VARCHAR(64) NOT NULL,
  held_until BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Mailboxes beside those of the configuration.
CREATE TABLE {mailboxes} (
  id         VARCHAR(64) NOT NULL PRIMARY KEY,
  settings   LONGTEXT NOT NULL,
  secret     LONGTEXT NOT NULL,
  version    BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
