//! TLS: towards everybody who calls, with certificates for systems, and between the services of several processes.

mod apart;
pub(crate) mod authority;
mod callers;
mod change;
mod systems;
pub(crate) mod way;
