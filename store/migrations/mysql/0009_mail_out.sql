-- Where colleagues are told by mail, which addresses of contacts send mail back, what is mailed by itself, and what was.
ALTER TABLE {accounts} ADD COLUMN email VARCHAR(254) NOT NULL DEFAULT '';
-- Until now a username that is an address was where its owner was told.
UPDATE {accounts} SET email = LOWER(username) WHERE username LIKE '%_@_%._%';

ALTER TABLE {contact_identities} ADD COLUMN bounced_at BIGINT NOT NULL DEFAULT 0;

-- The row with an empty queue_id is the desk's.
CREATE TABLE {mail_rules} (
  queue_id VARCHAR(64) NOT NULL PRIMARY KEY,
  rules    LONGTEXT NOT NULL
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE {auto_mails} (
  id          VARCHAR(64) NOT NULL PRIMARY KEY,
  person_hash VARBINARY(32) NOT NULL,
  channel     VARCHAR(32) NOT NULL,
  ticket_id   VARCHAR(64) NOT NULL,
  created_at  BIGINT NOT NULL,
  INDEX {auto_mails_person} (person_hash, created_at),
  INDEX {auto_mails_channel} (channel, created_at),
  INDEX {auto_mails_created} (created_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
