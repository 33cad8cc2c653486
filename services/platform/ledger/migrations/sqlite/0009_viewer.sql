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
-- It stays as it is, like the others.
DROP TRIGGER journal_is_append_only;
CREATE TRIGGER journal_is_append_only BEFORE UPDATE ON journal
WHEN new.revision IS NOT old.revision
    OR new.resource IS NOT old.resource
    OR new.parent IS NOT old.parent
    OR new.kind IS NOT old.kind
    OR new.rule IS NOT old.rule
    OR new.person IS NOT old.person
    OR new.role IS NOT old.role
    OR new.time IS NOT old.time
    OR new.request_id IS NOT old.request_id
    OR new.version_before IS NOT old.version_before
    OR new.version_after IS NOT old.version_after
    OR new.trace_parent IS NOT old.trace_parent
    OR new.method IS NOT old.method
    OR new.peer IS NOT old.peer
    OR new.viewed IS NOT old.viewed
    OR NOT EXISTS (
        SELECT 1 FROM erasure
        WHERE erasure.revision = old.revision AND new.data = json_replace(old.data, erasure.place, '[erased]')
    )
BEGIN
    SELECT raise(ABORT, 'the journal is append-only');
END;
