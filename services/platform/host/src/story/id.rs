//! The identities of a story's trace and spans: anybody who knows the resource's name can work them out.

use opentelemetry::{
    SpanId, TraceId,
    trace::{SpanContext, TraceFlags, TraceState},
};
use sha2::{Digest, Sha256};

use super::tale::Turn;

/// The trace of the resource called `name`: the first 16 bytes of SHA-256 over `getmodern/trace/{name}`.
pub(crate) fn trace(name: &str) -> TraceId {
    TraceId::from_bytes(first(&format!("getmodern/trace/{name}")))
}

/// The root of the resource's story: the first 8 bytes of SHA-256 over `getmodern/span/{name}`.
pub(crate) fn root(name: &str) -> SpanId {
    SpanId::from_bytes(first(&format!("getmodern/span/{name}")))
}

/// A span that begins with a journal entry, `part` telling it apart from others that do.
///
/// The entry's time makes it another one where a journal was set back and its revisions are given anew.
pub(crate) fn span(name: &str, part: &str, turn: &Turn) -> SpanId {
    let (revision, time) = (turn.revision, turn.time.as_microsecond());
    SpanId::from_bytes(first(&format!("getmodern/span/{name}/{part}/{revision}/{time}")))
}

/// Where a span stands, for others to be linked to it or below it.
pub(crate) fn context(trace: TraceId, span: SpanId) -> SpanContext {
    SpanContext::new(trace, span, TraceFlags::SAMPLED, false, TraceState::NONE)
}

/// The first bytes of the hash, which are never all zero: that would be no identity.
fn first<const N: usize>(text: &str) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&Sha256::digest(text)[..N]);
    if bytes == [0; N] {
        bytes[N - 1] = 1;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identities_are_those_that_sha256sum_gives() {
        let name = "engagements/0192f0c1-0000-7000-8000-00000000002a";
        assert_eq!(trace(name).to_string(), "f22d3f4abd0d4427ec659adca0045b67");
        assert_eq!(root(name).to_string(), "9100709a8b6fb7e9");
    }
}
