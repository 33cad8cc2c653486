-- When an engagement was on hold: what clocks leave out (I-24).
CREATE TABLE pause (
    engagement_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    held_time INTEGER NOT NULL,
    ended_time INTEGER,
    is_open INTEGER NOT NULL,
    PRIMARY KEY (engagement_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX pause_open ON pause (is_open, engagement_id);
