-- One row: what belongs to the desk as a whole.
CREATE TABLE ticketkit_desk (
  id          INTEGER PRIMARY KEY,
  number      BIGINT NOT NULL,
  event_count BIGINT NOT NULL,
  event_mac   BLOB
);
INSERT INTO ticketkit_desk (id, number, event_count) VALUES (1, 0, 0);

CREATE TABLE ticketkit_queues (
  id         TEXT NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL UNIQUE,
  is_default BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE ticketkit_contacts (
  id         TEXT NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL,
  email      TEXT NOT NULL,
  locale     TEXT NOT NULL,
  created_at BIGINT NOT NULL
) WITHOUT ROWID;

CREATE TABLE ticketkit_contact_identities (
  kind       TEXT NOT NULL,
  value      TEXT NOT NULL,
  contact_id TEXT NOT NULL REFERENCES ticketkit_contacts (id),
  position   INTEGER NOT NULL,
  verified   BOOLEAN NOT NULL,
  PRIMARY KEY (kind, value)
) WITHOUT ROWID;
CREATE INDEX ticketkit_contact_identities_contact ON ticketkit_contact_identities (contact_id, position);

-- The number is the row id, so every index below ends with it and is in the exact order of a list.
CREATE TABLE ticketkit_tickets (
  number            INTEGER PRIMARY KEY,
  id                TEXT NOT NULL UNIQUE,
  subject           TEXT NOT NULL,
  status            TEXT NOT NULL,
  category          TEXT NOT NULL,
  active            BOOLEAN NOT NULL,
  priority          TEXT NOT NULL,
  priority_rank     INTEGER NOT NULL,
  queue_id          TEXT NOT NULL REFERENCES ticketkit_queues (id),
  channel           TEXT NOT NULL,
  source            TEXT NOT NULL,
  requester_id      TEXT NOT NULL REFERENCES ticketkit_contacts (id),
  assignee_id       TEXT NOT NULL,
  assignee_name     TEXT NOT NULL,
  tags              TEXT NOT NULL,
  fields            TEXT NOT NULL,
  preview           TEXT NOT NULL,
  locale            TEXT NOT NULL,
  escalation        INTEGER NOT NULL,
  snoozed_until     BIGINT NOT NULL,
  merged_into       TEXT NOT NULL,
  demo              BOOLEAN NOT NULL,
  created_at        BIGINT NOT NULL,
  updated_at        BIGINT NOT NULL,
  first_response_at BIGINT NOT NULL,
  resolved_at       BIGINT NOT NULL,
  version           BIGINT NOT NULL,
  message_count     INTEGER NOT NULL,
  event_count       BIGINT NOT NULL,
  event_mac         BLOB
);
CREATE INDEX ticketkit_tickets_updated   ON ticketkit_tickets (active, updated_at);
CREATE INDEX ticketkit_tickets_created   ON ticketkit_tickets (active, created_at);
CREATE INDEX ticketkit_tickets_priority  ON ticketkit_tickets (active, priority_rank);
CREATE INDEX ticketkit_tickets_category  ON ticketkit_tickets (category, updated_at);
CREATE INDEX ticketkit_tickets_queue     ON ticketkit_tickets (queue_id, active, updated_at);
CREATE INDEX ticketkit_tickets_assignee  ON ticketkit_tickets (assignee_id, active, updated_at);
CREATE INDEX ticketkit_tickets_requester ON ticketkit_tickets (requester_id, updated_at);
CREATE INDEX ticketkit_tickets_resolved  ON ticketkit_tickets (resolved_at);

-- By number, as the full text below, so that both give sets of tickets in one order.
CREATE TABLE ticketkit_ticket_tags (
  tag    TEXT NOT NULL,
  number INTEGER NOT NULL REFERENCES ticketkit_tickets (number),
  PRIMARY KEY (tag, number)
) WITHOUT ROWID;
CREATE INDEX ticketkit_ticket_tags_number ON ticketkit_ticket_tags (number);

CREATE TABLE ticketkit_participants (
  ticket_id  TEXT NOT NULL,
  contact_id TEXT NOT NULL REFERENCES ticketkit_contacts (id),
  role       TEXT NOT NULL,
  position   INTEGER NOT NULL,
  PRIMARY KEY (ticket_id, contact_id)
) WITHOUT ROWID;

-- A message is written before its new ticket, so it does not reference it.
CREATE TABLE ticketkit_messages (
  id              TEXT NOT NULL PRIMARY KEY,
  ticket_id       TEXT NOT NULL,
  n               INTEGER NOT NULL,
  kind            TEXT NOT NULL,
  author_type     TEXT NOT NULL,
  author_id       TEXT NOT NULL,
  author_name     TEXT NOT NULL,
  author_email    TEXT NOT NULL,
  channel         TEXT NOT NULL,
  body            TEXT NOT NULL,
  quoted          TEXT NOT NULL,
  has_html        BOOLEAN NOT NULL,
  machine         BOOLEAN NOT NULL,
  verified        INTEGER NOT NULL,
  external_id     TEXT NOT NULL,
  raw_sha256      TEXT NOT NULL,
  recipients      TEXT NOT NULL,
  delivery_state  TEXT NOT NULL,
  delivery_reason TEXT NOT NULL,
  delivery_at     BIGINT NOT NULL,
  files           INTEGER NOT NULL,
  created_at      BIGINT NOT NULL,
  UNIQUE (ticket_id, n)
);
CREATE INDEX ticketkit_messages_raw ON ticketkit_messages (raw_sha256) WHERE raw_sha256 <> '';

CREATE TABLE ticketkit_message_html (
  message_id TEXT NOT NULL PRIMARY KEY REFERENCES ticketkit_messages (id),
  html       TEXT NOT NULL
);

CREATE TABLE ticketkit_attachments (
  id           TEXT NOT NULL PRIMARY KEY,
  ticket_id    TEXT NOT NULL,
  message_id   TEXT NOT NULL,
  position     INTEGER NOT NULL,
  name         TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size         BIGINT NOT NULL,
  sha256       TEXT NOT NULL,
  inline       BOOLEAN NOT NULL,
  content_id   TEXT NOT NULL,
  uploaded_by  TEXT NOT NULL,
  created_at   BIGINT NOT NULL
);
CREATE INDEX ticketkit_attachments_ticket ON ticketkit_attachments (ticket_id, message_id, position);
CREATE INDEX ticketkit_attachments_sha256 ON ticketkit_attachments (sha256);

CREATE TABLE ticketkit_thread_refs (
  hash      BLOB NOT NULL PRIMARY KEY,
  ticket_id TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX ticketkit_thread_refs_ticket ON ticketkit_thread_refs (ticket_id);

CREATE TABLE ticketkit_receipts (
  channel    TEXT NOT NULL,
  key_hash   BLOB NOT NULL,
  ticket_id  TEXT NOT NULL,
  message_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (channel, key_hash)
) WITHOUT ROWID;

-- One writer commits after another, so the row id rises in the order in which events become visible. Rows are never deleted.
CREATE TABLE ticketkit_events (
  seq          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  ticket_id    TEXT NOT NULL,
  n            BIGINT NOT NULL,
  type         TEXT NOT NULL,
  actor_type   TEXT NOT NULL,
  actor_id     TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  data         TEXT NOT NULL,
  private_hash BLOB,
  mac          BLOB NOT NULL,
  UNIQUE (ticket_id, n)
);
CREATE INDEX ticketkit_events_created ON ticketkit_events (created_at);

CREATE TABLE ticketkit_event_private (
  event_id   TEXT NOT NULL PRIMARY KEY,
  actor_name TEXT NOT NULL,
  salt       BLOB,
  private    TEXT
) WITHOUT ROWID;

CREATE TABLE ticketkit_jobs (
  id           TEXT NOT NULL PRIMARY KEY,
  kind         TEXT NOT NULL,
  job_key      TEXT NOT NULL,
  live_key     TEXT UNIQUE,
  state        TEXT NOT NULL,
  run_at       BIGINT NOT NULL,
  attempt      INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  payload      TEXT NOT NULL,
  lease_token  TEXT NOT NULL,
  lease_until  BIGINT NOT NULL,
  last_error   TEXT NOT NULL,
  finished_at  BIGINT NOT NULL
);
CREATE INDEX ticketkit_jobs_run   ON ticketkit_jobs (state, run_at, id);
CREATE INDEX ticketkit_jobs_lease ON ticketkit_jobs (lease_until) WHERE lease_until > 0;

CREATE TABLE ticketkit_accounts (
  id            TEXT NOT NULL PRIMARY KEY,
  username      TEXT NOT NULL,
  username_fold TEXT NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  role          TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  must_change   BOOLEAN NOT NULL,
  active        BOOLEAN NOT NULL,
  external      TEXT UNIQUE,
  version       BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  last_login_at BIGINT NOT NULL
);

CREATE TABLE ticketkit_account_queues (
  account_id TEXT NOT NULL REFERENCES ticketkit_accounts (id),
  queue_id   TEXT NOT NULL REFERENCES ticketkit_queues (id),
  PRIMARY KEY (account_id, queue_id)
) WITHOUT ROWID;

CREATE TABLE ticketkit_sessions (
  id         TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES ticketkit_accounts (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_seen  BIGINT NOT NULL,
  address    TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  panel      BOOLEAN NOT NULL
);
CREATE INDEX ticketkit_sessions_account ON ticketkit_sessions (account_id, last_seen);
CREATE INDEX ticketkit_sessions_expires ON ticketkit_sessions (expires_at);

CREATE TABLE ticketkit_api_tokens (
  id         TEXT NOT NULL PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES ticketkit_accounts (id),
  name       TEXT NOT NULL,
  prefix     TEXT NOT NULL,
  hash       TEXT NOT NULL UNIQUE,
  scopes     TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_used  BIGINT NOT NULL
);
CREATE INDEX ticketkit_api_tokens_account ON ticketkit_api_tokens (account_id);

CREATE TABLE ticketkit_adapter_state (
  name  TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE ticketkit_parked (
  id         TEXT NOT NULL PRIMARY KEY,
  channel    TEXT NOT NULL,
  key_hash   BLOB NOT NULL,
  item_key   TEXT NOT NULL,
  reason     TEXT NOT NULL,
  sender     TEXT NOT NULL,
  subject    TEXT NOT NULL,
  raw_sha256 TEXT NOT NULL,
  size       BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE (channel, key_hash)
);
CREATE INDEX ticketkit_parked_raw ON ticketkit_parked (raw_sha256) WHERE raw_sha256 <> '';

-- Full text. The texts stand in their own tables; here is only what finds them.
CREATE VIRTUAL TABLE ticketkit_search USING fts5 (
  body, note,
  content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TABLE ticketkit_migrations (name TEXT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL);
INSERT INTO ticketkit_migrations VALUES ('0001_initial', 1);
DELETE FROM ticketkit_desk;
INSERT INTO ticketkit_desk (id, number, event_count, event_mac) VALUES (1, 1, 6, X'482d3446830e1f69991ec3a1134e4ab3c575daa52ea7f33b5bbb97dd7bfe8ca7');
INSERT INTO ticketkit_queues (id, name, is_default, created_at) VALUES ('01a203ec-bf57-7ac8-bf54-cfdfc17c7802', 'Support', TRUE, 1795362176855683);
INSERT INTO ticketkit_contacts (id, name, email, locale, created_at) VALUES ('01a203ec-bf56-7cec-8739-a86bb8859e9c', '', 'chef@customer.example', '', 1795362176854500);
INSERT INTO ticketkit_contacts (id, name, email, locale, created_at) VALUES ('01a203ec-bf56-7f4c-9be4-f3b174fdc7ba', 'Kim Müller', 'kim@customer.example', 'de', 1795362176854500);
INSERT INTO ticketkit_contact_identities (kind, value, contact_id, position, verified) VALUES ('email', 'chef@customer.example', '01a203ec-bf56-7cec-8739-a86bb8859e9c', 0, FALSE);
INSERT INTO ticketkit_contact_identities (kind, value, contact_id, position, verified) VALUES ('email', 'kim@customer.example', '01a203ec-bf56-7f4c-9be4-f3b174fdc7ba', 0, FALSE);
INSERT INTO ticketkit_tickets (number, id, subject, status, category, active, priority, priority_rank, queue_id, channel, source, requester_id, assignee_id, assignee_name, tags, fields, preview, locale, escalation, snoozed_until, merged_into, demo, created_at, updated_at, first_response_at, resolved_at, version, message_count, event_count, event_mac) VALUES (1, '01a203ec-bf56-7eef-bf89-72c91ccd5faf', 'Drucker läuft nicht', 'closed', 'closed', FALSE, 'normal', 2, '01a203ec-bf57-7ac8-bf54-cfdfc17c7802', 'smtpd', 'email', '01a203ec-bf56-7f4c-9be4-f3b174fdc7ba', '01a203ec-bd93-7783-9aa8-85810a25ba9a', 'admin', '["drucker"]', '', 'Bitte einschalten.', 'de', 0, 0, '', FALSE, 1795362176854500, 1795362176973017, 1795362176969285, 1795362176973017, 6, 3, 11, X'957e044735968d1a2642282cc5ffe11b3f60bbdf6016884c66b49053b21162d9');
INSERT INTO ticketkit_ticket_tags (tag, number) VALUES ('drucker', 1);
INSERT INTO ticketkit_participants (ticket_id, contact_id, role, position) VALUES ('01a203ec-bf56-7eef-bf89-72c91ccd5faf', '01a203ec-bf56-7cec-8739-a86bb8859e9c', 'cc', 0);
INSERT INTO ticketkit_messages (id, ticket_id, n, kind, author_type, author_id, author_name, author_email, channel, body, quoted, has_html, machine, verified, external_id, raw_sha256, recipients, delivery_state, delivery_reason, delivery_at, files, created_at) VALUES ('01a203ec-bf56-78b5-a203-84f9fc3c49b7', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', 1, 'public', 'contact', '01a203ec-bf56-7f4c-9be4-f3b174fdc7ba', 'Kim Müller', 'kim@customer.example', 'smtpd', 'Guten Tag, der Drucker läuft nicht.', '', TRUE, FALSE, 0, 'first@customer.example', '4e884dbf26b89dc65c1fd1958a6bde1c6bbbd57c5b2be1942f155a0b06ef72d6', '[{"Kind":"email","Value":"support@localhost","Verified":false}]', '', '', 0, 1, 1795362176854500);
INSERT INTO ticketkit_messages (id, ticket_id, n, kind, author_type, author_id, author_name, author_email, channel, body, quoted, has_html, machine, verified, external_id, raw_sha256, recipients, delivery_state, delivery_reason, delivery_at, files, created_at) VALUES ('01a203ec-bfc2-7b7c-a378-a2b7a41bfb8d', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', 2, 'note', 'account', '01a203ec-bd93-7783-9aa8-85810a25ba9a', 'admin', '', 'smtpd', 'Eine Notiz: it''s \ old', '', FALSE, FALSE, 0, '', '', '', '', '', 0, 0, 1795362176962747);
INSERT INTO ticketkit_messages (id, ticket_id, n, kind, author_type, author_id, author_name, author_email, channel, body, quoted, has_html, machine, verified, external_id, raw_sha256, recipients, delivery_state, delivery_reason, delivery_at, files, created_at) VALUES ('01a203ec-bfc9-74f3-af56-2c3340008a81', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', 3, 'public', 'account', '01a203ec-bd93-7783-9aa8-85810a25ba9a', 'admin', '', 'smtpd', 'Bitte einschalten.', '', FALSE, FALSE, 0, '01a203ec-bfc9-74f3-af56-2c3340008a81@localhost', '', '[{"Kind":"email","Value":"kim@customer.example","Verified":false},{"Kind":"email","Value":"chef@customer.example","Verified":false}]', 'sent', '', 1795362176981359, 0, 1795362176969285);
INSERT INTO ticketkit_message_html (message_id, html) VALUES ('01a203ec-bf56-78b5-a203-84f9fc3c49b7', '<p>Guten Tag, der <b>Drucker</b> läuft nicht.</p>');
INSERT INTO ticketkit_attachments (id, ticket_id, message_id, position, name, content_type, size, sha256, inline, content_id, uploaded_by, created_at) VALUES ('01a203ec-bf56-7e5d-ba7e-66d736a109b1', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', '01a203ec-bf56-78b5-a203-84f9fc3c49b7', 0, 'foto.png', 'image/png', 70, '6b7fa434f92a8b80aab02d9bf1a12e49ffcae424e4013a1c4f68b67e3d2bbcd0', FALSE, '', '', 1795362176854500);
INSERT INTO ticketkit_thread_refs (hash, ticket_id) VALUES (X'505aee5c9be620ed623680c7673b8aa74c1f837f4ca2c805ed51f09cd04ecbc0', '01a203ec-bf56-7eef-bf89-72c91ccd5faf');
INSERT INTO ticketkit_thread_refs (hash, ticket_id) VALUES (X'50ed814873c395f24bedd4a66dfda4e22260e3f68649845056c6c2dead404c3a', '01a203ec-bf56-7eef-bf89-72c91ccd5faf');
INSERT INTO ticketkit_thread_refs (hash, ticket_id) VALUES (X'a5ba1f6c8c06ed4e4f801f996ef1fa9d1aad3c307e20db4bfaf51e529b9bf73b', '01a203ec-bf56-7eef-bf89-72c91ccd5faf');
INSERT INTO ticketkit_thread_refs (hash, ticket_id) VALUES (X'd922381c4ff5b47e58794c77563dce0225153ab55c1ac7eea4f584ee1d804509', '01a203ec-bf56-7eef-bf89-72c91ccd5faf');
INSERT INTO ticketkit_receipts (channel, key_hash, ticket_id, message_id, created_at) VALUES ('smtpd', X'ca909dd2aca8206723b9b2bfbf898a7690442e39465e39a9404bd50cc3125bea', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', '01a203ec-bf56-78b5-a203-84f9fc3c49b7', 1795362176854500);
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (1, '01a203ec-bd93-7d58-977e-ac8c428c44ff', '', 1, 'user.created', 'system', '', 1795362176403580, '{"account_id":"01a203ec-bd93-7783-9aa8-85810a25ba9a","role":"admin"}', X'78e2d16bdcd36337a45b5e7ff94d10ea222ad038c2b2ff12ca87b2367af81e1f', X'9a8cd313679645bd2a5ee84fd9a5a62d73bde51ce0be7bb11173c48724928ef8');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (2, '01a203ec-bda0-7cad-9966-3b1abc1684d0', '', 2, 'sla.policy_saved', 'system', '', 1795362176416928, '{"origin":"config","policy_id":"default","valid_from":"2026-11-22T15:42:56.416929Z","version":1}', X'299291153ae5f24e8318bb6185d69d924fdc12e1996f435100ce64ed925d0dc5', X'32943c70fa6bc516de9e1bd849c121d4461e92ac9320dc1e397afb95b23fd335');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (3, '01a203ec-bda9-7c5b-b0fb-67f163ee32a7', '', 3, 'session.login', 'account', '01a203ec-bd93-7783-9aa8-85810a25ba9a', 1795362176425640, '{"account_id":"01a203ec-bd93-7783-9aa8-85810a25ba9a","panel":false,"session_id":"01a203ec-bda9-7e7b-82c6-a43b63c42f77"}', X'ea5e009ab6be4b86209fabc60b8f8f3810477ee9ddb77e59a62e7d7896e3f29c', X'fa0d5559136324203f6c8c801ec4072edcf074c84d0cd3c7f4b7363682689791');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (4, '01a203ec-bf57-7f2d-8ebd-47c99bb94903', '', 4, 'queue.created', 'system', '', 1795362176855683, '{"default":true,"queue_id":"01a203ec-bf57-7ac8-bf54-cfdfc17c7802"}', X'411357cf2dc90228a5f005b0fbff8ab914f3fd48a1547635084cb28313e742e9', X'b20b1ef36257a7b0a7f8b813379c3caa731438d995dda6750e98a151143cbda5');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (5, '01a203ec-bf56-7e4c-9100-1766d4f57753', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', 1, 'ticket.created', 'contact', '01a203ec-bf56-7f4c-9be4-f3b174fdc7ba', 1795362176854500, '{"by_agent":false,"channel":"smtpd","number":1,"priority":"normal","queue_id":"01a203ec-bf57-7ac8-bf54-cfdfc17c7802","requester_id":"01a203ec-bf56-7f4c-9be4-f3b174fdc7ba","source":"email","status":"new"}', X'1cae45e3a38c619002a9387189d76640225cbb240650a1c988f3bbaf2b1896dc', X'96b4445329fb806429dcc638a82d543d891d1c477a8f6e8f98998d0f574b49a8');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (6, '01a203ec-bf56-7ba9-82d4-23a812617fbb', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', 2, 'message.received', 'contact', '01a203ec-bf56-7f4c-9be4-f3b174fdc7ba', 1795362176854500, '{"channel":"smtpd","machine":false,"message_id":"01a203ec-bf56-78b5-a203-84f9fc3c49b7","verified":null}', X'6fa0c1cdd7580e32c109fa54d35e23ef51dd8ec41893fbd4f5421819dd04a5d6', X'a4ba3b4a4f6544c7ec10c5486313c14210f0d2b7f7edb388e370a7840d239cb7');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (7, '01a203ec-bf9b-752c-b735-9488d28431cc', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', 3, 'ticket.tagged', 'account', '01a203ec-bd93-7783-9aa8-85810a25ba9a', 1795362176923367, '{}', X'76e403cb0cb7072ba5ea5433530005755a16f53c95ac075e25164027cb842bd6', X'255ed7f64532e263a0b0a89592140b8c0e8a588b4cd4057e475f048315ef0518');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (8, '01a203ec-bfaf-75d9-aee4-422f4118c0f2', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', 4, 'mail.sent', 'system', '', 1795362176943520, '{"mail":"receipt"}', X'1be197f46221b1f840130b285025d0f8d8e0a9d07a8981ddc95c88076349253a', X'4b4b6719ec148679e1f1f0b5e47659c30482f2078db4db11fb4ed7aa50d03bc9');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (9, '01a203ec-bfb4-7e65-9042-7f2417e52876', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', 5, 'ticket.claimed', 'account', '01a203ec-bd93-7783-9aa8-85810a25ba9a', 1795362176948156, '{"assignee_id":"01a203ec-bd93-7783-9aa8-85810a25ba9a"}', X'26c21e2b8c1b27413c04688692d52d5c2ae9bde0c1fdab66a88e5a3a8f536320', X'bf4e5ac81c2c8cab38eff7ab904ec3d67823c9fb83f3d5b532004e566d2d3974');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (10, '01a203ec-bfb4-76f2-9aaa-11accb97f604', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', 6, 'ticket.status_changed', 'account', '01a203ec-bd93-7783-9aa8-85810a25ba9a', 1795362176948156, '{"cause":"claim","from":"new","from_category":"new","to":"open","to_category":"open"}', X'7e23d79bca885039ebd32284acf2cea1e69b17b12fa542594af5a39d46c8bba6', X'74f6dc72d852d100d8cb9d73bf63048ab82b9f651222e0ba0360bba370b6d1e3');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (11, '01a203ec-bfc2-7827-92c7-543d74ab538e', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', 7, 'note.added', 'account', '01a203ec-bd93-7783-9aa8-85810a25ba9a', 1795362176962747, '{"message_id":"01a203ec-bfc2-7b7c-a378-a2b7a41bfb8d"}', X'f5e5b2d1d23d7bad5871ed009b3ab2b7ce4da0a2154844f562410f4a32be2a51', X'd555da00c3f32e68ec4fb03f723323bc69e36e5fde1aaf4d76dc3581cb123a3d');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (12, '01a203ec-bfc9-765e-9b7a-f79ebdf01491', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', 8, 'message.sent', 'account', '01a203ec-bd93-7783-9aa8-85810a25ba9a', 1795362176969285, '{"human":true,"message_id":"01a203ec-bfc9-74f3-af56-2c3340008a81"}', X'7c58256eb03cf8a153bae4a07d26fb1ea2245dd4b8edd2d3244ea0eca8e1522e', X'badc407beea314b033e614fbb5d430b667e66661a73b7f0bba32238f4a6e54dc');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (13, '01a203ec-bfcd-7120-89e7-5e149803d3c0', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', 9, 'ticket.closed', 'account', '01a203ec-bd93-7783-9aa8-85810a25ba9a', 1795362176973017, '{"cause":"agent","from":"open","from_category":"open","to":"closed","to_category":"closed"}', X'11c841049fc29bbb98ce31a6f1ae1a9f07c18c39bf602e7b966c5cfc5a5f269c', X'41e91c3620ef13f78e85f310f5bfd501d9deebdf3b6d2257f185a0d6d5907908');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (14, '01a203ec-bfd5-7625-97ba-7896cd9902ee', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', 10, 'delivery.sent', 'system', '', 1795362176981359, '{"message_id":"01a203ec-bfc9-74f3-af56-2c3340008a81"}', X'e5950e9fd45332f3e3417daf4e6db4ee41aaff283bf4cc683ad3eb889aa8a2d2', X'a43fce10336b809cd3665eb6c0ceee55c0bda207956d5bb68c58170abbc48dfd');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (15, '01a203ec-bfd4-75a4-ab7c-8cabced30d79', '', 5, 'token.created', 'account', '01a203ec-bd93-7783-9aa8-85810a25ba9a', 1795362176980947, '{"account_id":"01a203ec-bd93-7783-9aa8-85810a25ba9a","scopes":["ticket:read"],"token_id":"01a203ec-bfd4-7ccf-b2ce-f1e58b9b6a9e"}', X'20bd1d42787d46c4bbffffa6bf369e002a1185bc091eb38b3a4394255a55fdc3', X'520483820be99dca326a84812cc16095ed693afed17f49680f573ecf49ef83d5');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (16, '01a203ec-c0a5-7d69-b22a-8967e088cd33', '01a203ec-bf56-7eef-bf89-72c91ccd5faf', 11, 'mail.sent', 'system', '', 1795362177189270, '{"mail":"closed"}', X'9d19fd8747d4ba97eccefe7d2580400199409274279f09780d2fb1f76c0dc7ef', X'957e044735968d1a2642282cc5ffe11b3f60bbdf6016884c66b49053b21162d9');
INSERT INTO ticketkit_events (seq, id, ticket_id, n, type, actor_type, actor_id, created_at, data, private_hash, mac) VALUES (17, '01a203ec-c0de-7d3f-8388-7f97ceac31b5', '', 6, 'user.created', 'account', '01a203ec-bd93-7783-9aa8-85810a25ba9a', 1795362177246680, '{"account_id":"01a203ec-c0de-7376-8ed2-52a96d61e42c","role":"support"}', X'7b851b022586002e6f510eea03c0daf24bc04f0cf02253d58ebba4acb65343cf', X'482d3446830e1f69991ec3a1134e4ab3c575daa52ea7f33b5bbb97dd7bfe8ca7');
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-bd93-7d58-977e-ac8c428c44ff', 'first start', X'449946172650e411ed1477f712d6385c', '{"username":"admin"}');
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-bda0-7cad-9966-3b1abc1684d0', 'config', X'd4e406d08fd7b5fb97582d483eb028f0', '{"name":"Standard"}');
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-bda9-7c5b-b0fb-67f163ee32a7', 'admin', X'08613023c600daa451b24a627e73ad4b', '{"address":"127.0.0.1","user_agent":"Go-http-client/1.1"}');
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-bf56-7ba9-82d4-23a812617fbb', 'Kim Müller', X'c48b9ef55ca9796e477756403d41f168', NULL);
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-bf56-7e4c-9100-1766d4f57753', 'Kim Müller', X'4f284a49c4381a03291623a8d124c60e', '{"email":"kim@customer.example","requester":"Kim Müller","subject":"Drucker läuft nicht"}');
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-bf57-7f2d-8ebd-47c99bb94903', 'desk', X'd39095db14db1ecaf68479d2fecc667a', '{"name":"Support"}');
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-bf9b-752c-b735-9488d28431cc', 'admin', X'48609b19e9d33b4cda3a0db13e2c37c4', '{"added":["drucker"],"removed":null}');
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-bfaf-75d9-aee4-422f4118c0f2', 'mail', X'4ac1e37974d9fb895d3965f5d4fe44be', NULL);
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-bfb4-76f2-9aaa-11accb97f604', 'admin', X'1ea4794cd187e9f4450d8c4853c265d9', NULL);
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-bfb4-7e65-9042-7f2417e52876', 'admin', X'a52b6fa3f4a4aa29aa84aa8a49dd58dc', '{"assignee":"admin"}');
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-bfc2-7827-92c7-543d74ab538e', 'admin', X'e4bfa57f5b4839b11f286d289fcb649c', NULL);
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-bfc9-765e-9b7a-f79ebdf01491', 'admin', X'5c42f047e2f256f759f3675d5097652c', NULL);
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-bfcd-7120-89e7-5e149803d3c0', 'admin', X'0e33db19de7baa1385b07a466864f4f0', NULL);
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-bfd4-75a4-ab7c-8cabced30d79', 'admin', X'9d3c903229a4a982c01b218aeaa6a5c7', '{"address":"127.0.0.1","name":"script","prefix":"tk_pcq64sey"}');
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-bfd5-7625-97ba-7896cd9902ee', 'delivery', X'b3659f2bdfa703bce978b02d7520e37f', NULL);
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-c0a5-7d69-b22a-8967e088cd33', 'mail', X'5f0434092b1337a51c28cf80660d7567', NULL);
INSERT INTO ticketkit_event_private (event_id, actor_name, salt, private) VALUES ('01a203ec-c0de-7d3f-8388-7f97ceac31b5', 'admin', X'bb61c3f2293261b1a61c80f46f50fd7f', '{"address":"127.0.0.1","username":"bert"}');
INSERT INTO ticketkit_jobs (id, kind, job_key, live_key, state, run_at, attempt, max_attempts, payload, lease_token, lease_until, last_error, finished_at) VALUES ('cron.clean@2026-11-23T03:10:00Z', 'cron.clean', '', NULL, 'pending', 1795403400000000, 0, 5, '{"at":"2026-11-23T03:10:00Z"}', '', 0, '', 0);
INSERT INTO ticketkit_jobs (id, kind, job_key, live_key, state, run_at, attempt, max_attempts, payload, lease_token, lease_until, last_error, finished_at) VALUES ('01a203ec-bdbe-7186-bf80-1b5a41b46d13', 'keep_up', '', NULL, 'done', 1795362176446081, 1, 0, '{"after":0}', '', 0, '', 1795362176518958);
INSERT INTO ticketkit_jobs (id, kind, job_key, live_key, state, run_at, attempt, max_attempts, payload, lease_token, lease_until, last_error, finished_at) VALUES ('01a203ec-bdbe-736b-8384-000e5511cf04', 'measure', 'measure', NULL, 'done', 1795362176446201, 1, 0, '{"ticket":0,"contact":"","tickets_done":false,"contacts_done":false}', '', 0, '', 1795362176520207);
INSERT INTO ticketkit_jobs (id, kind, job_key, live_key, state, run_at, attempt, max_attempts, payload, lease_token, lease_until, last_error, finished_at) VALUES ('cron.pin@2026-11-22T15:50:00Z', 'cron.pin', '', NULL, 'pending', 1795362600000000, 0, 5, '{"at":"2026-11-22T15:50:00Z"}', '', 0, '', 0);
INSERT INTO ticketkit_jobs (id, kind, job_key, live_key, state, run_at, attempt, max_attempts, payload, lease_token, lease_until, last_error, finished_at) VALUES ('cron.sweep@2026-11-22T16:00:00Z', 'cron.sweep', '', NULL, 'pending', 1795363200000000, 0, 5, '{"at":"2026-11-22T16:00:00Z"}', '', 0, '', 0);
INSERT INTO ticketkit_jobs (id, kind, job_key, live_key, state, run_at, attempt, max_attempts, payload, lease_token, lease_until, last_error, finished_at) VALUES ('01a203ec-bf63-7e02-bb76-1fd1618d0ac0', 'notice', 'notice:receipt:01a203ec-bf56-7ba9-82d4-23a812617fbb', NULL, 'done', 1795362176854500, 1, 0, '{"ticket_id":"01a203ec-bf56-7eef-bf89-72c91ccd5faf","kind":"receipt","event_id":"01a203ec-bf56-7ba9-82d4-23a812617fbb","at":"2026-11-22T15:42:56.8545Z"}', '', 0, '', 1795362176952727);
INSERT INTO ticketkit_jobs (id, kind, job_key, live_key, state, run_at, attempt, max_attempts, payload, lease_token, lease_until, last_error, finished_at) VALUES ('01a203ec-bfc9-7a50-b58c-255b3c95a4a8', 'deliver', 'deliver:01a203ec-bfc9-74f3-af56-2c3340008a81', NULL, 'done', 1795362176969285, 1, 0, '{"message_id":"01a203ec-bfc9-74f3-af56-2c3340008a81"}', '', 0, '', 1795362176984867);
INSERT INTO ticketkit_jobs (id, kind, job_key, live_key, state, run_at, attempt, max_attempts, payload, lease_token, lease_until, last_error, finished_at) VALUES ('01a203ec-bfcd-7ef5-ad10-fe9725e3aab0', 'notice', 'notice:closed:01a203ec-bfcd-7120-89e7-5e149803d3c0', NULL, 'done', 1795362176973017, 1, 0, '{"ticket_id":"01a203ec-bf56-7eef-bf89-72c91ccd5faf","kind":"closed","event_id":"01a203ec-bfcd-7120-89e7-5e149803d3c0","at":"2026-11-22T15:42:56.973017Z"}', '', 0, '', 1795362177215074);
INSERT INTO ticketkit_accounts (id, username, username_fold, name, role, password_hash, must_change, active, external, version, created_at, last_login_at) VALUES ('01a203ec-bd93-7783-9aa8-85810a25ba9a', 'admin', 'admin', '', 'admin', '$argon2id$v=19$m=19456,t=2,p=1$jLH1Y0Jh8jZhaejJITEcug$pl3BCvkgTD5gQ/PCtHDjVqpLR2uzEgUCBdJ0b7fI7Mk', FALSE, TRUE, NULL, 1, 1795362176403580, 1795362176425640);
INSERT INTO ticketkit_accounts (id, username, username_fold, name, role, password_hash, must_change, active, external, version, created_at, last_login_at) VALUES ('01a203ec-c0de-7376-8ed2-52a96d61e42c', 'bert', 'bert', '', 'support', '$argon2id$v=19$m=19456,t=2,p=1$+iFQVz9fRn3OINaqHOKeYA$Az6Pdsdc822dOg8zzwaRLs6jIPacPH8FNJMO/feAghY', FALSE, TRUE, NULL, 1, 1795362177246680, 0);
INSERT INTO ticketkit_account_queues (account_id, queue_id) SELECT a.id, q.id FROM ticketkit_accounts a, ticketkit_queues q WHERE a.username = 'bert';
INSERT INTO ticketkit_sessions (id, account_id, created_at, expires_at, last_seen, address, user_agent, panel) VALUES ('01a203ec-bda9-7e7b-82c6-a43b63c42f77', '01a203ec-bd93-7783-9aa8-85810a25ba9a', 1795362176425640, 1795448576000000, 1795362176425640, '127.0.0.1', 'Go-http-client/1.1', FALSE);
INSERT INTO ticketkit_api_tokens (id, account_id, name, prefix, hash, scopes, created_at, expires_at, last_used) VALUES ('01a203ec-bfd4-7ccf-b2ce-f1e58b9b6a9e', '01a203ec-bd93-7783-9aa8-85810a25ba9a', 'script', 'tk_pcq64sey', '70584931f2ed7af4895353969c19b712f37e88dfc4cabfce57d5c789fe0dadf4', '["ticket:read"]', 1795362176980947, 0, 0);
INSERT INTO ticketkit_adapter_state (name, value) VALUES ('desk.measured', '1');
INSERT INTO ticketkit_adapter_state (name, value) VALUES ('desk.upkeep', 'dd137e5a4e53eae0b7e468da838b7b76c33ec68fb20bc37d52511b3cad37ef53');
INSERT INTO ticketkit_parked (id, channel, key_hash, item_key, reason, sender, subject, raw_sha256, size, created_at) VALUES ('01900000-0000-7000-8000-000000000001', 'imap', X'00ff', '<broken@customer.example>', 'cannot be read', 'kim@customer.example', 'Kaputt', '', 0, 1750000000000000);
