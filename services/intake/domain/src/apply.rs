//! What a case is after each event.

use kernel::{Assessment, Role, Stamp, Verdict};

use crate::{
    AccountTeamContact, Answer, AssignmentRequest, Beside, Case, CaseEvent, CaseState, Guidance, Handoff,
    Inquiry, Introduction, Level, Referral, Validation,
};

/// The case after `event`; only an opening makes one, and only where there is none.
pub(crate) fn apply(case: Option<Case>, event: &CaseEvent, stamp: &Stamp) -> Option<Case> {
    match case {
        None => open(event, stamp),
        Some(mut case) => {
            case.take_in(event, stamp);
            if let Some(state) = next_state(event).filter(|state| *state != case.state) {
                case.state = state;
                case.entered = stamp.time;
            }
            Some(case)
        }
    }
}

fn open(event: &CaseEvent, stamp: &Stamp) -> Option<Case> {
    let CaseEvent::CaseOpened { customer, tenant, gmfta, fm, items } = event else { return None };
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
        led_to: None,
        beside: None,
    })
}

/// Where `event` leads; `None` when the case stays where it is.
fn next_state(event: &CaseEvent) -> Option<CaseState> {
    match event {
        CaseEvent::AccountTeamContacted { .. } => Some(CaseState::Coordination),
        CaseEvent::CustomerValidated { level, assessment } => Some(after_validation(*level, assessment)),
        CaseEvent::BenefitIntroduced { .. } => Some(CaseState::CustomerValidation),
        CaseEvent::HandoffStarted { .. } | CaseEvent::CaseReopened { .. } => Some(CaseState::Handoff),
        CaseEvent::GatewayExited { .. } => Some(CaseState::Exited),
        CaseEvent::CaseReferred { .. } => Some(CaseState::Referred),
        CaseEvent::CaseDisengaged { .. } => Some(CaseState::Disengaged),
        _ => None,
    }
}

/// Undetermined is neither verdict: it opens the customer level, and there stays open (R-2a, I-2).
fn after_validation(level: Level, assessment: &Assessment) -> CaseState {
    match (assessment.verdict, level) {
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
            CaseEvent::ResearchRecorded { items } => self.items.extend(items.clone()),
            CaseEvent::AccountTeamContacted { .. }
            | CaseEvent::CustomerValidated { .. }
            | CaseEvent::BenefitIntroduced { .. } => self.take_outreach(event, stamp),
            CaseEvent::ChannelChosen { channel } => self.channel = Some(channel.clone()),
            CaseEvent::AssignmentRequested { .. } | CaseEvent::AssignmentFilled { .. } => {
                self.take_assignment(event, stamp);
            }
            CaseEvent::HandoffStarted { .. } | CaseEvent::HandoffAcknowledged { .. } => {
                self.take_handoff(event, stamp);
            }
            CaseEvent::PartnerReferred { partner } => {
                self.referral = Some(Referral { partner: partner.clone(), stamp: stamp.clone() });
            }
            CaseEvent::GuidanceShared { guidance } => {
                self.guidance = Some(Guidance { guidance: guidance.clone(), stamp: stamp.clone() });
            }
            CaseEvent::CaseDisengaged { cause } => self.cause = Some(cause.clone()),
            CaseEvent::EngagementFollowed { engagement, stage, has_ended } => {
                self.led(engagement, stage, *has_ended, stamp);
            }
            CaseEvent::ConflictFound { engagement } => {
                self.beside = Some(Beside { engagement: engagement.clone(), since: stamp.time });
            }
            CaseEvent::ConflictSettled { .. } => self.beside = None,
            // What waited for this case begins with what it hands over now.
            CaseEvent::GatewayExited { .. } => self.led_to = None,
            CaseEvent::CaseOpened { .. }
            | CaseEvent::AssignmentTakenOver { .. }
            | CaseEvent::CaseReopened { .. }
            | CaseEvent::CaseReferred { .. } => {}
        }
    }

    fn take_inquiry(&mut self, event: &CaseEvent, stamp: &Stamp) {
        match (event, &mut self.inquiry) {
            (CaseEvent::ArchitectAsked { architect, question }, _) => {
                self.gmfta.clone_from(architect);
                let (architect, question) = (architect.clone(), question.clone());
                self.inquiry = Some(Inquiry { architect, question, asked: stamp.clone(), answer: None });
            }
            (CaseEvent::ArchitectAnswered { journey_status, deployment_plans }, Some(inquiry)) => {
                let (journey_status, deployment_plans) = (journey_status.clone(), deployment_plans.clone());
                inquiry.answer = Some(Answer { journey_status, deployment_plans, stamp: stamp.clone() });
            }
            _ => {}
        }
    }

    fn take_outreach(&mut self, event: &CaseEvent, stamp: &Stamp) {
        let stamp = stamp.clone();
        match event.clone() {
            CaseEvent::AccountTeamContacted { contacts, outcome, invited_architect } => {
                self.account_team_contact =
                    Some(AccountTeamContact { contacts, outcome, invited_architect, stamp });
            }
            CaseEvent::CustomerValidated { level, assessment } => {
                self.validations.push(Validation { level, assessment, stamp });
            }
            CaseEvent::BenefitIntroduced { customer_contacts, team } => {
                self.introduction = Some(Introduction { customer_contacts, team, stamp });
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
            (CaseEvent::HandoffStarted { roster }, handoff) => {
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
