//! Everything that can keep a call from being carried out, and the one status each becomes.

use std::{collections::HashMap, fmt, time::Duration};

use kernel::{Fault, Kind, Refusal};
use ledger::{Failure, Trouble};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use crate::deadline::exceeded;

/// The domain of every `ErrorInfo`.
pub(crate) const DOMAIN: &str = "getmodern";
/// When to try again what may well succeed then.
pub(crate) const RETRY_AFTER: Duration = Duration::from_millis(100);
/// Bytes of faults that a status may carry. It travels in headers, of which common clients take 16 KiB in all, and
/// swells there by a third.
const DETAILS: usize = 6_500;
/// Bytes of sentences in its message, which travels twice.
const MESSAGE: usize = 1_200;

/// Why a call was not carried out.
#[derive(Debug)]
pub enum Fail {
    /// The playbook or the API refuses it.
    Refused(Refusal),
    /// The storage failed.
    Storage(Trouble),
    /// Another service could not be asked; its name, and what it said for the log.
    Peer(&'static str, Status),
    /// A reader wants to go on after something that this journal does not have.
    LogReset {
        /// Where it wants to go on.
        after: i64,
        /// Where the journal ends.
        head: i64,
    },
    /// More work is under way than the process takes on at once.
    Busy,
    /// The deadline passed before anything was done.
    Late,
    /// Others changed the same thing too often meanwhile.
    Contended,
    /// Something is wrong with the product itself; the cause is for the log.
    Fault(String),
}

/// In a line for the log; a caller is shown the [`Status`] made of it.
impl fmt::Display for Fail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Storage(trouble) => write!(f, "{trouble}: {}", trouble.cause()),
            Self::Peer(peer, status) => write!(f, "{peer}: {:?}: {}", status.code(), status.message()),
            Self::LogReset { after, head } => write!(f, "the journal ends at {head}, before {after}"),
            Self::Busy => f.write_str("too much is under way"),
            Self::Late => f.write_str("the deadline has passed"),
            Self::Contended => f.write_str("others changed it too often meanwhile"),
            Self::Fault(cause) => f.write_str(cause),
        }
    }
}

impl From<Refusal> for Fail {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Trouble> for Fail {
    fn from(trouble: Trouble) -> Self {
        Self::Storage(trouble)
    }
}

/// What stopped a commit is a fault for whom nothing was expected to stop.
impl From<Failure> for Fail {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Trouble(trouble) => Self::Storage(trouble),
            Failure::Stopped(stop) => Self::Fault(format!("a commit was stopped by {stop:?}")),
        }
    }
}

impl From<Fail> for Status {
    fn from(fail: Fail) -> Self {
        match fail {
            Fail::Refused(refusal) => refused(&refusal),
            Fail::Storage(trouble) => {
                tracing::error!(cause = trouble.cause(), "storage trouble");
                retriable(Code::Unavailable, "STORAGE_UNAVAILABLE", trouble.to_string())
            }
            Fail::Peer(peer, status) => away(peer, &status),
            Fail::LogReset { after, head } => {
                let text = format!(
                    "the journal was set back, and ends at revision {head}: what was read up to {after} is not all there \
                     any more; compare, and read on from a place that is"
                );
                plain(Code::OutOfRange, "LOG_RESET", text)
            }
            Fail::Busy => retriable(
                Code::Unavailable,
                "BUSY",
                "more work is under way than the service takes on".into(),
            ),
            Fail::Late => exceeded(),
            Fail::Contended => {
                retriable(Code::Aborted, "CONTENDED", "others changed the resource at the same time".into())
            }
            Fail::Fault(cause) => {
                tracing::error!(cause, "internal fault");
                plain(Code::Internal, "INTERNAL", "the service failed; the fault is in its log")
            }
        }
    }
}

/// A peer that is away comes back; one that refuses our own question shows a fault of the product.
fn away(peer: &str, status: &Status) -> Status {
    tracing::warn!(peer, code = ?status.code(), answer = status.message(), "peer trouble");
    // With an error behind it, it is no answer: the connection broke, as it does when the peer stops.
    let answered = std::error::Error::source(status).is_none();
    match status.code() {
        Code::InvalidArgument
        | Code::NotFound
        | Code::PermissionDenied
        | Code::Unauthenticated
        | Code::Internal
            if answered =>
        {
            plain(Code::Internal, "INTERNAL", "the service failed; the fault is in its log")
        }
        _ => {
            let text = format!("the {peer} service is not available");
            retriable(Code::Unavailable, "PEER_UNAVAILABLE", text)
        }
    }
}

/// A status with nothing but a reason.
pub(crate) fn plain(code: Code, reason: &str, message: impl Into<String>) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(code, message, details)
}

/// A status for something that may well succeed when it is tried again.
pub(crate) fn retriable(code: Code, reason: &str, message: String) -> Status {
    later(code, reason, message, RETRY_AFTER)
}

