-- What accounts may do: roles with their permissions, and grants of a role for one queue or, with an empty queue, for the whole desk.
CREATE TABLE {roles} (
  name        TEXT NOT NULL PRIMARY KEY,
  description TEXT NOT NULL,
  permissions TEXT NOT NULL,
  version     BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE {account_grants} (
  account_id TEXT NOT NULL REFERENCES {accounts} (id),
  role       TEXT NOT NULL,
  queue_id   TEXT NOT NULL,
  PRIMARY KEY (account_id, role, queue_id)
) WITHOUT ROWID;
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
  key_hash    BLOB NOT NULL PRIMARY KEY,
  call_id     TEXT NOT NULL,
  token       TEXT NOT NULL,
  state       TEXT NOT NULL,
  fingerprint BLOB,
  stamp       TEXT NOT NULL,
  status      INTEGER NOT NULL,
  header      TEXT NOT NULL,
  body        BLOB,
  lease_until BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL
);
CREATE INDEX {idempotency_expires} ON {idempotency} (expires_at);
