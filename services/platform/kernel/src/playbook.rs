//! The playbook's words that more than one service speaks: the six, the channel, the data set, the verdict.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Caller, Moment, Person, Role};

/// The six named people of an engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// The Get Modern FastTrack Architect.
    pub gmfta: Person,
    /// The FastTrack Manager.
    pub fm: Person,
    /// The FastTrack Engineer.
    pub fe: Person,
    /// The FastTrack subject-matter expert.
    pub sme: Person,
    /// The FastTrack Architect.
    pub fta: Person,
    /// The Account Technology Strategist.
    pub ats: Person,
}

impl Roster {
    /// Who holds `role`; `None` for a role that is not one of the six.
    #[must_use]
    pub fn holder(&self, role: Role) -> Option<&Person> {
        match role {
            Role::Gmfta => Some(&self.gmfta),
            Role::Fm => Some(&self.fm),
            Role::Fe => Some(&self.fe),
            Role::Sme => Some(&self.sme),
            Role::Fta => Some(&self.fta),
            Role::Ats => Some(&self.ats),
            _ => None,
        }
    }

    /// Gives the seat of `role` to `person`; a role that is not one of the six has none.
    pub fn give(&mut self, role: Role, person: &Person) {
        let seat = match role {
            Role::Gmfta => &mut self.gmfta,
            Role::Fm => &mut self.fm,
            Role::Fe => &mut self.fe,
            Role::Sme => &mut self.sme,
            Role::Fta => &mut self.fta,
            Role::Ats => &mut self.ats,
            _ => return,
        };
        seat.clone_from(person);
    }

    /// The six with their roles.
    pub fn people(&self) -> impl Iterator<Item = (Role, &Person)> {
        Role::SIX.into_iter().filter_map(|role| self.holder(role).map(|person| (role, person)))
    }

    /// The caller is the person named for the role they act in (I-18).
    #[must_use]
    pub fn seats(&self, caller: &Caller) -> bool {
        self.holder(caller.role) == Some(&caller.person)
    }

    /// The person is one of the six, in whatever role.
    #[must_use]
    pub fn includes(&self, person: &Person) -> bool {
        self.people().any(|(_, seated)| seated == person)
    }
}

/// Who delivers remotely: exactly one of the two (R-2b, I-3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Channel {
    /// FastTrack Center, Microsoft's own remote delivery.
    #[serde(rename = "CSS")]
    Css,
    /// A FastTrack Ready Partner, by name.
    #[serde(rename = "FRP")]
    Frp(String),
}

/// Someone at the customer, the account team or a partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The name to ask for.
    pub full_name: String,
    /// Where mail reaches them; may be empty.
    pub email: String,
}

/// What is known of a customer, by item: `licence_count`, `device_management` and so on (R-1, P-3).
pub type DataSet = BTreeMap<String, Item>;

/// The items of the data set that the Gateway collects and a sync validates: all but the delivery partner, who need not
/// exist (P-3).
pub const REQUIRED_ITEMS: [&str; 14] = [
    "tenant",
    "plan",
    "licence_count",
    "windows_10_enterprise_intent",
    "office_365_proplus_intent",
    "intune_intent",
    "device_count",
    "source_os_mix",
    "device_management",
    "work_in_flight",
    "deployment_plan",
    "success_owner",
    "account_team_contacts",
    "language",
];

/// One item of the data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The value, as the policy's expressions read it.
    pub value: serde_json::Value,
    /// Where it came from.
    pub source: String,
    /// When it was learnt, as who recorded it says.
    pub learnt: Moment,
}

/// The outcome of a validation. `Undetermined` is never treated as either of the others (I-2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Every required criterion passed.
    Qualified,
    /// At least one required criterion failed.
    NotQualified,
    /// None failed and at least one could not be answered.
    Undetermined,
}

/// How one criterion came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// True.
    Pass,
    /// False.
    Fail,
    /// An input is missing or unknown.
    Unknown,
}

/// One criterion's outcome with the inputs it saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CriterionResult {
    /// The criterion's id within its policy.
    pub criterion: String,
    /// Its title in English.
    pub title: String,
    /// Its title in Chinese.
    pub title_zh: String,
    /// Whether the verdict depends on it.
    pub required: bool,
    /// How it came out.
    pub outcome: Outcome,
    /// The inputs it read; one that was missing is absent.
    pub inputs: BTreeMap<String, serde_json::Value>,
}

/// A verdict with everything it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// The verdict.
    pub verdict: Verdict,
    /// The policy, `policies/{policy}`.
    pub policy: String,
    /// Its version number.
    pub policy_version: u32,
    /// Every criterion of the policy, in its order.
    pub results: Vec<CriterionResult>,
}
