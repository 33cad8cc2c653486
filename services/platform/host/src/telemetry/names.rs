//! The names of the attributes that are our own; all others are OpenTelemetry's.

/// The reason of a refusal or an error, as its `ErrorInfo` has it.
pub(crate) const REASON: &str = "getmodern.reason";
/// The role in which a call was made.
pub(crate) const ROLE: &str = "getmodern.caller.role";
/// The request that something is done for.
pub(crate) const REQUEST_ID: &str = "getmodern.request_id";
