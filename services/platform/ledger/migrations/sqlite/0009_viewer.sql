-- Who sees a resource, derived from its state whenever it changes; `*` is everybody.
CREATE TABLE viewer (
    person TEXT NOT NULL,
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    resource TEXT NOT NULL,
    PRIMARY KEY (person, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX viewer_list ON viewer (person, collection, id);
CREATE INDEX viewer_resource ON viewer (resource);

-- 1 where an entry's commit kept who sees its resource; none where a release wrote it that did not. Those are made up for.
ALTER TABLE journal ADD COLUMN viewed INTEGER;
CREATE INDEX journal_unviewed ON journal (revision) WHERE viewed IS NULL;
