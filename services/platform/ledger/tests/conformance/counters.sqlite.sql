-- The tables of the ledger's tests.

CREATE TABLE counters (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    label TEXT NOT NULL,
    shelf TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX counters_label ON counters (label);
CREATE INDEX counters_create_time ON counters (create_time, id);
CREATE INDEX counters_shelf ON counters (shelf, create_time, id);

CREATE TABLE addition (
    counter TEXT NOT NULL,
    amount INTEGER NOT NULL
) STRICT;

CREATE TABLE mark (
    number INTEGER PRIMARY KEY
) STRICT;
