//! The case's decider: which rule answers which command.

use kernel::{Context, Decider, Fault, Kind, Refusal, Stamp};

use crate::{
    Case, CaseCommand, CaseEvent, CaseState, apply, customer, delivery, handoff, referral, research, seats,
    tenancy, validation,
};

/// Decides cases.
pub enum Cases {}

impl Decider for Cases {
    type State = Case;
    type Command = CaseCommand;
    type Event = CaseEvent;
    const PERSONAL: &'static [&'static str] = crate::personal::PERSONAL;

    fn decide(
        case: Option<&Case>,
        command: &CaseCommand,
        context: &Context,
    ) -> Result<Vec<CaseEvent>, Refusal> {
        command.permit(&context.caller)?;
        match (case, command) {
            (
                None,
                CaseCommand::OpenCase { customer, tenant, gmfta, fm, items, delivery, engagement, sent_from },
            ) => {
                let way_on = "open a case once it is on standby or has ended; the program team can cancel it";
                tenancy::alone(engagement.as_ref(), Kind::AlreadyExists, way_on)?;
                let items = research::opening_items(tenant, items, context)?;
                let (gmfta, fm) = (gmfta.clone(), fm.clone());
                let (customer, tenant) = (customer.clone(), tenant.clone());
                let delivery = delivery.clone();
                let opened = CaseEvent::CaseOpened { customer, tenant, gmfta, fm, items, delivery };
                Ok([opened].into_iter().chain(tenancy::taken_over(sent_from.as_ref())).collect())
            }
            (None, _) => Err(Refusal::not_found("case")),
            (Some(_), CaseCommand::OpenCase { .. }) => Err(exists()),
            (Some(case), command) => step(case, command, context),
        }
    }

    fn apply(case: Option<Case>, event: &CaseEvent, stamp: &Stamp) -> Option<Case> {
        apply::apply(case, event, stamp)
    }

    fn rule(event: &CaseEvent) -> &'static str {
        event.rule()
    }
}

fn step(case: &Case, command: &CaseCommand, context: &Context) -> Result<Vec<CaseEvent>, Refusal> {
    use CaseCommand as C;
    match command {
        C::OpenCase { .. } => Err(exists()),
        C::AskArchitect { architect, question, cause } => {
            research::ask(case, architect.as_ref(), question, cause)
        }
        C::AnswerArchitect { journey_status, deployment_plans, cause } => {
            research::answer(case, journey_status, deployment_plans, cause, context)
        }
        C::RecordResearch { items, cause } => research::record(case, items, cause),
        C::RecordDelivery { delivery, cause } => delivery::record(case, delivery.as_ref(), cause),
        C::ContactAccountTeam { contacts, outcome, cause } => {
            research::contact(case, contacts, outcome, cause)
        }
        C::ValidateCustomer { level, policy_name, policy, cause } => {
            validation::validate(case, *level, policy_name, policy, cause)
        }
        C::IntroduceBenefit { customer_contacts, team, cause } => {
            validation::introduce(case, customer_contacts, team, cause)
        }
        C::ChooseChannel { channel, cause } => handoff::choose_channel(case, channel, cause),
        C::RequestAssignments { roles } => handoff::request(case, roles),
        C::FillAssignment { role, person, cause } => handoff::fill(case, *role, person, cause),
        C::StartHandoff { roster, cause, engagement } => {
            handoff::start(case, roster, cause, engagement.as_ref())
        }
        C::ChangeSeat { role, successor, cause } => seats::change(case, *role, successor, cause, context),
        C::AcknowledgeHandoff => handoff::acknowledge(case, context),
        C::ExitGateway { engagement } => handoff::exit(case, engagement.as_ref()),
        C::ReferToPartner { partner } => referral::refer(case, partner),
        C::ShareGuidance { guidance } => referral::share(case, guidance),
        C::DisengageCase { cause, opened_by_mistake } => referral::disengage(case, cause, *opened_by_mistake),
        C::RenameCustomer { customer, cause } => customer::rename(case, customer, cause),
        C::MoveCase { tenant, cause, engagement } => {
            customer::relocate(case, tenant, cause, engagement.as_ref())
        }
        C::FollowCustomer { customer, tenant, cause } => {
            Ok(customer::follow(case, customer.as_deref(), tenant.as_deref(), cause))
        }
        C::FollowEngagement { engagement, stage, has_ended } => {
            Ok(tenancy::follow(case, engagement, stage, *has_ended))
        }
        C::TakeOver { engagement, items } => Ok(tenancy::take_over(case, engagement, items)),
        C::FindConflict { engagement } => Ok(tenancy::find(case, engagement)),
        C::SettleConflict { engagement } => Ok(tenancy::settle(case, engagement)),
    }
}

fn exists() -> Refusal {
    Refusal::new(Kind::AlreadyExists, "", "CASE_EXISTS", "case", "the case exists already")
}

impl Case {
    /// Refuses a command outside `states`, the ones `rule` gives it.
    pub(crate) fn within(
        &self,
        states: &[CaseState],
        rule: &'static str,
        command: &str,
    ) -> Result<(), Refusal> {
        if states.contains(&self.state) {
            return Ok(());
        }
        Err(Refusal::wrong_state(rule, self.state, command))
    }
}

/// Refuses a request that no case could accept, with everything wrong in it.
pub(crate) fn well_formed(
    faults: impl IntoIterator<Item = Fault>,
    message: &'static str,
) -> Result<(), Refusal> {
    Refusal::if_any(faults.into_iter().collect(), Kind::Invalid, "REQUEST_INCOMPLETE", message)
}
