//! The introduction email (E-1). Texts may be empty at the door: the domain names the rule of each part that lacks.

use engagement_domain::{Command, Introduction, Stamped};
use host::{Fields, acts, wire};
use proto::engagement::v1::{Engagement, IntroductionEmail, SendIntroductionRequest};

use super::{LONG, shown::engagement};
use crate::table::Engagements;

acts!(Engagements => Engagement = engagement {
    SendIntroductionRequest(request, fields) => Command::SendIntroduction {
        email: read_email(fields, request),
        cause: fields.text("cause", &request.cause, 0, 2000),
    };
});

fn read_email(fields: &mut Fields, request: &SendIntroductionRequest) -> Introduction {
    Introduction {
        recipients: fields.contacts("recipients", &request.recipients, 0),
        overview: fields.text("overview", &request.overview, 0, LONG),
        installation_instructions: fields.text(
            "installation_instructions",
            &request.installation_instructions,
            0,
            LONG,
        ),
        prep_meeting_arrangement: fields.text(
            "prep_meeting_arrangement",
            &request.prep_meeting_arrangement,
            0,
            LONG,
        ),
    }
}

/// The email as it is shown.
pub(crate) fn introduction(email: &Stamped<Introduction>) -> IntroductionEmail {
    IntroductionEmail {
        recipients: wire::contacts(&email.what.recipients),
        overview: email.what.overview.clone(),
        installation_instructions: email.what.installation_instructions.clone(),
        prep_meeting_arrangement: email.what.prep_meeting_arrangement.clone(),
        stamp: Some(wire::stamp(&email.stamp)),
    }
}
