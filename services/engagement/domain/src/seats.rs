//! Seats that change hands, with a cause, at every stage of an engagement that lives (I-22).
//!
//! The successor acknowledges, as in R-4. The seat is theirs then, or at once where the one before has left; until they have
//! acknowledged, the seat takes no step.

use kernel::{Context, Fault, Kind, Person, Refusal, Role, Roster, Stamp};
use serde::{Deserialize, Serialize};

use crate::{
    Engagement, Event, ReengagementState, Stage,
    gate::{faults, pass, said},
    standing,
};

/// A seat that was given to somebody who has yet to acknowledge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatChange {
    /// Which of the six.
    pub role: Role,
    /// Who is to take it.
    pub successor: Person,
    /// Why.
    pub cause: String,
    /// Who gave it to them and when.
    pub given: Stamp,
    /// The one before has left: the seat is the successor's already, and takes no step until they acknowledge.
    pub taken: bool,
}

/// The holder of a seat before it was another's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatHeld {
    /// Which of the six.
    pub role: Role,
    /// Who held it.
    pub person: Person,
    /// Who holds it after them.
    pub successor: Person,
    /// Who gave it to the successor and when.
    pub given: Stamp,
}

/// A seat as somebody wants to give it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSeat {
    /// Which of the six.
    pub role: Role,
    /// Who is to take it.
    pub successor: Person,
    /// Why.
    pub cause: String,
    /// The one before has left.
    pub has_left: bool,
}

/// The seats that the FM gives; the program team gives all.
const GIVEN_BY_FM: [Role; 3] = [Role::Fe, Role::Sme, Role::Fta];

/// Gives a seat to another: at once where the one before has left, or has never acknowledged it; else once the successor
/// acknowledges. A successor who never does is replaced by another in the same way.
pub(crate) fn change(e: &Engagement, new: &NewSeat, context: &Context) -> Result<Vec<Event>, Refusal> {
    may_give(e, new.role, &e.as_seated(context).caller)?;
    alive(e, "ChangeSeat")?;
    let at_once = new.has_left || !e.is_acknowledged(new.role);
    let mut unready = unfilled(e, new.role);
    unready.extend(unchanged(e, new, at_once));
    unready.extend(own_brief(e, new.role, &new.successor));
    pass(ill_formed(new), unready, "SEAT_NOT_CHANGED", "the seat cannot be given so")?;
    if !at_once {
        let NewSeat { role, successor, cause, .. } = new.clone();
        let people = e.people_after(role, None, Some(&successor));
        return Ok(vec![Event::SeatGiven { role, successor, cause, people }]);
    }
    let given = SeatChange {
        role: new.role,
        successor: new.successor.clone(),
        cause: new.cause.clone(),
        given: context.stamp(),
        taken: true,
    };
    Ok(vec![taken(e, &given, false)])
}

/// The successor acknowledges; the seat is theirs from now on, if it is not already.
pub(crate) fn acknowledge(e: &Engagement, context: &Context) -> Result<Vec<Event>, Refusal> {
    let caller = &context.caller;
    standing::acts_as(caller, &Role::SIX)?;
    let Some(given) = e.seat_change(caller.role).filter(|given| given.successor == caller.person) else {
        return Err(nothing_to_acknowledge(e, context));
    };
    alive(e, "AcknowledgeSeat")?;
    if given.taken {
        return Ok(vec![Event::SeatAcknowledged { role: given.role }]);
    }
    Ok(vec![taken(e, given, true)])
}

/// Takes a change back that nobody has acknowledged; who holds the seat keeps it.
pub(crate) fn withdraw(
    e: &Engagement,
    role: Role,
    cause: &str,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    may_give(e, role, &e.as_seated(context).caller)?;
    alive(e, "WithdrawSeatChange")?;
    let silent = Fault::unless(said(cause), "", "CAUSE_MISSING", "cause", "say why");
    let message = "the change cannot be taken back";
    pass(faults([silent]), nothing_given(e, role), "SEAT_CHANGE_NOT_WITHDRAWN", message)?;
    let people = e.people_after(role, None, None);
    Ok(vec![Event::SeatKept { role, cause: cause.to_owned(), people }])
}

/// The program team gives every seat, the rostered FM those of FE, SME and FTA (I-18).
pub(crate) fn may_give(e: &Engagement, role: Role, caller: &kernel::Caller) -> Result<(), Refusal> {
    if caller.role == Role::ProgramTeam {
        return Ok(());
    }
    standing::rostered(e, caller, &[Role::Fm])?;
    if GIVEN_BY_FM.contains(&role) {
        return Ok(());
    }
    let message =
        format!("the FM gives the seats of FE, SME and FTA; ask the program team for that of {role}");
    Err(Refusal::new(Kind::Forbidden, "I-18", "SEAT_OF_PROGRAM_TEAM", "role", message))
}

