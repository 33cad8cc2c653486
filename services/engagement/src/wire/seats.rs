//! Seats that change hands (R-4, I-22). A change without its words is the domain's to refuse, naming the rule.

use engagement_domain::{self as domain, Command};
use host::{acts, wire};
use proto::engagement::v1::{
    self as pb, AcknowledgeSeatRequest, ChangeSeatRequest, WithdrawSeatChangeRequest,
};

use super::shown::engagement;
use crate::table::Engagements;

acts!(Engagements => pb::Engagement = engagement {
    ChangeSeatRequest(request, fields) => Command::ChangeSeat(domain::NewSeat {
        role: fields.role("role", request.role),
        successor: fields.person("successor", &request.successor),
        cause: fields.text("cause", &request.cause, 0, 2000),
        has_left: request.has_left,
    });
    AcknowledgeSeatRequest(_request, _fields) => Command::AcknowledgeSeat;
    WithdrawSeatChangeRequest(request, fields) => Command::WithdrawSeatChange {
        role: fields.role("role", request.role),
        cause: fields.text("cause", &request.cause, 0, 2000),
    };
});

/// A change that waits for its successor, as it is shown.
pub(crate) fn seat_change(given: &domain::SeatChange) -> pb::SeatChange {
    pb::SeatChange {
        role: wire::role_number(given.role),
        successor: given.successor.to_string(),
        cause: given.cause.clone(),
        given: Some(wire::stamp(&given.given)),
        taken: given.taken,
    }
}

/// Who held a seat, as it is shown.
pub(crate) fn seat_held(held: &domain::SeatHeld) -> pb::SeatHeld {
    pb::SeatHeld {
        role: wire::role_number(held.role),
        person: held.person.to_string(),
        successor: held.successor.to_string(),
        given: Some(wire::stamp(&held.given)),
    }
}
