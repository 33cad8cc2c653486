-- The trace in which an entry was written, as a W3C `traceparent`; none when there was none.
ALTER TABLE journal ADD COLUMN trace_parent TEXT;
