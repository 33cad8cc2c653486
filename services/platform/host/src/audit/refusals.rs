//! Keeping who was refused what, for want of a right or of an identity, without letting a flood of it fill the disk or slow others.
//!
//! A call waits for nothing here: a refusal is counted in memory, and the counts are written once a second. Equal ones of an hour
//! are one row. What strangers may choose of it is bounded: their network, one of our methods, and the reason.

mod book;
mod noted;

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use http::HeaderMap;
use kernel::{Caller, Person, name};
use ledger::{Origin, Refused, Statement};
use opentelemetry::{Context, trace::FutureExt};
use tokio::net::TcpStream;
use tonic::{Code, Status};
use tonic_types::StatusExt;

pub(crate) use book::Book;

use crate::{
    Policy,
    listen::peers,
    stack::{Handle, Layer, Request, Response},
};

/// Why the auditor is told that somebody got `NOT_FOUND` for what is there.
const NOT_SEEN: &str = "NOT_SEEN";

/// From which address a call comes.
#[derive(Debug, Clone)]
pub(crate) struct Whence(Option<Arc<str>>);

impl Whence {
    /// That of every call of a connection, without the port: those who come again and again are to be told as one.
    pub(crate) fn of(stream: &TcpStream) -> Self {
        Self(stream.peer_addr().ok().map(|address| address.ip().to_canonical().to_string().into()))
    }
}

/// What becomes known of a call on its way.
#[derive(Debug, Clone, Default)]
struct Asked {
    /// Who has shown who they are, in whatever role.
    person: Arc<OnceLock<Person>>,
    caller: Arc<OnceLock<Caller>>,
    resource: Arc<OnceLock<String>>,
    unseen: Arc<OnceLock<Unseen>>,
}

/// Something that its caller does not see, or that does not exist: which of the two is looked at once the call has its answer, so
/// that the answer takes as long for either.
#[derive(Debug, Clone)]
struct Unseen {
    /// As the caller calls it.
    name: String,
    /// Finds a row where it is there and they do not see it.
    query: Statement,
}

/// Notes who has shown who they are in the call that is under way, be it in a role of theirs or not.
pub(crate) fn note_person(person: &Person) {
    Context::map_current(|context| context.get::<Asked>().map(|asked| asked.person.set(person.clone())));
}

/// Notes who makes the call that is under way.
pub(crate) fn note_caller(caller: &Caller) {
    Context::map_current(|context| context.get::<Asked>().map(|asked| asked.caller.set(caller.clone())));
}

/// Notes what it is about, if that is a resource's name: anything else may be a text.
pub(crate) fn note_resource(name: &str) {
    if is_name(name) {
        let name = || name.to_owned();
        Context::map_current(|context| context.get::<Asked>().map(|asked| asked.resource.set(name())));
    }
}

/// Notes that the answer to come may hide something that is there, which `query` finds then.
pub(crate) fn note_unseen(name: &str, query: Statement) {
    let unseen = || Unseen { name: name.to_owned(), query };
    Context::map_current(|context| context.get::<Asked>().map(|asked| asked.unseen.set(unseen())));
}

fn is_name(name: &str) -> bool {
    let reads = |(of, _): (&str, &str)| name::is_collection(of) && name::parse(of, name).is_some();
    name.split_once('/').is_some_and(reads)
}

/// The refusals of each service, by its name on the wire.
pub(crate) type Books = HashMap<&'static str, Book>;

/// Where refusals are kept, and which methods there are.
pub(crate) struct Shelf {
    pub(crate) books: Books,
    pub(crate) policy: Arc<Policy>,
}

/// Lets a call pass, tells those behind where it comes from, and keeps that it was refused if it was.
impl Layer for Shelf {
    async fn pass(&self, request: Request, next: &impl Handle) -> Response {
        let path = request.uri().path();
        let service = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        let Some((service, book)) = self.books.get_key_value(service) else {
            return next.handle(request).await;
        };
        let peer = request.extensions().get::<Whence>().and_then(|Whence(peer)| peer.clone());
        let method = method(&self.policy, service, path).into();
        let (asked, origin) = (Asked::default(), Origin { method, peer });
        let context = Context::current_with_value(asked.clone()).with_value(origin.clone());
        let response = next.handle(request).with_context(context).await;
        if let Some((refused, unseen)) = refused(response.headers(), &asked, &origin) {
            book.note(refused, unseen);
        }
        response
    }
}

/// The method as it is kept: all that there are not are one, whatever they are called.
fn method(policy: &Policy, service: &str, path: &str) -> String {
    if policy.knows(path) { path.trim_start_matches('/').to_owned() } else { format!("{service}/*") }
}

