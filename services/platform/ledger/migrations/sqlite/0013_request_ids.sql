-- What digests of request ids are made with, so that nobody tells an id by its digest who does not have this too. It is made once:
-- with another one no repeated call would be known again.
CREATE TABLE salt (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    bytes BLOB NOT NULL
) STRICT;
INSERT INTO salt (one, bytes) VALUES (1, randomblob(32));
CREATE TRIGGER salt_is_append_only BEFORE UPDATE ON salt
BEGIN
    SELECT raise(ABORT, 'the salt is never altered');
END;
CREATE TRIGGER salt_is_kept BEFORE DELETE ON salt
BEGIN
    SELECT raise(ABORT, 'the salt is never removed');
END;

-- How many refusals were not kept one by one.
CREATE INDEX refusal_not_kept ON refusal (reason, times) WHERE reason = 'NOT_KEPT';
