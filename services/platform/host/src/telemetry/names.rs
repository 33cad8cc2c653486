//! The names of the attributes that are our own; all others are OpenTelemetry's.

/// How often work had been taken up again by then; 0 for the first time.
pub(crate) const CYCLE: &str = "getmodern.cycle";
/// The step that is due.
pub(crate) const DUTY_ACTION: &str = "getmodern.duty.action";
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
/// What the resource is, in a word: `case`, `engagement`, `task`.
pub(crate) const RESOURCE_TYPE: &str = "getmodern.resource.type";
/// The reason of a refusal or an error, as its `ErrorInfo` has it.
pub(crate) const REASON: &str = "getmodern.reason";
/// The role in which a call was made.
pub(crate) const ROLE: &str = "getmodern.caller.role";
/// The request that something is done for.
pub(crate) const REQUEST_ID: &str = "getmodern.request_id";
/// The playbook rule that an event carries out, or that a refusal keeps; several are joined by commas.
pub(crate) const RULE: &str = "getmodern.rule";
/// The stage a resource stands in, or stood in.
pub(crate) const STAGE: &str = "getmodern.stage";
/// Which way in an engagement came.
pub(crate) const METHOD: &str = "getmodern.method";
/// Who delivers remotely; `NONE` while that is open.
pub(crate) const CHANNEL: &str = "getmodern.channel";
/// How a customer was judged.
pub(crate) const VERDICT: &str = "getmodern.verdict";
/// What blocks.
pub(crate) const BLOCKER_KIND: &str = "getmodern.blocker.kind";
/// What was found of a device.
pub(crate) const READINESS: &str = "getmodern.device.readiness";
/// What begins the names of a log record's own fields.
pub(crate) const LOG: &str = "getmodern.log";
/// A kind of telemetry: `traces`, `metrics` or `logs`.
pub(crate) const SIGNAL: &str = "getmodern.signal";