/// What was refused, if it was for want of a right or of an identity; with what it is only if it is there, where that is so.
fn refused(headers: &HeaderMap, asked: &Asked, origin: &Origin) -> Option<(Refused, Option<Unseen>)> {
    let unseen = asked.unseen.get();
    let (code, unseen) = match Code::from_bytes(headers.get("grpc-status")?.as_bytes()) {
        Code::PermissionDenied => ("PERMISSION_DENIED", None),
        Code::Unauthenticated => ("UNAUTHENTICATED", None),
        Code::NotFound if unseen.is_some() => ("NOT_FOUND", unseen),
        Code::FailedPrecondition if unseen.is_some() => ("FAILED_PRECONDITION", unseen),
        _ => return None,
    };
    let (reason, rules) = match unseen {
        Some(_) => (NOT_SEEN.to_owned(), "I-18".to_owned()),
        None => told(&Status::from_header_map(headers)?),
    };
    let caller = asked.caller.get();
    let person = caller.map(|caller| &caller.person).or(asked.person.get());
    let named = unseen.map(|unseen| &unseen.name).filter(|name| is_name(name));
    let peer = origin.peer.as_deref();
    let refused = Refused {
        person: person.map(ToString::to_string),
        role: caller.map(|caller| caller.role.as_str()),
        peer: peer.map(|peer| if person.is_some() { peer.to_owned() } else { network(peer) }),
        method: origin.method.to_string(),
        resource: asked.resource.get().or(named).cloned(),
        code,
        reason,
        rules,
    };
    Some((refused, unseen.cloned()))
}

/// Where strangers come from: in IPv6 anybody has 64 bits of addresses.
fn network(peer: &str) -> String {
    match peer.parse().map(peers::network) {
        Ok(IpAddr::V6(network)) => format!("{network}/64"),
        _ => peer.to_owned(),
    }
}

/// The reason and the rules that the caller is told.
fn told(status: &Status) -> (String, String) {
    let info = status.get_details_error_info();
    let (reason, mut metadata) = info.map(|info| (info.reason, info.metadata)).unwrap_or_default();
    (reason, metadata.remove("rules").unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fail::plain;

    #[test]
    fn strangers_of_one_network_are_one() {
        for (peer, told) in [
            ("192.0.2.1", "192.0.2.1"),
            ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
            ("2001:db8:0:1::", "2001:db8:0:1::/64"),
            ("somewhere", "somewhere"),
        ] {
            assert_eq!(network(peer), told);
        }
    }

    #[test]
    fn a_resource_is_kept_by_its_name_and_nothing_else_is() {
        let asked = Asked::default();
        let within = Context::current_with_value(asked.clone()).attach();
        let name = "cases/0192f0c1-0000-7000-8000-00000000002a";
        for text in ["", "cases/Augusta", "people/ada", "cases/\u{202e}", &name.to_uppercase()] {
            note_resource(text);
            assert_eq!(asked.resource.get(), None, "{text}");
        }
        note_resource(name);
        drop(within);
        assert_eq!(asked.resource.get().map(String::as_str), Some(name));
    }

    #[test]
    fn what_is_kept_is_for_want_of_a_right_and_what_hides_such_a_want() {
        let kept = |code: Code, is_unseen: bool| {
            let asked = Asked::default();
            if is_unseen {
                let _within = Context::current_with_value(asked.clone()).attach();
                note_unseen("cases/a", Statement::new("SELECT 1", vec![]));
            }
            let origin = Origin { method: "a.B/C".into(), peer: None };
            let response = plain(code, "REASON", "a sentence").into_http::<()>();
            let found = refused(response.headers(), &asked, &origin);
            found.map(|(found, unseen)| (found.code, found.reason, found.rules, unseen.is_some()))
        };
        let told = |code, reason: &str, rules: &str, is_unseen| {
            Some((code, reason.to_owned(), rules.to_owned(), is_unseen))
        };
        assert_eq!(kept(Code::PermissionDenied, false), told("PERMISSION_DENIED", "REASON", "", false));
        assert_eq!(kept(Code::Unauthenticated, false), told("UNAUTHENTICATED", "REASON", "", false));
        assert_eq!(kept(Code::NotFound, true), told("NOT_FOUND", "NOT_SEEN", "I-18", true));
        assert_eq!(kept(Code::PermissionDenied, true), told("PERMISSION_DENIED", "REASON", "", false));
        for code in [Code::NotFound, Code::Ok, Code::InvalidArgument, Code::FailedPrecondition] {
            assert_eq!(kept(code, false), None, "{code:?}");
        }
        assert_eq!(kept(Code::Ok, true), None, "in the end it was shown");
    }
}
