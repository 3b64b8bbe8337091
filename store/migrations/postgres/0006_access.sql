-- What accounts may do: roles with their permissions, and grants of a role for one queue or, with an empty queue, for the whole desk.
CREATE TABLE {roles} (
  name        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  description TEXT NOT NULL,
  permissions TEXT NOT NULL,
  version     BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL
);

CREATE TABLE {account_grants} (
  account_id TEXT COLLATE "C" NOT NULL REFERENCES {accounts} (id),
  role       TEXT COLLATE "C" NOT NULL,
  queue_id   TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (account_id, role, queue_id)
);
CREATE INDEX {account_grants_role} ON {account_grants} (role);

ALTER TABLE {accounts} ADD COLUMN rights BIGINT NOT NULL DEFAULT 0;

-- A role that was limited to queues becomes a grant for each of them, any other one for the whole desk.
INSERT INTO {account_grants} (account_id, role, queue_id)
  SELECT a.id, a.role, l.queue_id FROM {accounts} a JOIN {account_queues} l ON l.account_id = a.id;
INSERT INTO {account_grants} (account_id, role, queue_id)
  SELECT a.id, a.role, '' FROM {accounts} a WHERE a.id NOT IN (SELECT account_id FROM {account_queues});

DROP TABLE {account_queues};

-- Calls of the API that may come again, with their answers.
CREATE TABLE {idempotency} (
  key_hash    BYTEA NOT NULL PRIMARY KEY,
  call_id     TEXT COLLATE "C" NOT NULL,
  token       TEXT COLLATE "C" NOT NULL,
  state       TEXT COLLATE "C" NOT NULL,
  fingerprint BYTEA,
  stamp       TEXT COLLATE "C" NOT NULL,
  status      INTEGER NOT NULL,
  header      TEXT NOT NULL,
  body        BYTEA,
  lease_until BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL
);
CREATE INDEX {idempotency_expires} ON {idempotency} (expires_at);
