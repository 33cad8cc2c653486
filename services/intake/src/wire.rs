//! Requests as commands, and resources as messages, one file per subject.

pub(crate) mod case;
pub(crate) mod evaluate;
pub(crate) mod policy;
mod step;
mod superseded;
pub(crate) mod tenancy;
mod validate;
pub(crate) mod words;
