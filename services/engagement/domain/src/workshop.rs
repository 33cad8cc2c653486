//! The onsite planning workshop: readiness, a plan, and what the customer says (E-3.1, E-3.2, O-2, G-4).

use jiff::{civil::Date, tz::TimeZone};
use kernel::{Context, Fault, Refusal};
use serde::{Deserialize, Serialize};

use crate::{
    Engagement, Event, Occasion, Stage,
    gate::{faults, pass, said},
    preparation, standing,
};

/// The versions of Windows 10 that a plan may name; a setting adds to them.
const TARGET_VERSIONS: [&str; 14] = [
    "1507", "1511", "1607", "1703", "1709", "1803", "1809", "1903", "1909", "2004", "20H2", "21H1", "21H2",
    "22H2",
];

/// The deployment plan made in Desktop Analytics (E-3.1, G-4).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentPlan {
    /// The target version of Windows 10, such as `1909`.
    pub target_os_version: String,
    /// The device groups, at least one.
    pub device_groups: Vec<String>,
    /// The readiness rules; may be empty.
    pub readiness_rules: String,
    /// The date the deployment is to be complete; none when the plan lacks it.
    pub completion_date: Option<Date>,
}

/// What a finding is (E-3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FindingKind {
    /// Something that stops the motion.
    Blocker,
    /// Something that makes it hard.
    Challenge,
    /// Something the customer worries about.
    Concern,
}

impl FindingKind {
    /// All three, each of which a workshop answers.
    pub const ALL: [Self; 3] = [Self::Blocker, Self::Challenge, Self::Concern];

    fn plural(self) -> &'static str {
        match self {
            Self::Blocker => "blockers",
            Self::Challenge => "challenges",
            Self::Concern => "concerns",
        }
    }
}

/// What the customer said (E-3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The same in the customer's words.
    pub description: String,
}

/// The workshop (E-3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workshop {
    /// What the readiness analysis showed (E-3.1).
    pub readiness_analysis: String,
    /// The deployment plan (E-3.1).
    pub deployment_plan: DeploymentPlan,
    /// Blockers, challenges and concerns (E-3.2).
    pub findings: Vec<Finding>,
    /// Kinds of which the customer named none (E-3.2).
    pub none_found: Vec<FindingKind>,
    /// The customer's environment (E-3.2).
    pub environment_details: String,
    /// When it was held, and who attended.
    #[serde(default, skip_serializing_if = "Occasion::is_unsaid")]
    pub occasion: Occasion,
}

/// The GMFTA holds the workshop after the preparation is settled, and another with a cause until the review (E-3, I-9).
pub(crate) fn hold(
    e: &Engagement,
    workshop: &Workshop,
    cause: &str,
    more_versions: &[String],
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    standing::architect(e, &context.caller)?;
    e.expect(&[Stage::Preparation, Stage::Delivery], "I-9", "HoldWorkshop")?;
    let mut lacking = unplanned(workshop);
    lacking.extend(implausible(&workshop.deployment_plan, e, more_versions));
    lacking.extend(FindingKind::ALL.into_iter().filter_map(|kind| unanswered(workshop, kind)));
    lacking.extend(unworded(workshop));
    let mut gate = preparation::workshop_gate(e);
    gate.extend(preparation::stale(e, context.now));
    gate.extend(workshop.occasion.faults("E-3", e, context.now));
    gate.extend(already_held(e).filter(|_| !said(cause)));
    pass(lacking, gate, "WORKSHOP_NOT_READY", "the workshop lacks preparation or content")?;
    if already_held(e).is_some() {
        return Ok(vec![Event::WorkshopRepeated { workshop: workshop.clone(), cause: cause.to_owned() }]);
    }
    Ok(vec![Event::WorkshopHeld(workshop.clone())])
}

fn already_held(e: &Engagement) -> Option<Fault> {
    let message = "a workshop was held already; say why another is held";
    Fault::unless(e.workshop.is_none(), "E-3", "WORKSHOP_ALREADY_HELD", "cause", message)
}

