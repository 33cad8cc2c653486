//! Everything that can keep a call from being carried out, and the one status each becomes.

use std::{collections::HashMap, time::Duration};

use kernel::{Kind, Refusal};
use ledger::Trouble;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

/// The domain of every `ErrorInfo`.
pub(crate) const DOMAIN: &str = "getmodern";
const RETRY_AFTER: Duration = Duration::from_millis(100);

/// Why a call was not carried out.
#[derive(Debug)]
pub enum Fail {
    /// The playbook or the API refuses it.
    Refused(Refusal),
    /// The storage failed.
    Storage(Trouble),
    /// Another service could not be asked; its name, and what it said for the log.
    Peer(&'static str, Status),
    /// Others changed the same thing too often meanwhile.
    Contended,
    /// Something is wrong with the product itself; the cause is for the log.
    Fault(String),
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

impl From<Fail> for Status {
    fn from(fail: Fail) -> Self {
        match fail {
            Fail::Refused(refusal) => refused(&refusal),
            Fail::Storage(trouble) => {
                tracing::error!(cause = trouble.cause(), "storage trouble");
                retriable(Code::Unavailable, "STORAGE_UNAVAILABLE", trouble.to_string())
            }
            Fail::Peer(peer, status) => {
                tracing::warn!(peer, code = ?status.code(), message = status.message(), "peer trouble");
                retriable(
                    Code::Unavailable,
                    "PEER_UNAVAILABLE",
                    format!("the {peer} service is not available"),
                )
            }
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

/// A status with nothing but a reason.
pub(crate) fn plain(code: Code, reason: &str, message: impl Into<String>) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, DOMAIN, HashMap::new());
    Status::with_error_details(code, message, details)
}

/// A status for something that may well succeed when it is tried again.
pub(crate) fn retriable(code: Code, reason: &str, message: String) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, DOMAIN, HashMap::new());
    details.set_retry_info(Some(RETRY_AFTER));
    Status::with_error_details(code, message, details)
}

fn refused(refusal: &Refusal) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(refusal.reason, DOMAIN, rules(refusal));
    for fault in &refusal.faults {
        let sentence = sentence(fault.rule, &fault.message);
        if refusal.kind == Kind::Invalid {
            let sentence = format!("{}: {sentence}", fault.reason);
            details.add_bad_request_violation(&fault.subject, sentence);
        } else {
            details.add_precondition_failure_violation(fault.reason, &fault.subject, sentence);
        }
    }
    Status::with_error_details(code(refusal.kind), message(refusal), details)
}

/// The message names everything that is missing, for readers that see no details.
fn message(refusal: &Refusal) -> String {
    let missing: Vec<_> = refusal.faults.iter().map(|fault| sentence(fault.rule, &fault.message)).collect();
    match missing.as_slice() {
        [only] if refusal.faults[0].message == refusal.message => only.clone(),
        _ => format!("{}: {}", refusal.message, missing.join("; ")),
    }
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
