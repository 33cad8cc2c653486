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

-- A replica of an older release keeps a reply by the id itself: it is kept by its digest as well, in the same moment, so that what
-- either carried out the other does not a second time (I-20).
CREATE FUNCTION keep_by_digest() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    too request := new;
BEGIN
    SELECT 'by digest ' || encode(substr(sha256(salt.bytes || convert_to(new.person || ' ' || new.key, 'UTF8')), 1, 16), 'hex')
    INTO STRICT too.key
    FROM salt;
    INSERT INTO request SELECT too.*;
    RETURN new;
END
$$;
CREATE TRIGGER request_is_kept_by_digest BEFORE INSERT ON request FOR EACH ROW
    WHEN (new.key NOT LIKE 'by digest %')
    EXECUTE FUNCTION keep_by_digest();

-- How many refusals were not kept one by one.
CREATE INDEX refusal_not_kept ON refusal (reason, times) WHERE reason = 'NOT_KEPT';
