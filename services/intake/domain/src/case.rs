//! What a case is: a customer's way through the Gateway.

use std::{collections::BTreeSet, fmt};

use kernel::{Assessment, Channel, Contact, DataSet, Person, Role, Roster, Stamp, Superseded, Time, Verdict};
use serde::{Deserialize, Serialize};

use crate::{Beside, DeliveryRecord, LedTo, Was};

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CaseState {
    /// The architect is asked and data is recorded.
    Research,
    /// The account team was contacted; validation at its level comes next.
    Coordination,
    /// The account team could not qualify the customer; the introduction comes next (R-2a).
    Introduction,
    /// The benefit was introduced; validation with the customer comes next (R-2a).
    CustomerValidation,
    /// Channel, assignments and handoff come next (R-2b, R-3).
    Qualified,
    /// Referral and guidance come next (R-2c).
    NotQualified,
    /// The six are named and acknowledge.
    Handoff,
    /// The Gateway has left.
    Exited,
    /// Closed with referral and guidance (R-2c).
    Referred,
    /// Ended on the customer's wish, or opened by mistake.
    Disengaged,
}

impl CaseState {
    /// Every state, in the order of the playbook.
    pub const ALL: &[Self] = &[
        Self::Research,
        Self::Coordination,
        Self::Introduction,
        Self::CustomerValidation,
        Self::Qualified,
        Self::NotQualified,
        Self::Handoff,
        Self::Exited,
        Self::Referred,
        Self::Disengaged,
    ];

    /// The states before a definite verdict, in which an architect may still be designated (R-1, R-2a).
    pub(crate) const UNDECIDED: &[Self] =
        &[Self::Research, Self::Coordination, Self::Introduction, Self::CustomerValidation];

    /// The states in which facts are still collected, and what was recorded is recorded again: all before an end (R-1a, R-2,
    /// readings 16 and 17).
    pub(crate) const OPEN_TO_FACTS: &[Self] = &[
        Self::Research,
        Self::Coordination,
        Self::Introduction,
        Self::CustomerValidation,
        Self::Qualified,
        Self::NotQualified,
        Self::Handoff,
    ];

    /// The states in which the six are named and may still be corrected, and so is the channel (R-2b, R-4).
    pub(crate) const OPEN_TO_CORRECTION: &[Self] = &[Self::Qualified, Self::Handoff];

    /// The states in which a missing FM or GMFTA is requested: from the contact with the account team to the handoff (R-2a, R-3).
    pub(crate) const OPEN_TO_REQUESTS: &[Self] =
        &[Self::Coordination, Self::Introduction, Self::CustomerValidation, Self::Qualified];

    /// The states in which a request is filled, and the assigned may still be corrected.
    pub(crate) const OPEN_TO_ASSIGNMENTS: &[Self] =
        &[Self::Coordination, Self::Introduction, Self::CustomerValidation, Self::Qualified, Self::Handoff];

    /// The customer qualifies, and the Gateway has not left (R-2b to R-4).
    pub(crate) fn is_qualified(self) -> bool {
        Self::OPEN_TO_CORRECTION.contains(&self)
    }

    /// Its name on the wire, without the prefix.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Research => "RESEARCH",
            Self::Coordination => "COORDINATION",
            Self::Introduction => "INTRODUCTION",
            Self::CustomerValidation => "CUSTOMER_VALIDATION",
            Self::Qualified => "QUALIFIED",
            Self::NotQualified => "NOT_QUALIFIED",
            Self::Handoff => "HANDOFF",
            Self::Exited => "EXITED",
            Self::Referred => "REFERRED",
            Self::Disengaged => "DISENGAGED",
        }
    }
}

impl fmt::Display for CaseState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where a customer validation is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Level {
    /// Through the account team, Microsoft's own sales side.
    AccountTeam,
    /// With the customer itself, after the introduction (R-2a).
    Customer,
}

/// A customer's way through the Gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Where it stands.
    pub state: CaseState,
    /// Since when it stands there.
    pub entered: Time,
    /// Who opened it and when.
    pub opened: Stamp,
    /// The customer's name.
    pub customer: String,
    /// The customer's tenant.
    pub tenant: String,
    /// The designated GMFTA, when known.
    pub gmfta: Option<Person>,
    /// The FM, when known.
    pub fm: Option<Person>,
    /// What the GMFTA was asked and answered.
    pub inquiry: Option<Inquiry>,
    /// What is known of the customer so far.
    pub items: DataSet,
    /// The contact with the account team.
    pub account_team_contact: Option<AccountTeamContact>,
    /// Every validation made, in order.
    pub validations: Vec<Validation>,
    /// The introduction of the benefit to the customer (R-2a).
    pub introduction: Option<Introduction>,
    /// Who delivers remotely (R-2b).
    pub channel: Option<Channel>,
    /// Every assignment requested, in order.
    pub assignment_requests: Vec<AssignmentRequest>,
    /// The six and who has acknowledged.
    pub handoff: Option<Handoff>,
    /// The referral to a partner (R-2c).
    pub referral: Option<Referral>,
    /// The deployment guidance given (R-2c).
    pub guidance: Option<Guidance>,
    /// Why the case was disengaged.
    pub cause: Option<String>,
    /// It was disengaged because it had been opened by mistake.
    #[serde(default)]
    pub opened_by_mistake: bool,
    /// Whether somebody delivers to the customer already, once that is recorded.
    #[serde(default)]
    pub delivery: Option<DeliveryRecord>,
    /// Since when the last verdict was outdated; it is where items differ from what it saw (I-21).
    #[serde(default)]
    pub outdated: Option<Time>,
    /// What was recorded and then replaced, in order (I-23).
    #[serde(default)]
    pub superseded: Vec<Superseded<Was>>,
    /// The engagement that it led to, once the engagement service has told of it.
    #[serde(default)]
    pub led_to: Option<LedTo>,
    /// The engagement found in progress beside it (I-25).
    #[serde(default)]
    pub beside: Option<Beside>,
}

