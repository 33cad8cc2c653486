//! Work that pauses, and goes on (I-24).

use engagement_domain::{Command, Pause};
use host::{Fields, acts, wire};
use jiff::civil::Date;
use proto::engagement::v1::{self as pb, HoldEngagementRequest, ResumeEngagementRequest};

use super::shown::engagement;
use crate::table::Engagements;

acts!(Engagements => pb::Engagement = engagement {
    HoldEngagementRequest(request, fields) => Command::HoldEngagement {
        cause: fields.text("cause", &request.cause, 0, 2000),
        review_date: day(fields, &request.review_date),
    };
    ResumeEngagementRequest(_request, _fields) => Command::ResumeEngagement;
});

/// The day; that there is none is the domain's to say.
fn day(fields: &mut Fields, text: &str) -> Option<Date> {
    let day = (!text.is_empty()).then(|| fields.date("review_date", text))?;
    day.parse().ok()
}

/// A pause as it is shown.
pub(crate) fn pause(pause: &Pause) -> pb::Pause {
    pb::Pause {
        cause: pause.cause.clone(),
        review_date: pause.review_date.to_string(),
        held: Some(wire::stamp(&pause.held)),
        ended: pause.ended.as_ref().map(wire::stamp),
    }
}
