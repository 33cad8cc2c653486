//! What somebody may want done with a case, and in which role.

use kernel::{Caller, Channel, Contact, DataSet, InProgress, Kind, Person, Refusal, Role, Roster};

use crate::{Delivery, Level, Policy};

/// A mutation of a case.
#[derive(Debug, Clone)]
pub enum CaseCommand {
    /// Opens a case for a tenant.
    OpenCase {
        /// The customer's name.
        customer: String,
        /// The customer's tenant; becomes an item of the data set.
        tenant: String,
        /// The designated GMFTA, when known.
        gmfta: Option<Person>,
        /// The FM, when known.
        fm: Option<Person>,
        /// What is already known of the customer.
        items: DataSet,
        /// Who delivers to the customer already.
        delivery: Option<Delivery>,
        /// The engagement with the tenant that is in progress, as far as the engagement service has said, or what is held back
        /// (I-25).
        engagement: Option<InProgress>,
        /// The engagement that the customer was sent from, `engagements/{engagement}` (P-3). From a service only.
        sent_from: Option<String>,
    },
    /// Asks the designated GMFTA, or records that nobody is designated.
    AskArchitect {
        /// Who is designated from now on; `None` leaves the one already on the case.
        architect: Option<Person>,
        /// What the Gateway wants to know.
        question: String,
        /// Why another architect or another question; may be empty for another architect.
        cause: String,
    },
    /// The designated GMFTA answers (R-1a).
    AnswerArchitect {
        /// Where the customer stands in its journey.
        journey_status: String,
        /// What the customer plans to deploy and when.
        deployment_plans: String,
        /// Why it is answered again, where an answer stands.
        cause: String,
    },
    /// Records items of the data set; a later value replaces the earlier one.
    RecordResearch {
        /// The items learnt.
        items: DataSet,
        /// Why values are replaced; empty where their sources say it.
        cause: String,
    },
    /// Records whether somebody delivers to the customer already.
    RecordDelivery {
        /// Who, and since when; `None` for nobody.
        delivery: Option<Delivery>,
        /// Why again, where it is recorded.
        cause: String,
    },
    /// Coordinates the benefit with the account team and invites the GMFTA in.
    ContactAccountTeam {
        /// The account team's people; at least one.
        contacts: Vec<Contact>,
        /// What was agreed.
        outcome: String,
        /// Why they are contacted again, where a contact is recorded.
        cause: String,
    },
    /// Runs the customer validation over what is known (R-2a to R-2c).
    ValidateCustomer {
        /// Through the account team, or with the customer.
        level: Level,
        /// The policy's name, `policies/{policy}`.
        policy_name: String,
        /// The policy: a fact from its own resource.
        policy: Policy,
        /// Why again, where a definite verdict stands.
        cause: String,
    },
    /// Introduces the benefit and the FastTrack team to the customer (R-2a).
    IntroduceBenefit {
        /// The customer's people; at least one.
        customer_contacts: Vec<Contact>,
        /// The FastTrack team members; the designated GMFTA among them.
        team: Vec<Person>,
        /// Why again, where an introduction is recorded.
        cause: String,
    },
    /// Chooses CSS or FRP (R-2b).
    ChooseChannel {
        /// Who delivers remotely.
        channel: Channel,
        /// Why another, where one stands.
        cause: String,
    },
    /// Requests the FM or the GMFTA the case lacks.
    RequestAssignments {
        /// FM or GMFTA; empty for every one missing and not yet requested.
        roles: Vec<Role>,
    },
    /// Names the person for an open request, or another in place of the one named before.
    FillAssignment {
        /// FM or GMFTA.
        role: Role,
        /// Who takes it.
        person: Person,
        /// Why, where it replaces somebody.
        cause: String,
    },
    /// Starts the warm handoff by naming the six, or corrects whom it names.
    StartHandoff {
        /// The six.
        roster: Roster,
        /// Why they are named anew; may be empty.
        cause: String,
        /// The engagement with the tenant that is in progress, as far as the engagement service has said (I-25).
        engagement: Option<InProgress>,
    },
    /// Gives a seat that somebody holds to another (R-4, I-22).
    ChangeSeat {
        /// Which of the six.
        role: Role,
        /// Who takes it.
        successor: Person,
        /// Why.
        cause: String,
    },
    /// The caller acknowledges the handoff in their seat.
    AcknowledgeHandoff,
    /// The Gateway leaves.
    ExitGateway {
        /// The engagement with the tenant that is in progress, as the engagement service says (I-25).
        engagement: Option<InProgress>,
    },
    /// Refers a customer that does not qualify to a partner (R-2c).
    ReferToPartner {
        /// The partner's name.
        partner: String,
    },
    /// Gives a customer that does not qualify the deployment guidance (R-2c).
    ShareGuidance {
        /// A title or an address.
        guidance: String,
    },
    /// Ends a case that the customer no longer wants, or that was opened by mistake (I-4).
    DisengageCase {
        /// Why.
        cause: String,
        /// It is about no customer of ours.
        opened_by_mistake: bool,
    },
    /// Gives the customer another name (I-23).
    RenameCustomer {
        /// The name.
        customer: String,
        /// Why.
        cause: String,
    },
    /// Moves the case to the tenant that it is about (I-23, I-25).
    MoveCase {
        /// The tenant.
        tenant: String,
        /// Why.
        cause: String,
        /// What is in progress with that tenant or held back, as both services say (I-25).
        engagement: Option<InProgress>,
    },
    /// The engagement that it led to has another customer, or another name of them. From a service only.
    FollowCustomer {
        /// The name; `None` where it stays.
        customer: Option<String>,
        /// The tenant; `None` where it stays.
        tenant: Option<String>,
        /// Why.
        cause: String,
    },
    /// The engagement that it led to has entered a stage. From a service only.
    FollowEngagement {
        /// The engagement, `engagements/{engagement}`.
        engagement: String,
        /// The stage.
        stage: String,
        /// It has ended.
        has_ended: bool,
    },
    /// The customer was sent to intake, where this case is open or held back: it takes over what was validated (P-3). From a service only.
    TakeOver {
        /// The engagement, `engagements/{engagement}`.
        engagement: String,
        /// What was known of the customer there.
        items: DataSet,
    },
    /// An engagement with the tenant is in progress beside it (I-25). From a service only.
    FindConflict {
        /// The engagement, `engagements/{engagement}`.
        engagement: String,
    },
    /// That engagement is in progress no more (I-25). From a service only.
    SettleConflict {
        /// The engagement, `engagements/{engagement}`.
        engagement: String,
    },
}

