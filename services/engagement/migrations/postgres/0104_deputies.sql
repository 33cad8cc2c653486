-- When the next of an engagement's deputyships is over, which the service then ends.
ALTER TABLE engagements ADD COLUMN deputy_until timestamptz;
CREATE INDEX engagements_deputy_until ON engagements (deputy_until);
