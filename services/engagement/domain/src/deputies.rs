//! Deputies: whoever acts for a seat from a day to a day, with the seat's rights, but for approving the call-back of the GMFTA whom
//! they stand in for (E-5.2, I-22). What they do bears their own name and the seat's role; the list says for whom it was.

use std::collections::BTreeSet;

use jiff::{civil::Date, tz::TimeZone};
use kernel::{Caller, Context, Fault, Kind, Person, Refusal, Role, Stamp, Time};
use serde::{Deserialize, Serialize};

use crate::{
    Engagement, Event,
    gate::{faults, pass, said},
    seats, standing,
};

/// Somebody acts for a seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deputyship {
    /// Its number within the engagement, counted from 1.
    pub number: u32,
    /// Which of the six.
    pub role: Role,
    /// Who acts.
    pub deputy: Person,
    /// Who held the seat when the deputy was appointed.
    pub holder: Person,
    /// The first day, in UTC.
    pub first_day: Date,
    /// The last day, in UTC.
    pub last_day: Date,
    /// Why.
    pub cause: String,
    /// Who appointed them and when.
    pub appointed: Stamp,
    /// When it ended, by whose word, and why; the service itself ends one whose last day is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<DeputyshipEnd>,
}

/// The end of a deputyship.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeputyshipEnd {
    /// Why.
    pub cause: String,
    /// Who ended it and when.
    pub stamp: Stamp,
}

/// A deputy as somebody wants them appointed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDeputy {
    /// Which of the six.
    pub role: Role,
    /// Who is to act.
    pub deputy: Person,
    /// The first day, in UTC.
    pub first_day: Date,
    /// The last day, in UTC.
    pub last_day: Date,
    /// Why.
    pub cause: String,
}

impl Deputyship {
    fn acts_on(&self, day: Date) -> bool {
        self.end.is_none() && self.first_day <= day && day <= self.last_day
    }

    /// They acted for the seat at that time.
    pub(crate) fn acted_at(&self, at: Time) -> bool {
        let until_then = self.end.as_ref().is_none_or(|end| at <= end.stamp.time);
        let day = day_of(at);
        until_then && self.first_day <= day && day <= self.last_day
    }

    /// It has neither been ended nor passed.
    pub(crate) fn is_open(&self) -> bool {
        self.end.is_none()
    }
}

fn day_of(time: Time) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

/// The holder of a seat, or somebody who may give it to another, appoints a deputy for it.
pub(crate) fn appoint(e: &Engagement, new: &NewDeputy, context: &Context) -> Result<Vec<Event>, Refusal> {
    may_appoint(e, new.role, &e.as_seated(context).caller)?;
    not_themselves(e, &new.deputy, context)?;
    seats::alive(e, "AppointDeputy")?;
    let mut unready = seats::unfilled(e, new.role);
    unready.extend(unneeded(e, new));
    unready.extend(seats::own_brief(e, new.role, &new.deputy));
    pass(ill_formed(new, context.now), unready, "DEPUTY_NOT_APPOINTED", "the deputy cannot be appointed so")?;
    let number = e.deputies.last().map_or(1, |last| last.number + 1);
    let NewDeputy { role, deputy, first_day, last_day, cause } = new.clone();
    let holder = e.holder(role).unwrap_or(&e.gmfta).clone();
    let mut people = e.people();
    people.insert(&deputy);
    let people = people.into_iter().cloned().collect();
    Ok(vec![Event::DeputyAppointed { number, role, deputy, holder, first_day, last_day, cause, people }])
}

/// Whoever may appoint a deputy ends a deputyship, and so do the deputy, and the service once its last day is over; what is ended
/// already stays so.
pub(crate) fn end(
    e: &Engagement,
    number: u32,
    cause: &str,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    let Some(known) = e.deputies.iter().find(|one| one.number == number) else {
        standing::acts_as(&context.caller, &ENDERS)?;
        let message = format!("there is no deputyship {number}");
        return Err(Refusal::new(Kind::NotFound, "R-4", "DEPUTYSHIP_UNKNOWN", "deputyship", message));
    };
    let is_over = known.last_day < day_of(context.now);
    if context.caller.role == Role::Service {
        return Ok(if is_over && known.is_open() {
            vec![ended(e, known, "its last day is over")]
        } else {
            Vec::new()
        });
    }
    if !context.caller.is(known.role, Some(&known.deputy)) {
        may_appoint(e, known.role, &e.as_seated(context).caller)?;
    }
    let silent = Fault::unless(said(cause), "", "CAUSE_MISSING", "cause", "say why");
    let message = format!("deputyship {number} has ended already");
    let open = Fault::unless(known.is_open(), "R-4", "DEPUTYSHIP_ENDED", "deputyship", message);
    pass(faults([silent]), faults([open]), "DEPUTYSHIP_NOT_ENDED", "the deputyship cannot be ended")?;
    Ok(vec![ended(e, known, cause)])
}

const ENDERS: [Role; 8] =
    [Role::Gmfta, Role::Fm, Role::Fe, Role::Sme, Role::Fta, Role::Ats, Role::ProgramTeam, Role::Service];

fn ended(e: &Engagement, known: &Deputyship, cause: &str) -> Event {
    let mut after = e.clone();
    after.deputies.retain(|one| one.number != known.number);
    let people = after.people().into_iter().cloned().collect();
    Event::DeputyshipEnded { number: known.number, cause: cause.to_owned(), people }
}

