-- When an engagement was on hold: what clocks leave out (I-24).
CREATE TABLE pause (
    engagement_id uuid NOT NULL,
    number bigint NOT NULL,
    held_time timestamptz NOT NULL,
    ended_time timestamptz,
    is_open bigint NOT NULL,
    CONSTRAINT "pause.engagement_id, pause.number" PRIMARY KEY (engagement_id, number)
);
CREATE INDEX pause_open ON pause (is_open, engagement_id);
