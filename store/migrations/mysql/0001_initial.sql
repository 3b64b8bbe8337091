-- One row: what belongs to the desk as a whole.
CREATE TABLE {desk} (
  id          INTEGER PRIMARY KEY,
  event_count BIGINT NOT NULL,
  event_mac   VARBINARY(64)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT INTO {desk} (id, event_count) VALUES (1, 0);

-- Ticket numbers: each is taken by a row that its own transaction removes again, so that nobody waits for another.
CREATE TABLE {ticket_numbers} (
  number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One row, whose lock is the right to stamp events.
CREATE TABLE {sequence} (
  id   INTEGER PRIMARY KEY,
  last BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT INTO {sequence} (id, last) VALUES (1, 0);

CREATE TABLE {queues} (
  id         VARCHAR(64) NOT NULL PRIMARY KEY,
  name       VARCHAR(200) NOT NULL UNIQUE,
  is_default BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {contacts} (
  id         VARCHAR(64) NOT NULL PRIMARY KEY,
  name       LONGTEXT NOT NULL,
  email      LONGTEXT NOT NULL,
  locale     VARCHAR(35) NOT NULL,
  created_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {contact_identities} (
  kind       VARCHAR(64) NOT NULL,
  value      VARCHAR(255) NOT NULL,
  contact_id VARCHAR(64) NOT NULL,
  position   INTEGER NOT NULL,
  verified   BOOLEAN NOT NULL,
  FOREIGN KEY (contact_id) REFERENCES {contacts} (id),
  PRIMARY KEY (kind, value),
  INDEX {contact_identities_contact} (contact_id, position)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Every index of a list ends with the number and is in the exact order of that list.
CREATE TABLE {tickets} (
  number            BIGINT PRIMARY KEY,
  id                VARCHAR(64) NOT NULL UNIQUE,
  subject           LONGTEXT NOT NULL,
  status            VARCHAR(64) NOT NULL,
  category          VARCHAR(64) NOT NULL,
  active            BOOLEAN NOT NULL,
  priority          VARCHAR(64) NOT NULL,
  priority_rank     INTEGER NOT NULL,
  queue_id          VARCHAR(64) NOT NULL,
  channel           VARCHAR(64) NOT NULL,
  source            VARCHAR(64) NOT NULL,
  requester_id      VARCHAR(64) NOT NULL,
  assignee_id       VARCHAR(200) NOT NULL,
  assignee_name     LONGTEXT NOT NULL,
  tags              LONGTEXT NOT NULL,
  fields            LONGTEXT NOT NULL,
  preview           LONGTEXT NOT NULL,
  locale            VARCHAR(35) NOT NULL,
  escalation        INTEGER NOT NULL,
  snoozed_until     BIGINT NOT NULL,
  merged_into       VARCHAR(64) NOT NULL,
  demo              BOOLEAN NOT NULL,
  created_at        BIGINT NOT NULL,
  updated_at        BIGINT NOT NULL,
  first_response_at BIGINT NOT NULL,
  resolved_at       BIGINT NOT NULL,
  version           BIGINT NOT NULL,
  message_count     INTEGER NOT NULL,
  event_count       BIGINT NOT NULL,
  event_mac         VARBINARY(64),
  FOREIGN KEY (queue_id) REFERENCES {queues} (id),
  FOREIGN KEY (requester_id) REFERENCES {contacts} (id),
  INDEX {tickets_updated} (active, updated_at, number),
  INDEX {tickets_created} (active, created_at, number),
  INDEX {tickets_priority} (active, priority_rank, number),
  INDEX {tickets_category} (category, updated_at, number),
  INDEX {tickets_queue} (queue_id, active, updated_at, number),
  INDEX {tickets_assignee} (assignee_id, active, updated_at, number),
  INDEX {tickets_requester} (requester_id, updated_at, number),
  INDEX {tickets_resolved} (resolved_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- By number, as the full text below, so that both give sets of tickets in one order.
CREATE TABLE {ticket_tags} (
  tag    VARCHAR(255) NOT NULL,
  number BIGINT NOT NULL,
  FOREIGN KEY (number) REFERENCES {tickets} (number),
  PRIMARY KEY (tag, number),
  INDEX {ticket_tags_number} (number)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {participants} (
  ticket_id  VARCHAR(64) NOT NULL,
  contact_id VARCHAR(64) NOT NULL,
  role       VARCHAR(64) NOT NULL,
  position   INTEGER NOT NULL,
  FOREIGN KEY (contact_id) REFERENCES {contacts} (id),
  PRIMARY KEY (ticket_id, contact_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- A message is written before its new ticket, so it does not reference it.
CREATE TABLE {messages} (
  id              VARCHAR(64) NOT NULL PRIMARY KEY,
  ticket_id       VARCHAR(64) NOT NULL,
  n               INTEGER NOT NULL,
  kind            VARCHAR(64) NOT NULL,
  author_type     VARCHAR(64) NOT NULL,
  author_id       VARCHAR(200) NOT NULL,
  author_name     LONGTEXT NOT NULL,
  author_email    LONGTEXT NOT NULL,
  channel         VARCHAR(64) NOT NULL,
  body            LONGTEXT NOT NULL,
  quoted          LONGTEXT NOT NULL,
  has_html        BOOLEAN NOT NULL,
  machine         BOOLEAN NOT NULL,
  verified        INTEGER NOT NULL,
  external_id     LONGTEXT NOT NULL,
  raw_sha256      VARCHAR(64) NOT NULL,
  recipients      LONGTEXT NOT NULL,
  delivery_state  VARCHAR(64) NOT NULL,
  delivery_reason LONGTEXT NOT NULL,
  delivery_at     BIGINT NOT NULL,
  files           INTEGER NOT NULL,
  created_at      BIGINT NOT NULL,
  UNIQUE (ticket_id, n),
  INDEX {messages_raw} (raw_sha256)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {message_html} (
  message_id VARCHAR(64) NOT NULL PRIMARY KEY,
  html       LONGTEXT NOT NULL,
  FOREIGN KEY (message_id) REFERENCES {messages} (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {attachments} (
  id           VARCHAR(64) NOT NULL PRIMARY KEY,
  ticket_id    VARCHAR(64) NOT NULL,
  message_id   VARCHAR(64) NOT NULL,
  position     INTEGER NOT NULL,
  name         LONGTEXT NOT NULL,
  content_type LONGTEXT NOT NULL,
  size         BIGINT NOT NULL,
  sha256       VARCHAR(64) NOT NULL,
  inline       BOOLEAN NOT NULL,
  content_id   LONGTEXT NOT NULL,
  uploaded_by  VARCHAR(200) NOT NULL,
  created_at   BIGINT NOT NULL,
  INDEX {attachments_ticket} (ticket_id, message_id, position),
  INDEX {attachments_sha256} (sha256)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {thread_refs} (
  hash      VARBINARY(64) NOT NULL PRIMARY KEY,
  ticket_id VARCHAR(64) NOT NULL,
  INDEX {thread_refs_ticket} (ticket_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {receipts} (
  channel    VARCHAR(64) NOT NULL,
  key_hash   VARBINARY(64) NOT NULL,
  ticket_id  VARCHAR(64) NOT NULL,
  message_id VARCHAR(64) NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (channel, key_hash)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- pos rises in the order in which rows are written, which is not the order in which they are committed. So what was committed is numbered
-- again: seq, NULL until then, is the order in which events become visible; see Store.Sequence. Rows are never deleted.
CREATE TABLE {events} (
  pos          BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  seq          BIGINT UNIQUE,
  id           VARCHAR(64) NOT NULL UNIQUE,
  ticket_id    VARCHAR(64) NOT NULL,
  n            BIGINT NOT NULL,
  type         VARCHAR(64) NOT NULL,
  actor_type   VARCHAR(64) NOT NULL,
  actor_id     VARCHAR(200) NOT NULL,
  created_at   BIGINT NOT NULL,
  data         LONGTEXT NOT NULL,
  private_hash VARBINARY(64),
  mac          VARBINARY(64) NOT NULL,
  UNIQUE (ticket_id, n),
  INDEX {events_created} (created_at, seq)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {event_private} (
  event_id   VARCHAR(64) NOT NULL PRIMARY KEY,
  actor_name LONGTEXT NOT NULL,
  salt       VARBINARY(64),
  private    LONGTEXT
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {jobs} (
  id           VARCHAR(200) NOT NULL PRIMARY KEY,
  kind         VARCHAR(100) NOT NULL,
  job_key      VARCHAR(200) NOT NULL,
  live_key     VARCHAR(200) UNIQUE,
  state        VARCHAR(64) NOT NULL,
  run_at       BIGINT NOT NULL,
  attempt      INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  payload      LONGTEXT NOT NULL,
  lease_token  VARCHAR(64) NOT NULL,
  lease_until  BIGINT NOT NULL,
  last_error   LONGTEXT NOT NULL,
  finished_at  BIGINT NOT NULL,
  INDEX {jobs_run} (state, run_at, id),
  INDEX {jobs_lease} (lease_until)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {accounts} (
  id            VARCHAR(200) NOT NULL PRIMARY KEY,
  username      LONGTEXT NOT NULL,
  username_fold VARCHAR(200) NOT NULL UNIQUE,
  name          LONGTEXT NOT NULL,
  role          VARCHAR(64) NOT NULL,
  password_hash LONGTEXT NOT NULL,
  must_change   BOOLEAN NOT NULL,
  active        BOOLEAN NOT NULL,
  external      VARCHAR(255) UNIQUE,
  version       BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  last_login_at BIGINT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {account_queues} (
  account_id VARCHAR(200) NOT NULL,
  queue_id   VARCHAR(64) NOT NULL,
  FOREIGN KEY (account_id) REFERENCES {accounts} (id),
  FOREIGN KEY (queue_id) REFERENCES {queues} (id),
  PRIMARY KEY (account_id, queue_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {sessions} (
  id         VARCHAR(128) NOT NULL PRIMARY KEY,
  account_id VARCHAR(200) NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_seen  BIGINT NOT NULL,
  address    LONGTEXT NOT NULL,
  user_agent LONGTEXT NOT NULL,
  panel      BOOLEAN NOT NULL,
  FOREIGN KEY (account_id) REFERENCES {accounts} (id),
  INDEX {sessions_account} (account_id, last_seen),
  INDEX {sessions_expires} (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {api_tokens} (
  id         VARCHAR(64) NOT NULL PRIMARY KEY,
  account_id VARCHAR(200) NOT NULL,
  name       LONGTEXT NOT NULL,
  prefix     VARCHAR(64) NOT NULL,
  hash       VARCHAR(64) NOT NULL UNIQUE,
  scopes     LONGTEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_used  BIGINT NOT NULL,
  FOREIGN KEY (account_id) REFERENCES {accounts} (id),
  INDEX {api_tokens_account} (account_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {adapter_state} (
  name  VARCHAR(200) NOT NULL PRIMARY KEY,
  value LONGTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {parked} (
  id         VARCHAR(64) NOT NULL PRIMARY KEY,
  channel    VARCHAR(64) NOT NULL,
  key_hash   VARBINARY(64) NOT NULL,
  item_key   LONGTEXT NOT NULL,
  reason     LONGTEXT NOT NULL,
  sender     LONGTEXT NOT NULL,
  subject    LONGTEXT NOT NULL,
  raw_sha256 VARCHAR(64) NOT NULL,
  size       BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (channel, key_hash),
  INDEX {parked_raw} (raw_sha256)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Full text: the words of a text, folded and spelled by Store, so that every database finds the same, and so that none is too short or
-- too common for the index. Of ticket number, text n.
CREATE TABLE {search} (
  number BIGINT NOT NULL,
  n      INTEGER NOT NULL,
  note   BOOLEAN NOT NULL,
  words  LONGTEXT NOT NULL,
  PRIMARY KEY (number, n),
  FULLTEXT {search_words} (words)
) ENGINE=InnoDB DEFAULT CHARACTER SET ascii COLLATE ascii_bin;
