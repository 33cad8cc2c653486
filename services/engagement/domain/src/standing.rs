//! Who may act on this engagement: only the people rostered for it, each in their own role (I-18).

use kernel::{Caller, Fault, Kind, Person, Refusal, Role};

use crate::Engagement;

/// The caller is the GMFTA this engagement is designated to (I-18).
pub(crate) fn architect(engagement: &Engagement, caller: &Caller) -> Result<(), Refusal> {
    if caller.is(Role::Gmfta, Some(&engagement.gmfta)) {
        return acknowledged(engagement, caller.role);
    }
    let message = format!("only {}, the designated GMFTA, may do this", engagement.gmfta);
    Err(forbidden("NOT_THE_DESIGNATED_ARCHITECT", message))
}

/// The caller is rostered in the role they act in, and the role is one of `roles` (I-18).
pub(crate) fn rostered(engagement: &Engagement, caller: &Caller, roles: &[Role]) -> Result<(), Refusal> {
    acts_as(caller, roles)?;
    if caller.is(caller.role, engagement.holder(caller.role)) {
        return acknowledged(engagement, caller.role);
    }
    let message = format!("{} is not rostered here as {}", caller.person, caller.role);
    Err(forbidden("NOT_ROSTERED", message))
}

/// The holder of the seat has acknowledged it, as each of the six does before they act.
fn acknowledged(engagement: &Engagement, role: Role) -> Result<(), Refusal> {
    Refusal::if_any(
        unacknowledged(engagement, role),
        Kind::NotReady,
        "SEAT_NOT_ACKNOWLEDGED",
        "acknowledge the seat first",
    )
}

/// The fault of every step of a seat whose successor has yet to acknowledge.
pub(crate) fn unacknowledged(engagement: &Engagement, role: Role) -> Vec<Fault> {
    let message = format!("the seat of {role} waits for AcknowledgeSeat");
    let is_acknowledged = engagement.is_acknowledged(role);
    Fault::unless(is_acknowledged, "R-4", "SEAT_NOT_ACKNOWLEDGED", "seat_changes", message)
        .into_iter()
        .collect()
}

/// The caller acts in one of `roles`, whoever they are (I-18).
pub(crate) fn acts_as(caller: &Caller, roles: &[Role]) -> Result<(), Refusal> {
    if roles.contains(&caller.role) {
        return Ok(());
    }
    Err(forbidden("ROLE_NOT_ALLOWED", format!("{} may not do this", caller.role)))
}

/// The caller is not the one whose request is decided (I-16, I-18).
pub(crate) fn not_the_requester(requester: &Person, caller: &Caller) -> Result<(), Refusal> {
    if requester != &caller.person {
        return Ok(());
    }
    let message = format!("{requester} may not decide on their own request");
    Err(Refusal::new(Kind::Forbidden, "I-16", "OWN_REQUEST", "caller", message))
}

/// The caller is the one whose request it is (E-5.1).
pub(crate) fn the_requester(requester: &Person, caller: &Caller) -> Result<(), Refusal> {
    if requester == &caller.person {
        return Ok(());
    }
    let message = format!("only {requester}, who made the request, may change it or take it back");
    Err(Refusal::new(Kind::Forbidden, "E-5.1", "NOT_THE_REQUESTER", "caller", message))
}

/// The caller is not the GMFTA whom an approval briefs, nor who is to be it or acts for it (E-5.2).
pub(crate) fn not_the_briefed(engagement: &Engagement, caller: &Caller) -> Result<(), Refusal> {
    let successor = engagement.seat_change(Role::Gmfta).map(|given| &given.successor);
    let deputies = engagement.deputies.iter().filter(|one| one.role == Role::Gmfta && one.is_open());
    let mut briefed = [&engagement.gmfta].into_iter().chain(successor).chain(deputies.map(|one| &one.deputy));
    if !briefed.any(|person| *person == caller.person) {
        return Ok(());
    }
    let message = format!(
        "{} is the GMFTA here, is to be or stands in for them, and may not brief themselves",
        caller.person
    );
    Err(Refusal::new(Kind::Forbidden, "E-5.2", "OWN_BRIEF", "caller", message))
}

fn forbidden(reason: &'static str, message: String) -> Refusal {
    Refusal::new(Kind::Forbidden, "I-18", reason, "caller", message)
}
