-- Numbers, views, drafts and what else agents keep.
-- The words by which a contact is found: of its name and its identities, folded.
CREATE TABLE {contact_terms} (
  term       VARCHAR(64) NOT NULL,
  contact_id VARCHAR(64) NOT NULL,
  PRIMARY KEY (term, contact_id),
  INDEX {contact_terms_contact} (contact_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What people keep beside the tickets: views, macros, settings, changes that can be undone. An empty account_id is everybody's.
CREATE TABLE {saved} (
  kind       VARCHAR(64) NOT NULL,
  id         VARCHAR(64) NOT NULL,
  account_id VARCHAR(200) NOT NULL,
  name       LONGTEXT NOT NULL,
  body       LONGTEXT NOT NULL,
  position   INTEGER NOT NULL,
  version    BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (kind, id),
  INDEX {saved_account} (kind, account_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What one account keeps of one ticket: drafts, and how far it was read.
CREATE TABLE {personal} (
  account_id VARCHAR(200) NOT NULL,
  ticket_id  VARCHAR(64) NOT NULL,
  kind       VARCHAR(64) NOT NULL,
  body       LONGTEXT NOT NULL,
  version    BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, ticket_id, kind),
  INDEX {personal_ticket} (ticket_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who was mentioned in a note. By number, as the tags.
CREATE TABLE {mentions} (
  account_id VARCHAR(200) NOT NULL,
  number     BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, number),
  INDEX {mentions_number} (number)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What the numbers of a desk are made of: for each ticket how it stands and what its events say so far, and each fact that counts, by its time.
CREATE TABLE {ticket_metrics} (
  ticket_id     VARCHAR(64) NOT NULL,
  number        BIGINT NOT NULL,
  is_open       BOOLEAN NOT NULL,
  created_at    BIGINT NOT NULL,
  waiting_since BIGINT NOT NULL,
  answered      BOOLEAN NOT NULL,
  queue_id      VARCHAR(64) NOT NULL,
  channel       VARCHAR(64) NOT NULL,
  priority      VARCHAR(64) NOT NULL,
  state         LONGTEXT NOT NULL,
  PRIMARY KEY (ticket_id),
  INDEX {ticket_metrics_open} (is_open, created_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {ticket_facts} (
  counted     BOOLEAN NOT NULL,
  happened_at BIGINT NOT NULL,
  number      BIGINT NOT NULL,
  n           BIGINT NOT NULL,
  kind        INTEGER NOT NULL,
  cycle       INTEGER NOT NULL,
  queue_id    VARCHAR(64) NOT NULL,
  channel     VARCHAR(64) NOT NULL,
  priority    VARCHAR(64) NOT NULL,
  actor_id    VARCHAR(200) NOT NULL,
  seconds     BIGINT NOT NULL,
  business    BIGINT NOT NULL,
  undone_at   BIGINT NOT NULL,
  one_touch   BOOLEAN NOT NULL,
  PRIMARY KEY (counted, happened_at, number, n, kind),
  INDEX {ticket_facts_number} (number)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The few that were escalated, for the view that counts them.
CREATE INDEX {tickets_escalated} ON {tickets} (escalation, updated_at);
