-- Engagements and what insights are read from. Times are microseconds since 1970.

CREATE TABLE engagements (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    -- The tenant while the engagement is in progress: from its beginning to standby or cancellation.
    live_tenant TEXT UNIQUE,
    stage TEXT NOT NULL,
    method TEXT NOT NULL,
    channel TEXT,
    enrolled_devices INTEGER,
    ready INTEGER,
    ready_with_remediation INTEGER,
    blocked INTEGER,
    not_reviewed INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX engagements_newest ON engagements (create_time, id);
CREATE INDEX engagements_tenant ON engagements (tenant, create_time, id);
CREATE INDEX engagements_tenant_stage ON engagements (tenant, stage, create_time, id);
CREATE INDEX engagements_stage ON engagements (stage, create_time, id);
CREATE INDEX engagements_method ON engagements (method, create_time, id);
CREATE INDEX engagements_channel ON engagements (channel, create_time, id);
CREATE INDEX engagements_pipeline ON engagements (stage, method, channel);

-- Who belongs to an engagement.
CREATE TABLE engagement_person (
    person TEXT NOT NULL,
    engagement_id TEXT NOT NULL,
    PRIMARY KEY (person, engagement_id)
) STRICT, WITHOUT ROWID;

-- Every visit to a stage; the last one is open.
CREATE TABLE stage_visit (
    engagement_id TEXT NOT NULL,
    entered_time INTEGER NOT NULL,
    stage TEXT NOT NULL,
    left_time INTEGER,
    PRIMARY KEY (engagement_id, entered_time, stage)
) STRICT, WITHOUT ROWID;

-- Blockers, for their number by kind and age.
CREATE TABLE blocker (
    engagement_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL,
    raised_time INTEGER NOT NULL,
    resolved_time INTEGER,
    PRIMARY KEY (engagement_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX blocker_open ON blocker (kind, raised_time) WHERE resolved_time IS NULL;

-- The latest verdict of each case and each proactive engagement.
CREATE TABLE verdict (
    subject TEXT PRIMARY KEY,
    verdict TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The criteria that did not pass in it.
CREATE TABLE criterion (
    subject TEXT NOT NULL,
    criterion TEXT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (subject, criterion)
) STRICT, WITHOUT ROWID;
CREATE INDEX criterion_outcome ON criterion (criterion, outcome);
