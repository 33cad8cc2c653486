//! Work that pauses, and goes on (I-24).

use engagement_domain::{Command, Pause};
use host::{acts, wire};
use proto::engagement::v1::{self as pb, HoldEngagementRequest, ResumeEngagementRequest};

use super::shown::engagement;
use crate::table::Engagements;

acts!(Engagements => pb::Engagement = engagement {
    HoldEngagementRequest(request, fields) => Command::HoldEngagement {
        cause: fields.text("cause", &request.cause, 0, 2000),
        // That there is none is the domain's to say.
        review_date: fields.maybe_day("review_date", &request.review_date),
    };
    ResumeEngagementRequest(_request, _fields) => Command::ResumeEngagement;
});

/// A pause as it is shown.
pub(crate) fn pause(pause: &Pause) -> pb::Pause {
    pb::Pause {
        cause: pause.cause.clone(),
        review_date: pause.review_date.to_string(),
        held: Some(wire::stamp(&pause.held)),
        ended: pause.ended.as_ref().map(wire::stamp),
    }
}
