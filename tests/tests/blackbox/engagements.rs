//! The engagement service as its users meet it: every method of it, and every way it says no.

mod again;
mod blockers;
mod cancellations;
mod closures;
pub(crate) mod deputies;
pub(crate) mod holds;
mod learnt;
mod pilots;
mod preparation;
mod proactive;
mod reengagements;
mod retractions;
pub(crate) mod seats;
mod shown;
mod spans;
mod summaries;
mod takeovers;
mod ways_in;

use proto::engagement::v1::Engagement;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// The engagement is not ready.
const NOT_READY: Code = Code::FailedPrecondition;
/// The request could never be carried out.
const INVALID: Code = Code::InvalidArgument;
/// This person may not.
const DENIED: Code = Code::PermissionDenied;
/// The engagement stands elsewhere.
const WRONG_STATE: &[&str] = &["WRONG_STATE"];

/// What each violation of a refusal is about, in order.
fn subjects(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let preconditions = details.precondition_failure().into_iter().flat_map(|it| &it.violations);
    let fields = details.bad_request().into_iter().flat_map(|it| &it.field_violations);
    preconditions.map(|it| it.subject.clone()).chain(fields.map(|it| it.field.clone())).collect()
}

/// The stages in which the engagement was seen, each visit once.
fn visits(seen: &[Engagement]) -> Vec<&'static str> {
    let mut stages: Vec<_> = seen.iter().map(|engagement| engagement.stage().as_str_name()).collect();
    stages.dedup();
    stages
}
