-- What is open is counted from the index alone: a large desk has thousands of open tickets, and reading each row takes most of a dashboard.
ALTER TABLE {ticket_metrics} DROP INDEX {ticket_metrics_open}, ADD INDEX {ticket_metrics_open} (is_open, created_at, waiting_since, answered, queue_id, channel, priority, number);
