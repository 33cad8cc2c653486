//! Callers who have to show who they are: tokens of an issuer, its keys as they change, and what a refusal tells.

mod apart;
mod bad;
pub(crate) mod issuer;
mod journey;
mod matrix;
mod providers;
mod proxy;
mod rotation;
mod secrecy;
pub(crate) mod signer;
mod tokens;
pub(crate) mod trial;
