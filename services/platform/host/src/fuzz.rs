//! What reads the bytes of strangers, opened for `tests/fuzz` and for benchmarks. No feature hides it: with one, everything
//! would be built once for the product and once more for its tests. No binary calls it, so none contains it.

use std::sync::{Arc, LazyLock};

use http::HeaderMap;
use kernel::{Caller, Context, Id, Time, name};
use ledger::{Change, Commit};
use opentelemetry::{Context as Trace, propagation::TextMapPropagator, trace::TraceContextExt};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use prost::{Message, Name};
use proto::common::v1::{
    ErasePersonalDataRequest, ListAuditEntriesRequest, ListDutiesRequest, ListEventsRequest,
    WatchEventsRequest, watch_events_request::Start,
};
use rustls::pki_types::CertificateDer;
use serde::de::DeserializeOwned;
use tonic::Status;

use crate::{
    Act, Fail, Fields, Listed, Resource, admission,
    caller::authenticate,
    clock, deadline, erase, request,
    tls::Names,
    token::{PageRequest, Place, Ring, Tokens},
    trail,
};
pub use crate::{
    audit::fuzz::{checkpoint, key, note},
    identity::fuzz::{Doorkeeper, keys, metadata},
    json::fuzz::json,
};

/// How the request of a method is read.
pub struct Reader {
    /// Tells the type of the request from all others.
    pub request: fn() -> String,
    /// Reads one of this caller as far as no database is needed.
    pub read: fn(&[u8], &Caller),
}

/// The requests that every service takes.
pub const SHARED: &[Reader] = &[
    Reader { request: ListDutiesRequest::full_name, read: |bytes, _| decode(bytes, list_duties) },
    Reader { request: ListEventsRequest::full_name, read: |bytes, _| decode(bytes, list_events) },
    Reader { request: WatchEventsRequest::full_name, read: |bytes, _| decode(bytes, watch_events) },
    Reader {
        request: ListAuditEntriesRequest::full_name,
        read: |bytes, _| decode(bytes, list_audit_entries),
    },
    Reader {
        request: ErasePersonalDataRequest::full_name,
        read: |bytes, _| decode(bytes, erase_personal_data),
    },
];

/// Decodes a request as the transport does, and reads it.
pub fn decode<R: Message + Default>(bytes: &[u8], read: impl FnOnce(&R)) {
    if let Ok(request) = R::decode(bytes) {
        read(&request);
    }
}

/// Reads a mutation, decides it as if there were nothing yet, and writes what comes of it, up to the database.
pub fn act<T: Resource, R: Act<T>>(bytes: &[u8], caller: &Caller) {
    decode(bytes, |request: &R| {
        shown(decided::<T, R>(request, caller));
    });
}

fn decided<T: Resource, R: Act<T>>(request: &R, caller: &Caller) -> Result<Vec<u8>, Fail> {
    let (key, named) = request::read::<T, R>(request, caller)?;
    let context = Context { caller: caller.clone(), now: clock::now() };
    let command = request.command(&mut Fields::new(context.now));
    let change = Change::<T>::decide(named.unwrap_or_else(Id::nil), None, &command, &context)?;
    let mut commit = Commit::default();
    change.write(&key.id, &mut commit)?;
    commit.extend(request.demands(&command));
    Ok(change.after.map(|after| R::reply(&after).encode_to_vec()).unwrap_or_default())
}

/// Reads the name of a resource.
pub fn get<T: Resource>(text: &str) {
    let mut fields = Fields::new(clock::now());
    let id = fields.name("name", T::COLLECTION, text);
    if shown(fields.finish()).is_some() {
        assert_eq!(name::of(T::COLLECTION, id), text, "a name has one form");
    }
}

/// Reads the filters and the page of a list.
pub fn list<T: Resource, R: Listed<T>>(request: &R) {
    let mut fields = Fields::new(clock::now());
    request.filters(&mut fields);
    shown(fields.finish());
    let (size, token) = (request.page_size(), request.page_token());
    page::<(Time, Id)>(&PageRequest::of(&ring(), &anybody(), &request.question(), size, token));
}

fn list_duties(request: &ListDutiesRequest) {
    let mut fields = Fields::new(clock::now());
    fields.role("role", request.role);
    fields.sought_person("person", &request.person);
    fields.sought_resource("resource", &request.resource);
    shown(fields.finish());
    page::<(Time, String)>(&PageRequest::of(
        &ring(),
        &anybody(),
        request,
        request.page_size,
        &request.page_token,
    ));
}

