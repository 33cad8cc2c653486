//! Telemetry as a contract: what the product tells is what `deploy/otel/registry` says, no more and no less.

mod families;
mod journey;
mod judge;
mod page;
mod points;
mod registry;
mod seen;
mod sound;
mod spoilt;
mod written;
