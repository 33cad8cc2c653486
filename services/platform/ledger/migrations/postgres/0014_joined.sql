-- Writes commits that came together, each wholly or not at all; what stopped one is told by its place, from 0. A statement that is
-- named here keeps its plan, any other brings its text. One that waits for a lock for longer than `patience` is stopped, and the
-- rest do not wait any more.
CREATE FUNCTION ledger_commits(commits jsonb, patience text, OUT place bigint, OUT state text, OUT word text)
RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
    item jsonb;
    statement jsonb;
    v jsonb;
    touched bigint;
BEGIN
    PERFORM set_config('lock_timeout', patience, true);
    FOR item, place IN SELECT value, ordinality - 1 FROM jsonb_array_elements(commits) WITH ORDINALITY LOOP
        BEGIN
            FOR statement IN SELECT jsonb_array_elements(item) LOOP
                v := statement -> 'values';
                CASE statement ->> 'name'
                    WHEN 'reply' THEN
                        INSERT INTO request (person, key, fingerprint, reply, time, resource, message)
                        VALUES (
                            v ->> 0, v ->> 1, decode(v ->> 2, 'base64'), decode(v ->> 3, 'base64'),
                            (v ->> 4)::timestamptz, v ->> 5, v ->> 6
                        );
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
                    ELSE
                        EXECUTE statement ->> 'sql' USING v;
                        GET DIAGNOSTICS touched = ROW_COUNT;
                        IF touched <> 1 AND statement ->> 'one' IS NOT NULL THEN
                            RAISE EXCEPTION USING ERRCODE = 'LG001', MESSAGE = statement ->> 'one';
                        END IF;
                END CASE;
            END LOOP;
        EXCEPTION WHEN OTHERS THEN
            -- What is wrong with the server or the connection is wrong with all of them.
            IF left(SQLSTATE, 2) NOT IN ('LG', '22', '23', '40', '42', '55', 'P0') THEN
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
END $$;
