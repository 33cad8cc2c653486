//! How a caller asks for the faults that a refusal had no room for: the same call again, with a header that says how many
//! it has been told. A call that is refused changes nothing, and one that is carried out meanwhile is what was wanted.

use http::HeaderMap;
use opentelemetry::Context;

/// The header: after how many faults a refusal goes on.
pub(crate) const AFTER_HEADER: &str = "x-getmodern-faults-after";

/// After how many faults refusals go on.
#[derive(Debug, Clone, Copy)]
struct After(usize);

/// The context of a call whose headers say how many faults it was told; none when what they say is no number.
pub(crate) fn heard(headers: &HeaderMap) -> Option<Context> {
    let context = Context::current();
    let Some(value) = headers.get(AFTER_HEADER) else { return Some(context) };
    let after = value.to_str().ok()?.parse().ok()?;
    Some(context.with_value(After(after)))
}

/// How many faults of the refusal that is being told the caller knows.
pub(super) fn after() -> usize {
    Context::map_current(|context| context.get::<After>().map_or(0, |After(count)| *count))
}
