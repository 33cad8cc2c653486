//! The intake service over gRPC, as its callers see it.

mod calls;
mod engagements;
mod lists;
mod policies;
mod sent;
mod support;
mod ways;
