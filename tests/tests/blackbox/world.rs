//! A product and the people who use it: every call with a key of its own, all of them remembered.

use std::{
    collections::BTreeSet,
    fmt::Debug,
    time::{Duration, Instant},
};

use getmodern::client::{Actor, Client};
pub(crate) use getmodern::demo::cast::{
    ATS, FE, FM, FTA, GATEWAY, GET_MODERN_SME, GMFTA, LEADERSHIP, PROGRAM, SIX, SME,
};
use host::Settings;
use prost::{Message, Name};
use prost_reflect::Value;
use proto::{
    common::v1::{
        Duty, ErasePersonalDataRequest, ErasePersonalDataResponse, Event, ListDutiesRequest,
        ListDutiesResponse, ListEventsRequest, ListEventsResponse,
    },
    engagement::v1::{Engagement, GetEngagementRequest, GetInsightsRequest, Insights},
};
use tests::{Product, actor};
use tonic::{Code, Status};

use crate::{
    canaries::{MARK, mark},
    catalogue::{METHODS, Method, dynamic, taking},
    hostile::OPERATOR,
    sight::{elsewhere, told},
    wire::Wire,
};

pub(crate) const INTAKE: &str = "getmodern.intake.v1.IntakeService";
pub(crate) const ENGAGEMENT: &str = "getmodern.engagement.v1.EngagementService";
pub(crate) const TASKS: &str = "getmodern.tasks.v1.TaskService";
/// Who examines what was done and refused.
pub(crate) const AUDITOR: Actor = actor("people/auditor", "AUDITOR");
/// Somebody in no roster.
pub(crate) const STRANGER: &str = "people/stranger";
/// The roles of those whom a roster names.
pub(crate) const ROSTER: [&str; 6] = ["GMFTA", "FM", "FE", "SME", "FTA", "ATS"];
/// How long something that follows may take on a busy machine.
const PATIENCE: Duration = tests::PATIENCE;

/// A call that was carried out.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) method: &'static Method,
    pub(crate) who: Actor,
    pub(crate) request: Vec<u8>,
    pub(crate) reply: Vec<u8>,
}

