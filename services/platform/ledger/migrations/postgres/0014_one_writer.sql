-- One replica writes at a time: commits that came together are one statement under one lock, and each entry of the journal gets its
-- revision in its own commit. Revisions are dense, in the order of the commits, and final.

-- What older replicas left without a revision gets it now.
SELECT ledger_sequence(9223372036854775807);
DROP FUNCTION ledger_sequence;
DROP FUNCTION ledger_commit;

DROP TRIGGER journal_is_placed_later ON journal;
DROP TRIGGER journal_is_append_only ON journal;
DROP INDEX journal_unplaced;
ALTER TABLE journal
    DROP COLUMN entry,
    DROP CONSTRAINT "journal.revision",
    ADD CONSTRAINT "journal.revision" PRIMARY KEY (revision);
CREATE TRIGGER journal_is_append_only BEFORE UPDATE ON journal FOR EACH ROW
    WHEN (is_erasure(old, new) IS NOT TRUE)
    EXECUTE FUNCTION refuse('the journal is append-only');

ALTER TABLE request SET (toast_tuple_target = 8160);

-- The lock is held until the commit is seen by everybody, so that whoever has it next sees the newest revision.
CREATE FUNCTION give_revision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.revision IS NOT NULL THEN
        RAISE EXCEPTION 'the journal is append-only';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ledger'));
    SELECT coalesce(max(revision), 0) + 1 INTO new.revision FROM journal;
    RETURN new;
END $$;
CREATE TRIGGER journal_gives_revisions BEFORE INSERT ON journal FOR EACH ROW
    EXECUTE FUNCTION give_revision();

-- Makes `write_…(v)`, which updates one row of a table: the one with the `id` and the version `was` of `v`. Columns that `v` does not
-- name stay as they are. The function keeps its plan, and is made anew whenever the table gets a column.
--
-- States of two kilobytes and more would be compressed, and cut into pieces of another table, at every update, which costs four times
-- the update itself; rows that leave room in their page are updated within it, and their indexes are left alone.
CREATE FUNCTION ledger_writer(written text) RETURNS void LANGUAGE plpgsql AS $writer$
DECLARE
    sets text;
BEGIN
    EXECUTE format('ALTER TABLE %I SET (toast_tuple_target = 8160, fillfactor = 60)', written);
    SELECT string_agg(
        format(
            CASE atttypid
                WHEN 'jsonb'::regtype THEN '%1$I = CASE WHEN v ? %1$L THEN v -> %1$L ELSE %1$I END'
                ELSE '%1$I = CASE WHEN v ? %1$L THEN (v ->> %1$L)::%2$s ELSE %1$I END'
            END,
            attname,
            format_type(atttypid, atttypmod)
        ),
        ', ' ORDER BY attname
    )
    INTO STRICT sets
    FROM pg_attribute
    WHERE attrelid = written::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('id', 'create_time');
    EXECUTE format(
        $text$
            CREATE OR REPLACE FUNCTION %1$I(v jsonb) RETURNS bigint LANGUAGE plpgsql AS $body$
            DECLARE
                touched bigint;
            BEGIN
                UPDATE %2$I SET %3$s
                WHERE id = (v ->> 'id')::uuid AND version = (v ->> 'was')::bigint;
                GET DIAGNOSTICS touched = ROW_COUNT;
                RETURN touched;
            END $body$
        $text$,
        'write_' || written,
        written,
        sets
    );
END $writer$;

-- Writes commits that came together, each wholly or not at all; what stopped one is told by its place, from 0, and in the last row
-- how far the journal reaches then. Statements that are named here keep their plans, any other brings its text. One that waits for
-- somebody else's lock for longer than `patience` is stopped, and the rest do not wait any more.
CREATE FUNCTION ledger_commits(
    commits jsonb, patience text, OUT place bigint, OUT state text, OUT word text, OUT head bigint
)
RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
    item jsonb;
    statement jsonb;
    v jsonb;
    touched bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ledger'));
    PERFORM set_config('lock_timeout', patience, true);
    FOR item, place IN SELECT value, ordinality - 1 FROM jsonb_array_elements(commits) WITH ORDINALITY LOOP
        BEGIN
            FOR statement IN SELECT jsonb_array_elements(item) LOOP
                v := statement -> 'values';
                CASE statement ->> 'name'
                    WHEN 'row' THEN
                        EXECUTE format('SELECT %I($1)', 'write_' || (statement ->> 'table')) INTO touched USING v;
                    WHEN 'entry' THEN
                        INSERT INTO journal (
                            resource, parent, kind, rule, data, person, role, time, request_id,
                            version_before, version_after, trace_parent, method, peer, viewed
                        )
                        VALUES (
                            v ->> 0, v ->> 1, v ->> 2, v ->> 3, v -> 4, v ->> 5, v ->> 6,
                            (v ->> 7)::timestamptz, v ->> 8, (v ->> 9)::bigint, (v ->> 10)::bigint,
                            v ->> 11, v ->> 12, v ->> 13, 1
                        );
                        touched := 1;
                    WHEN 'reply' THEN
                        INSERT INTO request (person, key, fingerprint, reply, time, resource, message)
                        VALUES (
                            v ->> 0, v ->> 1, decode(v ->> 2, 'base64'), decode(v ->> 3, 'base64'),
                            (v ->> 4)::timestamptz, v ->> 5, v ->> 6
                        );
                        touched := 1;
                    WHEN 'duty' THEN
                        INSERT INTO duty (key, resource, action, role, person, since, missing)
                        VALUES (v ->> 0, v ->> 1, v ->> 2, v ->> 3, v ->> 4, (v ->> 5)::timestamptz, v -> 6)
                        ON CONFLICT (key) DO UPDATE SET since = excluded.since, missing = excluded.missing;
                        touched := 1;
                    WHEN 'seals' THEN
                        INSERT INTO seal (revision, hash)
                        SELECT (one ->> 0)::bigint, decode(one ->> 1, 'hex') FROM jsonb_array_elements(v -> 0) AS one;
                    WHEN 'commitments' THEN
                        INSERT INTO commitment (revision, path, salt, digest)
                        SELECT (one ->> 0)::bigint, one ->> 1, decode(one ->> 2, 'hex'), decode(one ->> 3, 'hex')
                        FROM jsonb_array_elements(v -> 0) AS one;
                    WHEN 'done' THEN
                        DELETE FROM duty WHERE key = v ->> 0;
                        GET DIAGNOSTICS touched = ROW_COUNT;
                    ELSE
                        EXECUTE statement ->> 'sql' USING v;
                        GET DIAGNOSTICS touched = ROW_COUNT;
                END CASE;
                IF touched <> 1 AND statement ->> 'one' IS NOT NULL THEN
                    RAISE EXCEPTION USING ERRCODE = 'LG001', MESSAGE = statement ->> 'one';
                END IF;
            END LOOP;
        EXCEPTION WHEN OTHERS THEN
            -- A server that is full, read-only, about to stop or in disorder fails all of them.
            IF left(SQLSTATE, 2) IN ('08', '25', '53', '57', '58', 'F0', 'XX') THEN
                RAISE;
            END IF;
            GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, word = CONSTRAINT_NAME;
            IF state = '55P03' THEN
                PERFORM set_config('lock_timeout', '1ms', true);
            END IF;
            IF word = '' THEN
                word := SQLERRM;
            END IF;
            RETURN NEXT;
        END;
    END LOOP;
    SELECT NULL, NULL, NULL, coalesce(max(revision), 0) INTO place, state, word, head FROM journal;
    RETURN NEXT;
END $$;
