-- Who did what and when, for those who audit: of everybody, and of one.
CREATE INDEX journal_time ON journal (time, revision);
CREATE INDEX journal_person ON journal (person, time, revision);
