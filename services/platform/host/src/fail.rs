//! Everything that can keep a call from being carried out, and the one status each becomes.

mod block;
mod refused;
pub(crate) mod rest;

use std::{collections::HashMap, fmt, time::Duration};

use kernel::Refusal;
use ledger::{Failure, Trouble};
use tonic::{Code, Status};
use tonic_types::ErrorDetails;

use crate::deadline::exceeded;

/// The domain of every `ErrorInfo`.
pub(crate) const DOMAIN: &str = "getmodern";
/// When to try again what may well succeed then.
pub(crate) const RETRY_AFTER: Duration = Duration::from_millis(100);

/// Why a call was not carried out.
#[derive(Debug)]
pub enum Fail {
    /// The playbook or the API refuses it.
    Refused(Refusal),
    /// The storage failed.
    Storage(Trouble),
    /// Another service could not be asked; its name, and what it said for the log.
    Peer(&'static str, Status),
    /// What this service was told is not all that the other one has, and what is asked may depend on the rest.
    Behind(&'static str),
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
            Self::Behind(source) => write!(f, "{source} is ahead of what is known of it here"),
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
            Failure::Full => Self::Busy,
            Failure::Stopped(stop) => Self::Fault(format!("a commit was stopped by {stop:?}")),
        }
    }
}

impl From<Fail> for Status {
    fn from(fail: Fail) -> Self {
        match fail {
            Fail::Refused(refusal) => refused::refused(&refusal),
            Fail::Storage(trouble) => {
                tracing::error!(cause = trouble.cause(), "storage trouble");
                retriable(Code::Unavailable, "STORAGE_UNAVAILABLE", trouble.to_string())
            }
            Fail::Peer(peer, status) => away(peer, &status),
            Fail::Behind(source) => {
                let text = format!("what the {source} service has is not all known here yet; try again");
                retriable(Code::Unavailable, "NOT_CAUGHT_UP", text)
            }
            Fail::LogReset { after, head } => {
                let text = format!(
                    "the journal was set back, and ends at revision {head}: what was read up to {after} is not all there \
                     any more; compare, and read on from a place that is"
                );
                plain(Code::OutOfRange, "LOG_RESET", text)
            }
            Fail::Busy => {
                retriable(Code::Unavailable, "BUSY", "more work is under way than the service takes on")
            }
            Fail::Late => exceeded(),
            Fail::Contended => {
                retriable(Code::Aborted, "CONTENDED", "others changed the resource at the same time")
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
pub(crate) fn plain(code: Code, reason: &str, message: impl AsRef<str>) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, DOMAIN, HashMap::new());
    block::status(code, message.as_ref(), details)
}

/// A status for something that may well succeed when it is tried again.
pub(crate) fn retriable(code: Code, reason: &str, message: impl AsRef<str>) -> Status {
    later(code, reason, message.as_ref(), RETRY_AFTER)
}

/// A status for something that may well succeed after a while.
pub(crate) fn later(code: Code, reason: &str, message: &str, after: Duration) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, DOMAIN, HashMap::new());
    details.set_retry_info(Some(after));
    block::status(code, message, details)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_peer_that_breaks_off_is_away_and_one_that_refuses_is_a_fault() {
        let refused = Status::internal("it failed");
        let mut broken = Status::internal("h2 protocol error");
        broken.set_source(Arc::new(std::io::Error::other("go away")));
        assert_eq!(Status::from(Fail::Peer("intake", refused)).code(), Code::Internal);
        assert_eq!(Status::from(Fail::Peer("intake", broken)).code(), Code::Unavailable);
    }
}
