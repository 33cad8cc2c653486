-- Which process does something that one should do at a time, and until when; another takes over after that.
CREATE TABLE lease (
    name text CONSTRAINT "lease.name" PRIMARY KEY,
    holder text NOT NULL,
    expires timestamptz NOT NULL
);
