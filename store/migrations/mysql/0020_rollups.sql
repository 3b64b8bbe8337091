-- The facts of a day as they were when it was last rolled up, packed, and which tickets have changed facts of that day since. Days are of UTC,
-- counted from 1970. All of it follows from the facts and may be emptied at any time.
CREATE TABLE {fact_days} (
  day     BIGINT NOT NULL,
  part    INTEGER NOT NULL,
  version BIGINT NOT NULL,
  body    LONGBLOB NOT NULL,
  PRIMARY KEY (day, part)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {fact_changes} (
  day    BIGINT NOT NULL,
  number BIGINT NOT NULL,
  id     VARCHAR(64) NOT NULL,
  PRIMARY KEY (day, number, id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
