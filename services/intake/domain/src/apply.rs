//! What a case is after each event.

use kernel::{Assessment, DataSet, Person, Role, Stamp, Verdict};

use crate::{
    AccountTeamContact, Answer, AssignmentRequest, Beside, Case, CaseEvent, CaseState, Delivery,
    DeliveryRecord, Guidance, Handoff, Inquiry, Introduction, Level, Referral, Validation, Was, research,
};

/// The case after `event`; only an opening makes one, and only where there is none.
pub(crate) fn apply(case: Option<Case>, event: &CaseEvent, stamp: &Stamp) -> Option<Case> {
    match case {
        None => open(event, stamp),
        Some(mut case) => {
            case.take_in(event, stamp);
            if let Some(state) = next_state(case.state, event).filter(|state| *state != case.state) {
                case.state = state;
                case.entered = stamp.time;
            }
            Some(case)
        }
    }
}

fn open(event: &CaseEvent, stamp: &Stamp) -> Option<Case> {
    let CaseEvent::CaseOpened { customer, tenant, gmfta, fm, items, delivery } = event else { return None };
    let recorded = |delivery: &Delivery| record(Some(delivery), stamp);
    Some(Case {
        state: CaseState::Research,
        entered: stamp.time,
        opened: stamp.clone(),
        customer: customer.clone(),
        tenant: tenant.clone(),
        gmfta: gmfta.clone(),
        fm: fm.clone(),
        inquiry: None,
        items: items.clone(),
        account_team_contact: None,
        validations: Vec::new(),
        introduction: None,
        channel: None,
        assignment_requests: Vec::new(),
        handoff: None,
        referral: None,
        guidance: None,
        cause: None,
        opened_by_mistake: false,
        delivery: delivery.as_ref().map(recorded),
        outdated: None,
        superseded: Vec::new(),
        led_to: None,
        beside: None,
    })
}

fn record(delivery: Option<&Delivery>, stamp: &Stamp) -> DeliveryRecord {
    DeliveryRecord { delivery: delivery.cloned(), stamp: stamp.clone() }
}

/// Where `event` leads from `state`; `None` when the case stays where it is, as it does when something is done again.
fn next_state(state: CaseState, event: &CaseEvent) -> Option<CaseState> {
    match event {
        CaseEvent::AccountTeamContacted { cause: None, .. } => Some(CaseState::Coordination),
        CaseEvent::CustomerValidated { level, assessment, .. } => {
            Some(after_validation(state, *level, assessment))
        }
        CaseEvent::BenefitIntroduced { cause: None, .. } => Some(CaseState::CustomerValidation),
        CaseEvent::HandoffStarted { .. } | CaseEvent::CaseReopened { .. } => Some(CaseState::Handoff),
        CaseEvent::GatewayExited { .. } => Some(CaseState::Exited),
        CaseEvent::CaseReferred { .. } => Some(CaseState::Referred),
        CaseEvent::CaseDisengaged { .. } => Some(CaseState::Disengaged),
        _ => None,
    }
}

/// Undetermined is neither verdict: it opens the customer level, and there stays open (R-2a, I-2). A handoff goes on where the
/// customer qualifies again (reading 16).
fn after_validation(state: CaseState, level: Level, assessment: &Assessment) -> CaseState {
    match (assessment.verdict, level) {
        (Verdict::Qualified, _) if state == CaseState::Handoff => CaseState::Handoff,
        (Verdict::Qualified, _) => CaseState::Qualified,
        (Verdict::NotQualified, _) => CaseState::NotQualified,
        (Verdict::Undetermined, Level::AccountTeam) => CaseState::Introduction,
        (Verdict::Undetermined, Level::Customer) => CaseState::CustomerValidation,
    }
}

impl Case {
    fn take_in(&mut self, event: &CaseEvent, stamp: &Stamp) {
        match event {
            CaseEvent::ArchitectAsked { .. } | CaseEvent::ArchitectAnswered { .. } => {
                self.take_inquiry(event, stamp);
            }
            CaseEvent::ResearchRecorded { items, cause } => self.take_items(items, cause.as_deref(), stamp),
            CaseEvent::DeliveryRecorded { delivery, cause } => {
                let was = self.delivery.replace(record(delivery.as_ref(), stamp)).map(Was::Delivery);
                self.replaced(was, cause.as_deref(), stamp);
            }
            CaseEvent::VerdictOutdated { .. } => self.outdated = Some(stamp.time),
            CaseEvent::AccountTeamContacted { .. }
            | CaseEvent::CustomerValidated { .. }
            | CaseEvent::BenefitIntroduced { .. } => self.take_outreach(event, stamp),
            CaseEvent::ChannelChosen { channel, cause } => {
                let was = self.channel.replace(channel.clone()).map(Was::Channel);
                self.replaced(was, cause.as_deref(), stamp);
            }
            CaseEvent::AssignmentRequested { .. } | CaseEvent::AssignmentFilled { .. } => {
                self.take_assignment(event, stamp);
            }
            CaseEvent::HandoffStarted { cause, .. } => {
                self.replaced(self.handoff.clone().map(Was::Handoff), cause.as_deref(), stamp);
                self.take_handoff(event, stamp);
            }
            CaseEvent::HandoffAcknowledged { .. } => self.take_handoff(event, stamp),
            CaseEvent::SeatChanged { .. } => self.take_seat(event, stamp),
            CaseEvent::PartnerReferred { partner } => {
                self.referral = Some(Referral { partner: partner.clone(), stamp: stamp.clone() });
            }
            CaseEvent::GuidanceShared { guidance } => {
                self.guidance = Some(Guidance { guidance: guidance.clone(), stamp: stamp.clone() });
            }
            CaseEvent::CaseDisengaged { cause, opened_by_mistake } => {
                (self.cause, self.opened_by_mistake) = (Some(cause.clone()), *opened_by_mistake);
            }
            CaseEvent::EngagementFollowed { engagement, stage, has_ended } => {
                self.led(engagement, stage, *has_ended, stamp);
            }
            CaseEvent::ConflictFound { engagement } => {
                self.beside = Some(Beside { engagement: engagement.clone(), since: stamp.time });
            }
            CaseEvent::ConflictSettled { .. } => self.beside = None,
            CaseEvent::CustomerRenamed { .. }
            | CaseEvent::CaseMoved { .. }
            | CaseEvent::CaseFollowed { .. } => self.take_customer(event, stamp),
            // What waited for this case begins with what it hands over now.
            CaseEvent::GatewayExited { .. } => (self.led_to, self.beside) = (None, None),
            CaseEvent::CaseOpened { .. }
            | CaseEvent::AssignmentTakenOver { .. }
            | CaseEvent::CaseReopened { .. }
            | CaseEvent::CaseReferred { .. } => {}
        }
    }

