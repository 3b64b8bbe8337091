-- Every version of every policy and calendar. A row never changes.
CREATE TABLE {sla_definitions} (
  rev        INTEGER PRIMARY KEY,
  stamp      TEXT NOT NULL UNIQUE,
  kind       TEXT NOT NULL,
  id         TEXT NOT NULL,
  version    INTEGER NOT NULL,
  valid_from BIGINT NOT NULL,
  retired    BOOLEAN NOT NULL,
  origin     TEXT NOT NULL,
  body       TEXT NOT NULL,
  created_by TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX {sla_definitions_version} ON {sla_definitions} (kind, id, version);

-- The clocks of a ticket: a cache of what its events say. It is written before a new ticket, so it does not reference it.
CREATE TABLE {sla_clocks} (
  ticket_id   TEXT NOT NULL PRIMARY KEY,
  state       TEXT NOT NULL,
  due_at      BIGINT NOT NULL,
  breached_at BIGINT NOT NULL,
  timer_at    BIGINT NOT NULL,
  unfinished  BOOLEAN NOT NULL,
  promised    BOOLEAN NOT NULL
) WITHOUT ROWID;
CREATE INDEX {sla_clocks_due}        ON {sla_clocks} (due_at);
CREATE INDEX {sla_clocks_breached}   ON {sla_clocks} (breached_at);
CREATE INDEX {sla_clocks_unfinished} ON {sla_clocks} (unfinished, ticket_id);

CREATE TABLE {sla_outcomes} (
  ticket_id      TEXT NOT NULL,
  clock          TEXT NOT NULL,
  cycle          INTEGER NOT NULL,
  met            BOOLEAN NOT NULL,
  ended_at       BIGINT NOT NULL,
  seconds        BIGINT NOT NULL,
  policy_id      TEXT NOT NULL,
  policy_version INTEGER NOT NULL,
  cause          TEXT NOT NULL,
  PRIMARY KEY (ticket_id, clock, cycle)
) WITHOUT ROWID;
CREATE INDEX {sla_outcomes_ended} ON {sla_outcomes} (ended_at);
