//! The request that work is done for, as far as that work reaches.

use opentelemetry::{Context, KeyValue};

use super::{names, note};

/// The request id that everything logged within a context belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RequestId(pub(crate) String);

/// The context of what is done for the request with this id, which the call's span is told.
pub(crate) fn request(id: &str) -> Context {
    note(KeyValue::new(names::REQUEST_ID, id.to_owned()));
    about(id)
}

/// The context of what is said about the request with this id, of which the call's span was told.
pub(crate) fn about(id: &str) -> Context {
    Context::current_with_value(RequestId(id.to_owned()))
}