    /// Keeps what an event replaced; an earlier release told no cause, and kept nothing.
    fn replaced(&mut self, was: Option<Was>, cause: Option<&str>, stamp: &Stamp) {
        if let Some(cause) = cause {
            self.supersede(was, cause, stamp);
        }
    }

    fn take_items(&mut self, items: &DataSet, cause: Option<&str>, stamp: &Stamp) {
        let replaced = research::replaced(&self.items, items);
        let was = (!replaced.is_empty()).then_some(Was::Items { items: replaced });
        self.replaced(was, cause, stamp);
        self.items.extend(items.clone());
    }

    fn take_inquiry(&mut self, event: &CaseEvent, stamp: &Stamp) {
        match event {
            CaseEvent::ArchitectAsked { architect, question, cause } => {
                let was = self.inquiry.take().map(Was::Inquiry);
                self.replaced(was, cause.as_deref(), stamp);
                self.designate(architect.as_ref(), stamp);
                let (architect, question) = (architect.clone(), question.clone());
                self.inquiry = Some(Inquiry { architect, question, asked: stamp.clone(), answer: None });
            }
            CaseEvent::ArchitectAnswered { journey_status, deployment_plans, cause } => {
                self.replaced(self.inquiry.clone().map(Was::Inquiry), cause.as_deref(), stamp);
                let (journey_status, deployment_plans) = (journey_status.clone(), deployment_plans.clone());
                let answer = Some(Answer { journey_status, deployment_plans, stamp: stamp.clone() });
                self.inquiry.iter_mut().for_each(|inquiry| inquiry.answer.clone_from(&answer));
            }
            _ => {}
        }
    }

    /// Whoever is asked is the designated one, and takes what is requested of a GMFTA.
    fn designate(&mut self, architect: Option<&Person>, stamp: &Stamp) {
        self.gmfta = architect.cloned();
        let open = |made: &&mut AssignmentRequest| made.role == Role::Gmfta && made.filled.is_none();
        if let (Some(architect), Some(request)) = (architect, self.assignment_requests.iter_mut().find(open))
        {
            (request.person, request.filled) = (Some(architect.clone()), Some(stamp.clone()));
        }
    }

    fn take_outreach(&mut self, event: &CaseEvent, stamp: &Stamp) {
        let now = stamp.clone();
        match event.clone() {
            CaseEvent::AccountTeamContacted { contacts, outcome, invited_architect, cause } => {
                let contact = AccountTeamContact { contacts, outcome, invited_architect, stamp: now };
                let was = self.account_team_contact.replace(contact).map(Was::AccountTeamContact);
                self.replaced(was, cause.as_deref(), stamp);
            }
            CaseEvent::CustomerValidated { level, assessment, reads, cause } => {
                if let Some(cause) = cause {
                    self.supersede_verdict(assessment.verdict, &cause, stamp);
                }
                self.validations.push(Validation { level, assessment, reads, stamp: now });
                self.outdated = None;
            }
            CaseEvent::BenefitIntroduced { customer_contacts, team, cause } => {
                let introduction = Introduction { customer_contacts, team, stamp: now };
                let was = self.introduction.replace(introduction).map(Was::Introduction);
                self.replaced(was, cause.as_deref(), stamp);
            }
            _ => {}
        }
    }

    fn take_assignment(&mut self, event: &CaseEvent, stamp: &Stamp) {
        match event {
            CaseEvent::AssignmentRequested { role } => self.assignment_requests.push(AssignmentRequest {
                role: *role,
                requested: stamp.clone(),
                person: None,
                filled: None,
            }),
            CaseEvent::AssignmentFilled { role, person } => {
                if let Some(request) = self.assignment_requests.iter_mut().rfind(|made| made.role == *role) {
                    request.person = Some(person.clone());
                    request.filled = Some(stamp.clone());
                }
                match role {
                    Role::Fm => self.fm = Some(person.clone()),
                    Role::Gmfta => self.gmfta = Some(person.clone()),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn take_handoff(&mut self, event: &CaseEvent, stamp: &Stamp) {
        match (event, &mut self.handoff) {
            (CaseEvent::HandoffStarted { roster, .. }, handoff) => {
                let mut acknowledgements = handoff.take().map_or_else(Vec::new, |old| old.acknowledgements);
                acknowledgements.retain(|given| roster.holder(given.role) == Some(&given.person));
                let (roster, started) = (roster.clone(), stamp.clone());
                *handoff = Some(Handoff { roster, started, acknowledgements });
            }
            (CaseEvent::HandoffAcknowledged { role }, Some(handoff)) => {
                handoff.acknowledgements.push(Stamp { role: *role, ..stamp.clone() });
            }
            _ => {}
        }
    }
}
