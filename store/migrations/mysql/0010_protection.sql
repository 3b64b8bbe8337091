-- How the sender protected a message: signed or encrypted.
ALTER TABLE {messages} ADD COLUMN protection VARCHAR(16) NOT NULL DEFAULT '';
