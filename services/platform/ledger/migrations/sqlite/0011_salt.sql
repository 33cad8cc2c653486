-- With what the journal's entry about an intervention holds its event and its reason; none where an older release noted it.
ALTER TABLE intervention ADD COLUMN salt BLOB;