/// A status for something that may well succeed after a while.
pub(crate) fn later(code: Code, reason: &str, message: String, after: Duration) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, DOMAIN, HashMap::new());
    details.set_retry_info(Some(after));
    Status::with_error_details(code, message, details)
}

fn refused(refusal: &Refusal) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(refusal.reason, DOMAIN, rules(refusal));
    let told = fitting(refusal.faults.iter().map(size), DETAILS);
    for fault in &refusal.faults[..told] {
        let sentence = sentence(fault.rule, &fault.message);
        violation(&mut details, refusal.kind, fault.reason, &fault.subject, &sentence);
    }
    if let more @ 1.. = refusal.faults.len() - told {
        violation(&mut details, refusal.kind, "MORE_FAULTS", "", &format!("and {more} more"));
    }
    Status::with_error_details(code(refusal.kind), message(refusal), details)
}

fn violation(details: &mut ErrorDetails, kind: Kind, reason: &str, subject: &str, sentence: &str) {
    if kind == Kind::Invalid {
        details.add_bad_request_violation(subject, format!("{reason}: {sentence}"));
    } else {
        details.add_precondition_failure_violation(reason, subject, sentence);
    }
}

/// What a fault takes in the details.
fn size(fault: &Fault) -> usize {
    fault.reason.len() + fault.subject.len() + fault.rule.len() + fault.message.len() + 16
}

/// How many of the first fit into `budget` together.
fn fitting(sizes: impl Iterator<Item = usize>, budget: usize) -> usize {
    let sums = sizes.scan(0, |sum, size| {
        *sum += size;
        Some(*sum)
    });
    sums.take_while(|sum| *sum <= budget).count()
}

/// The message names everything that is missing, for readers that see no details.
fn message(refusal: &Refusal) -> String {
    let missing: Vec<_> = refusal.faults.iter().map(|fault| sentence(fault.rule, &fault.message)).collect();
    match missing.as_slice() {
        [only] if refusal.faults[0].message == refusal.message => only.clone(),
        _ => format!("{}: {}", refusal.message, joined(&missing)),
    }
}

fn joined(missing: &[String]) -> String {
    let told = fitting(missing.iter().map(String::len), MESSAGE);
    let more = missing.len() - told;
    let more = (more > 0).then(|| format!("and {more} more"));
    missing[..told].iter().cloned().chain(more).collect::<Vec<_>>().join("; ")
}

fn sentence(rule: &str, message: &str) -> String {
    if rule.is_empty() { message.to_owned() } else { format!("{message} ({rule})") }
}

fn rules(refusal: &Refusal) -> HashMap<String, String> {
    let mut rules: Vec<_> =
        refusal.faults.iter().map(|fault| fault.rule).filter(|rule| !rule.is_empty()).collect();
    rules.sort_unstable();
    rules.dedup();
    if rules.is_empty() { HashMap::new() } else { HashMap::from([("rules".to_owned(), rules.join(","))]) }
}

fn code(kind: Kind) -> Code {
    match kind {
        Kind::Invalid => Code::InvalidArgument,
        Kind::NotFound => Code::NotFound,
        Kind::AlreadyExists => Code::AlreadyExists,
        Kind::NotReady => Code::FailedPrecondition,
        Kind::Forbidden => Code::PermissionDenied,
        Kind::Aborted => Code::Aborted,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// The headers a client takes, with room for the others.
    const HEADERS: usize = 15 * 1024;

    #[test]
    fn a_peer_that_breaks_off_is_away_and_one_that_refuses_is_a_fault() {
        let refused = Status::internal("it failed");
        let mut broken = Status::internal("h2 protocol error");
        broken.set_source(Arc::new(std::io::Error::other("go away")));
        assert_eq!(Status::from(Fail::Peer("intake", refused)).code(), Code::Internal);
        assert_eq!(Status::from(Fail::Peer("intake", broken)).code(), Code::Unavailable);
    }

    #[test]
    fn a_refusal_tells_all_it_can_and_counts_the_rest() {
        for (count, message) in [(3, "nobody sponsors it"), (500, "nobody sponsors it"), (500, "无人")] {
            let fault = |at| Fault::new("E-3.3b", "SPONSOR_MISSING", format!("units[{at}]"), message);
            let faults: Vec<_> = (0..count).map(fault).collect();
            let refusal = Refusal {
                kind: Kind::Invalid,
                reason: "SUMMARY_INCOMPLETE",
                message: "the summary is incomplete".to_owned(),
                faults,
            };
            let status = Status::from(Fail::Refused(refusal));
            let told = status.get_error_details().bad_request().map_or(0, |bad| bad.field_violations.len());
            assert!(told == count || (50..count).contains(&told), "{told} of {count}");
            let response = status.into_http::<()>();
            let size: usize = response.headers().iter().map(|(k, v)| k.as_str().len() + v.len() + 32).sum();
            assert!(size < HEADERS, "{size}");
        }
    }
}
