-- The followed journal's own word for where the cursor stands, which tells whether that journal was set back.
ALTER TABLE cursor ADD COLUMN token TEXT NOT NULL DEFAULT '';

-- What operators did to a followed journal's cursor, `before` where it stood, and to its parked events, and why.
CREATE TABLE intervention (
    source TEXT NOT NULL,
    time INTEGER NOT NULL,
    action TEXT NOT NULL,
    revision INTEGER NOT NULL,
    before INTEGER,
    event BLOB NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (source, time)
) STRICT, WITHOUT ROWID;
