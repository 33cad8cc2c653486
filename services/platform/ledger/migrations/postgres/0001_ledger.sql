-- What every service keeps beside its own tables. Constraints are named by their columns, as SQLite reports them.

-- Guards that refuse, each with its own sentence.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', tg_argv[0];
END $$;

-- Everything that happened. An entry gets its revision after its commit; only then does it have a place in the order.
CREATE TABLE journal (
    entry bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    revision bigint CONSTRAINT "journal.revision" UNIQUE,
    resource text NOT NULL,
    parent text,
    kind text NOT NULL,
    rule text NOT NULL,
    data jsonb NOT NULL,
    person text NOT NULL,
    role text NOT NULL,
    time timestamptz NOT NULL,
    request_id text NOT NULL,
    version_before bigint NOT NULL,
    version_after bigint NOT NULL
);
CREATE INDEX journal_resource ON journal (resource, revision);
CREATE INDEX journal_parent ON journal (parent, revision);
CREATE INDEX journal_unplaced ON journal (entry) WHERE revision IS NULL;
CREATE TRIGGER journal_is_placed_later BEFORE INSERT ON journal FOR EACH ROW
    WHEN (new.revision IS NOT NULL)
    EXECUTE FUNCTION refuse('the journal is append-only');
CREATE TRIGGER journal_is_append_only BEFORE UPDATE ON journal FOR EACH ROW
    WHEN (
        old.revision IS NOT NULL
        OR new.revision IS NULL
        OR to_jsonb(new) - 'revision' IS DISTINCT FROM to_jsonb(old) - 'revision'
    )
    EXECUTE FUNCTION refuse('the journal is append-only');
CREATE TRIGGER journal_is_kept BEFORE DELETE OR TRUNCATE ON journal
    EXECUTE FUNCTION refuse('the journal is append-only');

-- The original reply of every mutation, by its caller and key.
CREATE TABLE request (
    person text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    reply bytea NOT NULL,
    time timestamptz NOT NULL,
    CONSTRAINT "request.person, request.key" PRIMARY KEY (person, key)
);

-- What waits on whom, derived from each resource's state whenever it changes.
CREATE TABLE duty (
    key text COLLATE "C" CONSTRAINT "duty.key" PRIMARY KEY,
    resource text NOT NULL,
    action text NOT NULL,
    role text NOT NULL,
    person text,
    since timestamptz NOT NULL,
    missing jsonb NOT NULL
);
CREATE INDEX duty_since ON duty (since, key);
CREATE INDEX duty_resource ON duty (resource, since, key);
CREATE INDEX duty_role ON duty (role, since, key);
CREATE INDEX duty_person ON duty (person, since, key);
CREATE INDEX duty_action ON duty (action, since, key);

-- How far each journal that this service follows has been taken over.
CREATE TABLE cursor (
    source text CONSTRAINT "cursor.source" PRIMARY KEY,
    revision bigint NOT NULL
);

-- Events of a followed journal that could not be applied, and those that wait behind them.
CREATE TABLE parked (
    source text NOT NULL,
    revision bigint NOT NULL,
    subject text NOT NULL,
    event bytea NOT NULL,
    cause text NOT NULL,
    time timestamptz NOT NULL,
    CONSTRAINT "parked.source, parked.revision" PRIMARY KEY (source, revision)
);
CREATE INDEX parked_subject ON parked (source, subject, revision);

-- Writes a whole commit in one statement: each statement's text with its values, in order. One that names a word
-- under `one` has to touch exactly one row.
CREATE FUNCTION ledger_commit(statements jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    statement jsonb;
    touched bigint;
BEGIN
    FOR statement IN SELECT jsonb_array_elements(statements) LOOP
        EXECUTE statement ->> 'sql' USING statement -> 'values';
        GET DIAGNOSTICS touched = ROW_COUNT;
        IF touched <> 1 AND statement ->> 'one' IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'LG001', MESSAGE = statement ->> 'one';
        END IF;
    END LOOP;
END $$;

-- Gives the oldest entries without a place the next revisions; the newest revision there is, and whether more wait.
-- One runs at a time, whoever calls, and sees every commit that was acknowledged before it began.
CREATE FUNCTION ledger_sequence(most bigint, OUT head bigint, OUT more boolean) LANGUAGE plpgsql AS $$
DECLARE
    placed bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('ledger_sequence'));
    SELECT coalesce(max(revision), 0) INTO head FROM journal;
    UPDATE journal SET revision = head + next.place
        FROM (
            SELECT entry, row_number() OVER (ORDER BY entry) AS place
            FROM (SELECT entry FROM journal WHERE revision IS NULL ORDER BY entry LIMIT most) AS oldest
        ) AS next
        WHERE journal.entry = next.entry;
    GET DIAGNOSTICS placed = ROW_COUNT;
    head := head + placed;
    more := placed = most;
    IF placed > 0 THEN
        PERFORM pg_notify('ledger', head::text);
    END IF;
END $$;
