//! The introduction email, which counts only with its three parts (E-1, I-8).

use kernel::{Contact, Context, Fault, Refusal};
use serde::{Deserialize, Serialize};

use crate::{
    Engagement, Event, Stage,
    gate::{faults, pass, said},
    standing,
};

/// The introduction email (E-1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduction {
    /// The customer's people it goes to; at least one.
    pub recipients: Vec<Contact>,
    /// The overview of the engagement (E-1a).
    pub overview: String,
    /// The Desktop Analytics installation instructions (E-1b).
    pub installation_instructions: String,
    /// The arrangement of the first onsite prep meeting (E-1c).
    pub prep_meeting_arrangement: String,
}

/// The GMFTA sends the introduction (E-1); until the review it goes out again with a cause, to further or right addresses.
pub(crate) fn send(
    e: &Engagement,
    email: &Introduction,
    cause: &str,
    context: &Context,
) -> Result<Vec<Event>, Refusal> {
    standing::architect(e, &context.caller)?;
    e.expect(&[Stage::Introduction, Stage::Preparation, Stage::Delivery], "E-1", "SendIntroduction")?;
    let sent = faults([already_sent(e).filter(|_| !said(cause))]);
    pass(lacking(email), sent, "INTRODUCTION_INCOMPLETE", "the introduction lacks a part")?;
    if already_sent(e).is_some() {
        return Ok(vec![Event::IntroductionRepeated { email: email.clone(), cause: cause.to_owned() }]);
    }
    Ok(vec![Event::IntroductionSent(email.clone())])
}

fn already_sent(e: &Engagement) -> Option<Fault> {
    let message = "the introduction went out already; say why it goes out again";
    Fault::unless(e.introduction.is_none(), "E-1", "INTRODUCTION_ALREADY_SENT", "cause", message)
}

fn lacking(email: &Introduction) -> Vec<Fault> {
    let part = |text: &str, rule, reason, subject: &str, message: &str| {
        Fault::unless(said(text), rule, reason, subject, message)
    };
    let installation = &email.installation_instructions;
    let arrangement = &email.prep_meeting_arrangement;
    faults([
        Fault::unless(
            !email.recipients.is_empty(),
            "E-1",
            "RECIPIENT_MISSING",
            "recipients",
            "send it to someone",
        ),
        part(&email.overview, "E-1a", "OVERVIEW_MISSING", "overview", "give an overview of the engagement"),
        part(
            installation,
            "E-1b",
            "INSTALLATION_INSTRUCTIONS_MISSING",
            "installation_instructions",
            "say how to install Desktop Analytics",
        ),
        part(
            arrangement,
            "E-1c",
            "PREP_MEETING_ARRANGEMENT_MISSING",
            "prep_meeting_arrangement",
            "arrange the first prep meeting",
        ),
    ])
}
