//! Long requests as they come over HTTP: how many bytes of them there may be at once, of one caller and of all together. Once they are
//! translated they count as those of gRPC do.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::{HeaderValue, header::AUTHORIZATION};
use tonic::{Code, Status};

use crate::{
    Fail, PERSON_HEADER,
    callers::large::{LARGE_OF_ALL, LARGE_OF_ONE},
    fail::retriable,
    stack::Request,
    tls::Certified,
};

/// The owner of a request, by the proof of identity that it carries. Nothing of a request is read before that proof is found good.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    Token(HeaderValue),
    Certificate(String),
    Word(Option<HeaderValue>),
}

impl Holder {
    pub(super) fn of(request: &Request) -> Self {
        if let Some(token) = request.headers().get(AUTHORIZATION) {
            return Self::Token(token.clone());
        }
        let word = || Self::Word(request.headers().get(PERSON_HEADER).cloned());
        let certified = request.extensions().get::<Certified>();
        certified.map_or_else(word, |certified| Self::Certificate(certified.service.to_string()))
    }
}

/// Bytes of long requests that there are.
#[derive(Debug, Default)]
pub(super) struct Held(Mutex<HashMap<Holder, usize>>);

impl Held {
    fn locked(&self) -> MutexGuard<'_, HashMap<Holder, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn share(self: &Arc<Self>, holder: Holder) -> Share {
        Share { held: Arc::clone(self), holder, bytes: 0 }
    }
}

/// One request's share of them, for as long as it is not dropped.
#[derive(Debug)]
pub(super) struct Share {
    held: Arc<Held>,
    holder: Holder,
    bytes: usize,
}

impl Share {
    /// So many bytes more have come.
    pub(super) fn take(&mut self, bytes: usize) -> Result<(), Status> {
        let mut held = self.held.locked();
        let own = held.get(&self.holder).copied().unwrap_or_default() + bytes;
        if own > LARGE_OF_ONE {
            let text = "the caller has 8 MiB of long requests under way, and nobody may have more";
            return Err(retriable(Code::ResourceExhausted, "CALLER_TOO_BUSY", text));
        }
        if held.values().sum::<usize>() + bytes > LARGE_OF_ALL {
            return Err(Fail::Busy.into());
        }
        held.insert(self.holder.clone(), own);
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = self.held.locked();
        let Some(own) = held.get_mut(&self.holder) else { return };
        *own = own.saturating_sub(self.bytes);
        if *own == 0 {
            held.remove(&self.holder);
        }
    }
}

#[cfg(test)]
mod tests {
    use tonic::body::Body;

    use super::*;

    fn holder(person: &str) -> Holder {
        let request = http::Request::builder().header(PERSON_HEADER, person).body(Body::empty());
        Holder::of(&request.expect("a request"))
    }

    #[test]
    fn long_requests_over_http_are_bounded_for_each_and_for_all_while_they_come() {
        let held = Arc::<Held>::default();
        let share = |person: &str| held.share(holder(person));
        let code = |taken: Result<(), Status>| taken.err().map(|status| status.code());
        let [mut ada, mut again] = [share("people/ada"), share("people/ada")];
        assert_eq!(code(ada.take(LARGE_OF_ONE)), None);
        assert_eq!(code(again.take(1)), Some(Code::ResourceExhausted), "it is theirs, in whichever call");
        let mut others = ["a", "b", "c"].map(|name| share(&format!("people/{name}")));
        assert!(others.iter_mut().all(|other| code(other.take(LARGE_OF_ONE)).is_none()));
        assert_eq!(code(share("people/d").take(1)), Some(Code::Unavailable), "all together");
        drop((ada, others));
        assert_eq!(code(again.take(LARGE_OF_ONE)), None);
        drop(again);
        assert!(held.locked().is_empty());
    }
}
