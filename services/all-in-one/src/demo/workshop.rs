//! What the demo's workshops find (E-3.1, E-3.2).

use std::time::{Duration, SystemTime};

use proto::engagement::v1::{DeploymentPlan, Finding, HoldWorkshopRequest, finding::Kind};

use super::Stage;

/// A workshop with everything a workshop has.
pub(crate) fn complete(stage: &mut Stage, engagement: &str) -> HoldWorkshopRequest {
    let finding =
        |kind: Kind, description: &str| Finding { kind: kind.into(), description: description.to_owned() };
    HoldWorkshopRequest {
        name: engagement.to_owned(),
        request_id: stage.key(),
        etag: String::new(),
        readiness_analysis: "most devices are ready; a VPN client needs an update".to_owned(),
        deployment_plan: Some(DeploymentPlan {
            target_os_version: "1909".to_owned(),
            device_groups: vec!["headquarters".to_owned(), "branches".to_owned()],
            readiness_rules: String::new(),
            completion_date: in_half_a_year(),
        }),
        findings: vec![
            finding(Kind::Blocker, "the VPN client does not start on 1909"),
            finding(Kind::Concern, "helpdesk load in the first weeks"),
        ],
        none_found: vec![Kind::Challenge.into()],
        environment_details: "one forest, three sites, Configuration Manager".to_owned(),
        ..HoldWorkshopRequest::default()
    }
}

/// A day on which the deployment may be complete.
#[allow(clippy::disallowed_methods, reason = "whoever plans looks at a calendar")]
fn in_half_a_year() -> String {
    let then = proto::from_wire((SystemTime::now() + Duration::from_hours(24 * 180)).into());
    then.map(|then| then.strftime("%Y-%m-%d").to_string()).unwrap_or_default()
}
