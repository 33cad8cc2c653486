-- Where texts about people are being erased, and which entry says so: a journal entry's resource, and its version after it. What
-- is not named here first cannot be erased; whether an entry does say so is for `getmodern audit verify` to find out.
CREATE TABLE erasure (
    revision bigint NOT NULL,
    path text NOT NULL,
    -- The same as SQLite writes it.
    place text NOT NULL,
    resource text NOT NULL,
    version bigint NOT NULL,
    CONSTRAINT "erasure.revision, erasure.path" PRIMARY KEY (revision, path)
);
CREATE INDEX erasure_resource ON erasure (resource, version);
CREATE TRIGGER erasure_is_append_only BEFORE UPDATE ON erasure
    EXECUTE FUNCTION refuse('an erasure is never altered');
CREATE TRIGGER erasure_is_kept BEFORE DELETE OR TRUNCATE ON erasure
    EXECUTE FUNCTION refuse('an erasure is never removed');
CREATE INDEX journal_erasure ON journal (revision) WHERE kind = 'PersonalDataErased';

-- As SQLite has it, for texts: `place` is like `$."Met"."people"[0]."name"`, and where nothing is there, nothing is put.
CREATE FUNCTION json_replace(document jsonb, place text, value text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_set(
        document,
        ARRAY(
            SELECT coalesce(step[1], step[2]) FROM regexp_matches(place, '"([^"]*)"|\[([0-9]+)\]', 'g') AS step
        ),
        to_jsonb(value),
        false
    )
$$;

-- Whether a journal entry differs only by one text that is erased where it says so above.
CREATE FUNCTION is_erasure(before journal, after journal) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT to_jsonb(after) - 'data' = to_jsonb(before) - 'data' AND EXISTS (
        SELECT FROM erasure
        WHERE erasure.revision = before.revision
            AND after.data = json_replace(before.data, erasure.place, '[erased]')
    )
$$;

-- An entry stays as it is, but for its place, which it gets once, and for texts that are erased.
DROP TRIGGER journal_is_append_only ON journal;
CREATE TRIGGER journal_is_append_only BEFORE UPDATE ON journal FOR EACH ROW
    WHEN (
        CASE
            WHEN old.revision IS NULL AND new.revision IS NOT NULL
                THEN to_jsonb(new) - 'revision' IS DISTINCT FROM to_jsonb(old) - 'revision'
            ELSE is_erasure(old, new) IS NOT TRUE
        END
    )
    EXECUTE FUNCTION refuse('the journal is append-only');

-- Its salt goes with a text, so that nobody can find out by guessing what it was.
CREATE FUNCTION is_erasure(before commitment, after commitment) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT after.salt IS NULL AND to_jsonb(after) - 'salt' = to_jsonb(before) - 'salt' AND EXISTS (
        SELECT FROM erasure WHERE erasure.revision = before.revision AND erasure.path = before.path
    )
$$;
DROP TRIGGER commitment_is_append_only ON commitment;
CREATE TRIGGER commitment_is_append_only BEFORE UPDATE ON commitment FOR EACH ROW
    WHEN (is_erasure(old, new) IS NOT TRUE)
    EXECUTE FUNCTION refuse('a commitment is never altered');

-- What a kept reply is about, and the message it is: it may hold texts that are to be erased. None in those of older products.
ALTER TABLE request ADD COLUMN resource text;
ALTER TABLE request ADD COLUMN message text;
CREATE INDEX request_resource ON request (resource);
CREATE INDEX request_unknown ON request (person, key) WHERE resource IS NULL;
