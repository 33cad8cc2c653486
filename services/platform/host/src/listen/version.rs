//! The version of HTTP that is spoken on a connection: found out by its first bytes, or agreed to in the handshake of TLS.

use std::{sync::Arc, time::Duration};

use tokio::{net::TcpStream, time::sleep};

use super::{frames::PREFACE, monitor::Monitor, peers::AddressPermit};

/// The version of HTTP that a caller speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

impl Version {
    /// The monitor of a connection on which it is spoken.
    pub(super) fn monitor(self, address: &AddressPermit) -> Monitor {
        match self {
            Self::One => Monitor::of_heads(Arc::clone(&address.allowance)),
            Self::Two => Monitor::new(Arc::clone(&address.allowance)),
        }
    }
}

/// A connection over TLS, by what is spoken on it.
pub(super) enum Spoken<O, T> {
    One(O),
    Two(T),
}

/// Waits for the whole preface and leaves its bytes where they are for the protocol to read: once that waits for the
/// rest of a part, nothing of its own ends it. What else is said is HTTP/1.1, where that is spoken.
pub(super) async fn begins(stream: &TcpStream, has_one: bool) -> Option<Version> {
    let mut said = [0; PREFACE.len()];
    loop {
        match stream.peek(&mut said).await {
            Ok(length) if length == PREFACE.len() && said == *PREFACE => return Some(Version::Two),
            Ok(length @ 1..) if length < PREFACE.len() && PREFACE.starts_with(&said[..length]) => {
                sleep(Duration::from_millis(10)).await;
            }
            Ok(1..) if has_one => return Some(Version::One),
            _ => return None,
        }
    }
}
