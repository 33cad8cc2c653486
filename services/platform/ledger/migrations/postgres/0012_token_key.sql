-- What the tokens of pages and places are authenticated with. The newest makes new ones; one before it is good until its time,
-- and no more after it. Who had the newest made; nobody made the first, which is there from the first start on.
CREATE TABLE token_key (
    id bigint CONSTRAINT "token_key.id" PRIMARY KEY,
    key bytea NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz,
    person text
);