/// An engagement that waits has the seats that its case has, until the Gateway leaves again (I-25).
pub(crate) fn alive(e: &Engagement, command: &str) -> Result<(), Refusal> {
    if e.is_live() && e.stage != Stage::Waiting {
        return Ok(());
    }
    let mut refusal = Refusal::wrong_state("R-4", e.stage, command);
    if e.stage == Stage::Waiting {
        refusal.tell(
            ": its case gives the seats, by ChangeSeat of the intake service, once the handoff starts again",
        );
    }
    Err(refusal)
}

fn ill_formed(new: &NewSeat) -> Vec<Fault> {
    let message = format!("{} is not a seat of the roster", new.role);
    faults([
        Fault::unless(Role::SIX.contains(&new.role), "R-4", "ROLE_NOT_ROSTERED", "role", message),
        Fault::unless(said(&new.cause), "", "CAUSE_MISSING", "cause", "say why"),
    ])
}

/// Before the sync the GMFTA alone is named (P-2).
pub(crate) fn unfilled(e: &Engagement, role: Role) -> Vec<Fault> {
    let filled = !Role::SIX.contains(&role) || e.holder(role).is_some();
    let message = format!("nobody is {role} yet: {} names the six in HoldInternalSync", e.gmfta);
    faults([Fault::unless(filled, "P-2", "SEAT_NOT_FILLED", "role", message)])
}

fn unchanged(e: &Engagement, new: &NewSeat, at_once: bool) -> Vec<Fault> {
    let (role, successor) = (new.role, &new.successor);
    let seated = e.holder(role) == Some(successor);
    let given = e.seat_change(role).is_some_and(|given| !given.taken && given.successor == *successor);
    let sits =
        format!("{successor} is {role} already; WithdrawSeatChange takes back what was given to another");
    let waits = format!(
        "{successor} has been asked and has yet to acknowledge; name another, or say that the one before has left"
    );
    faults([
        Fault::unless(!seated, "R-4", "ALREADY_SEATED", "successor", sits),
        Fault::unless(at_once || !given, "R-4", "SEAT_CHANGE_PENDING", "successor", waits),
    ])
}

/// Nobody briefs themselves: who approved the call-back neither becomes the GMFTA whom it briefs nor their deputy (E-5.2).
pub(crate) fn own_brief(e: &Engagement, role: Role, person: &Person) -> Vec<Fault> {
    let approved = e.open_reengagement().filter(|open| open.state == ReengagementState::Approved);
    let by = approved.and_then(|open| open.decided.as_ref()).map(|decided| &decided.person);
    let briefs = role == Role::Gmfta && by == Some(person);
    let message = format!(
        "{person} approved the open re-engagement, and may not brief themselves: RevokeReengagement, or name another"
    );
    let subject = "reengagements";
    faults([Fault::unless(!briefs, "E-5.2", "OWN_BRIEF", subject, message)])
}

fn nothing_to_acknowledge(e: &Engagement, context: &Context) -> Refusal {
    let kernel::Caller { person, role } = &context.caller;
    if e.holder(*role) == Some(person) {
        let message = format!("{person} has the seat of {role} already");
        return Refusal::new(Kind::NotReady, "R-4", "ALREADY_SEATED", "caller", message);
    }
    let message = format!("the seat of {role} was not given to {person}: ChangeSeat gives it");
    Refusal::new(Kind::Forbidden, "I-18", "NOT_THE_SUCCESSOR", "caller", message)
}

fn nothing_given(e: &Engagement, role: Role) -> Vec<Fault> {
    let given = e.seat_change(role);
    let message = given.map_or_else(
        || format!("no change of {role} waits for anybody"),
        |given| {
            format!(
                "{} is {role} already, as the one before has left: ChangeSeat names another",
                given.successor
            )
        },
    );
    let waits = given.is_some_and(|given| !given.taken);
    faults([Fault::unless(waits, "R-4", "NO_SEAT_CHANGE", "role", message)])
}

fn taken(e: &Engagement, given: &SeatChange, acknowledged: bool) -> Event {
    let SeatChange { role, successor, cause, given, .. } = given.clone();
    let mut roster = e.roster.clone();
    if let Some(roster) = &mut roster {
        roster.give(role, &successor);
    }
    let person = e.holder(role).cloned().unwrap_or_else(|| e.gmfta.clone());
    let people = e.people_after(role, Some(&successor), None);
    Event::SeatTaken { role, person, successor, cause, given, acknowledged, roster, people }
}

