//! The onsite planning workshop (E-3.1, E-3.2). What it lacks is the domain's to name, so texts may be empty here.

use engagement_domain::{self as domain, Command, FindingKind, Stamped};
use host::{Desk, Fail, Fields, acts, wire};
use kernel::Caller;
use proto::engagement::v1::{self as pb, HoldWorkshopRequest};

use super::{
    LONG,
    occasion::read_occasion,
    shown::engagement,
    words::{finding_kind, read_finding_kind},
};
use crate::table::Engagements;

acts!(Engagements => pb::Engagement = engagement {
    HoldWorkshopRequest(request, fields) => Command::HoldWorkshop {
        workshop: read_workshop(fields, request),
        cause: fields.text("cause", &request.cause, 0, 2000),
        more_versions: Vec::new(),
    }, informed by which_versions;
});

/// The setting that adds versions of Windows 10 that a plan may name (E-3.1).
pub(crate) const TARGET_OS_VERSION: &str = "target_os_version";

async fn which_versions(
    _: &HoldWorkshopRequest,
    mut command: Command,
    _: Option<&domain::Engagement>,
    desk: &Desk,
    _: &Caller,
) -> Result<Command, Fail> {
    if let Command::HoldWorkshop { more_versions, .. } = &mut command {
        *more_versions = desk.more(TARGET_OS_VERSION);
    }
    Ok(command)
}

fn read_workshop(fields: &mut Fields, request: &HoldWorkshopRequest) -> domain::Workshop {
    domain::Workshop {
        readiness_analysis: fields.text("readiness_analysis", &request.readiness_analysis, 0, LONG),
        deployment_plan: request
            .deployment_plan
            .as_ref()
            .map(|plan| read_plan(fields, plan))
            .unwrap_or_default(),
        findings: read_findings(fields, &request.findings),
        none_found: read_none_found(fields, &request.none_found),
        environment_details: fields.text("environment_details", &request.environment_details, 0, LONG),
        occasion: read_occasion(fields, request.held_time, &request.attended),
    }
}

fn read_plan(fields: &mut Fields, plan: &pb::DeploymentPlan) -> domain::DeploymentPlan {
    domain::DeploymentPlan {
        target_os_version: fields.line("deployment_plan.target_os_version", &plan.target_os_version, 0, 100),
        device_groups: read_groups(fields, &plan.device_groups),
        readiness_rules: fields.text("deployment_plan.readiness_rules", &plan.readiness_rules, 0, LONG),
        completion_date: fields.maybe_day("deployment_plan.completion_date", &plan.completion_date),
    }
}

fn read_groups(fields: &mut Fields, groups: &[String]) -> Vec<String> {
    let path = "deployment_plan.device_groups";
    fields.each(path, groups, 0..=100, |fields, path, group| fields.line(path, group, 1, 200))
}

fn read_findings(fields: &mut Fields, findings: &[pb::Finding]) -> Vec<domain::Finding> {
    fields.each("findings", findings, 0..=200, |fields, path, finding| domain::Finding {
        kind: read_kind(fields, &format!("{path}.kind"), finding.kind),
        description: fields.text(&format!("{path}.description"), &finding.description, 0, LONG),
    })
}

fn read_none_found(fields: &mut Fields, kinds: &[i32]) -> Vec<FindingKind> {
    let most = FindingKind::ALL.len();
    fields.each("none_found", kinds, 0..=most, |fields, path, kind| read_kind(fields, path, *kind))
}

fn read_kind(fields: &mut Fields, path: &str, number: i32) -> FindingKind {
    fields.choice(path, number, read_finding_kind, FindingKind::Blocker)
}

/// The workshop as it is shown.
pub(crate) fn workshop(workshop: &Stamped<domain::Workshop>) -> pb::Workshop {
    let Stamped { what, stamp } = workshop;
    pb::Workshop {
        readiness_analysis: what.readiness_analysis.clone(),
        deployment_plan: Some(plan(&what.deployment_plan)),
        findings: what.findings.iter().map(finding).collect(),
        none_found: what.none_found.iter().map(|kind| finding_kind(*kind).into()).collect(),
        environment_details: what.environment_details.clone(),
        stamp: Some(wire::stamp(stamp)),
        held_time: what.occasion.held.map(proto::to_wire),
        attended: wire::contacts(&what.occasion.attended),
    }
}

fn plan(plan: &domain::DeploymentPlan) -> pb::DeploymentPlan {
    pb::DeploymentPlan {
        target_os_version: plan.target_os_version.clone(),
        device_groups: plan.device_groups.clone(),
        readiness_rules: plan.readiness_rules.clone(),
        completion_date: plan.completion_date.map(|day| day.to_string()).unwrap_or_default(),
    }
}

fn finding(finding: &domain::Finding) -> pb::Finding {
    pb::Finding { kind: finding_kind(finding.kind).into(), description: finding.description.clone() }
}
