//! The way out before the handover (P-3).

use engagement_domain::{self as domain, Command, Disposition, Stamped};
use host::{acts, wire};
use proto::engagement::v1::{self as pb, CancelEngagementRequest};

use super::{
    shown::engagement,
    words::{disposition, read_disposition},
};
use crate::table::Engagements;

acts!(Engagements => pb::Engagement = engagement {
    CancelEngagementRequest(request, fields) => Command::CancelEngagement(domain::Cancellation {
        disposition: fields.choice("disposition", request.disposition, read_disposition, Disposition::Closed),
        cause: fields.text("cause", &request.cause, 0, 2000),
    });
});

/// The cancellation as it is shown.
pub(crate) fn cancellation(cancellation: &Stamped<domain::Cancellation>) -> pb::Cancellation {
    pb::Cancellation {
        disposition: disposition(cancellation.what.disposition).into(),
        cause: cancellation.what.cause.clone(),
        stamp: Some(wire::stamp(&cancellation.stamp)),
    }
}
