-- By which method, and from which address, an entry was asked for; none where a service did it for itself.
ALTER TABLE journal ADD COLUMN method TEXT;
ALTER TABLE journal ADD COLUMN peer TEXT;

-- Who was refused what, for want of a right or of an identity: `times` of the same in a moment. What was not kept of a flood is
-- a row too, with `NOT_KEPT` for its reason.
CREATE TABLE refusal (
    id TEXT PRIMARY KEY,
    time INTEGER NOT NULL,
    person TEXT,
    role TEXT,
    peer TEXT,
    method TEXT NOT NULL,
    resource TEXT,
    code TEXT NOT NULL,
    reason TEXT NOT NULL,
    rules TEXT NOT NULL,
    times INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refusal_time ON refusal (time, id);
CREATE INDEX refusal_person ON refusal (person, time, id);
CREATE INDEX refusal_resource ON refusal (resource, time, id);
