//! The vocabulary every service decides in: who acts, what may be refused and why, and what waits on whom.
//!
//! Pure: no clock, no randomness, no storage, no wire. All of those come in as arguments.

mod caller;
mod context;
mod decider;
mod duty;
mod erasure;
mod in_progress;
mod moment;
pub mod name;
mod newest;
mod overwritten;
mod personal;
mod playbook;
pub mod readable;
mod refusal;
mod same;
mod sight;
mod superseded;
mod tenant;
mod transitions;

pub use caller::{Caller, PERSON_FORM, Person, Role, SYSTEM_FORM};
pub use context::{Context, Stamp};
pub use decider::{Decider, fold};
pub use duty::{DATED, Duty, REPORT_ANALYTICS, REVIEW_HOLD, Target};
pub use erasure::{ERASED, Erasure, Place, Search, Text};
pub use in_progress::InProgress;
pub use moment::Moment;
pub use newest::{newest, news};
pub use overwritten::overwritten;
pub use personal::leads;
pub use playbook::{
    Assessment, Channel, Contact, CriterionResult, DataSet, Item, Outcome, REQUIRED_ITEMS, Roster, Verdict,
};
pub use readable::is_blank;
pub use refusal::{Due, Fault, Kind, Refusal};
pub use same::{Looks, are_alike, folded};
pub use sight::{Sight, Viewers};
pub use superseded::Superseded;
pub use tenant::{tenant, tenant_key};
pub use transitions::transitions;

/// A moment, to the microsecond.
pub use jiff::Timestamp as Time;
/// The identity of a resource within its collection.
pub use uuid::Uuid as Id;
