//! TLS: for everybody who calls, and towards the services of other processes. Who may be a system shows it by a
//! certificate; a person never does.

mod certificate;
mod client;
mod files;
mod pinned;
mod server;
mod setting;

pub use certificate::TrustDomain;
pub(crate) use certificate::{Certified, Names};
pub(crate) use client::Dial;
pub use client::way;
pub(crate) use files::roots;
pub(crate) use server::{Server, expect};
pub use setting::{CertificateName, TlsSetting};
