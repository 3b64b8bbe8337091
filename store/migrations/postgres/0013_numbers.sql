-- Numbers, views, drafts and what else agents keep.
-- The words by which a contact is found: of its name and its identities, folded.
CREATE TABLE {contact_terms} (
  term       TEXT COLLATE "C" NOT NULL,
  contact_id TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (term, contact_id)
);
CREATE INDEX {contact_terms_contact} ON {contact_terms} (contact_id);

-- What people keep beside the tickets: views, macros, settings, changes that can be undone. An empty account_id is everybody's.
CREATE TABLE {saved} (
  kind       TEXT COLLATE "C" NOT NULL,
  id         TEXT COLLATE "C" NOT NULL,
  account_id TEXT COLLATE "C" NOT NULL,
  name       TEXT NOT NULL,
  body       TEXT NOT NULL,
  position   INTEGER NOT NULL,
  version    BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (kind, id)
);
CREATE INDEX {saved_account} ON {saved} (kind, account_id);

-- What one account keeps of one ticket: drafts, and how far it was read.
CREATE TABLE {personal} (
  account_id TEXT COLLATE "C" NOT NULL,
  ticket_id  TEXT COLLATE "C" NOT NULL,
  kind       TEXT COLLATE "C" NOT NULL,
  body       TEXT NOT NULL,
  version    BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, ticket_id, kind)
);
CREATE INDEX {personal_ticket} ON {personal} (ticket_id);

-- Who was mentioned in a note. By number, as the tags.
CREATE TABLE {mentions} (
  account_id TEXT COLLATE "C" NOT NULL,
  number     BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, number)
);
CREATE INDEX {mentions_number} ON {mentions} (number);

-- What the numbers of a desk are made of: for each ticket how it stands and what its events say so far, and each fact that counts, by its time.
CREATE TABLE {ticket_metrics} (
  ticket_id     TEXT COLLATE "C" NOT NULL,
  number        BIGINT NOT NULL,
  is_open       BOOLEAN NOT NULL,
  created_at    BIGINT NOT NULL,
  waiting_since BIGINT NOT NULL,
  answered      BOOLEAN NOT NULL,
  queue_id      TEXT COLLATE "C" NOT NULL,
  channel       TEXT COLLATE "C" NOT NULL,
  priority      TEXT COLLATE "C" NOT NULL,
  state         TEXT NOT NULL,
  PRIMARY KEY (ticket_id)
);
CREATE INDEX {ticket_metrics_open} ON {ticket_metrics} (is_open, created_at);

CREATE TABLE {ticket_facts} (
  counted     BOOLEAN NOT NULL,
  happened_at BIGINT NOT NULL,
  number      BIGINT NOT NULL,
  n           BIGINT NOT NULL,
  kind        INTEGER NOT NULL,
  cycle       INTEGER NOT NULL,
  queue_id    TEXT COLLATE "C" NOT NULL,
  channel     TEXT COLLATE "C" NOT NULL,
  priority    TEXT COLLATE "C" NOT NULL,
  actor_id    TEXT COLLATE "C" NOT NULL,
  seconds     BIGINT NOT NULL,
  business    BIGINT NOT NULL,
  undone_at   BIGINT NOT NULL,
  one_touch   BOOLEAN NOT NULL,
  PRIMARY KEY (counted, happened_at, number, n, kind)
);
CREATE INDEX {ticket_facts_number} ON {ticket_facts} (number);

-- The few that were escalated, for the view that counts them.
CREATE INDEX {tickets_escalated} ON {tickets} (updated_at) WHERE escalation > 0;
