//! Callers who have to show who they are: tokens of an issuer, its keys as they change, and what a refusal tells.

mod apart;
mod issuer;
mod journey;
mod rotation;
mod secrecy;
mod signer;
mod tokens;
mod trial;
