-- What every service keeps beside its own tables. Times are microseconds since 1970.

-- Everything that happened, in order. Nothing is ever deleted, so that revisions stay dense.
CREATE TABLE journal (
    revision INTEGER PRIMARY KEY,
    resource TEXT NOT NULL,
    parent TEXT,
    kind TEXT NOT NULL,
    rule TEXT NOT NULL,
    data TEXT NOT NULL,
    person TEXT NOT NULL,
    role TEXT NOT NULL,
    time INTEGER NOT NULL,
    request_id TEXT NOT NULL,
    version_before INTEGER NOT NULL,
    version_after INTEGER NOT NULL
) STRICT;
CREATE INDEX journal_resource ON journal (resource, revision);
CREATE INDEX journal_parent ON journal (parent, revision);
CREATE TRIGGER journal_is_append_only BEFORE UPDATE ON journal
BEGIN
    SELECT raise(ABORT, 'the journal is append-only');
END;
CREATE TRIGGER journal_is_kept BEFORE DELETE ON journal
BEGIN
    SELECT raise(ABORT, 'the journal is append-only');
END;

-- The original reply of every mutation, by its caller and key.
CREATE TABLE request (
    person TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    reply BLOB NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (person, key)
) STRICT, WITHOUT ROWID;

-- What waits on whom, derived from each resource's state whenever it changes.
CREATE TABLE duty (
    key TEXT PRIMARY KEY,
    resource TEXT NOT NULL,
    action TEXT NOT NULL,
    role TEXT NOT NULL,
    person TEXT,
    since INTEGER NOT NULL,
    missing TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX duty_since ON duty (since, key);
CREATE INDEX duty_resource ON duty (resource, since, key);
CREATE INDEX duty_role ON duty (role, since, key);
CREATE INDEX duty_person ON duty (person, since, key);
CREATE INDEX duty_action ON duty (action, since, key);

-- How far each journal that this service follows has been taken over.
CREATE TABLE cursor (
    source TEXT PRIMARY KEY,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Events of a followed journal that could not be applied, and those that wait behind them.
CREATE TABLE parked (
    source TEXT NOT NULL,
    revision INTEGER NOT NULL,
    subject TEXT NOT NULL,
    event BLOB NOT NULL,
    cause TEXT NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (source, revision)
) STRICT, WITHOUT ROWID;
CREATE INDEX parked_subject ON parked (source, subject, revision);
