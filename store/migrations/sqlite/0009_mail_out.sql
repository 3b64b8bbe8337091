-- Where colleagues are told by mail, which addresses of contacts send mail back, what is mailed by itself, and what was.
ALTER TABLE {accounts} ADD COLUMN email TEXT NOT NULL DEFAULT '';
-- Until now a username that is an address was where its owner was told.
UPDATE {accounts} SET email = LOWER(username) WHERE username LIKE '%_@_%._%';

ALTER TABLE {contact_identities} ADD COLUMN bounced_at BIGINT NOT NULL DEFAULT 0;

-- The row with an empty queue_id is the desk's.
CREATE TABLE {mail_rules} (
  queue_id TEXT NOT NULL PRIMARY KEY,
  rules    TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE {auto_mails} (
  id          TEXT NOT NULL PRIMARY KEY,
  person_hash BLOB NOT NULL,
  channel     TEXT NOT NULL,
  ticket_id   TEXT NOT NULL,
  created_at  BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX {auto_mails_person} ON {auto_mails} (person_hash, created_at);
CREATE INDEX {auto_mails_channel} ON {auto_mails} (channel, created_at);
CREATE INDEX {auto_mails_created} ON {auto_mails} (created_at);
