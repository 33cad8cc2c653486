-- Engagements and what insights are read from.

CREATE TABLE engagements (
    id uuid CONSTRAINT "engagements.id" PRIMARY KEY,
    version bigint NOT NULL,
    state jsonb NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    tenant text NOT NULL,
    -- The tenant while the engagement is in progress: from its beginning to standby or cancellation.
    live_tenant text CONSTRAINT "engagements.live_tenant" UNIQUE,
    stage text COLLATE "C" NOT NULL,
    method text COLLATE "C" NOT NULL,
    channel text COLLATE "C",
    enrolled_devices bigint,
    ready bigint,
    ready_with_remediation bigint,
    blocked bigint,
    not_reviewed bigint
);
CREATE INDEX engagements_newest ON engagements (create_time, id);
CREATE INDEX engagements_tenant ON engagements (tenant, create_time, id);
CREATE INDEX engagements_tenant_stage ON engagements (tenant, stage, create_time, id);
CREATE INDEX engagements_stage ON engagements (stage, create_time, id);
CREATE INDEX engagements_method ON engagements (method, create_time, id);
CREATE INDEX engagements_channel ON engagements (channel, create_time, id);
CREATE INDEX engagements_pipeline ON engagements (stage, method, channel);

-- Who belongs to an engagement.
CREATE TABLE engagement_person (
    person text NOT NULL,
    engagement_id uuid NOT NULL,
    CONSTRAINT "engagement_person.person, engagement_person.engagement_id" PRIMARY KEY (person, engagement_id)
);

-- Every visit to a stage; the last one is open.
CREATE TABLE stage_visit (
    engagement_id uuid NOT NULL,
    entered_time timestamptz NOT NULL,
    stage text NOT NULL,
    left_time timestamptz,
    PRIMARY KEY (engagement_id, entered_time, stage)
);

-- Blockers, for their number by kind and age.
CREATE TABLE blocker (
    engagement_id uuid NOT NULL,
    number bigint NOT NULL,
    kind text COLLATE "C" NOT NULL,
    raised_time timestamptz NOT NULL,
    resolved_time timestamptz,
    CONSTRAINT "blocker.engagement_id, blocker.number" PRIMARY KEY (engagement_id, number)
);
CREATE INDEX blocker_open ON blocker (kind, raised_time) WHERE resolved_time IS NULL;

-- The latest verdict of each case and each proactive engagement.
CREATE TABLE verdict (
    subject text CONSTRAINT "verdict.subject" PRIMARY KEY,
    verdict text COLLATE "C" NOT NULL
);

-- The criteria that did not pass in it.
CREATE TABLE criterion (
    subject text NOT NULL,
    criterion text COLLATE "C" NOT NULL,
    outcome text NOT NULL,
    CONSTRAINT "criterion.subject, criterion.criterion" PRIMARY KEY (subject, criterion)
);
CREATE INDEX criterion_outcome ON criterion (criterion, outcome);
