-- Messages in chats by which tickets are opened, beside those of the configuration.
CREATE TABLE {panels} (
  id         VARCHAR(64) NOT NULL PRIMARY KEY,
  settings   LONGTEXT NOT NULL,
  version    BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
