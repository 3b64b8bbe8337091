-- Every version of every policy and calendar. A row never changes.
CREATE TABLE {sla_definitions} (
  rev        BIGINT PRIMARY KEY,
  stamp      VARCHAR(64) NOT NULL UNIQUE,
  kind       VARCHAR(64) NOT NULL,
  id         VARCHAR(200) NOT NULL,
  version    BIGINT NOT NULL,
  valid_from BIGINT NOT NULL,
  retired    BOOLEAN NOT NULL,
  origin     VARCHAR(64) NOT NULL,
  body       LONGTEXT NOT NULL,
  created_by VARCHAR(200) NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE {sla_definitions_version} (kind, id, version)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The clocks of a ticket: a cache of what its events say. It is written before a new ticket, so it does not reference it.
CREATE TABLE {sla_clocks} (
  ticket_id   VARCHAR(64) NOT NULL PRIMARY KEY,
  state       LONGTEXT NOT NULL,
  due_at      BIGINT NOT NULL,
  breached_at BIGINT NOT NULL,
  timer_at    BIGINT NOT NULL,
  unfinished  BOOLEAN NOT NULL,
  promised    BOOLEAN NOT NULL,
  INDEX {sla_clocks_due} (due_at),
  INDEX {sla_clocks_breached} (breached_at),
  INDEX {sla_clocks_unfinished} (unfinished, ticket_id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {sla_outcomes} (
  ticket_id      VARCHAR(64) NOT NULL,
  clock          VARCHAR(64) NOT NULL,
  cycle          INTEGER NOT NULL,
  met            BOOLEAN NOT NULL,
  ended_at       BIGINT NOT NULL,
  seconds        BIGINT NOT NULL,
  policy_id      VARCHAR(200) NOT NULL,
  policy_version BIGINT NOT NULL,
  cause          VARCHAR(64) NOT NULL,
  PRIMARY KEY (ticket_id, clock, cycle),
  INDEX {sla_outcomes_ended} (ended_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