fn unplanned(workshop: &Workshop) -> Vec<Fault> {
    let part = |held, rule, reason, subject: &str, message: &str| {
        Fault::unless(held, rule, reason, subject, message)
    };
    let (analysed, details) = (said(&workshop.readiness_analysis), said(&workshop.environment_details));
    let mut all = faults([
        part(
            analysed,
            "E-3.1",
            "READINESS_ANALYSIS_MISSING",
            "readiness_analysis",
            "say what the analysis showed",
        ),
        part(
            details,
            "E-3.2",
            "ENVIRONMENT_DETAILS_MISSING",
            "environment_details",
            "describe the environment",
        ),
    ]);
    all.extend(open_plan(&workshop.deployment_plan));
    all
}

/// What the plan lacks; where there is none, that alone.
fn open_plan(plan: &DeploymentPlan) -> Vec<Fault> {
    let part = |held, reason, field: &str, message: &str| {
        Fault::unless(held, "E-3.1", reason, format!("deployment_plan{field}"), message)
    };
    let is_there = *plan != DeploymentPlan::default();
    let missing = part(is_there, "DEPLOYMENT_PLAN_MISSING", "", "give the deployment plan");
    if missing.is_some() {
        return faults([missing]);
    }
    let version = said(&plan.target_os_version);
    let groups = plan.device_groups.iter().any(|group| said(group));
    let dated = plan.completion_date.is_some();
    faults([
        part(version, "TARGET_OS_VERSION_MISSING", ".target_os_version", "name the target version"),
        part(groups, "DEVICE_GROUP_MISSING", ".device_groups", "name at least one device group"),
        part(dated, "COMPLETION_DATE_MISSING", ".completion_date", "give the completion date"),
    ])
}

/// What the plan says and cannot be meant (E-3.1).
fn implausible(plan: &DeploymentPlan, e: &Engagement, more_versions: &[String]) -> Vec<Fault> {
    let version = plan.target_os_version.trim();
    let known = TARGET_VERSIONS.contains(&version) || more_versions.iter().any(|more| more == version);
    let begun = e.began().map(|began| began.to_zoned(TimeZone::UTC).date());
    let early = plan.completion_date.zip(begun).is_some_and(|(complete, begun)| complete < begun);
    let (version_words, date_words) = (
        format!("name a version of Windows 10: {}, or one that a setting adds", TARGET_VERSIONS.join(", ")),
        "give a date on which the engagement had begun".to_owned(),
    );
    faults([
        Fault::unless(
            known || !said(version),
            "E-3.1",
            "TARGET_OS_VERSION_UNKNOWN",
            "deployment_plan.target_os_version",
            version_words,
        ),
        Fault::unless(
            !early,
            "E-3.1",
            "COMPLETION_DATE_EARLY",
            "deployment_plan.completion_date",
            date_words,
        ),
    ])
}

/// Each kind is either found or named as none found, and never both (E-3.2).
fn unanswered(workshop: &Workshop, kind: FindingKind) -> Option<Fault> {
    let found = workshop.findings.iter().any(|finding| finding.kind == kind);
    let none = workshop.none_found.contains(&kind);
    let what = kind.plural();
    let fault =
        |reason, message: String| Some(Fault::new("E-3.2", reason, format!("findings.{what}"), message));
    match (found, none) {
        (false, false) => {
            fault("FINDINGS_UNANSWERED", format!("list the {what}, or say that there are none"))
        }
        (true, true) => fault("FINDINGS_CONTRADICTED", format!("{what} are listed and said to be none")),
        _ => None,
    }
}

fn unworded(workshop: &Workshop) -> Vec<Fault> {
    let blank = |(index, finding): (usize, &Finding)| {
        let subject = format!("findings[{index}].description");
        Fault::unless(said(&finding.description), "E-3.2", "DESCRIPTION_MISSING", subject, "say what it is")
    };
    workshop.findings.iter().enumerate().filter_map(blank).collect()
}
