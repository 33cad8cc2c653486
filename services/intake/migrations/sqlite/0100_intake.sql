-- Cases, the people they can be found by, and the versions of the policy. Times are microseconds since 1970.

CREATE TABLE cases (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    -- The tenant for as long as the case is live, so that a tenant has one live case at most.
    live_tenant TEXT UNIQUE,
    stage TEXT NOT NULL,
    verdict TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX cases_newest ON cases (create_time, id);
CREATE INDEX cases_tenant ON cases (tenant, create_time, id);
CREATE INDEX cases_tenant_stage ON cases (tenant, stage, create_time, id);
CREATE INDEX cases_stage ON cases (stage, create_time, id);
CREATE INDEX cases_verdict ON cases (verdict, create_time, id);

CREATE TABLE case_person (
    case_id TEXT NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (person, case_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE policies (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    version_number INTEGER NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;
CREATE INDEX policies_newest ON policies (create_time, id);

-- Cases keep the policy they were assessed with, so a published one is never altered or removed (R-2a).
CREATE TRIGGER published_policies_stay BEFORE UPDATE ON policies
BEGIN
    SELECT raise(ABORT, 'a published policy is never altered');
END;
CREATE TRIGGER policies_are_kept BEFORE DELETE ON policies
BEGIN
    SELECT raise(ABORT, 'a published policy is never removed');
END;
