-- One row: what belongs to the desk as a whole.
CREATE TABLE {desk} (
  id          INTEGER PRIMARY KEY,
  number      BIGINT NOT NULL,
  event_count BIGINT NOT NULL,
  event_mac   BLOB
);
INSERT INTO {desk} (id, number, event_count) VALUES (1, 0, 0);

CREATE TABLE {queues} (
  id         TEXT NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  is_default BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE {contacts} (
  id         TEXT NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL,
  email      TEXT NOT NULL,
  locale     TEXT NOT NULL,
  created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE {contact_identities} (
  kind       TEXT NOT NULL,
  value      TEXT NOT NULL,
  contact_id TEXT NOT NULL REFERENCES {contacts} (id),
  position   INTEGER NOT NULL,
  verified   BOOLEAN NOT NULL,
  PRIMARY KEY (kind, value)
) WITHOUT ROWID;
CREATE INDEX {contact_identities_contact} ON {contact_identities} (contact_id, position);

-- The number is the row id, so every index below ends with it and is in the exact order of a list.
CREATE TABLE {tickets} (
  number            INTEGER PRIMARY KEY,
  id                TEXT NOT NULL UNIQUE,
  subject           TEXT NOT NULL,
  status            TEXT NOT NULL,
  category          TEXT NOT NULL,
  active            BOOLEAN NOT NULL,
  priority          TEXT NOT NULL,
  priority_rank     INTEGER NOT NULL,
  queue_id          TEXT NOT NULL REFERENCES {queues} (id),
  channel           TEXT NOT NULL,
  source            TEXT NOT NULL,
  requester_id      TEXT NOT NULL REFERENCES {contacts} (id),
  assignee_id       TEXT NOT NULL,
  assignee_name     TEXT NOT NULL,
  tags              TEXT NOT NULL,
  fields            TEXT NOT NULL,
  preview           TEXT NOT NULL,
  locale            TEXT NOT NULL,
  escalation        INTEGER NOT NULL,
  snoozed_until     BIGINT NOT NULL,
  merged_into       TEXT NOT NULL,
  demo              BOOLEAN NOT NULL,
  created_at        BIGINT NOT NULL,
  updated_at        BIGINT NOT NULL,
  first_response_at BIGINT NOT NULL,
  resolved_at       BIGINT NOT NULL,
  version           BIGINT NOT NULL,
  message_count     INTEGER NOT NULL,
  event_count       BIGINT NOT NULL,
  event_mac         BLOB
);
CREATE INDEX {tickets_updated}   ON {tickets} (active, updated_at);
CREATE INDEX {tickets_created}   ON {tickets} (active, created_at);
CREATE INDEX {tickets_priority}  ON {tickets} (active, priority_rank);
CREATE INDEX {tickets_category}  ON {tickets} (category, updated_at);
CREATE INDEX {tickets_queue}     ON {tickets} (queue_id, active, updated_at);
CREATE INDEX {tickets_assignee}  ON {tickets} (assignee_id, active, updated_at);
CREATE INDEX {tickets_requester} ON {tickets} (requester_id, updated_at);
CREATE INDEX {tickets_resolved}  ON {tickets} (resolved_at);

-- By number, as the full text below, so that both give sets of tickets in one order.
CREATE TABLE {ticket_tags} (
  tag    TEXT NOT NULL,
  number INTEGER NOT NULL REFERENCES {tickets} (number),
  PRIMARY KEY (tag, number)
) WITHOUT ROWID;
CREATE INDEX {ticket_tags_number} ON {ticket_tags} (number);

CREATE TABLE {participants} (
  ticket_id  TEXT NOT NULL,
  contact_id TEXT NOT NULL REFERENCES {contacts} (id),
  role       TEXT NOT NULL,
  position   INTEGER NOT NULL,
  PRIMARY KEY (ticket_id, contact_id)
) WITHOUT ROWID;

-- A message is written before its new ticket, so it does not reference it.
CREATE TABLE {messages} (
  id              TEXT NOT NULL PRIMARY KEY,
  ticket_id       TEXT NOT NULL,
  n               INTEGER NOT NULL,
  kind            TEXT NOT NULL,
  author_type     TEXT NOT NULL,
  author_id       TEXT NOT NULL,
  author_name     TEXT NOT NULL,
  author_email    TEXT NOT NULL,
  channel         TEXT NOT NULL,
  body            TEXT NOT NULL,
  quoted          TEXT NOT NULL,
  has_html        BOOLEAN NOT NULL,
  machine         BOOLEAN NOT NULL,
  verified        INTEGER NOT NULL,
  external_id     TEXT NOT NULL,
  raw_sha256      TEXT NOT NULL,
  recipients      TEXT NOT NULL,
  delivery_state  TEXT NOT NULL,
  delivery_reason TEXT NOT NULL,
  delivery_at     BIGINT NOT NULL,
  files           INTEGER NOT NULL,
  created_at      BIGINT NOT NULL,
  UNIQUE (ticket_id, n)
);
CREATE INDEX {messages_raw} ON {messages} (raw_sha256) WHERE raw_sha256 <> '';

CREATE TABLE {message_html} (
  message_id TEXT NOT NULL PRIMARY KEY REFERENCES {messages} (id),
  html       TEXT NOT NULL
);

CREATE TABLE {attachments} (
  id           TEXT NOT NULL PRIMARY KEY,
  ticket_id    TEXT NOT NULL,
  message_id   TEXT NOT NULL,
  position     INTEGER NOT NULL,
  name         TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size         BIGINT NOT NULL,
  sha256       TEXT NOT NULL,
  inline       BOOLEAN NOT NULL,
  content_id   TEXT NOT NULL,
  uploaded_by  TEXT NOT NULL,
  created_at   BIGINT NOT NULL
);
CREATE INDEX {attachments_ticket} ON {attachments} (ticket_id, message_id, position);
CREATE INDEX {attachments_sha256} ON {attachments} (sha256);

CREATE TABLE {thread_refs} (
  hash      BLOB NOT NULL PRIMARY KEY,
  ticket_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX {thread_refs_ticket} ON {thread_refs} (ticket_id);

CREATE TABLE {receipts} (
  channel    TEXT NOT NULL,
  key_hash   BLOB NOT NULL,
  ticket_id  TEXT NOT NULL,
  message_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (channel, key_hash)
) WITHOUT ROWID;

-- One writer commits after another, so the row id rises in the order in which events become visible. Rows are never deleted.
CREATE TABLE {events} (
  seq          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  ticket_id    TEXT NOT NULL,
  n            BIGINT NOT NULL,
  type         TEXT NOT NULL,
  actor_type   TEXT NOT NULL,
  actor_id     TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  data         TEXT NOT NULL,
  private_hash BLOB,
  mac          BLOB NOT NULL,
  UNIQUE (ticket_id, n)
);
CREATE INDEX {events_created} ON {events} (created_at);

CREATE TABLE {event_private} (
  event_id   TEXT NOT NULL PRIMARY KEY,
  actor_name TEXT NOT NULL,
  salt       BLOB,
  private    TEXT
) WITHOUT ROWID;

CREATE TABLE {jobs} (
  id           TEXT NOT NULL PRIMARY KEY,
  kind         TEXT NOT NULL,
  job_key      TEXT NOT NULL,
  live_key     TEXT UNIQUE,
  state        TEXT NOT NULL,
  run_at       BIGINT NOT NULL,
  attempt      INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  payload      TEXT NOT NULL,
  lease_token  TEXT NOT NULL,
  lease_until  BIGINT NOT NULL,
  last_error   TEXT NOT NULL,
  finished_at  BIGINT NOT NULL
);
CREATE INDEX {jobs_run}   ON {jobs} (state, run_at, id);
CREATE INDEX {jobs_lease} ON {jobs} (lease_until) WHERE lease_until > 0;

CREATE TABLE {accounts} (
  id            TEXT NOT NULL PRIMARY KEY,
  username      TEXT NOT NULL,
  username_fold TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  must_change   BOOLEAN NOT NULL,
  active        BOOLEAN NOT NULL,
  external      TEXT UNIQUE,
  version       BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  last_login_at BIGINT NOT NULL
);

CREATE TABLE {account_queues} (
  account_id TEXT NOT NULL REFERENCES {accounts} (id),
  queue_id   TEXT NOT NULL REFERENCES {queues} (id),
  PRIMARY KEY (account_id, queue_id)
) WITHOUT ROWID;

CREATE TABLE {sessions} (
  id         TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES {accounts} (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_seen  BIGINT NOT NULL,
  address    TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  panel      BOOLEAN NOT NULL
);
CREATE INDEX {sessions_account} ON {sessions} (account_id, last_seen);
CREATE INDEX {sessions_expires} ON {sessions} (expires_at);

CREATE TABLE {api_tokens} (
  id         TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES {accounts} (id),
  name       TEXT NOT NULL,
  prefix     TEXT NOT NULL,
  hash       TEXT NOT NULL UNIQUE,
  scopes     TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_used  BIGINT NOT NULL
);
CREATE INDEX {api_tokens_account} ON {api_tokens} (account_id);

CREATE TABLE {adapter_state} (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE {parked} (
  id         TEXT NOT NULL PRIMARY KEY,
  channel    TEXT NOT NULL,
  key_hash   BLOB NOT NULL,
  item_key   TEXT NOT NULL,
  reason     TEXT NOT NULL,
  sender     TEXT NOT NULL,
  subject    TEXT NOT NULL,
  raw_sha256 TEXT NOT NULL,
  size       BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (channel, key_hash)
);
CREATE INDEX {parked_raw} ON {parked} (raw_sha256) WHERE raw_sha256 <> '';

-- Full text. The texts stand in their own tables; here is only what finds them.
CREATE VIRTUAL TABLE {search} USING fts5 (
  body, note,
  content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
