//! What strangers may send, as fuzz targets: each reads any bytes as the product does, up to where a database is asked.
//!
//! `cargo test` replays what was kept of earlier campaigns; `tests/fuzz/run` looks for more.

mod audit;
// The black box enumerates the same methods, and knows what a request of each may look like.
#[allow(dead_code, reason = "the black box asks for more")]
#[path = "../../tests/blackbox/catalogue.rs"]
mod catalogue;
mod certificates;
mod corpus;
mod headers;
mod issuer;
mod json;
mod measure;
mod policies;
mod requests;
mod target;
mod text;
mod tokens;

pub use json::costly;
pub use measure::{EACH, ROOM, taken};
pub use requests::{Method, methods};
pub use target::Target;

/// Everything that is fuzzed.
pub const TARGETS: &[Target] = &[
    Target { name: "requests", read: requests::read, examples: requests::examples },
    Target { name: "json", read: json::read, examples: json::examples },
    Target { name: "policies", read: policies::read, examples: policies::examples },
    Target { name: "page_tokens", read: tokens::read_page, examples: tokens::pages },
    Target { name: "resume_tokens", read: tokens::read_place, examples: tokens::places },
    Target { name: "headers", read: headers::read, examples: headers::examples },
    Target { name: "bearers", read: issuer::read_bearer, examples: issuer::bearers },
    Target { name: "claims", read: issuer::read_claims, examples: issuer::claims },
    Target { name: "keys", read: issuer::read_keys, examples: issuer::keys },
    Target { name: "metadata", read: issuer::read_metadata, examples: issuer::metadata },
    Target { name: "notes", read: audit::read, examples: audit::examples },
    Target { name: "certificates", read: certificates::read, examples: certificates::examples },
];
