-- Where texts about people are being erased, and which entry says so: a journal entry's resource, and its version after it. What
-- is not named here first cannot be erased; whether an entry does say so is for `getmodern audit verify` to find out.
CREATE TABLE erasure (
    revision INTEGER NOT NULL,
    path TEXT NOT NULL,
    -- The same as SQLite writes it.
    place TEXT NOT NULL,
    resource TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (revision, path)
) STRICT, WITHOUT ROWID;
CREATE INDEX erasure_resource ON erasure (resource, version);
CREATE TRIGGER erasure_is_append_only BEFORE UPDATE ON erasure
BEGIN
    SELECT raise(ABORT, 'an erasure is never altered');
END;
CREATE TRIGGER erasure_is_kept BEFORE DELETE ON erasure
BEGIN
    SELECT raise(ABORT, 'an erasure is never removed');
END;
CREATE INDEX journal_erasure ON journal (revision) WHERE kind = 'PersonalDataErased';

-- An entry stays as it is, but for one text at a time that is erased where it says so above. A column that comes later is to be
-- added here.
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
    OR NOT EXISTS (
        SELECT 1 FROM erasure
        WHERE erasure.revision = old.revision AND new.data = json_replace(old.data, erasure.place, '[erased]')
    )
BEGIN
    SELECT raise(ABORT, 'the journal is append-only');
END;

-- Its salt goes with a text, so that nobody can find out by guessing what it was.
DROP TRIGGER commitment_is_append_only;
CREATE TRIGGER commitment_is_append_only BEFORE UPDATE ON commitment
WHEN new.salt IS NOT NULL
    OR new.revision IS NOT old.revision
    OR new.path IS NOT old.path
    OR new.digest IS NOT old.digest
    OR NOT EXISTS (SELECT 1 FROM erasure WHERE erasure.revision = old.revision AND erasure.path = old.path)
BEGIN
    SELECT raise(ABORT, 'a commitment is never altered');
END;

-- What a kept reply is about, and the message it is: it may hold texts that are to be erased. None in those of older products.
ALTER TABLE request ADD COLUMN resource TEXT;
ALTER TABLE request ADD COLUMN message TEXT;
CREATE INDEX request_resource ON request (resource);
CREATE INDEX request_unknown ON request (person, key) WHERE resource IS NULL;