impl Engagement {
    /// The change of `role` that waits for its successor; there is at most one.
    #[must_use]
    pub fn seat_change(&self, role: Role) -> Option<&SeatChange> {
        self.seat_changes.iter().find(|given| given.role == role)
    }

    /// The holder of `role` has acknowledged it: in the handoff or the sync, or as a successor.
    pub(crate) fn is_acknowledged(&self, role: Role) -> bool {
        !self.seat_change(role).is_some_and(|given| given.taken)
    }

    /// The seats that took a successor at once, who has yet to acknowledge.
    pub(crate) fn unacknowledged(&self) -> Vec<Role> {
        self.seat_changes.iter().filter(|given| given.taken).map(|given| given.role).collect()
    }

    /// `person` held `role` at that time, as far as is known: they hold it now, or it was another's only later.
    pub(crate) fn held(&self, role: Role, person: &Person, at: kernel::Time) -> bool {
        let before = self.superseded.iter().any(|kept| {
            let was =
                matches!(&kept.was, crate::Was::Seat(held) if held.role == role && held.person == *person);
            was && at <= kept.stamp.time
        });
        before || self.holder(role) == Some(person)
    }

    /// Who held `role` at that time, as far as is known: who holds it now, unless it was another's only later.
    pub(crate) fn holder_at(&self, role: Role, at: kernel::Time) -> Option<&Person> {
        let before = self.superseded.iter().find_map(|kept| match &kept.was {
            crate::Was::Seat(held) if held.role == role && at < kept.stamp.time => Some(&held.person),
            _ => None,
        });
        before.or_else(|| self.holder(role))
    }

    /// Everyone who belongs to it once `role` is `holder`'s, where one is given, and waits for `successor`, if for anybody.
    fn people_after(&self, role: Role, holder: Option<&Person>, successor: Option<&Person>) -> Vec<Person> {
        let mut after = self.clone();
        after.seat_changes.retain(|given| given.role != role);
        if let Some(holder) = holder {
            after.reseat(role, holder);
        }
        after
            .people()
            .into_iter()
            .chain(successor)
            .cloned()
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    fn reseat(&mut self, role: Role, person: &Person) {
        if role == Role::Gmfta {
            self.gmfta = person.clone();
        }
        if let Some(roster) = &mut self.roster {
            Roster::give(roster, role, person);
        }
    }

    /// Takes in what happened to a seat.
    pub(crate) fn seated(&mut self, event: &Event, stamp: &Stamp) {
        match event {
            Event::SeatGiven { role, successor, cause, .. } => {
                self.unseat(*role, cause, stamp);
                let (role, successor) = (*role, successor.clone());
                let (cause, given) = (cause.clone(), stamp.clone());
                self.seat_changes.push(SeatChange { role, successor, cause, given, taken: false });
            }
            Event::SeatTaken { .. } => self.seat_taken(event, stamp),
            Event::SeatAcknowledged { role } => self.seat_changes.retain(|given| given.role != *role),
            Event::SeatKept { role, cause, .. } => self.unseat(*role, cause, stamp),
            _ => {}
        }
    }

    fn seat_taken(&mut self, event: &Event, stamp: &Stamp) {
        let Event::SeatTaken { role, person, successor, cause, given, acknowledged, .. } = event else {
            return;
        };
        if *acknowledged {
            self.seat_changes.retain(|waiting| waiting.role != *role);
        } else {
            self.unseat(*role, cause, stamp);
            let (role, successor) = (*role, successor.clone());
            let (cause, given) = (cause.clone(), given.clone());
            self.seat_changes.push(SeatChange { role, successor, cause, given, taken: true });
        }
        let (role, person) = (*role, person.clone());
        let held = SeatHeld { role, person, successor: successor.clone(), given: given.clone() };
        self.keep(Some(crate::Was::Seat(held)), cause, stamp);
        self.reseat(role, successor);
    }

    /// Ends what waits for a successor of `role`; one who had the seat already is kept as who held it.
    fn unseat(&mut self, role: Role, cause: &str, stamp: &Stamp) {
        let waiting = self.seat_changes.iter().position(|given| given.role == role);
        let ended = waiting.map(|at| self.seat_changes.remove(at)).filter(|given| !given.taken);
        self.keep(ended.map(crate::Was::SeatChange), cause, stamp);
    }
}
