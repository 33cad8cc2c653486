//! What happened to a case; each with everything its publication needs.

use std::collections::BTreeSet;

use kernel::{Assessment, Channel, Contact, DataSet, Person, Role, Roster};
use serde::{Deserialize, Serialize};

use crate::{Delivery, Level};

/// Something that happened to a case. A cause says that it replaced what stood before, and why (I-23).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each field repeats the state's field of the same name, described there")]
pub enum CaseEvent {
    /// A case was opened; its items hold the tenant.
    CaseOpened {
        customer: String,
        tenant: String,
        gmfta: Option<Person>,
        fm: Option<Person>,
        items: DataSet,
        #[serde(default)]
        delivery: Option<Delivery>,
    },
    /// The designated GMFTA was asked, or nobody is designated.
    ArchitectAsked {
        architect: Option<Person>,
        question: String,
        #[serde(default)]
        cause: Option<String>,
    },
    /// The GMFTA answered (R-1a).
    ArchitectAnswered {
        journey_status: String,
        deployment_plans: String,
        #[serde(default)]
        cause: Option<String>,
    },
    /// Items were learnt.
    ResearchRecorded {
        items: DataSet,
        #[serde(default)]
        cause: Option<String>,
    },
    /// A criterion of the last verdict's policy looks at what has changed (I-21).
    VerdictOutdated { items: BTreeSet<String> },
    /// Whether somebody delivers to the customer already was recorded.
    DeliveryRecorded { delivery: Option<Delivery>, cause: Option<String> },
    /// The benefit was coordinated with the account team, the GMFTA invited in.
    AccountTeamContacted {
        contacts: Vec<Contact>,
        outcome: String,
        invited_architect: Option<Person>,
        #[serde(default)]
        cause: Option<String>,
    },
    /// The customer was validated (R-2a to R-2c).
    CustomerValidated {
        level: Level,
        assessment: Assessment,
        #[serde(default)]
        reads: BTreeSet<String>,
        #[serde(default)]
        cause: Option<String>,
    },
    /// The benefit was introduced to the customer (R-2a).
    BenefitIntroduced {
        customer_contacts: Vec<Contact>,
        team: Vec<Person>,
        #[serde(default)]
        cause: Option<String>,
    },
    /// The delivery channel was chosen (R-2b).
    ChannelChosen {
        channel: Channel,
        #[serde(default)]
        cause: Option<String>,
    },
    /// A missing FM or GMFTA was requested.
    AssignmentRequested { role: Role },
    /// A request was filled, or its person replaced.
    AssignmentFilled { role: Role, person: Person },
    /// The six were named, or corrected; an unchanged seat keeps its acknowledgement.
    HandoffStarted {
        roster: Roster,
        #[serde(default)]
        cause: Option<String>,
    },
    /// A seat that somebody held is another's, who is to acknowledge (R-4, I-22).
    SeatChanged { role: Role, person: Person, successor: Person, cause: String },
    /// One of the six acknowledged.
    HandoffAcknowledged { role: Role },
    /// The Gateway left; the engagement begins (R-4, I-1).
    GatewayExited { customer: String, tenant: String, roster: Roster, channel: Channel, items: DataSet },
    /// The customer was referred to a partner (R-2c).
    PartnerReferred { partner: String },
    /// The customer was given the guidance (R-2c).
    GuidanceShared { guidance: String },
    /// Both are done: the case is closed (R-2c, I-4).
    CaseReferred { partner: String, guidance: String },
    /// The case was ended on the customer's wish, or because it had been opened by mistake.
    CaseDisengaged {
        cause: String,
        #[serde(default)]
        opened_by_mistake: bool,
    },
    /// The customer has another name, or always had.
    CustomerRenamed { customer: String, cause: String },
    /// The case is for another tenant (I-25).
    CaseMoved { from: String, tenant: String, cause: String },
    /// The engagement that it led to is with another tenant, and so is the case.
    CaseFollowed { from: String, tenant: String, cause: String },
    /// A case whose engagement waits is live again, for another handoff (I-25).
    CaseReopened { tenant: String },
    /// The engagement that it led to entered a stage.
    EngagementFollowed { engagement: String, stage: String, has_ended: bool },
    /// The case took over what was known of a customer that was sent to intake (P-3).
    AssignmentTakenOver { engagement: String },
    /// An engagement with the tenant was found in progress beside it (I-25).
    ConflictFound { engagement: String },
    /// That engagement is in progress no more (I-25).
    ConflictSettled { engagement: String },
}

impl CaseEvent {
    pub(crate) fn rule(&self) -> &'static str {
        match self {
            Self::CaseOpened { .. } | Self::CaseDisengaged { .. } | Self::EngagementFollowed { .. } => "",
            Self::AssignmentTakenOver { .. } => "P-3",
            Self::CustomerRenamed { .. } => "I-23",
            Self::CaseMoved { .. }
            | Self::CaseFollowed { .. }
            | Self::CaseReopened { .. }
            | Self::ConflictFound { .. }
            | Self::ConflictSettled { .. } => "I-25",
            Self::ArchitectAsked { .. } => "R-1",
            Self::ArchitectAnswered { .. } => "R-1a",
            Self::ResearchRecorded { .. } | Self::AccountTeamContacted { .. } => "R-2",
            Self::CustomerValidated { .. } | Self::BenefitIntroduced { .. } => "R-2a",
            Self::VerdictOutdated { .. } => "I-21",
            Self::DeliveryRecorded { .. } => "A-3",
            Self::ChannelChosen { .. } => "R-2b",
            Self::PartnerReferred { .. } | Self::GuidanceShared { .. } | Self::CaseReferred { .. } => "R-2c",
            Self::AssignmentRequested { .. } | Self::AssignmentFilled { .. } => "R-3",
            Self::HandoffStarted { .. }
            | Self::SeatChanged { .. }
            | Self::HandoffAcknowledged { .. }
            | Self::GatewayExited { .. } => "R-4",
        }
    }
}
