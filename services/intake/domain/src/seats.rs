//! Seats that change hands until the Gateway leaves, with a cause, whether they were requested or named (R-3, R-4, I-22).
//!
//! The successor acknowledges, as in R-4; the one before loses their acknowledgement, and the exit waits for all six as before.

use kernel::{Caller, Context, Fault, Kind, Person, Refusal, Role, Stamp, Superseded, Time};
use serde::{Deserialize, Serialize};

use crate::{Case, CaseEvent, CaseState, Handoff, Was, cases::well_formed, handoff::REQUESTED};

type Decision = Result<Vec<CaseEvent>, Refusal>;

/// The holder of a seat before it was another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatHeld {
    /// Which of the six.
    pub role: Role,
    /// Who held it.
    pub person: Person,
    /// Who holds it after them.
    pub successor: Person,
    /// When they had acknowledged it; none if they had not.
    pub acknowledged: Option<Stamp>,
}

/// Gives a seat that somebody holds to another.
pub(crate) fn change(case: &Case, role: Role, successor: &Person, why: &str, context: &Context) -> Decision {
    may_give(role, &context.caller)?;
    well_formed(ill_formed(role, why), "the seat cannot be given so")?;
    case.within(CaseState::OPEN_TO_FACTS, "R-4", "ChangeSeat")?;
    let person = case.holder(role).ok_or_else(|| unfilled(role))?;
    if !case.would_change(role, successor) {
        let message = format!("{successor} is {role} already");
        return Err(Refusal::new(Kind::NotReady, "R-4", "ALREADY_SEATED", role.as_str(), message));
    }
    Ok(vec![changed(role, person, successor, why)])
}

/// The event that replaces the person of a seat.
pub(crate) fn changed(role: Role, person: &Person, successor: &Person, why: &str) -> CaseEvent {
    let (person, successor) = (person.clone(), successor.clone());
    CaseEvent::SeatChanged { role, person, successor, cause: why.to_owned() }
}

/// The program team gives the seats of FM and GMFTA, the Re-engagement Manager all (R-3, I-18).
fn may_give(role: Role, caller: &Caller) -> Result<(), Refusal> {
    if caller.role != Role::ProgramTeam || REQUESTED.contains(&role) {
        return Ok(());
    }
    let message = format!(
        "the program team gives the seats of FM and GMFTA; ask the Re-engagement Manager for that of {role}"
    );
    Err(Refusal::new(Kind::Forbidden, "I-18", "SEAT_OF_GATEWAY", "role", message))
}

fn ill_formed(role: Role, cause: &str) -> Vec<Fault> {
    let message = format!("{role} is not a seat of the six");
    let seat = Fault::unless(Role::SIX.contains(&role), "R-4", "ROLE_NOT_ROSTERED", "role", message);
    let cause = Fault::unless(!kernel::is_blank(cause), "I-23", "CAUSE_MISSING", "cause", "say why");
    seat.into_iter().chain(cause).collect()
}

fn unfilled(role: Role) -> Refusal {
    let way = if REQUESTED.contains(&role) {
        "RequestAssignments and FillAssignment name them, from the contact with the account team on"
    } else {
        "StartHandoff names the six"
    };
    let message = format!("nobody is {role} yet: {way}");
    Refusal::new(Kind::NotReady, "R-4", "SEAT_NOT_FILLED", role.as_str(), message)
}

impl Case {
    /// Who holds a seat: in the handoff, or as the assigned FM or GMFTA before it.
    pub(crate) fn holder(&self, role: Role) -> Option<&Person> {
        let seated = self.handoff.as_ref().and_then(|handoff| handoff.roster.holder(role));
        seated.or_else(|| self.assigned(role))
    }

    fn would_change(&self, role: Role, successor: &Person) -> bool {
        let is_assigned = self.assigned(role).is_none_or(|assigned| assigned == successor);
        !is_assigned || self.holder(role) != Some(successor)
    }

    /// Since when the holder of a seat of the handoff is awaited.
    pub(crate) fn seated_since(&self, role: Role, handoff: &Handoff) -> Time {
        let is_of_it = |kept: &&Superseded<Was>| matches!(&kept.was, Was::Seat(held) if held.role == role);
        let last = self.superseded.iter().rev().find(is_of_it).map(|kept| kept.stamp.time);
        last.map_or(handoff.started.time, |last| last.max(handoff.started.time))
    }

    /// The person held a seat and does not any more.
    pub(crate) fn has_left(&self, person: &Person) -> bool {
        let held = |kept: &Superseded<Was>| matches!(&kept.was, Was::Seat(held) if held.person == *person);
        self.superseded.iter().any(held)
    }

    /// Takes in who holds a seat now.
    pub(crate) fn take_seat(&mut self, event: &CaseEvent, stamp: &Stamp) {
        let CaseEvent::SeatChanged { role, person, successor, cause } = event else { return };
        let acknowledged = self.handoff.as_mut().and_then(|handoff| handoff.give(*role, successor));
        match role {
            Role::Fm => self.fm = Some(successor.clone()),
            Role::Gmfta => self.gmfta = Some(successor.clone()),
            _ => {}
        }
        let (role, person, successor) = (*role, person.clone(), successor.clone());
        self.supersede(Some(Was::Seat(SeatHeld { role, person, successor, acknowledged })), cause, stamp);
    }
}

impl Handoff {
    /// Gives a seat to another, who is to acknowledge; the acknowledgement of the one before, if they gave it.
    fn give(&mut self, role: Role, successor: &Person) -> Option<Stamp> {
        if self.roster.holder(role) == Some(successor) {
            return None;
        }
        self.roster.give(role, successor);
        let given = self.acknowledgements.iter().position(|stamp| stamp.role == role)?;
        Some(self.acknowledgements.remove(given))
    }
}
