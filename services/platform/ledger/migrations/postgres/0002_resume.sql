-- The followed journal's own word for where the cursor stands, which tells whether that journal was set back.
ALTER TABLE cursor ADD COLUMN token text NOT NULL DEFAULT '';

-- What operators did to a followed journal's cursor, `before` where it stood, and to its parked events, and why.
CREATE TABLE intervention (
    source text NOT NULL,
    time timestamptz NOT NULL,
    action text NOT NULL,
    revision bigint NOT NULL,
    before bigint,
    event bytea NOT NULL,
    reason text NOT NULL,
    CONSTRAINT "intervention.source, intervention.time" PRIMARY KEY (source, time)
);
