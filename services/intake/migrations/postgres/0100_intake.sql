-- Cases, the people they can be found by, and the versions of the policy.

CREATE TABLE cases (
    id uuid CONSTRAINT "cases.id" PRIMARY KEY,
    version bigint NOT NULL,
    state jsonb NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    tenant text NOT NULL,
    -- The tenant for as long as the case is live, so that a tenant has one live case at most.
    live_tenant text CONSTRAINT "cases.live_tenant" UNIQUE,
    stage text NOT NULL,
    verdict text
);
CREATE INDEX cases_newest ON cases (create_time, id);
CREATE INDEX cases_tenant ON cases (tenant, create_time, id);
CREATE INDEX cases_tenant_stage ON cases (tenant, stage, create_time, id);
CREATE INDEX cases_stage ON cases (stage, create_time, id);
CREATE INDEX cases_verdict ON cases (verdict, create_time, id);

CREATE TABLE case_person (
    case_id uuid NOT NULL,
    person text NOT NULL,
    CONSTRAINT "case_person.person, case_person.case_id" PRIMARY KEY (person, case_id)
);

CREATE TABLE policies (
    id uuid CONSTRAINT "policies.id" PRIMARY KEY,
    version bigint NOT NULL,
    state jsonb NOT NULL,
    create_time timestamptz NOT NULL,
    update_time timestamptz NOT NULL,
    version_number bigint NOT NULL CONSTRAINT "policies.version_number" UNIQUE
);
CREATE INDEX policies_newest ON policies (create_time, id);

-- Cases keep the policy they were assessed with, so a published one is never altered or removed (R-2a).
CREATE TRIGGER published_policies_stay BEFORE UPDATE ON policies FOR EACH ROW
    EXECUTE FUNCTION refuse('a published policy is never altered');
CREATE TRIGGER policies_are_kept BEFORE DELETE OR TRUNCATE ON policies
    EXECUTE FUNCTION refuse('a published policy is never removed');
