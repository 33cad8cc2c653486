-- By which method, and from which address, an entry was asked for; none where a service did it for itself.
ALTER TABLE journal ADD COLUMN method text;
ALTER TABLE journal ADD COLUMN peer text;

-- Who was refused what, for want of a right or of an identity: `times` of the same in a moment. What was not kept of a flood is
-- a row too, with `NOT_KEPT` for its reason.
CREATE TABLE refusal (
    id uuid CONSTRAINT "refusal.id" PRIMARY KEY,
    time timestamptz NOT NULL,
    person text,
    role text,
    peer text,
    method text NOT NULL,
    resource text,
    code text NOT NULL,
    reason text NOT NULL,
    rules text NOT NULL,
    times bigint NOT NULL
);
CREATE INDEX refusal_time ON refusal (time, id);
CREATE INDEX refusal_person ON refusal (person, time, id);
CREATE INDEX refusal_resource ON refusal (resource, time, id);