/// A product and what was done with it.
pub(crate) struct World {
    pub(crate) product: Product,
    pub(crate) wire: Wire,
    pub(crate) client: Client,
    pub(crate) done: Vec<Done>,
    /// What a stranger was told who tried, in a role that a roster names people for, what somebody then did, and what
    /// somebody else on the roster was told in the same role; nobody tries unless there is a list.
    pub(crate) strangers: Option<Vec<(String, String)>>,
    /// Who is named in every text that is about people or may name some.
    pub(crate) named: Option<&'static str>,
    /// Which texts about people were marked before they were sent; none is unless there is a list.
    pub(crate) marked: Option<BTreeSet<String>>,
    /// Whether each call is first asked what it would do.
    pub(crate) rehearses: bool,
    keys: u32,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::on(Product::with(change).await)
    }

    /// A product that somebody else started.
    pub(crate) fn on(product: Product) -> Self {
        let (wire, client) = (Wire::to(&product), product.client());
        let strangers = None;
        let (done, named, marked, rehearses) = (Vec::new(), None, None, false);
        Self { product, wire, client, done, strangers, named, marked, rehearses, keys: 0 }
    }

    /// One that goes on with what another world left, and uses none of its keys again.
    pub(crate) fn later(product: Product) -> Self {
        Self { keys: 10_000, ..Self::on(product) }
    }

    pub(crate) async fn end(self) {
        self.product.stop().await;
    }

    /// A key that nobody has used.
    pub(crate) fn key(&mut self) -> String {
        self.keys += 1;
        let mark = if self.marked.is_some() { MARK } else { "key" };
        format!("{mark}-{}", self.keys)
    }

    /// `message` as bytes, with a key if it has none.
    pub(crate) fn keyed<M: Message + Name>(&mut self, message: &M) -> Vec<u8> {
        let method = taking(&M::full_name());
        let mut request = dynamic(&message.encode_to_vec(), &method.input);
        if crate::catalogue::field(&request, "request_id").is_empty() {
            request.set_field_by_name("request_id", Value::String(self.key()));
        }
        self.marked.iter_mut().for_each(|marked| mark(&mut request, marked));
        request.encode_to_vec()
    }

    /// The day so many days from now, by the product's own clock.
    pub(crate) async fn today(&self, ahead: u64) -> String {
        let insights: Insights = self.ask(GetInsightsRequest::default()).await;
        let now = insights.read_time.and_then(proto::from_wire).expect("a time");
        let then = now.checked_add(Duration::from_hours(ahead * 24)).expect("a time");
        then.strftime("%Y-%m-%d").to_string()
    }

    /// Carries out a mutation that has to succeed.
    pub(crate) async fn act<M: Message + Name + Debug, R: Message + Default>(
        &mut self,
        who: Actor,
        message: M,
    ) -> R {
        let method = taking(&M::full_name());
        self.try_as_stranger(who, &message).await;
        let mut request = self.keyed(&message);
        if let Some(name) = self.named {
            request = crate::personal::naming(name, dynamic(&request, &method.input)).encode_to_vec();
        }
        let (request, reply) = self.carry_out(who, method, request).await;
        let reply = reply.unwrap_or_else(|status| panic!("{} {message:?}: {status:?}", method.name));
        self.done.push(Done { method, who, request, reply: reply.clone() });
        R::decode(reply.as_slice()).expect("the reply reads")
    }

    async fn carry_out(
        &mut self,
        who: Actor,
        method: &Method,
        request: Vec<u8>,
    ) -> (Vec<u8>, Result<Vec<u8>, Status>) {
        if self.rehearses {
            return self.rehearsed(who, method, request).await;
        }
        let reply = self.wire.send_as(who, &method.path(), request.clone()).await;
        (request, reply)
    }

    /// Has a stranger try first what somebody is about to do, in a role that a roster names people for.
    async fn try_as_stranger<M: Message + Name + Debug>(&mut self, who: Actor, message: &M) {
        let method = taking(&M::full_name());
        let roles = std::iter::once(who.role).chain(method.roles.iter().map(String::as_str));
        let role = roles.into_iter().find(|role| ROSTER.contains(role));
        let (Some(_), Some(role)) = (&self.strangers, role) else { return };
        let mut request = dynamic(&message.encode_to_vec(), &method.input);
        request.set_field_by_name("request_id", Value::String(self.key()));
        self.marked.iter_mut().for_each(|marked| mark(&mut request, marked));
        let stranger = Actor { person: STRANGER, role };
        let seen = told(self.wire.send_as(stranger, &method.path(), request.encode_to_vec()).await);
        // As what is nowhere answers, to the last byte.
        let nowhere = elsewhere(&request);
        let answer = self.wire.send_as(stranger, &method.path(), nowhere.encode_to_vec()).await;
        assert_eq!(told(answer), seen, "{stranger:?} {} {message:?}", method.path());
        let colleague = if role == FM.role { FE.person } else { FM.person };
        let unseated = Actor { person: colleague, role };
        let answer = self.wire.send_as(unseated, &method.path(), request.encode_to_vec()).await;
        let outcomes =
            [("stranger", seen.code), ("colleague", answer.as_ref().map_or_else(Status::code, |_| Code::Ok))];
        let reasons = [seen.reason, crate::wire::refusal(answer).1];
        for ((who, code), reason) in outcomes.into_iter().zip(reasons) {
            let line = format!("{who:<10} {code:?} {reason}");
            self.strangers.iter_mut().for_each(|told| told.push((method.path(), line.clone())));
        }
    }

    /// Has a service erase texts with `text` in them from a resource; it has to succeed.
    pub(crate) async fn erase(
        &mut self,
        service: &str,
        resource: &str,
        text: &str,
    ) -> ErasePersonalDataResponse {
        let path = format!("/{service}/ErasePersonalData");
        let method = METHODS.iter().find(|method| method.path() == path).expect("each service has it");
        let erase = ErasePersonalDataRequest {
            request_id: self.key(),
            resource: resource.to_owned(),
            texts: vec![text.to_owned()],
            reason: "asked by letter".to_owned(),
            ..ErasePersonalDataRequest::default()
        };
        let (request, reply) = self.carry_out(OPERATOR, method, erase.encode_to_vec()).await;
        let reply = reply.unwrap_or_else(|status| panic!("{path} {resource}: {status:?}"));
        self.done.push(Done { method, who: OPERATOR, request, reply: reply.clone() });
        ErasePersonalDataResponse::decode(reply.as_slice()).expect("the reply reads")
    }

    /// Has each service erase whom nobody has named, which finds nothing.
    pub(crate) async fn erase_nobody(&mut self) {
        for (service, collection) in [(INTAKE, "cases/"), (ENGAGEMENT, "engagements/"), (TASKS, "tasks/")] {
            let mut all = self.events(service, "").await.into_iter().map(|event| event.resource);
            let resource = all.find(|resource| resource.starts_with(collection)).expect("one");
            let erased = self.erase(service, &resource, "whom nobody has named").await;
            assert_eq!(erased.erased_texts + erased.changed_replies + erased.changed_events, 0, "{service}");
            assert_eq!(erased.not_found, [0], "{service}");
        }
    }

    /// Tries a mutation that has to be refused.
    pub(crate) async fn refused<M: Message + Name + Debug>(&mut self, who: Actor, message: M) -> Status {
        let method = taking(&M::full_name());
        let request = self.keyed(&message);
        let answer = self.wire.send_as(who, &method.path(), request).await;
        let status = answer.err().unwrap_or_else(|| panic!("{} {message:?} is refused", method.name));
        crate::wire::reason(&status);
        status
    }

    /// Reads something.
    pub(crate) async fn ask<M, R>(&self, message: M) -> R
    where
        M: Message + Name + Clone + 'static,
        R: Message + Default + 'static,
    {
        self.client.call(LEADERSHIP, message).await.expect("it is read")
    }

    /// Reads something until it is as it has to become.
    pub(crate) async fn until<M, R>(&self, what: &str, message: M, good: impl Fn(&R) -> bool) -> R
    where
        M: Message + Name + Clone + 'static,
        R: Message + Default + Debug + 'static,
    {
        let begun = Instant::now();
        loop {
            let answer = self.client.call::<M, R>(LEADERSHIP, message.clone()).await;
            match answer {
                Ok(found) if good(&found) => return found,
                answer => assert!(begun.elapsed() < PATIENCE, "{what}: {answer:?}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub(crate) async fn engagement(&self, name: &str) -> Engagement {
        self.ask(GetEngagementRequest { name: name.to_owned() }).await
    }

    /// What is waiting, as `service` tells it.
    pub(crate) async fn duties(&self, service: &str, question: ListDutiesRequest) -> Vec<Duty> {
        let path = format!("/{service}/ListDuties");
        let answer: Result<ListDutiesResponse, _> = self.client.call_at(LEADERSHIP, &path, question).await;
        answer.expect("duties").duties
    }

    /// What happened to `resource` and what belongs to it.
    pub(crate) async fn events(&self, service: &str, resource: &str) -> Vec<Event> {
        let path = format!("/{service}/ListEvents");
        let question = ListEventsRequest {
            resource: resource.to_owned(),
            page_size: 500,
            ..ListEventsRequest::default()
        };
        let answer: Result<ListEventsResponse, _> = self.client.call_at(LEADERSHIP, &path, question).await;
        answer.expect("events").events
    }
}