fn list_events(request: &ListEventsRequest) {
    let mut fields = Fields::new(clock::now());
    fields.sought_resource("resource", &request.resource);
    fields.after_revision(request.after_revision);
    shown(fields.finish());
    shown(
        PageRequest::of(&ring(), &anybody(), request, request.page_size, &request.page_token).after_place(),
    );
}

fn list_audit_entries(request: &ListAuditEntriesRequest) {
    let mut fields = Fields::new(clock::now());
    trail::query(request, &mut fields);
    shown(fields.finish());
    page::<String>(&PageRequest::of(&ring(), &anybody(), request, request.page_size, &request.page_token));
}

fn erase_personal_data(request: &ErasePersonalDataRequest) {
    let mut fields = Fields::new(clock::now());
    erase::read(request, &mut fields);
    shown(fields.finish());
}

fn watch_events(request: &WatchEventsRequest) {
    let mut fields = Fields::new(clock::now());
    fields.sought_resource("resource", &request.resource);
    shown(fields.finish());
    if let Some(Start::ResumeToken(token)) = &request.start {
        place(token);
    }
}

/// Who is given tokens here.
fn anybody() -> Caller {
    Caller::service("anybody")
}

/// What they are made with here.
fn ring() -> Arc<Ring> {
    static RING: LazyLock<Arc<Ring>> = LazyLock::new(|| Arc::new(Ring::alone([7; 32]).expect("a key")));
    Arc::clone(&RING)
}

fn page<K: DeserializeOwned>(ask: &PageRequest<'_>) -> Option<K> {
    shown(ask.limit());
    shown(ask.after()).flatten()
}

/// Reads a page token as it comes, and `body` as what a token of ours may hold: nobody can guess the rest of one.
pub fn page_token(body: &str) {
    let (ring, caller) = (ring(), anybody());
    let mut ask =
        PageRequest { ring: &ring, caller: &caller, question: b"question".to_vec(), size: 0, token: body };
    assert!(body.is_empty() || page::<(Time, Id)>(&ask).is_none(), "a token that nobody made");
    let ours = ask.holding(body.as_bytes());
    ask.token = &ours;
    let (first, second) = (page::<(Time, Id)>(&ask), page::<(Time, String)>(&ask));
    if let Some(key) = first {
        assert_eq!(page(&PageRequest { token: &ask.next(&key), ..ask.clone() }), Some(key));
    }
    if let Some(key) = second {
        assert_eq!(page(&PageRequest { token: &ask.next(&key), ..ask.clone() }), Some(key));
    }
    shown(ask.after_place());
}

/// Reads a resume token as it comes, and `body` as what one of ours may hold.
pub fn place(body: &str) {
    let (ring, reader) = (ring(), anybody());
    let tokens = Tokens { ring, reader: &reader };
    assert!(shown(tokens.read(body)).is_none(), "a token that nobody made");
    if let Some(Place { revision, .. }) = shown(tokens.read(&tokens.holding(body.as_bytes()))) {
        assert!(revision >= 0, "{body}");
    }
}

/// Reads what every call carries before anybody knows whose it is: its content's type, deadline, trace, and a caller's word.
pub fn headers(headers: &HeaderMap) {
    admission::is_grpc(headers);
    if let Some(Ok(timeout)) = headers.get("grpc-timeout").map(http::HeaderValue::to_str) {
        let _ = deadline::parse(timeout).map(|timeout| tokio::time::Instant::now() + timeout);
    }
    let parent = TraceContextPropagator::new().extract_with_context(&Trace::new(), &HeaderExtractor(headers));
    let _ = parent.span().span_context().is_sampled();
    if let Ok(caller) = authenticate(headers) {
        assert_eq!(caller.person.is_service(), caller.role == kernel::Role::Service, "{caller:?}");
    }
}

/// The system of contoso.example whose certificate this is, by its path.
#[must_use]
pub fn certificate(der: &[u8]) -> Option<String> {
    let bearer = Names::Of("contoso.example".parse().ok()?).bearer(&CertificateDer::from(der))?;
    Some(bearer.service.to_string())
}

/// What there is, if there is; otherwise what its caller is told, which has to be something they can be told.
fn shown<T, F: Into<Fail>>(read: Result<T, F>) -> Option<T> {
    read.map_err(|fail| Status::from(fail.into()).into_http::<String>()).ok()
}
