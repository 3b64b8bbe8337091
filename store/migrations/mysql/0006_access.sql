-- What accounts may do: roles with their permissions, and grants of a role for one queue or, with an empty queue, for the whole desk.
CREATE TABLE {roles} (
  name        VARCHAR(64) NOT NULL PRIMARY KEY,
  description LONGTEXT NOT NULL,
  permissions LONGTEXT NOT NULL,
  version     BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {account_grants} (
  account_id VARCHAR(200) NOT NULL,
  role       VARCHAR(64) NOT NULL,
  queue_id   VARCHAR(64) NOT NULL,
  FOREIGN KEY (account_id) REFERENCES {accounts} (id),
  PRIMARY KEY (account_id, role, queue_id),
  INDEX {account_grants_role} (role)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

ALTER TABLE {accounts} ADD COLUMN rights BIGINT NOT NULL DEFAULT 0;

-- A role that was limited to queues becomes a grant for each of them, any other one for the whole desk.
INSERT INTO {account_grants} (account_id, role, queue_id)
  SELECT a.id, a.role, l.queue_id FROM {accounts} a JOIN {account_queues} l ON l.account_id = a.id;
INSERT INTO {account_grants} (account_id, role, queue_id)
  SELECT a.id, a.role, '' FROM {accounts} a WHERE a.id NOT IN (SELECT account_id FROM {account_queues});

DROP TABLE {account_queues};

-- Calls of the API that may come again, with their answers.
CREATE TABLE {idempotency} (
  key_hash    VARBINARY(64) NOT NULL PRIMARY KEY,
  call_id     VARCHAR(64) NOT NULL,
  token       VARCHAR(64) NOT NULL,
  state       VARCHAR(64) NOT NULL,
  fingerprint VARBINARY(64),
  stamp       VARCHAR(64) NOT NULL,
  status      INTEGER NOT NULL,
  header      LONGTEXT NOT NULL,
  body        LONGBLOB,
  lease_until BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  INDEX {idempotency_expires} (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
