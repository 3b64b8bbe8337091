-- What requesters have said, among the facts: 1 to 5, and 0 for other kinds.
ALTER TABLE {ticket_facts} ADD COLUMN rating INTEGER NOT NULL DEFAULT 0;
-- What is packed has no ratings, and another form; it is packed anew from the facts.
DELETE FROM {fact_days};
