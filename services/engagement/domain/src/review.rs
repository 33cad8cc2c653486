//! The internal customer review and the handover: the GMFTA steps out (E-4, I-13, I-14, I-15, O-3).

use kernel::{Channel, Contact, Context, Fault, Person, Refusal, Role, Time};
use serde::{Deserialize, Serialize};

use crate::{
    Engagement, Event, Occasion, Stage,
    gate::{faults, pass, said},
    pilot, record, standing,
};

/// The review (E-4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// The rostered roles present; FTA, SME, FM and FE among them.
    pub present: Vec<Role>,
    /// Who was present for each; a review that an earlier release kept names the roles alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attendances: Vec<Attendance>,
    /// What was concluded; may be empty.
    pub conclusions: String,
    /// When it was held, and who attended.
    #[serde(default, skip_serializing_if = "Occasion::is_unsaid")]
    pub occasion: Occasion,
}

/// A review as whoever holds it records it (E-4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewMeeting {
    /// The rostered roles whose holders were present themselves.
    pub present: Vec<Role>,
    /// Who else was present, for which seat: its holder or their deputy, of the day when it was held.
    pub attendees: Vec<Attendee>,
    /// What was concluded; may be empty.
    pub conclusions: String,
    /// When it was held, and who attended.
    pub occasion: Occasion,
}

/// Somebody who was present for a seat, as whoever held the review says (E-4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    /// Which of the six.
    pub role: Role,
    /// Who was there: its holder, or their deputy, of the day when it was held.
    pub person: Person,
}

/// Somebody who was present for a seat (E-4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    /// Which of the six.
    pub role: Role,
    /// Who was there.
    pub person: Person,
    /// They were there as the deputy of who held the seat.
    pub as_deputy: bool,
}

/// The handover to remote execution (E-4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// Who receives the customer: the delivery channel.
    pub receiver: Channel,
    /// Whom to ask for there.
    pub receiver_contact: Contact,
}

/// The GMFTA holds the review once the work is recorded and the four are there, themselves or by deputy (E-4, I-13, I-14).
pub(crate) fn hold(
    e: &Engagement,
    meeting: &ReviewMeeting,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    standing::architect(e, &context.caller)?;
    e.expect(&[Stage::Delivery], "E-4", "HoldReview")?;
    let ReviewMeeting { present, attendees, conclusions, occasion } = meeting;
    let at = occasion.held.unwrap_or(context.now);
    let attendances = attended(e, present, attendees, at);
    let there = of_each_seat(present, &attendances);
    let mut attendance = absent(&there);
    attendance.extend(strangers(&there));
    attendance.extend(attendees.iter().filter_map(|attendee| outsider(e, attendee, at)));
    let mut gate = review_gate(e);
    gate.extend(themselves(e, &attendances, at).flat_map(|role| standing::unacknowledged(e, role)));
    gate.extend(occasion.faults("E-4", e, context.now));
    pass(attendance, gate, "REVIEW_NOT_READY", "the review cannot be held yet")?;
    let (conclusions, occasion) = (conclusions.clone(), occasion.clone());
    Ok(vec![Event::ReviewHeld(Review { present: there, attendances, conclusions, occasion })])
}

/// Everybody who was there: the holders of the roles present, and those who are named, each once.
fn attended(e: &Engagement, present: &[Role], attendees: &[Attendee], at: Time) -> Vec<Attendance> {
    let holders = present.iter().filter_map(|role| e.holder_at(*role, at).map(|person| (*role, person)));
    let named = attendees.iter().map(|attendee| (attendee.role, &attendee.person));
    let mut all = Vec::new();
    for (role, person) in holders.chain(named) {
        let as_deputy = e.holder_at(role, at) != Some(person) && e.deputised_at(role, person, at);
        let one = Attendance { role, person: person.clone(), as_deputy };
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// The roles that were there.
fn of_each_seat(present: &[Role], attendances: &[Attendance]) -> Vec<Role> {
    let mut roles = present.to_vec();
    for attendance in attendances {
        if !roles.contains(&attendance.role) {
            roles.push(attendance.role);
        }
    }
    roles
}

/// The seats that were their holders' of today, who came themselves: they have to have acknowledged them.
fn themselves(e: &Engagement, attendances: &[Attendance], at: Time) -> impl Iterator<Item = Role> {
    let came = move |one: &&Attendance| {
        [e.holder(one.role), e.holder_at(one.role, at)].into_iter().all(|holder| holder == Some(&one.person))
    };
    attendances.iter().filter(came).map(|one| one.role)
}

/// The fault of an attendee who neither held the seat nor acted for it when the review was held.
fn outsider(e: &Engagement, attendee: &Attendee, at: Time) -> Option<Fault> {
    let Attendee { role, person } = attendee;
    let sits = e.holder_at(*role, at) == Some(person) || e.deputised_at(*role, person, at);
    let message = format!(
        "{person} neither was {role} nor their deputy on that day: ChangeSeat or AppointDeputy, or say when it was held"
    );
    Fault::unless(sits || !Role::SIX.contains(role), "E-4", "NOT_OF_THE_SEAT", "attendees", message)
}

/// Everything that stands between this engagement and its review, whoever comes (E-4, I-13).
pub(crate) fn review_gate(e: &Engagement) -> Vec<Fault> {
    let mut gate = record::unrecorded(&e.record);
    gate.extend(pilot::unexecuted(e));
    gate.extend(unnamed_receiver(e));
    gate
}

fn unnamed_receiver(e: &Engagement) -> Option<Fault> {
    let named = e.channel.is_some();
    Fault::unless(named, "E-4", "CHANNEL_NOT_NAMED", "channel", "name who receives the customer")
}

fn absent(present: &[Role]) -> Vec<Fault> {
    let four = [Role::Fta, Role::Sme, Role::Fm, Role::Fe];
    let missing = four.into_iter().filter(|role| !present.contains(role));
    missing
        .map(|role| Fault::new("I-14", "ROLE_ABSENT", "present", format!("the {role} must be present")))
        .collect()
}

fn strangers(present: &[Role]) -> Vec<Fault> {
    let outside = present.iter().filter(|role| !Role::SIX.contains(role));
    let fault = |role: &Role| {
        Fault::new("E-4", "ROLE_NOT_ROSTERED", "present", format!("{role} is not a role of the roster"))
    };
    outside.map(fault).collect()
}

/// The GMFTA hands over to the channel and stands by (E-4, E-5, I-15).
pub(crate) fn hand_over(e: &Engagement, contact: &Contact, context: &Context) -> Result<Vec<Event>, Refusal> {
    standing::architect(e, &context.caller)?;
    e.expect(&[Stage::Handover], "I-15", "HandOver")?;
    let named = said(&contact.full_name);
    let nobody =
        Fault::unless(named, "E-4", "RECEIVER_CONTACT_MISSING", "receiver_contact", "name whom to ask for");
    pass(
        faults([nobody]),
        faults([unnamed_receiver(e)]),
        "HANDOVER_INCOMPLETE",
        "the receiver is not named",
    )?;
    let handover = |receiver: &Channel| {
        Event::HandedOver(Handover { receiver: receiver.clone(), receiver_contact: contact.clone() })
    };
    Ok(e.channel.iter().map(handover).collect())
}