fn may_appoint(e: &Engagement, role: Role, caller: &Caller) -> Result<(), Refusal> {
    if caller.role == role && Role::SIX.contains(&role) {
        return standing::rostered(e, caller, &[role]);
    }
    seats::may_give(e, role, caller)
}

/// A deputy may do what the seat may, but prolong that or take more of it upon themselves: who acts for whom, and how
/// long, is said by who holds a seat, or may give it to another (I-18).
fn not_themselves(e: &Engagement, deputy: &Person, context: &Context) -> Result<(), Refusal> {
    let Context { caller, .. } = context;
    let is_holder = e.as_seated(context).caller.person == caller.person;
    if is_holder || *deputy != caller.person {
        return Ok(());
    }
    let holder = e.holder(caller.role).unwrap_or(&e.gmfta);
    let message = format!(
        "{deputy} acts for {holder} here, and may not appoint themselves: {holder} or the program team does, or the FM for FE, SME \
         and FTA"
    );
    Err(Refusal::new(Kind::Forbidden, "I-18", "OWN_DEPUTYSHIP", "deputy", message))
}

fn ill_formed(new: &NewDeputy, now: Time) -> Vec<Fault> {
    let seat = format!("{} is not a seat of the roster", new.role);
    let (is_a_span, is_to_come) = (new.first_day <= new.last_day, day_of(now) <= new.last_day);
    let (reversed, past) = ("the last day is not before the first", "the last day is not over yet");
    faults([
        Fault::unless(Role::SIX.contains(&new.role), "R-4", "ROLE_NOT_ROSTERED", "role", seat),
        Fault::unless(is_a_span, "", "DAYS_REVERSED", "last_date", reversed),
        Fault::unless(is_to_come, "", "DAYS_OVER", "last_date", past),
        Fault::unless(said(&new.cause), "", "CAUSE_MISSING", "cause", "say why"),
    ])
}

/// One deputy for a seat at a time, who is not its holder.
fn unneeded(e: &Engagement, new: &NewDeputy) -> Vec<Fault> {
    let holds = e.holder(new.role) == Some(&new.deputy);
    let overlaps = |one: &&Deputyship| {
        one.is_open()
            && one.role == new.role
            && one.first_day <= new.last_day
            && new.first_day <= one.last_day
    };
    let other = e.deputies.iter().find(overlaps);
    let taken = other.map(|one| {
        let Deputyship { number, deputy, first_day, last_day, .. } = one;
        let message =
            format!("{deputy} is deputy from {first_day} to {last_day}: EndDeputy {number}, or other days");
        Fault::new("R-4", "DEPUTY_ALREADY_APPOINTED", "deputy", message)
    });
    let message = format!("{} is {} already", new.deputy, new.role);
    let needless = Fault::unless(!holds, "R-4", "ALREADY_SEATED", "deputy", message);
    faults([needless, taken])
}

impl Engagement {
    /// Who acts for `role` on the day of `now`, if anybody does.
    #[must_use]
    pub fn deputy(&self, role: Role, now: Time) -> Option<&Person> {
        let day = day_of(now);
        self.deputies.iter().find(|one| one.role == role && one.acts_on(day)).map(|one| &one.deputy)
    }

    /// `person` acted for `role` at that time, whether or not that is over by now (E-4).
    pub(crate) fn deputised_at(&self, role: Role, person: &Person, at: Time) -> bool {
        let acted = |one: &Deputyship| one.role == role && one.deputy == *person && one.acted_at(at);
        self.deputies.iter().any(acted)
    }

    /// The context as the rules judge it: who acts for a seat today has the rights of its holder. What happens is stamped with
    /// their own name all the same.
    pub(crate) fn as_seated(&self, context: &Context) -> Context {
        let Caller { person, role } = &context.caller;
        let acts = self.deputy(*role, context.now) == Some(person);
        let holder = self.holder(*role).filter(|_| acts).unwrap_or(person);
        Context { caller: Caller { person: holder.clone(), role: *role }, now: context.now }
    }

    /// When the next of the open deputyships is over: the end of its last day, in UTC.
    #[must_use]
    pub fn next_deputy_over(&self) -> Option<Time> {
        let last = self.deputies.iter().filter(|one| one.is_open()).map(|one| one.last_day).min()?;
        let over = last.tomorrow().unwrap_or(Date::MAX).to_zoned(TimeZone::UTC).ok()?;
        Some(over.timestamp())
    }

    /// The open deputyships that are over at `now`.
    pub fn deputies_over(&self, now: Time) -> impl Iterator<Item = &Deputyship> {
        let day = day_of(now);
        self.deputies.iter().filter(move |one| one.is_open() && one.last_day < day)
    }

    /// Whose deputyships are open.
    pub(crate) fn open_deputies(&self) -> BTreeSet<&Person> {
        self.deputies.iter().filter(|one| one.is_open()).map(|one| &one.deputy).collect()
    }

    /// Takes in what happened to a deputyship.
    pub(crate) fn deputised(&mut self, event: &Event, stamp: &Stamp) {
        match event.clone() {
            Event::DeputyAppointed { number, role, deputy, holder, first_day, last_day, cause, .. } => {
                let (appointed, end) = (stamp.clone(), None);
                let new =
                    Deputyship { number, role, deputy, holder, first_day, last_day, cause, appointed, end };
                self.deputies.push(new);
            }
            Event::DeputyshipEnded { number, cause, .. } => {
                let known = self.deputies.iter_mut().find(|one| one.number == number);
                if let Some(known) = known {
                    known.end = Some(DeputyshipEnd { cause, stamp: stamp.clone() });
                }
            }
            _ => {}
        }
    }
}
