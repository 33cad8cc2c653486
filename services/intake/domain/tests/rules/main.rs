//! The Gateway's rules as sentences, its transition table, and what no sequence of commands may break.

mod corrections;
mod customer;
mod gateway;
mod overwritten;
mod policy;
mod properties;
mod research;
mod seats;
mod support;
mod tenancy;
mod transitions;
