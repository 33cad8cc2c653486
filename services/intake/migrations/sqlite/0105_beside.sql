-- The engagement in progress beside a live case of its tenant, to be found by when it ends.
ALTER TABLE cases ADD COLUMN beside TEXT;
CREATE INDEX cases_beside ON cases (beside) WHERE beside IS NOT NULL;
