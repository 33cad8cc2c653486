//! How a step says everything it lacks at once: what the request leaves out, and what the engagement does.

use kernel::{Fault, Kind, Refusal};

/// The text says something.
pub(crate) fn said(text: &str) -> bool {
    !kernel::is_blank(text)
}

/// The cause as it is said, and as it follows from the step where nobody said one (I-23).
pub(crate) fn because(cause: &str, unsaid: &str) -> String {
    (if said(cause) { cause } else { unsaid }).to_owned()
}

/// The faults that were found.
pub(crate) fn faults<const N: usize>(checks: [Option<Fault>; N]) -> Vec<Fault> {
    checks.into_iter().flatten().collect()
}

/// Passes without faults; a request that no state could accept is invalid, any other is not ready.
pub(crate) fn pass(
    mut incomplete: Vec<Fault>,
    unready: Vec<Fault>,
    reason: &'static str,
    message: &str,
) -> Result<(), Refusal> {
    let kind = if incomplete.is_empty() { Kind::NotReady } else { Kind::Invalid };
    incomplete.extend(unready);
    Refusal::if_any(incomplete, kind, reason, message)
}
