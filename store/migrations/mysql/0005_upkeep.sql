-- The nightly cleaning finds what is old.
CREATE INDEX {receipts_created} ON {receipts} (created_at);
