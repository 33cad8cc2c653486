-- The tables of the ledger's tests.

CREATE TABLE counters (
    id uuid CONSTRAINT "counters.id" PRIMARY KEY,
    version bigint NOT NULL,
    state jsonb NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    label text COLLATE "C" NOT NULL,
    shelf text NOT NULL
);
CREATE UNIQUE INDEX "counters.label" ON counters (label);
CREATE INDEX counters_create_time ON counters (create_time, id);
CREATE INDEX counters_shelf ON counters (shelf, create_time, id);

CREATE TABLE addition (
    counter uuid NOT NULL,
    amount bigint NOT NULL
);

CREATE TABLE mark (
    number bigint CONSTRAINT "mark.number" PRIMARY KEY
);

SELECT ledger_writer('counters');
