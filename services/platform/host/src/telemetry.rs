//! What the process tells about itself while it works, and never about people: see `deploy/otel/README.md`.

mod admin;
mod asked;
mod attributes;
mod call;
mod census;
mod count;
mod export;
mod followed;
mod happened;
mod linked;
mod logs;
mod metrics;
mod misread;
pub(crate) mod names;
mod outlet;
mod pulse;
mod request;
mod resident;
mod sent;
mod served;
mod signal;
mod wire;

use opentelemetry::{Context, KeyValue, trace::TraceContextExt};

pub(crate) use admin::Admin;
pub use admin::AdminSetting;
pub use asked::Traced;
pub(crate) use call::Call;
pub use count::{Census, Count};
pub(crate) use export::{Export, check, spans};
pub(crate) use followed::{followed, note_failure, note_outcome, origin};
pub use happened::Happened;
pub(crate) use happened::resource_type;
pub use logs::{Log, LogFormat};
pub(crate) use metrics::{
    Connected, Metrics, Watching, cut, dropped, expect, expect_callers, keys, not_kept, pool, refused,
    replayed, shed, standing, throttled,
};
pub(crate) use request::{RequestId, about, request};
pub(crate) use resident::Resident;
pub(crate) use served::{Trace, note_role};

/// Whose spans they are.
pub(crate) const SCOPE: &str = "getmodern";

/// Notes something about what is under way.
fn note(attribute: KeyValue) {
    Context::map_current(|context| context.span().set_attribute(attribute));
}
