//! The end after the handover (E-5, I-22).

use engagement_domain::{self as domain, ClosureReason, Command, Stamped};
use host::{acts, wire};
use proto::engagement::v1::{self as pb, CloseEngagementRequest};

use super::{
    shown::engagement,
    words::{closure_reason, read_closure_reason},
};
use crate::table::Engagements;

acts!(Engagements => pb::Engagement = engagement {
    CloseEngagementRequest(request, fields) => Command::CloseEngagement(domain::Closure {
        reason: fields.choice("reason", request.reason, read_closure_reason, ClosureReason::Other),
        cause: fields.text("cause", &request.cause, 0, 2000),
    });
});

/// The closure as it is shown.
pub(crate) fn closure(closure: &Stamped<domain::Closure>) -> pb::Closure {
    pb::Closure {
        reason: closure_reason(closure.what.reason).into(),
        cause: closure.what.cause.clone(),
        stamp: Some(wire::stamp(&closure.stamp)),
    }
}
