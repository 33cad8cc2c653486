//! The internal customer review and the handover: the GMFTA steps out (E-4, I-13, I-14, I-15, O-3).

use kernel::{Channel, Contact, Context, Fault, Refusal, Role};
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
    /// What was concluded; may be empty.
    pub conclusions: String,
    /// When it was held, and who attended.
    #[serde(default, skip_serializing_if = "Occasion::is_unsaid")]
    pub occasion: Occasion,
}

/// The handover to remote execution (E-4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// Who receives the customer: the delivery channel.
    pub receiver: Channel,
    /// Whom to ask for there.
    pub receiver_contact: Contact,
}

/// The GMFTA holds the review once the work is recorded and the four are there (E-4, I-13, I-14).
pub(crate) fn hold(
    e: &Engagement,
    present: &[Role],
    conclusions: &str,
    occasion: &Occasion,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    standing::architect(e, &context.caller)?;
    e.expect(&[Stage::Delivery], "E-4", "HoldReview")?;
    let mut attendance = absent(present);
    attendance.extend(strangers(present));
    let mut gate = review_gate(e);
    gate.extend(occasion.faults("E-4", e, context.now));
    pass(attendance, gate, "REVIEW_NOT_READY", "the review cannot be held yet")?;
    let (present, conclusions) = (present.to_vec(), conclusions.to_owned());
    Ok(vec![Event::ReviewHeld(Review { present, conclusions, occasion: occasion.clone() })])
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
