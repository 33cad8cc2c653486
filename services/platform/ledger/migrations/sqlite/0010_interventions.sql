-- When the event happened at which the cursor stands: what a journal that was set back has of later moments is new to its follower.
-- None where an older release moved the cursor.
ALTER TABLE cursor ADD COLUMN time INTEGER;

-- Who intervened, and how many events of each kind were skipped by that or set aside; nobody where an older release noted it.
ALTER TABLE intervention ADD COLUMN person TEXT;
ALTER TABLE intervention ADD COLUMN counts TEXT NOT NULL DEFAULT '{}';
