-- What a report said about a message that came back: JSON, or empty.
ALTER TABLE {messages} ADD COLUMN bounce TEXT NOT NULL DEFAULT '';