impl CaseCommand {
    /// The method it comes from.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::OpenCase { .. } => "OpenCase",
            Self::AskArchitect { .. } => "AskArchitect",
            Self::AnswerArchitect { .. } => "AnswerArchitect",
            Self::RecordResearch { .. } => "RecordResearch",
            Self::RecordDelivery { .. } => "RecordDelivery",
            Self::ContactAccountTeam { .. } => "ContactAccountTeam",
            Self::ValidateCustomer { .. } => "ValidateCustomer",
            Self::IntroduceBenefit { .. } => "IntroduceBenefit",
            Self::ChooseChannel { .. } => "ChooseChannel",
            Self::RequestAssignments { .. } => "RequestAssignments",
            Self::FillAssignment { .. } => "FillAssignment",
            Self::StartHandoff { .. } => "StartHandoff",
            Self::ChangeSeat { .. } => "ChangeSeat",
            Self::AcknowledgeHandoff => "AcknowledgeHandoff",
            Self::ExitGateway { .. } => "ExitGateway",
            Self::ReferToPartner { .. } => "ReferToPartner",
            Self::ShareGuidance { .. } => "ShareGuidance",
            Self::DisengageCase { .. } => "DisengageCase",
            Self::RenameCustomer { .. } => "RenameCustomer",
            Self::MoveCase { .. } => "MoveCase",
            Self::FollowCustomer { .. } => "FollowCustomer",
            Self::FollowEngagement { .. } => "FollowEngagement",
            Self::TakeOver { .. } => "TakeOver",
            Self::FindConflict { .. } => "FindConflict",
            Self::SettleConflict { .. } => "SettleConflict",
        }
    }

    /// The roles that may ask for it. A service may open a case: it brings a proactive customer in (P-3).
    fn roles(&self) -> &'static [Role] {
        match self {
            Self::OpenCase { .. } => &[Role::ReengagementManager, Role::ProgramTeam, Role::Service],
            Self::AnswerArchitect { .. } => &[Role::Gmfta],
            Self::FillAssignment { .. } | Self::ChangeSeat { .. } => {
                &[Role::ReengagementManager, Role::ProgramTeam]
            }
            Self::AcknowledgeHandoff => &Role::SIX,
            Self::FollowEngagement { .. }
            | Self::FollowCustomer { .. }
            | Self::TakeOver { .. }
            | Self::FindConflict { .. }
            | Self::SettleConflict { .. } => &[Role::Service],
            _ => &[Role::ReengagementManager],
        }
    }

    /// Refuses a caller whose role may never ask for it (I-18).
    pub(crate) fn permit(&self, caller: &Caller) -> Result<(), Refusal> {
        if self.roles().contains(&caller.role) {
            return Ok(());
        }
        let message = format!("{} is not for {}", self.name(), caller.role);
        Err(Refusal::new(Kind::Forbidden, "I-18", "ROLE_NOT_ALLOWED", "caller.role", message))
    }
}
