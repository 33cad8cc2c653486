//! Calls as bytes: any path, any headers, any body, so that what no client would send can be sent.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use bytes::{Buf, BufMut};
use getmodern::client::Actor;
use host::{PERSON_HEADER, ROLE_HEADER};
use tests::Product;
use tonic::{
    Code, Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    metadata::{AsciiMetadataKey, AsciiMetadataValue},
    transport::{Channel, Endpoint},
};
use tonic_types::StatusExt;

use crate::{identity::trial::Trial, reasons::register::agree};

/// A connection on which anything can be said.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    channel: Channel,
    bearers: Option<Arc<Bearers>>,
}

/// Callers who show a token, and what they were refused with.
#[derive(Debug)]
pub(crate) struct Bearers {
    /// Who vouches for them.
    pub(crate) trial: Trial,
    pub(crate) tokens: Mutex<HashMap<(&'static str, &'static str), String>>,
    pub(crate) told: Mutex<Vec<String>>,
    /// Further headers.
    pub(crate) beside: &'static [(&'static str, &'static str)],
}

impl Bearers {
    /// The token of a person in a role.
    pub(crate) fn token(&self, who: Actor) -> String {
        let make =
            || self.trial.token(&["--person", who.person.trim_start_matches("people/"), "--role", who.role]);
        let mut tokens = self.tokens.lock().expect("unharmed");
        tokens.entry((who.person, who.role)).or_insert_with(make).clone()
    }
}

impl Wire {
    pub(crate) fn to(product: &Product) -> Self {
        Self::at(product.address())
    }

    pub(crate) fn at(address: SocketAddr) -> Self {
        let address = Endpoint::from_shared(format!("http://{address}"));
        Self::on(address.expect("an address").connect_lazy())
    }

    pub(crate) fn on(channel: Channel) -> Self {
        Self { channel, bearers: None }
    }

    /// The same, for callers who show their tokens.
    pub(crate) fn bearing(self, bearers: Arc<Bearers>) -> Self {
        Self { bearers: Some(bearers), ..self }
    }

    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// Sends `body` and gives the first message of the answer.
    pub(crate) async fn send(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Vec<u8>, Status> {
        let mut request = Request::new(body);
        for (name, value) in headers {
            let name = AsciiMetadataKey::from_bytes(name.as_bytes()).expect("a header's name");
            let value = AsciiMetadataValue::try_from(*value).expect("a header's value");
            request.metadata_mut().append(name, value);
        }
        let mut grpc = Grpc::new(self.channel.clone());
        grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let path = path.parse().expect("a path");
        let answer = grpc.server_streaming(request, path, Raw).await;
        let mut answer = answer.inspect_err(assert_light)?.into_inner();
        answer
            .message()
            .await
            .inspect_err(assert_light)?
            .ok_or_else(|| Status::data_loss("an answer without a message"))
    }

    /// Sends `body` as somebody.
    pub(crate) async fn send_as(&self, who: Actor, path: &str, body: Vec<u8>) -> Result<Vec<u8>, Status> {
        let Some(bearers) = &self.bearers else { return self.send(path, &as_headers(who), body).await };
        let bearer = format!("Bearer {}", bearers.token(who));
        let told = [("authorization", &*bearer), (ROLE_HEADER, who.role)];
        let headers: Vec<_> = told.into_iter().chain(bearers.beside.iter().copied()).collect();
        let answer = self.send(path, &headers, body).await;
        let refused =
            answer.as_ref().err().map(|status| format!("{status:?} {:?}", status.get_error_details()));
        bearers.told.lock().expect("unharmed").extend(refused);
        answer
    }
}

/// Bytes of headers that everybody takes: less than nginx keeps in its smallest buffer, with the frames before them.
pub(crate) const TAKEN: usize = 3_900;

/// The headers of a refusal as HTTP/2 counts them, not compressed and with 32 bytes for each, are what everybody takes.
pub(crate) fn assert_light(status: &Status) {
    let answer = status.clone().into_http::<()>();
    let each = answer.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 32);
    let weight = each.sum::<usize>() + ":status200".len() + 32;
    assert!(weight < TAKEN, "{weight} bytes: {status:?}");
    if let Some(info) = status.get_error_details().error_info() {
        agree(status, info);
    }
}

/// How `who` says who they are.
pub(crate) fn as_headers(who: Actor) -> [(&'static str, &'static str); 2] {
    [(PERSON_HEADER, who.person), (ROLE_HEADER, who.role)]
}

/// The reason of a refusal, which every status has in one form.
pub(crate) fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    let info = details.error_info().unwrap_or_else(|| panic!("it has an ErrorInfo: {status:?}"));
    assert_eq!(info.domain, "getmodern", "{status:?}");
    let screams = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    assert!(!info.reason.is_empty() && info.reason.chars().all(screams), "{status:?}");
    assert!(!status.message().is_empty(), "it says something to a person: {status:?}");
    agree(status, info);
    info.reason.clone()
}

/// The refusal's code and reason.
pub(crate) fn refusal<R>(answer: Result<R, Status>) -> (Code, String) {
    match answer {
        Ok(_) => (Code::Ok, String::new()),
        Err(status) => (status.code(), reason(&status)),
    }
}

/// The fields that a `BadRequest` names.
pub(crate) fn bad_fields(status: &Status) -> Vec<String> {
    let details = status.get_error_details();
    let violations = details.bad_request().into_iter().flat_map(|bad| &bad.field_violations);
    violations.map(|violation| violation.field.clone()).collect()
}

#[derive(Debug, Clone, Copy)]
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining()).to_vec()))
    }
}
