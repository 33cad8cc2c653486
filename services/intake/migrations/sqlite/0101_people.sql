-- Who belongs to one of them, for `audit verify` to compare.
CREATE INDEX case_person_of ON case_person (case_id, person);
