-- One row: what belongs to the desk as a whole.
CREATE TABLE {desk} (
  id          INTEGER PRIMARY KEY,
  event_count BIGINT NOT NULL,
  event_mac   BYTEA
);
INSERT INTO {desk} (id, event_count) VALUES (1, 0);

-- Ticket numbers. A transaction takes one without waiting for another; one that rolls back leaves a gap.
CREATE SEQUENCE {ticket_numbers};

-- One row, whose lock is the right to stamp events.
CREATE TABLE {sequence} (
  id   INTEGER PRIMARY KEY,
  last BIGINT NOT NULL
);
INSERT INTO {sequence} (id, last) VALUES (1, 0);

CREATE TABLE {queues} (
  id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name       TEXT COLLATE "C" NOT NULL UNIQUE,
  is_default BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE {contacts} (
  id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL,
  email      TEXT NOT NULL,
  locale     TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE {contact_identities} (
  kind       TEXT COLLATE "C" NOT NULL,
  value      TEXT COLLATE "C" NOT NULL,
  contact_id TEXT COLLATE "C" NOT NULL REFERENCES {contacts} (id),
  position   INTEGER NOT NULL,
  verified   BOOLEAN NOT NULL,
  PRIMARY KEY (kind, value)
);
CREATE INDEX {contact_identities_contact} ON {contact_identities} (contact_id, position);

-- Every index of a list ends with the number and is in the exact order of that list.
CREATE TABLE {tickets} (
  number            BIGINT PRIMARY KEY,
  id                TEXT COLLATE "C" NOT NULL UNIQUE,
  subject           TEXT NOT NULL,
  status            TEXT COLLATE "C" NOT NULL,
  category          TEXT COLLATE "C" NOT NULL,
  active            BOOLEAN NOT NULL,
  priority          TEXT COLLATE "C" NOT NULL,
  priority_rank     INTEGER NOT NULL,
  queue_id          TEXT COLLATE "C" NOT NULL REFERENCES {queues} (id),
  channel           TEXT COLLATE "C" NOT NULL,
  source            TEXT COLLATE "C" NOT NULL,
  requester_id      TEXT COLLATE "C" NOT NULL REFERENCES {contacts} (id),
  assignee_id       TEXT COLLATE "C" NOT NULL,
  assignee_name     TEXT NOT NULL,
  tags              TEXT NOT NULL,
  fields            TEXT NOT NULL,
  preview           TEXT NOT NULL,
  locale            TEXT COLLATE "C" NOT NULL,
  escalation        INTEGER NOT NULL,
  snoozed_until     BIGINT NOT NULL,
  merged_into       TEXT COLLATE "C" NOT NULL,
  demo              BOOLEAN NOT NULL,
  created_at        BIGINT NOT NULL,
  updated_at        BIGINT NOT NULL,
  first_response_at BIGINT NOT NULL,
  resolved_at       BIGINT NOT NULL,
  version           BIGINT NOT NULL,
  message_count     INTEGER NOT NULL,
  event_count       BIGINT NOT NULL,
  event_mac         BYTEA
);
CREATE INDEX {tickets_updated} ON {tickets} (active, updated_at, number);
CREATE INDEX {tickets_created} ON {tickets} (active, created_at, number);
CREATE INDEX {tickets_priority} ON {tickets} (active, priority_rank, number);
CREATE INDEX {tickets_category} ON {tickets} (category, updated_at, number);
CREATE INDEX {tickets_queue} ON {tickets} (queue_id, active, updated_at, number);
CREATE INDEX {tickets_assignee} ON {tickets} (assignee_id, active, updated_at, number);
CREATE INDEX {tickets_requester} ON {tickets} (requester_id, updated_at, number);
CREATE INDEX {tickets_resolved} ON {tickets} (resolved_at);

-- By number, as the full text below, so that both give sets of tickets in one order.
CREATE TABLE {ticket_tags} (
  tag    TEXT COLLATE "C" NOT NULL,
  number BIGINT NOT NULL REFERENCES {tickets} (number),
  PRIMARY KEY (tag, number)
);
CREATE INDEX {ticket_tags_number} ON {ticket_tags} (number);

CREATE TABLE {participants} (
  ticket_id  TEXT COLLATE "C" NOT NULL,
  contact_id TEXT COLLATE "C" NOT NULL REFERENCES {contacts} (id),
  role       TEXT COLLATE "C" NOT NULL,
  position   INTEGER NOT NULL,
  PRIMARY KEY (ticket_id, contact_id)
);

-- A message is written before its new ticket, so it does not reference it.
CREATE TABLE {messages} (
  id              TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  ticket_id       TEXT COLLATE "C" NOT NULL,
  n               INTEGER NOT NULL,
  kind            TEXT COLLATE "C" NOT NULL,
  author_type     TEXT COLLATE "C" NOT NULL,
  author_id       TEXT COLLATE "C" NOT NULL,
  author_name     TEXT NOT NULL,
  author_email    TEXT NOT NULL,
  channel         TEXT COLLATE "C" NOT NULL,
  body            TEXT NOT NULL,
  quoted          TEXT NOT NULL,
  has_html        BOOLEAN NOT NULL,
  machine         BOOLEAN NOT NULL,
  verified        INTEGER NOT NULL,
  external_id     TEXT NOT NULL,
  raw_sha256      TEXT COLLATE "C" NOT NULL,
  recipients      TEXT NOT NULL,
  delivery_state  TEXT COLLATE "C" NOT NULL,
  delivery_reason TEXT NOT NULL,
  delivery_at     BIGINT NOT NULL,
  files           INTEGER NOT NULL,
  created_at      BIGINT NOT NULL,
  UNIQUE (ticket_id, n)
);
CREATE INDEX {messages_raw} ON {messages} (raw_sha256) WHERE raw_sha256 <> '';

CREATE TABLE {message_html} (
  message_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES {messages} (id),
  html       TEXT NOT NULL
);

CREATE TABLE {attachments} (
  id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  ticket_id    TEXT COLLATE "C" NOT NULL,
  message_id   TEXT COLLATE "C" NOT NULL,
  position     INTEGER NOT NULL,
  name         TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size         BIGINT NOT NULL,
  sha256       TEXT COLLATE "C" NOT NULL,
  inline       BOOLEAN NOT NULL,
  content_id   TEXT NOT NULL,
  uploaded_by  TEXT COLLATE "C" NOT NULL,
  created_at   BIGINT NOT NULL
);
CREATE INDEX {attachments_ticket} ON {attachments} (ticket_id, message_id, position);
CREATE INDEX {attachments_sha256} ON {attachments} (sha256);

CREATE TABLE {thread_refs} (
  hash      BYTEA NOT NULL PRIMARY KEY,
  ticket_id TEXT COLLATE "C" NOT NULL
);
CREATE INDEX {thread_refs_ticket} ON {thread_refs} (ticket_id);

CREATE TABLE {receipts} (
  channel    TEXT COLLATE "C" NOT NULL,
  key_hash   BYTEA NOT NULL,
  ticket_id  TEXT COLLATE "C" NOT NULL,
  message_id TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (channel, key_hash)
);

-- pos rises in the order in which rows are written, which is not the order in which they are committed. So what was committed is numbered
-- again: seq, NULL until then, is the order in which events become visible; see Store.Sequence. Rows are never deleted.
CREATE TABLE {events} (
  pos          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  seq          BIGINT UNIQUE,
  id           TEXT COLLATE "C" NOT NULL UNIQUE,
  ticket_id    TEXT COLLATE "C" NOT NULL,
  n            BIGINT NOT NULL,
  type         TEXT COLLATE "C" NOT NULL,
  actor_type   TEXT COLLATE "C" NOT NULL,
  actor_id     TEXT COLLATE "C" NOT NULL,
  created_at   BIGINT NOT NULL,
  data         TEXT NOT NULL,
  private_hash BYTEA,
  mac          BYTEA NOT NULL,
  UNIQUE (ticket_id, n)
);
CREATE INDEX {events_unstamped} ON {events} (pos) WHERE seq IS NULL;
CREATE INDEX {events_created}  ON {events} (created_at, seq);

CREATE TABLE {event_private} (
  event_id   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  actor_name TEXT NOT NULL,
  salt       BYTEA,
  private    TEXT
);

CREATE TABLE {jobs} (
  id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  kind         TEXT COLLATE "C" NOT NULL,
  job_key      TEXT COLLATE "C" NOT NULL,
  live_key     TEXT COLLATE "C" UNIQUE,
  state        TEXT COLLATE "C" NOT NULL,
  run_at       BIGINT NOT NULL,
  attempt      INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  payload      TEXT NOT NULL,
  lease_token  TEXT COLLATE "C" NOT NULL,
  lease_until  BIGINT NOT NULL,
  last_error   TEXT NOT NULL,
  finished_at  BIGINT NOT NULL
);
CREATE INDEX {jobs_run} ON {jobs} (state, run_at, id);
CREATE INDEX {jobs_lease} ON {jobs} (lease_until) WHERE lease_until > 0;

CREATE TABLE {accounts} (
  id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  username      TEXT NOT NULL,
  username_fold TEXT COLLATE "C" NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  role          TEXT COLLATE "C" NOT NULL,
  password_hash TEXT NOT NULL,
  must_change   BOOLEAN NOT NULL,
  active        BOOLEAN NOT NULL,
  external      TEXT COLLATE "C" UNIQUE,
  version       BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  last_login_at BIGINT NOT NULL
);

CREATE TABLE {account_queues} (
  account_id TEXT COLLATE "C" NOT NULL REFERENCES {accounts} (id),
  queue_id   TEXT COLLATE "C" NOT NULL REFERENCES {queues} (id),
  PRIMARY KEY (account_id, queue_id)
);

CREATE TABLE {sessions} (
  id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES {accounts} (id),
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
  id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  account_id TEXT COLLATE "C" NOT NULL REFERENCES {accounts} (id),
  name       TEXT NOT NULL,
  prefix     TEXT COLLATE "C" NOT NULL,
  hash       TEXT COLLATE "C" NOT NULL UNIQUE,
  scopes     TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_used  BIGINT NOT NULL
);
CREATE INDEX {api_tokens_account} ON {api_tokens} (account_id);

CREATE TABLE {adapter_state} (
  name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE {parked} (
  id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  channel    TEXT COLLATE "C" NOT NULL,
  key_hash   BYTEA NOT NULL,
  item_key   TEXT NOT NULL,
  reason     TEXT NOT NULL,
  sender     TEXT NOT NULL,
  subject    TEXT NOT NULL,
  raw_sha256 TEXT COLLATE "C" NOT NULL,
  size       BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (channel, key_hash)
);
CREATE INDEX {parked_raw} ON {parked} (raw_sha256) WHERE raw_sha256 <> '';

-- Full text: the words of a text, folded by Store, so that every database finds the same. Of ticket number, text n, in parts of a few
-- hundred words.
CREATE TABLE {search} (
  number BIGINT NOT NULL,
  n      INTEGER NOT NULL,
  part   INTEGER NOT NULL,
  note   BOOLEAN NOT NULL,
  words  TSVECTOR NOT NULL,
  PRIMARY KEY (number, n, part)
);
CREATE INDEX {search_words} ON {search} USING GIN (words);
