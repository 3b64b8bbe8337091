-- How the sender protected a message: signed or encrypted.
ALTER TABLE {messages} ADD COLUMN protection TEXT NOT NULL DEFAULT '';
