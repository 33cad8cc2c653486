//! The names of the attributes that are our own; all others are OpenTelemetry's.

/// The role that a duty waits on.
pub(crate) const DUTY_ROLE: &str = "getmodern.duty.role";
/// What happened that is being acted on: the event's name.
pub(crate) const EVENT: &str = "getmodern.event.kind";
/// What became of an event that was acted on: `applied`, `elsewhere` or `refused`.
pub(crate) const OUTCOME: &str = "getmodern.event.outcome";
/// The event's place in the journal it is of.
pub(crate) const REVISION: &str = "getmodern.event.revision";
/// The service whose journal the event is of.
pub(crate) const SOURCE: &str = "getmodern.event.source";
/// The service that tells.
pub(crate) const SERVICE: &str = "getmodern.service";
/// The resource that the event happened to.
pub(crate) const RESOURCE: &str = "getmodern.resource";
/// The reason of a refusal or an error, as its `ErrorInfo` has it.
pub(crate) const REASON: &str = "getmodern.reason";
/// The role in which a call was made.
pub(crate) const ROLE: &str = "getmodern.caller.role";
/// The request that something is done for.
pub(crate) const REQUEST_ID: &str = "getmodern.request_id";
