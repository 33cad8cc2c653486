//! One storyteller among many: everything they were told was done is remembered.

use std::{
    fmt::Debug,
    time::{Duration, Instant},
};

use getmodern::client::Actor;
pub(crate) use getmodern::demo::cast::{
    ATS, FE, FM, FTA, GATEWAY, GET_MODERN_SME, GMFTA, LEADERSHIP, PROGRAM, SIX, SME,
};
use prost::{Message, Name};
use prost_reflect::Value;
use proto::engagement::v1::{Engagement, GetEngagementRequest};
use tonic::{Code, Status};

use crate::{
    caller::Caller,
    catalogue::{dynamic, field, taking},
    leaving::Haste,
};

/// How long something that follows may take while things are broken.
const PATIENCE: Duration = tests::PATIENCE;

/// How often a hasty one goes away from a call.
const LEAVING: usize = 3;

/// A mutation that was acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    /// The package of its service.
    pub(crate) package: &'static str,
    pub(crate) person: &'static str,
    pub(crate) key: String,
    pub(crate) reply: Vec<u8>,
}

/// One storyteller.
pub(crate) struct World {
    pub(crate) caller: Caller,
    /// Tells their keys and customers from others'.
    pub(crate) name: String,
    pub(crate) done: Vec<Done>,
    haste: Option<Haste>,
}

impl World {
    pub(crate) fn new(caller: Caller, name: String) -> Self {
        Self { caller, name, done: Vec::new(), haste: None }
    }

    /// One who goes away from every call some times before making it for good.
    pub(crate) fn hasty(caller: Caller, name: String, haste: Haste) -> Self {
        Self { haste: Some(haste), ..Self::new(caller, name) }
    }

    /// Carries out a mutation that has to succeed sooner or later.
    pub(crate) async fn act<M, R>(&mut self, who: Actor, message: M) -> R
    where
        M: Message + Name + Default + Clone + Debug + 'static,
        R: Message + Default + 'static,
    {
        let message = keyed(&message, &format!("{}/{}", self.name, self.done.len()));
        let key = field(&dynamic(&message.encode_to_vec(), &taking(&M::full_name()).input), "request_id");
        if let Some(haste) = &self.haste {
            haste.leave::<M, R>(&self.caller, who, &message, LEAVING).await;
        }
        let reply: Result<R, Status> = self.caller.call(who, message.clone()).await;
        let reply = reply.unwrap_or_else(|status| panic!("{} {message:?}: {status:?}", M::NAME));
        let reply_bytes = reply.encode_to_vec();
        self.done.push(Done { package: M::PACKAGE, person: who.person, key, reply: reply_bytes });
        reply
    }

    /// Reads something until it is as it has to become.
    pub(crate) async fn until<M, R>(&self, what: &str, message: M, good: impl Fn(&R) -> bool) -> R
    where
        M: Message + Name + Clone + 'static,
        R: Message + Default + Debug + 'static,
    {
        let begun = Instant::now();
        loop {
            match self.caller.call::<M, R>(LEADERSHIP, message.clone()).await {
                Ok(found) if good(&found) => return found,
                Err(status) if !matches!(status.code(), Code::NotFound | Code::Unavailable) => {
                    panic!("{what}: {status:?}")
                }
                answer => assert!(begun.elapsed() < PATIENCE, "{what}: {answer:?}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn engagement(&self, name: &str) -> Engagement {
        let get = GetEngagementRequest { name: name.to_owned() };
        self.caller.call(LEADERSHIP, get).await.expect("it is read")
    }
}

/// `message` with a key, unless it has one.
pub(crate) fn keyed<M: Message + Name + Default>(message: &M, key: &str) -> M {
    let method = taking(&M::full_name());
    let mut request = dynamic(&message.encode_to_vec(), &method.input);
    if field(&request, "request_id").is_empty() {
        request.set_field_by_name("request_id", Value::String(key.to_owned()));
    }
    M::decode(request.encode_to_vec().as_slice()).expect("the same message")
}
