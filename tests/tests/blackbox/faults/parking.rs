//! An event that cannot be applied waits, is shown to the operator, holds up nobody else, and is released by itself.

use getmodern::client::{Client, reasons};
use host::{Case, Verb};
use prost::Message;
use proto::{
    common::v1::{Duty, Event, ListDutiesRequest, ListDutiesResponse, Role},
    engagement::v1::{Engagement, GetEngagementRequest},
    intake::v1::GatewayExited,
};
use tests::{Engine, Product, State};
use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus};

use super::{
    gateway::{GMFTA, OPERATOR, PROGRAM, assign, begun, blocked, eventually, exit, prepare, tasks, unblock},
    journal,
    restored::operator,
};

const SERVICE: &str = "getmodern.engagement.v1.EngagementService";
const FOLLOWER: &str = "getmodern.engagement.v1.EngagementService/intake";
const TENANT: &str = "contoso.example";

pub(crate) async fn health(client: &Client, service: &str) -> ServingStatus {
    let check = HealthCheckRequest { service: service.to_owned() };
    let found = client.call_at(OPERATOR, "/grpc.health.v1.Health/Check", check).await;
    found.map_or(ServingStatus::Unknown, |found: HealthCheckResponse| found.status())
}

/// What the operator is asked to release on `resource`.
pub(crate) async fn parked(client: &Client, resource: &str) -> Vec<Duty> {
    parked_at(client, SERVICE, resource).await
}

/// The same of another service.
pub(super) async fn parked_at(client: &Client, service: &str, resource: &str) -> Vec<Duty> {
    let list = ListDutiesRequest {
        role: Role::Operator.into(),
        resource: resource.to_owned(),
        ..ListDutiesRequest::default()
    };
    let found = client.call_at(OPERATOR, &format!("/{service}/ListDuties"), list).await;
    let found: ListDutiesResponse = found.expect("duties");
    found.duties.into_iter().filter(|duty| duty.action == "RELEASE_PARKED_EVENT").collect()
}

async fn is_well(client: &Client) {
    eventually("nothing is parked", async || {
        (health(client, FOLLOWER).await == ServingStatus::Serving).then_some(())
    })
    .await;
}

async fn is_parked(client: &Client, engagement: &str) {
    eventually("health says so", async || {
        (health(client, FOLLOWER).await == ServingStatus::NotServing).then_some(())
    })
    .await;
    assert_eq!(health(client, SERVICE).await, ServingStatus::Serving, "the service itself serves");
    let duties = parked(client, engagement).await;
    assert_eq!(duties.len(), 1, "{duties:?}");
    let [missing] = duties[0].missing.as_slice() else { panic!("one cause: {duties:?}") };
    assert_eq!(missing.reason, "EVENT_PARKED");
    assert!(missing.subject.starts_with("intake/"), "{missing:?}");
    assert!(missing.description.contains("too often"), "the cause: {missing:?}");
    let get = GetEngagementRequest { name: engagement.to_owned() };
    let found = client.call::<_, Engagement>(GMFTA, get).await;
    assert_eq!(found.expect_err("it has not begun").code(), Code::NotFound);
}

