-- The facts of a day as they were when it was last rolled up, packed, and which tickets have changed facts of that day since. Days are of UTC,
-- counted from 1970. All of it follows from the facts and may be emptied at any time.
CREATE TABLE {fact_days} (
  day     BIGINT NOT NULL,
  part    INTEGER NOT NULL,
  version BIGINT NOT NULL,
  body    BLOB NOT NULL,
  PRIMARY KEY (day, part)
);

CREATE TABLE {fact_changes} (
  day    BIGINT NOT NULL,
  number INTEGER NOT NULL,
  id     TEXT NOT NULL,
  PRIMARY KEY (day, number, id)
) WITHOUT ROWID;
