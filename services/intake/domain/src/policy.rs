//! The qualification policy: versioned criteria, checked when published and never changed after.

use kernel::{Context, Decider, Fault, Kind, Refusal, Role, Stamp};
use serde::{Deserialize, Serialize};

use crate::check;

/// The most criteria a policy may have.
const MOST: usize = 50;

/// One version of the qualification criteria.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The version number, counted from 1.
    pub version: u32,
    /// The criteria, in order.
    pub criteria: Vec<Criterion>,
    /// What changed and why.
    pub description: String,
    /// Who published it and when.
    pub published: Stamp,
}

/// One question about the data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// Its id within the policy.
    pub id: String,
    /// Its title in English.
    pub title: String,
    /// Its title in Chinese.
    pub title_zh: String,
    /// Whether the verdict depends on it.
    pub required: bool,
    /// A CEL expression over the data set's items, true when the customer meets the criterion.
    pub expression: String,
}

/// A mutation of the policy.
#[derive(Debug, Clone)]
pub enum PolicyCommand {
    /// Publishes one version, for good.
    Publish {
        /// The next version number: a fact from the versions before.
        version: u32,
        /// The criteria, 1 to 50, ids distinct, at least one required.
        criteria: Vec<Criterion>,
        /// What changed and why.
        description: String,
    },
}

/// Something that happened to a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each field repeats the state's field of the same name, described there")]
pub enum PolicyEvent {
    /// A version was published.
    PolicyPublished { version: u32, criteria: Vec<Criterion>, description: String },
}

/// Decides policies.
pub enum Policies {}

impl Decider for Policies {
    type State = Policy;
    type Command = PolicyCommand;
    type Event = PolicyEvent;
    const PERSONAL: &'static [&'static str] = crate::personal::PERSONAL;

    fn decide(
        policy: Option<&Policy>,
        command: &PolicyCommand,
        context: &Context,
    ) -> Result<Vec<PolicyEvent>, Refusal> {
        let PolicyCommand::Publish { version, criteria, description } = command;
        permit(context.caller.role)?;
        if policy.is_some() {
            let message = "a published version never changes; publish the next one";
            return Err(Refusal::new(Kind::AlreadyExists, "R-2a", "POLICY_EXISTS", "policy", message));
        }
        let message = "the policy cannot be published";
        Refusal::if_any(criteria_faults(criteria), Kind::Invalid, "POLICY_INVALID", message)?;
        let (version, criteria, description) = (*version, criteria.clone(), description.clone());
        Ok(vec![PolicyEvent::PolicyPublished { version, criteria, description }])
    }

    fn apply(policy: Option<Policy>, event: &PolicyEvent, stamp: &Stamp) -> Option<Policy> {
        let PolicyEvent::PolicyPublished { version, criteria, description } = event;
        let published = || Policy {
            version: *version,
            criteria: criteria.clone(),
            description: description.clone(),
            published: stamp.clone(),
        };
        policy.or_else(|| Some(published()))
    }

    fn rule(PolicyEvent::PolicyPublished { .. }: &PolicyEvent) -> &'static str {
        "R-2a"
    }
}

/// The program team publishes, and the service itself its default (I-18).
fn permit(role: Role) -> Result<(), Refusal> {
    if matches!(role, Role::ProgramTeam | Role::Service) {
        return Ok(());
    }
    let message = format!("PublishPolicy is not for {role}");
    Err(Refusal::new(Kind::Forbidden, "I-18", "ROLE_NOT_ALLOWED", "caller.role", message))
}

fn criteria_faults(criteria: &[Criterion]) -> Vec<Fault> {
    let (count, subject) = (criteria.len(), "criteria");
    let message = format!("a policy has 1 to {MOST} criteria, not {count}");
    let counted = (1..=MOST).contains(&count);
    let size = Fault::unless(counted, "R-2a", "CRITERIA_COUNT", subject, message);
    if size.is_some() {
        return size.into_iter().collect();
    }
    let decides = criteria.iter().any(|criterion| criterion.required);
    let message = "at least one criterion is required, or every customer would qualify";
    let required = Fault::unless(decides, "R-2a", "NONE_REQUIRED", subject, message);
    let each = (0..count).flat_map(|at| [repeated_id(criteria, at), expression_fault(criteria, at)]);
    required.into_iter().chain(each.flatten()).collect()
}

fn repeated_id(criteria: &[Criterion], at: usize) -> Option<Fault> {
    let id = &criteria[at].id;
    let repeated = criteria[..at].iter().any(|earlier| earlier.id == *id);
    let message = format!("the id {id} is taken by an earlier criterion");
    Fault::unless(!repeated, "R-2a", "CRITERION_REPEATED", format!("criteria[{at}].id"), message)
}

fn expression_fault(criteria: &[Criterion], at: usize) -> Option<Fault> {
    let problem = check::publishable(&criteria[at].expression).err()?;
    let message = format!("criterion {}: {}", criteria[at].id, problem.message);
    Some(Fault::new("R-2a", problem.reason, format!("criteria[{at}].expression"), message))
}

/// The policy the product starts with.
#[must_use]
pub fn default_policy() -> Vec<Criterion> {
    let criterion = |id: &str, title: &str, title_zh: &str, expression: &str| Criterion {
        id: id.to_owned(),
        title: title.to_owned(),
        title_zh: title_zh.to_owned(),
        required: true,
        expression: expression.to_owned(),
    };
    vec![
        criterion("licences", "At least 150 licences", "至少 150 个许可证", "licence_count >= 150"),
        criterion(
            "windows_10_intent",
            "Intends to deploy Windows 10 Enterprise",
            "计划部署 Windows 10 企业版",
            r#"windows_10_enterprise_intent == "YES""#,
        ),
        criterion(
            "device_management",
            "Device management known; Configuration Manager on Current Branch 1902 or ready to upgrade",
            "设备管理方式已知；Configuration Manager 为 Current Branch 1902 或更高版本，或已准备好升级",
            r#"device_management.tool != "CONFIGURATION_MANAGER" || device_management.branch_version >= 1902 || device_management.ready_to_upgrade"#,
        ),
    ]
}
