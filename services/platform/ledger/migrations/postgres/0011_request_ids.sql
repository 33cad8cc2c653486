-- What digests of request ids are made with, so that nobody tells an id by its digest who does not have this too. It is made once:
-- with another one no repeated call would be known again.
CREATE TABLE salt (
    one bigint CONSTRAINT "salt.one" PRIMARY KEY CHECK (one = 1),
    bytes bytea NOT NULL
);
INSERT INTO salt (one, bytes) VALUES
    (1, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
CREATE TRIGGER salt_is_append_only BEFORE UPDATE ON salt
    EXECUTE FUNCTION refuse('the salt is never altered');
CREATE TRIGGER salt_is_kept BEFORE DELETE OR TRUNCATE ON salt
    EXECUTE FUNCTION refuse('the salt is never removed');

-- A replica of an older release keeps the id itself, and does not find a reply that a newer one keeps by its digest: it is to do
-- nothing a second time (I-20).
CREATE FUNCTION is_kept_by_digest(caller text, id text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM request, salt
        WHERE request.person = caller AND request.key = 'by digest '
            || encode(substr(sha256(salt.bytes || convert_to(caller || ' ' || id, 'UTF8')), 1, 16), 'hex')
    )
$$;
CREATE FUNCTION refuse_a_second_time() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE unique_violation USING
        MESSAGE = 'a newer release carried this request out', CONSTRAINT = 'request.person, request.key';
END
$$;
CREATE TRIGGER request_is_told_once BEFORE INSERT ON request FOR EACH ROW
    WHEN (new.key NOT LIKE 'by digest %' AND is_kept_by_digest(new.person, new.key))
    EXECUTE FUNCTION refuse_a_second_time();

-- How many refusals were not kept one by one.
CREATE INDEX refusal_not_kept ON refusal (reason, times) WHERE reason = 'NOT_KEPT';
