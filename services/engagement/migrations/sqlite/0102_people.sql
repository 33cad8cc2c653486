-- Who belongs to one of them, for `audit verify` to compare.
CREATE INDEX engagement_person_of ON engagement_person (engagement_id, person);
