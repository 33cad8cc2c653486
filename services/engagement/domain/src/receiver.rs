//! Another receiver after the handover: a partner may give up, and people leave (E-4, I-23).

use kernel::{Caller, Channel, Contact, Context, Fault, Kind, Refusal, Role};

use crate::{
    Engagement, Event, Handover, Stage,
    gate::{faults, pass, said},
    standing,
};

/// The GMFTA, the FM or the program team names another contact there; another receiver is the program team's to name (E-4).
pub(crate) fn change(
    e: &Engagement,
    receiver: Option<&Channel>,
    contact: Option<&Contact>,
    cause: &str,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    entitled(e, receiver, &context.caller)?;
    e.expect(&[Stage::Standby, Stage::Reengaged], "E-4", "ChangeReceiver")
        .map_err(|refusal| led_on(e, refusal))?;
    let Some(known) = &e.handover else { return Err(Refusal::wrong_state("E-4", e.stage, "ChangeReceiver")) };
    pass(
        lacking(receiver, contact, cause),
        Vec::new(),
        "RECEIVER_INCOMPLETE",
        "say who receives the customer now, and why",
    )?;
    let handover = Handover {
        receiver: receiver.unwrap_or(&known.what.receiver).clone(),
        receiver_contact: contact.unwrap_or(&known.what.receiver_contact).clone(),
    };
    if handover == known.what {
        return Ok(Vec::new());
    }
    Ok(vec![Event::ReceiverChanged { handover, cause: cause.to_owned() }])
}

fn entitled(e: &Engagement, receiver: Option<&Channel>, caller: &Caller) -> Result<(), Refusal> {
    if caller.role == Role::ProgramTeam {
        return Ok(());
    }
    standing::rostered(e, caller, &[Role::Gmfta, Role::Fm])?;
    if receiver.is_none() {
        return Ok(());
    }
    let message = "another receiver is the program team's to name; you may name another contact there";
    Err(Refusal::new(Kind::Forbidden, "E-4", "RECEIVER_IS_THE_PROGRAM_TEAMS", "receiver", message))
}

fn led_on(e: &Engagement, mut refusal: Refusal) -> Refusal {
    if e.is_live() {
        refusal.tell(": before the handover ChooseChannel names another channel with a cause");
    }
    refusal
}

/// Another receiver has another contact.
fn lacking(receiver: Option<&Channel>, contact: Option<&Contact>, cause: &str) -> Vec<Fault> {
    let named = contact.is_some_and(|contact| said(&contact.full_name));
    faults([
        Fault::unless(named, "E-4", "RECEIVER_CONTACT_MISSING", "receiver_contact", "name whom to ask for")
            .filter(|_| receiver.is_some() || contact.is_some()),
        Fault::unless(
            receiver.is_some() || contact.is_some(),
            "E-4",
            "NOTHING_CHANGED",
            "receiver",
            "name another receiver, or another contact there",
        ),
        Fault::unless(said(cause), "E-4", "CAUSE_MISSING", "cause", "say why"),
    ])
}
