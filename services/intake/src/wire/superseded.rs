//! What stood before, as it is shown (I-23).

use host::wire;
use intake_domain as domain;
use proto::intake::v1::{SeatHeld, Superseded, SupersededItems, SupersededVerdict, superseded::Was};

use super::case::{account_team_contact, delivery, guidance, handoff, inquiry, introduction, referral};

/// What stood, why it was replaced, by whom and when.
pub(super) fn superseded(superseded: &kernel::Superseded<domain::Was>) -> Superseded {
    Superseded {
        cause: superseded.cause.clone(),
        stamp: Some(wire::stamp(&superseded.stamp)),
        was: Some(was(&superseded.was)),
    }
}

fn was(was: &domain::Was) -> Was {
    match was {
        domain::Was::Inquiry(asked) => Was::Inquiry(inquiry(asked)),
        domain::Was::Items { items } => Was::Items(SupersededItems { items: wire::items(items) }),
        domain::Was::Verdict { validation, verdict } => Was::Verdict(SupersededVerdict {
            validation: (*validation).try_into().unwrap_or(i32::MAX),
            verdict: wire::verdict(*verdict).into(),
        }),
        domain::Was::AccountTeamContact(made) => Was::AccountTeamContact(account_team_contact(made)),
        domain::Was::Introduction(made) => Was::Introduction(introduction(made)),
        domain::Was::Channel(chosen) => Was::Channel(wire::channel(chosen)),
        domain::Was::Handoff(begun) => Was::Handoff(handoff(begun)),
        domain::Was::Referral(made) => Was::Referral(referral(made)),
        domain::Was::Guidance(given) => Was::Guidance(guidance(given)),
        domain::Was::Delivery(recorded) => Was::Delivery(delivery(recorded)),
        domain::Was::Seat(held) => Was::Seat(seat_held(held)),
        domain::Was::Customer { customer } => Was::Customer(customer.clone()),
        domain::Was::Tenant { tenant, .. } => Was::Tenant(tenant.clone()),
    }
}

fn seat_held(held: &domain::SeatHeld) -> SeatHeld {
    SeatHeld {
        role: wire::role_number(held.role),
        person: held.person.to_string(),
        successor: held.successor.to_string(),
        acknowledged: held.acknowledged.as_ref().map(wire::stamp),
    }
}
