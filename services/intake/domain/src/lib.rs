//! The Gateway's work, decided: a case from first research to the handoff or to a partner, and the
//! qualification policy it is measured by.

mod apply;
mod assess;
mod case;
mod cases;
mod check;
mod command;
mod customer;
mod delivery;
mod duties;
mod event;
mod handoff;
mod items;
mod outdated;
pub mod personal;
mod policy;
mod referral;
mod research;
mod seats;
mod senseless;
mod superseded;
mod tenancy;
mod texts;
mod validation;

pub use assess::assess;
pub use case::{
    AccountTeamContact, Answer, AssignmentRequest, Case, CaseState, Guidance, Handoff, Inquiry, Introduction,
    Level, Referral, Validation,
};
pub use cases::Cases;
pub use command::CaseCommand;
pub use delivery::{Delivery, DeliveryRecord};
pub use duties::{TARGETS, duties};
pub use event::CaseEvent;
pub use policy::{Criterion, Policies, Policy, PolicyCommand, PolicyEvent, default_policy};
pub use seats::SeatHeld;
pub use superseded::Was;
pub use tenancy::{Beside, LedTo};
