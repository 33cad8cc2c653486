//! Who may act, and on which engagements: the guards that tasks and notes share (I-18).

use kernel::{Caller, Fault, Kind, Refusal, Role, Roster};

use crate::{File, Unacknowledged};

/// Only a service keeps files and hands out the playbook's tasks; there is no RPC for it, only a followed journal.
pub(crate) fn by_a_service(caller: &Caller) -> Result<(), Refusal> {
    if caller.role == Role::Service {
        return Ok(());
    }
    let message = "only the services themselves do this";
    Err(Refusal::new(Kind::Forbidden, "I-18", "SERVICE_ONLY", "caller", message))
}

/// Only the six, each in the role they are rostered in, act on an engagement (I-18), once they have acknowledged their seat.
pub(crate) fn rostered(
    roster: &Roster,
    unacknowledged: &Unacknowledged,
    caller: &Caller,
) -> Result<(), Refusal> {
    if !roster.seats(caller) {
        let message = format!("{} is not rostered as {}", caller.person, caller.role);
        return Err(Refusal::new(Kind::Forbidden, "I-18", "NOT_ROSTERED", "caller", message));
    }
    let waits = unacknowledged.fault(caller.role).into_iter().collect();
    Refusal::if_any(
        waits,
        Kind::NotReady,
        "SEAT_NOT_ACKNOWLEDGED",
        "acknowledge the seat first, by AcknowledgeSeat",
    )
}

/// The file of an engagement whose execution has begun; both ways in get one at the same step.
pub(crate) fn begun<'a>(engagement: &str, file: Option<&'a File>) -> Result<&'a File, Refusal> {
    file.filter(|file| file.engagement == engagement).ok_or_else(|| {
        let message = format!("{engagement} is not known here: its execution has not begun");
        Refusal::new(Kind::NotReady, "A-4", "EXECUTION_NOT_BEGUN", "engagement", message)
    })
}

/// A cancelled engagement takes no new tasks and no new notes.
pub(crate) fn running(file: &File) -> Option<Fault> {
    let message = format!("{} has ended", file.engagement);
    Fault::unless(file.cancelled.is_none(), "A-4", "ENGAGEMENT_CANCELLED", "engagement", message)
}
