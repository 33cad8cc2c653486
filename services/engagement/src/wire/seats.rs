//! Seats that change hands (R-4, I-22). A change without its words is the domain's to refuse, naming the rule.

use engagement_domain::{self as domain, Command};
use host::{acts, wire};
use proto::engagement::v1::{
    self as pb, AcknowledgeSeatRequest, AppointDeputyRequest, ChangeSeatRequest, EndDeputyRequest,
    WithdrawSeatChangeRequest,
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
    AppointDeputyRequest(request, fields) => Command::AppointDeputy(domain::NewDeputy {
        role: fields.role("role", request.role),
        deputy: fields.person("deputy", &request.deputy),
        first_day: fields.day("first_date", &request.first_date),
        last_day: fields.day("last_date", &request.last_date),
        cause: fields.text("cause", &request.cause, 0, 2000),
    });
    EndDeputyRequest(request, fields) => Command::EndDeputy {
        number: fields.count("deputyship", request.deputyship),
        cause: fields.text("cause", &request.cause, 0, 2000),
    };
    WithdrawSeatChangeRequest(request, fields) => Command::WithdrawSeatChange {
        role: fields.role("role", request.role),
        cause: fields.text("cause", &request.cause, 0, 2000),
    };
});

/// A deputyship, as it is shown.
pub(crate) fn deputyship(one: &domain::Deputyship) -> pb::Deputyship {
    let end = one.end.as_ref();
    pb::Deputyship {
        number: wire::number(one.number),
        role: wire::role_number(one.role),
        deputy: one.deputy.to_string(),
        holder: one.holder.to_string(),
        first_date: one.first_day.to_string(),
        last_date: one.last_day.to_string(),
        cause: one.cause.clone(),
        appointed: Some(wire::stamp(&one.appointed)),
        ended: end.map(|end| wire::stamp(&end.stamp)),
        end_cause: end.map(|end| end.cause.clone()).unwrap_or_default(),
    }
}

/// Who acts for a seat, as the tasks service is told.
pub(crate) fn deputy(one: &domain::Deputyship) -> pb::Deputy {
    pb::Deputy {
        number: wire::number(one.number),
        role: wire::role_number(one.role),
        person: one.deputy.to_string(),
        first_date: one.first_day.to_string(),
        last_date: one.last_day.to_string(),
    }
}

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

/// The former holder of a seat, as it is shown.
pub(crate) fn seat_held(held: &domain::SeatHeld) -> pb::SeatHeld {
    pb::SeatHeld {
        role: wire::role_number(held.role),
        person: held.person.to_string(),
        successor: held.successor.to_string(),
        given: Some(wire::stamp(&held.given)),
    }
}