/// What the designated GMFTA was asked and answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiry {
    /// Who was asked; `None` records that nobody is designated.
    pub architect: Option<Person>,
    /// What the Gateway wanted to know.
    pub question: String,
    /// Who asked and when.
    pub asked: Stamp,
    /// The answer, once there is one (R-1a).
    pub answer: Option<Answer>,
}

/// Where the customer stands, as the GMFTA knows it (R-1a).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Where the customer stands in its journey.
    pub journey_status: String,
    /// What the customer plans to deploy and when.
    pub deployment_plans: String,
    /// Who answered and when.
    pub stamp: Stamp,
}

/// The contact with the account team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountTeamContact {
    /// The account team's people.
    pub contacts: Vec<Contact>,
    /// What was agreed.
    pub outcome: String,
    /// The GMFTA who was invited in; `None` when nobody is designated.
    pub invited_architect: Option<Person>,
    /// Who contacted them and when.
    pub stamp: Stamp,
}

/// One validation and what it found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Where it was made.
    pub level: Level,
    /// What it found.
    pub assessment: Assessment,
    /// The items that the policy's criteria look at, whether they were there or not; an earlier release did not keep them.
    #[serde(default)]
    pub reads: BTreeSet<String>,
    /// Who ran it and when.
    pub stamp: Stamp,
}

/// The introduction of the benefit to the customer (R-2a).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduction {
    /// The customer's people.
    pub customer_contacts: Vec<Contact>,
    /// The FastTrack team members introduced.
    pub team: Vec<Person>,
    /// Who made it and when.
    pub stamp: Stamp,
}

/// A request for a missing FM or GMFTA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssignmentRequest {
    /// FM or GMFTA.
    pub role: Role,
    /// Who requested it and when.
    pub requested: Stamp,
    /// Who took it, as last corrected; `None` while open.
    pub person: Option<Person>,
    /// Who last filled it and when; `None` while open.
    pub filled: Option<Stamp>,
}

/// The warm handoff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handoff {
    /// The six.
    pub roster: Roster,
    /// Who last named the six and when.
    pub started: Stamp,
    /// Who of the six has acknowledged, in which role and when.
    pub acknowledgements: Vec<Stamp>,
}

/// A referral to a partner (R-2c).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Referral {
    /// The partner's name.
    pub partner: String,
    /// Who made it and when.
    pub stamp: Stamp,
}

/// Deployment guidance given (R-2c).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guidance {
    /// A title or an address.
    pub guidance: String,
    /// Who gave it and when.
    pub stamp: Stamp,
}

impl Case {
    /// Neither handed off, referred nor disengaged: the tenant's one live case.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(self.state, CaseState::Exited | CaseState::Referred | CaseState::Disengaged)
    }

    /// The last verdict, if any.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.validations.last().map(|validation| validation.assessment.verdict)
    }

    /// The policy the case was first assessed with, `policies/{policy}`; it keeps that one.
    #[must_use]
    pub fn policy(&self) -> Option<&str> {
        self.validations.first().map(|validation| validation.assessment.policy.as_str())
    }

    /// Everybody it names for a part in it: the GMFTA who is designated, the one who was asked, the FM and the six (I-18).
    pub fn involved(&self) -> impl Iterator<Item = &Person> {
        let six = self.handoff.iter().flat_map(|handoff| handoff.roster.people().map(|(_, person)| person));
        let asked = self.inquiry.iter().filter_map(|inquiry| inquiry.architect.as_ref());
        // Who was asked and has left belongs to it no more.
        let asked = asked.filter(|person| !self.has_left(person));
        self.gmfta.iter().chain(&self.fm).chain(asked).chain(six)
    }

    /// Who is assigned as FM or GMFTA.
    pub(crate) fn assigned(&self, role: Role) -> Option<&Person> {
        match role {
            Role::Fm => self.fm.as_ref(),
            Role::Gmfta => self.gmfta.as_ref(),
            _ => None,
        }
    }

    /// The open request for `role`, if any.
    pub(crate) fn open_request(&self, role: Role) -> Option<&AssignmentRequest> {
        self.latest_request(role).filter(|request| request.filled.is_none())
    }

    /// The latest request for `role`, open or filled.
    pub(crate) fn latest_request(&self, role: Role) -> Option<&AssignmentRequest> {
        self.assignment_requests.iter().rfind(|request| request.role == role)
    }
}

impl Handoff {
    /// Whoever holds `role` has acknowledged.
    #[must_use]
    pub fn acknowledged(&self, role: Role) -> bool {
        self.acknowledgements.iter().any(|stamp| stamp.role == role)
    }
}
