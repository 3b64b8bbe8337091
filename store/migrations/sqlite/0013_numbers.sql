-- Numbers, views, drafts and what else agents keep.
-- The words by which a contact is found: of its name and its identities, folded.
CREATE TABLE {contact_terms} (
  term       TEXT NOT NULL,
  contact_id TEXT NOT NULL,
  PRIMARY KEY (term, contact_id)
) WITHOUT ROWID;
CREATE INDEX {contact_terms_contact} ON {contact_terms} (contact_id);

-- What people keep beside the tickets: views, macros, settings, changes that can be undone. An empty account_id is everybody's.
CREATE TABLE {saved} (
  kind       TEXT NOT NULL,
  id         TEXT NOT NULL,
  account_id TEXT NOT NULL,
  name       TEXT NOT NULL,
  body       TEXT NOT NULL,
  position   INTEGER NOT NULL,
  version    BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX {saved_account} ON {saved} (kind, account_id);

-- What one account keeps of one ticket: drafts, and how far it was read.
CREATE TABLE {personal} (
  account_id TEXT NOT NULL,
  ticket_id  TEXT NOT NULL,
  kind       TEXT NOT NULL,
  body       TEXT NOT NULL,
  version    BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, ticket_id, kind)
) WITHOUT ROWID;
CREATE INDEX {personal_ticket} ON {personal} (ticket_id);

-- Who was mentioned in a note. By number, as the tags.
CREATE TABLE {mentions} (
  account_id TEXT NOT NULL,
  number     INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, number)
) WITHOUT ROWID;
CREATE INDEX {mentions_number} ON {mentions} (number);

-- What the numbers of a desk are made of: for each ticket how it stands and what its events say so far, and each fact that counts, by its time.
CREATE TABLE {ticket_metrics} (
  ticket_id     TEXT NOT NULL,
  number        INTEGER NOT NULL,
  is_open       BOOLEAN NOT NULL,
  created_at    BIGINT NOT NULL,
  waiting_since BIGINT NOT NULL,
  answered      BOOLEAN NOT NULL,
  queue_id      TEXT NOT NULL,
  channel       TEXT NOT NULL,
  priority      TEXT NOT NULL,
  state         TEXT NOT NULL,
  PRIMARY KEY (ticket_id)
) WITHOUT ROWID;
CREATE INDEX {ticket_metrics_open} ON {ticket_metrics} (is_open, created_at);

CREATE TABLE {ticket_facts} (
  counted     BOOLEAN NOT NULL,
  happened_at BIGINT NOT NULL,
  number      INTEGER NOT NULL,
  n           BIGINT NOT NULL,
  kind        INTEGER NOT NULL,
  cycle       INTEGER NOT NULL,
  queue_id    TEXT NOT NULL,
  channel     TEXT NOT NULL,
  priority    TEXT NOT NULL,
  actor_id    TEXT NOT NULL,
  seconds     BIGINT NOT NULL,
  business    BIGINT NOT NULL,
  undone_at   BIGINT NOT NULL,
  one_touch   BOOLEAN NOT NULL,
  PRIMARY KEY (counted, happened_at, number, n, kind)
) WITHOUT ROWID;
CREATE INDEX {ticket_facts_number} ON {ticket_facts} (number);

-- The few that were escalated, for the view that counts them.
CREATE INDEX {tickets_escalated} ON {tickets} (updated_at) WHERE escalation > 0;
