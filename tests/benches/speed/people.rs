//! The callers, as the product is shown them.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use getmodern::client::Actor;
use prost::{Message, Name};
use tonic::metadata::AsciiMetadataValue;

use crate::{lines::Ask, tokens::Issuer};

/// Everybody, each with a token that is made once. Cheap to clone.
#[derive(Clone)]
pub(crate) struct People {
    give: Arc<dyn Fn(Actor) -> String + Send + Sync>,
    known: Arc<Mutex<HashMap<(&'static str, &'static str), AsciiMetadataValue>>>,
}

impl People {
    pub(crate) fn of(issuer: &Issuer) -> Self {
        Self { give: Arc::new(issuer.same()), known: Arc::default() }
    }

    /// A call of the method that the request is named after.
    pub(crate) fn ask<M: Message + Name>(&self, who: Actor, message: &M) -> Ask {
        self.ask_at(who, &path::<M>(), message.encode_to_vec())
    }

    /// A call of the method at `path`.
    pub(crate) fn ask_at(&self, who: Actor, path: &str, body: Vec<u8>) -> Ask {
        Ask { path: path.parse().expect("a path"), bearer: self.bearer(who), body: body.into() }
    }

    fn bearer(&self, who: Actor) -> AsciiMetadataValue {
        let mut known = self.known.lock().expect("unharmed");
        let bearer = || format!("Bearer {}", (self.give)(who)).parse().expect("a value");
        known.entry((who.person, who.role)).or_insert_with(bearer).clone()
    }
}

/// A key that no request had before.
pub(crate) fn key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("speed-{}", NEXT.fetch_add(1, Relaxed))
}

/// Requests are named after their methods.
fn path<M: Name>() -> String {
    let service = match M::PACKAGE {
        "getmodern.intake.v1" => "IntakeService",
        "getmodern.engagement.v1" => "EngagementService",
        _ => "TaskService",
    };
    format!("/{}.{service}/{}", M::PACKAGE, M::NAME.trim_end_matches("Request"))
}
