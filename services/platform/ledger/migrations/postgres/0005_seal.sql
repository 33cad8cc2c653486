-- The journal's seals, which `getmodern audit verify` compares it with. Each covers its entry and the seal before it; that of
-- revision 0 is random, and tells this journal from any other.
CREATE TABLE seal (
    revision bigint CONSTRAINT "seal.revision" PRIMARY KEY,
    hash bytea NOT NULL
);
CREATE TRIGGER seal_is_append_only BEFORE UPDATE ON seal
    EXECUTE FUNCTION refuse('a seal is never altered');
CREATE TRIGGER seal_is_kept BEFORE DELETE OR TRUNCATE ON seal
    EXECUTE FUNCTION refuse('a seal is never removed');

-- What a seal holds of each text that is about people: a digest of it with its salt. Where the text and the salt are erased, the
-- seals still fit.
CREATE TABLE commitment (
    revision bigint NOT NULL,
    path text NOT NULL,
    salt bytea,
    digest bytea NOT NULL,
    CONSTRAINT "commitment.revision, commitment.path" PRIMARY KEY (revision, path)
);
CREATE TRIGGER commitment_is_append_only BEFORE UPDATE ON commitment
    EXECUTE FUNCTION refuse('a commitment is never altered');
CREATE TRIGGER commitment_is_kept BEFORE DELETE OR TRUNCATE ON commitment
    EXECUTE FUNCTION refuse('a commitment is never removed');
