-- Every version of every policy and calendar. A row never changes.
CREATE TABLE {sla_definitions} (
  rev        BIGINT PRIMARY KEY,
  stamp      TEXT COLLATE "C" NOT NULL UNIQUE,
  kind       TEXT COLLATE "C" NOT NULL,
  id         TEXT COLLATE "C" NOT NULL,
  version    BIGINT NOT NULL,
  valid_from BIGINT NOT NULL,
  retired    BOOLEAN NOT NULL,
  origin     TEXT COLLATE "C" NOT NULL,
  body       TEXT NOT NULL,
  created_by TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX {sla_definitions_version} ON {sla_definitions} (kind, id, version);

-- The clocks of a ticket: a cache of what its events say. It is written before a new ticket, so it does not reference it.
CREATE TABLE {sla_clocks} (
  ticket_id   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  state       TEXT NOT NULL,
  due_at      BIGINT NOT NULL,
  breached_at BIGINT NOT NULL,
  timer_at    BIGINT NOT NULL,
  unfinished  BOOLEAN NOT NULL,
  promised    BOOLEAN NOT NULL
);
CREATE INDEX {sla_clocks_due} ON {sla_clocks} (due_at);
CREATE INDEX {sla_clocks_breached} ON {sla_clocks} (breached_at);
CREATE INDEX {sla_clocks_unfinished} ON {sla_clocks} (unfinished, ticket_id);

CREATE TABLE {sla_outcomes} (
  ticket_id      TEXT COLLATE "C" NOT NULL,
  clock          TEXT COLLATE "C" NOT NULL,
  cycle          INTEGER NOT NULL,
  met            BOOLEAN NOT NULL,
  ended_at       BIGINT NOT NULL,
  seconds        BIGINT NOT NULL,
  policy_id      TEXT COLLATE "C" NOT NULL,
  policy_version BIGINT NOT NULL,
  cause          TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (ticket_id, clock, cycle)
);
CREATE INDEX {sla_outcomes_ended} ON {sla_outcomes} (ended_at);