/// Another customer's handover, which has nothing to do with the parked one.
async fn others_go_on(client: &Client, tenant: &str) {
    let case = prepare(client, tenant).await;
    let engagement = exit(client, &case).await;
    begun(client, &engagement).await;
    tasks(client, &engagement, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handover_that_cannot_begin_waits_in_sight_and_begins_by_itself() {
    let product = Product::start().await;
    let client = product.client();
    is_well(&client).await;
    let case = blocked(&client, product.state(), TENANT).await;
    let engagement = exit(&client, &case).await;
    is_parked(&client, &engagement).await;
    others_go_on(&client, "fabrikam.example").await;

    let product = Product::on(product.leave().await, getmodern::services()).await;
    let client = product.client();
    is_parked(&client, &engagement).await;
    others_go_on(&client, "northwind.example").await;
    is_parked(&client, &engagement).await;

    unblock(product.state());
    let found = begun(&client, &engagement).await;
    assert_eq!((found.tenant.as_str(), found.case.as_str()), (TENANT, case.as_str()));
    tasks(&client, &engagement, 2).await;
    is_well(&client).await;
    assert_eq!(parked(&client, &engagement).await, [], "the duty is gone");
    assert_eq!(parked(&client, "").await, [], "and so is every other");
    let all = journal::read_all(&client).await;
    journal::check(&all);
    assert_eq!(journal::resources(&all, "engagements"), 4, "the three reactive ones and the one before them");
    assert_eq!(journal::resources(&all, "tasks"), 6, "two for each that began");
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_gives_up_on_an_event_that_never_can_be_applied() {
    let product = Product::start().await;
    let client = product.client();
    is_well(&client).await;
    let case = blocked(&client, product.state(), TENANT).await;
    let engagement = exit(&client, &case).await;
    is_parked(&client, &engagement).await;
    let place = parked(&client, &engagement).await[0].missing[0].subject.clone();
    let revision = place.strip_prefix("intake/").and_then(|revision| revision.parse().ok());
    let discard = async |revision| {
        let case = Case::new("engagement", "intake", operator(), "the customer is taken care of");
        let storage = product.state().settings(&["engagement"]).storage;
        Verb::Discard { case, revision, storage }.run(&getmodern::services()).await
    };
    assert!(discard(i64::MAX).await.is_err(), "nothing is parked there");
    discard(revision.expect("where it stands")).await.expect("discarded");
    is_well(&client).await;
    let left = "SELECT person || ' ' || action FROM intervention";
    assert_eq!(product.state().ask("engagement", left), ["people/operator DISCARDED"]);
    assert_eq!(parked(&client, "").await, [], "the duty is gone");
    let get = GetEngagementRequest { name: engagement.clone() };
    let never = client.call::<_, Engagement>(GMFTA, get).await;
    assert_eq!(never.expect_err("it never begins").code(), Code::NotFound);
    others_go_on(&client, "fabrikam.example").await;
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tenant_has_one_engagement_in_progress_however_its_name_is_written() {
    let product = Product::start().await;
    let client = product.client();
    let first = assign(&client, TENANT).await;
    let again = proto::engagement::v1::AssignEngagementRequest {
        request_id: "again".to_owned(),
        customer: "Contoso".to_owned(),
        tenant: "Contoso.Example".to_owned(),
        aim: "off Windows 7".to_owned(),
        gmfta: GMFTA.person.to_owned(),
        ..proto::engagement::v1::AssignEngagementRequest::default()
    };
    let refused = client.call::<_, Engagement>(PROGRAM, again).await.expect_err("one at a time");
    assert!(reasons(&refused).contains(&"ENGAGEMENT_IN_PROGRESS".to_owned()), "{refused:?}");
    assert_eq!(first.tenant, TENANT);
    product.stop().await;
}

/// Bytes as a statement has them.
fn literal(bytes: &[u8]) -> String {
    let digits: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let hex = digits.concat();
    match Engine::here() {
        Engine::Sqlite => format!("x'{hex}'"),
        Engine::Postgres => format!("'\\x{hex}'::bytea"),
    }
}

/// The event that is parked.
fn kept(state: &State) -> Event {
    let hex = match Engine::here() {
        Engine::Sqlite => "SELECT hex(event) FROM parked",
        Engine::Postgres => "SELECT encode(event, 'hex') FROM parked",
    };
    let [hex] = &state.ask("engagement", hex)[..] else { panic!("one event is parked") };
    let byte =
        |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("digits"), 16).expect("a byte");
    let bytes: Vec<u8> = hex.as_bytes().chunks(2).map(byte).collect();
    Event::decode(&*bytes).expect("an event")
}

/// An event with what somebody else would like to have happened.
fn forged(event: &Event, case: &str) -> Event {
    let payload = event.payload.clone().expect("what happened");
    let exited = GatewayExited::decode(&*payload.value).expect("a case left");
    let roster = exited
        .roster
        .map(|roster| proto::common::v1::Roster { gmfta: "people/mallory".to_owned(), ..roster });
    let exited = GatewayExited { roster, case: case.to_owned(), ..exited };
    let payload = prost_types::Any { value: exited.encode_to_vec(), ..payload };
    Event { payload: Some(payload), ..event.clone() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parked_event_that_somebody_changed_is_carried_out_as_its_journal_has_it() {
    let product = Product::start().await;
    let client = product.client();
    is_well(&client).await;
    let case = blocked(&client, product.state(), TENANT).await;
    let engagement = exit(&client, &case).await;
    is_parked(&client, &engagement).await;
    let state = product.leave().await;
    let event = forged(&kept(&state), &case);
    let set = format!("UPDATE parked SET event = {}", literal(&event.encode_to_vec()));
    state.execute("engagement", &set);
    unblock(&state);
    let product = Product::on(state, getmodern::services()).await;
    let client = product.client();
    let found = begun(&client, &engagement).await;
    assert_eq!(found.roster.expect("a roster").gmfta, GMFTA.person, "nobody put mallory there");
    is_well(&client).await;
    let left = "SELECT action || ' ' || reason FROM intervention";
    let told = "RELEASED it was changed where it was parked, and is carried out as its journal has it";
    assert_eq!(product.state().ask("engagement", left), [told]);
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_somebody_parked_who_had_none_is_not_carried_out() {
    let product = Product::start().await;
    let client = product.client();
    is_well(&client).await;
    let case = prepare(&client, TENANT).await;
    let engagement = case.replace("cases/", "engagements/");
    // What happened there, which asks for nothing here, with the word that the case has left.
    let all = journal::read_all(&client).await;
    let is_one = |event: &&Event| event.resource == case && event.kind == "ArchitectAsked";
    let asked = all.values().flatten().find(is_one).expect("the architect was asked").clone();
    let exited = GatewayExited { case: case.clone(), ..GatewayExited::default() };
    let forged = Event { payload: Some(host::wire::any(&exited)), ..asked.clone() };
    let now = match Engine::here() {
        Engine::Sqlite => "0",
        Engine::Postgres => "now()",
    };
    let park = |event: &Event, engagement: &str| {
        let (revision, event) = (event.revision, literal(&event.encode_to_vec()));
        let sql = format!(
            "INSERT INTO parked (source, revision, subject, event, cause, time) \
             VALUES ('intake', {revision}, '{engagement}', {event}, 'forged', {now})"
        );
        product.state().execute("engagement", &sql);
    };
    park(&forged, &engagement);
    eventually("it stays", async || {
        let duties = parked(&client, &engagement).await;
        duties
            .first()
            .map(|duty| assert!(duty.missing[0].description.contains("nothing here knows"), "{duty:?}"))
    })
    .await;
    // One that never happened at all is set aside as evidence.
    park(&Event { revision: 9_000, ..forged }, "engagements/0192f0c1-0000-7000-8000-00000000002a");
    let lost = "SELECT action || ' ' || CAST(revision AS text) FROM intervention";
    eventually("it is set aside", async || {
        (product.state().ask("engagement", lost) == ["LOST 9000"]).then_some(())
    })
    .await;
    let get = GetEngagementRequest { name: engagement.clone() };
    let never = client.call::<_, Engagement>(GMFTA, get).await;
    assert_eq!(never.expect_err("it never begins").code(), Code::NotFound);
    product.stop().await;
}
