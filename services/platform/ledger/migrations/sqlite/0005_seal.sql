-- The journal's seals, which `getmodern audit verify` compares it with. Each covers its entry and the seal before it; that of
-- revision 0 is random, and tells this journal from any other.
CREATE TABLE seal (
    revision INTEGER PRIMARY KEY,
    hash BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER seal_is_append_only BEFORE UPDATE ON seal
BEGIN
    SELECT raise(ABORT, 'a seal is never altered');
END;
CREATE TRIGGER seal_is_kept BEFORE DELETE ON seal
BEGIN
    SELECT raise(ABORT, 'a seal is never removed');
END;

-- What a seal holds of each text that is about people: a digest of it with its salt. Where the text and the salt are erased, the
-- seals still fit.
CREATE TABLE commitment (
    revision INTEGER NOT NULL,
    path TEXT NOT NULL,
    salt BLOB,
    digest BLOB NOT NULL,
    PRIMARY KEY (revision, path)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER commitment_is_append_only BEFORE UPDATE ON commitment
BEGIN
    SELECT raise(ABORT, 'a commitment is never altered');
END;
CREATE TRIGGER commitment_is_kept BEFORE DELETE ON commitment
BEGIN
    SELECT raise(ABORT, 'a commitment is never removed');
END;
