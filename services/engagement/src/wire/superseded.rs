//! The records that others replaced, as they are shown (I-23).

use engagement_domain::Was;
use host::wire;
use kernel::Superseded;
use proto::engagement::v1::{self as pb, superseded};

use super::{
    introduction::introduction,
    pilot::{pilot, result},
    preparation::analytics,
    proactive::sync,
    review::handover,
    seats::{seat_change, seat_held},
    workshop::workshop,
};

/// Something that was replaced, as it is shown.
pub(crate) fn superseded(kept: &Superseded<Was>) -> pb::Superseded {
    pb::Superseded {
        cause: kept.cause.clone(),
        stamp: Some(wire::stamp(&kept.stamp)),
        was: Some(was(&kept.was)),
    }
}

fn was(was: &Was) -> superseded::Was {
    match was {
        Was::Introduction(email) => superseded::Was::Introduction(introduction(email)),
        Was::Workshop(held) => superseded::Was::Workshop(workshop(held)),
        Was::PilotResult(known) => superseded::Was::PilotResult(result(known)),
        Was::Pilot(executed) => superseded::Was::Pilot(pilot(executed)),
        Was::Channel(channel) => superseded::Was::Channel(wire::channel(channel)),
        Was::Handover(done) => superseded::Was::Handover(handover(done)),
        Was::Seat(held) => superseded::Was::Seat(seat_held(held)),
        Was::SeatChange(given) => superseded::Was::SeatChange(seat_change(given)),
        Was::Escalation(said) => superseded::Was::Escalation(pb::Escalation {
            cycle: wire::number(said.cycle),
            escalation: said.escalation.clone(),
            said: Some(wire::stamp(&said.said)),
        }),
        Was::Analytics(report) => superseded::Was::Analytics(analytics(report)),
        Was::Items { items } => superseded::Was::Items(pb::SupersededItems { items: wire::items(items) }),
        Was::Customer { customer } => superseded::Was::Customer(customer.clone()),
        Was::Tenant { tenant } => superseded::Was::Tenant(tenant.clone()),
        Was::Sync(held) => superseded::Was::Sync(sync(held)),
    }
}
