-- What is open is counted from the index alone: a large desk has thousands of open tickets, and reading each row takes most of a dashboard.
DROP INDEX {ticket_metrics_open};
CREATE INDEX {ticket_metrics_open} ON {ticket_metrics} (created_at, waiting_since, answered, queue_id, channel, priority, number) WHERE is_open = TRUE;
