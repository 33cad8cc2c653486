//! A call that only asks what it would do (`validate_only`, AIP-163): all of it is done, its commit included, and that is undone
//! at its last word. So the database's own constraints are heard, too, and nothing stays: no event, no key, no duty.

use ledger::{Commit, Failure, Ledger, Record, State, Statement, Stop};
use prost::{Message, Name};
use prost_reflect::DynamicMessage;

use crate::{Act, Fail, Resource, redact::POOL};

/// Stops a commit that has passed everything else.
const REHEARSED: &str = "rehearsed";

/// The fields that a resource is given when it is made.
const GIVEN: [&str; 4] = ["name", "etag", "create_time", "update_time"];

/// Carries out a commit up to its last word, and undoes it; what else stopped it, if anything did.
pub(crate) async fn rehearse(ledger: &Ledger, mut commit: Commit) -> Result<Option<Stop>, Fail> {
    commit.push(last_word());
    match ledger.commit(commit).await {
        Err(Failure::Stopped(Stop::Demand(REHEARSED))) => Ok(None),
        Err(Failure::Stopped(stop)) => Ok(Some(stop)),
        Err(failure) => Err(failure.into()),
        Ok(()) => Err(Fail::Fault("what was only rehearsed was carried out".to_owned())),
    }
}

/// It comes last, demands a row, and there is none.
fn last_word() -> Statement {
    Statement::new("UPDATE request SET time = time WHERE 1 = 0", Vec::new()).demanding_one(REHEARSED)
}

/// The reply of a rehearsed call: the resource as it would be, of the version and the times that it has.
pub(crate) fn shown<T: Resource, R: Act<T>>(
    before: Option<&Record<State<T>>>,
    after: &Record<State<T>>,
) -> Result<R::Reply, Fail> {
    let Some(before) = before else { return not_given(&R::reply(after)) };
    let Record { id, version, create_time, update_time, .. } = *before;
    Ok(R::reply(&Record { id, version, create_time, update_time, state: after.state.clone() }))
}

/// The reply about a resource that is not made yet, without the fields that it would be given.
fn not_given<R: Message + Name + Default>(reply: &R) -> Result<R, Fail> {
    let fault = |error: String| Fail::Fault(format!("{}: {error}", R::full_name()));
    let kind = POOL.get_message_by_name(&R::full_name()).ok_or_else(|| fault("is in no proto".to_owned()))?;
    let mut shown = DynamicMessage::new(kind);
    shown.transcode_from(reply).map_err(|error| fault(error.to_string()))?;
    for field in GIVEN {
        shown.clear_field_by_name(field);
    }
    shown.transcode_to().map_err(|error| fault(error.to_string()))
}
