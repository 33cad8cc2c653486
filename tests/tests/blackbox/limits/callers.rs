//! What one caller may have and ask, whoever else is there.

use std::time::Duration;

use getmodern::client::Actor;
use prost::Message;
use proto::{common::v1::WatchEventsRequest, intake::v1::OpenCaseRequest};
use sqlx::{Connection, SqliteConnection, raw_sql, sqlite::SqliteConnectOptions};
use tests::{Process, Product, State, actor, raw::Raw};
use tonic::{Code, Status, transport::Endpoint};

use super::{LONG, WHILE, answered_at_last, ask, begin, begin_at, delay, greeted, noticed, take_back};
use crate::{
    faults::{
        gateway::eventually,
        watching::{after, watch},
    },
    hostile::{LIST, OPERATOR},
    systems::grants,
    wire::{Wire, refusal},
    world::{INTAKE, TASKS},
};

const ADA: Actor = OPERATOR;
/// Whom a watch says to be.
const WATCHER: Actor = actor("people/operator", "OPERATOR");
const GRACE: Actor = actor("people/grace", "OPERATOR");
/// A service of the product, which follows intake.
const FOLLOWER: Actor = actor("services/engagement", "SERVICE");
const OPEN_CASE: &str = "/getmodern.intake.v1.IntakeService/OpenCase";
const EVENTS: &str = "/getmodern.intake.v1.IntakeService/ListEvents";

async fn asks(wire: &Wire, who: Actor, path: &str) -> Result<Vec<u8>, Status> {
    wire.send_as(who, path, Vec::new()).await
}

#[tokio::test]
async fn a_person_asks_so_often_in_a_second_and_is_told_when_to_ask_again() {
    let product = Product::with(|settings| settings.limits.rate_per_person = 4).await;
    let wire = Wire::to(&product);
    for number in 0..8 {
        asks(&wire, ADA, LIST).await.unwrap_or_else(|status| panic!("{number}: {status:?}"));
    }
    let mut refused = asks(&wire, ADA, LIST).await;
    // On a slow machine a part of a second has passed.
    for _ in 0..8 {
        if refused.is_ok() {
            refused = asks(&wire, ADA, LIST).await;
        }
    }
    let status = refused.clone().expect_err("it is too fast");
    assert_eq!(refusal(refused), (Code::ResourceExhausted, "CALLER_TOO_FAST".to_owned()));
    assert!(delay(&status) <= Duration::from_millis(250), "{status:?}");
    assert!(asks(&wire, GRACE, LIST).await.is_ok(), "others ask as ever");
    assert!(asks(&wire, FOLLOWER, EVENTS).await.is_ok(), "so do systems");
    tokio::time::sleep(delay(&status) + Duration::from_millis(20)).await;
    assert!(asks(&wire, ADA, LIST).await.is_ok(), "after that time it is answered");
    product.stop().await;
}

#[tokio::test]
async fn a_system_has_a_rate_of_its_own() {
    let product = Product::with(|settings| {
        settings.limits.rate_per_system = 4;
        settings.grants = grants();
    })
    .await;
    let wire = Wire::to(&product);
    let who = actor("services/crm", "SERVICE");
    let mut found = Vec::new();
    for _ in 0..30 {
        found.push(refusal(asks(&wire, who, EVENTS).await));
    }
    assert!(found[..8].iter().all(|(code, _)| *code == Code::Ok), "{found:?}");
    let refused = (Code::ResourceExhausted, "CALLER_TOO_FAST".to_owned());
    assert!(found.contains(&refused), "{found:?}");
    assert!(asks(&wire, ADA, LIST).await.is_ok(), "people ask as ever");
    product.stop().await;
}

#[tokio::test]
async fn a_system_has_so_many_calls_and_watches_of_its_own() {
    let product = Product::with(|settings| {
        settings.limits.calls_per_system = 2;
        settings.limits.watches_per_system = 4;
        settings.grants = grants();
    })
    .await;
    let (wire, who) = (Wire::to(&product), actor("services/crm", "SERVICE"));
    let (path, body) = (format!("/{INTAKE}/WatchEvents"), WatchEventsRequest::default().encode_to_vec());
    let mut raw = greeted(product.address(), LONG).await.expect("let in");
    begin_at(&mut raw, 1, EVENTS, who.person).await;
    noticed(&mut raw).await;
    assert!(asks(&wire, who, EVENTS).await.is_ok(), "the second");
    begin_at(&mut raw, 3, EVENTS, who.person).await;
    noticed(&mut raw).await;
    let too_busy = (Code::ResourceExhausted, "CALLER_TOO_BUSY".to_owned());
    assert_eq!(refusal(asks(&wire, who, EVENTS).await), too_busy);
    assert!(asks(&wire, FOLLOWER, EVENTS).await.is_ok(), "others have theirs");
    for number in 0..4 {
        super::ask(&mut raw, 5 + 2 * number, &path, &super::says(who.person), &body).await;
    }
    noticed(&mut raw).await;
    assert_eq!(refusal(wire.send_as(who, &path, body.clone()).await), too_busy);
    take_back(&mut raw, 5).await;
    // Where one ended, one may begin.
    answered_at_last(async || wire.send_as(who, &path, body.clone()).await).await;
    drop(raw);
    product.stop().await;
}

#[tokio::test]
async fn who_was_not_let_in_uses_up_nothing_of_whom_they_name() {
    let product = Product::with(|settings| settings.limits.rate_per_person = 2).await;
    let wire = Wire::to(&product);
    for _ in 0..20 {
        let wrong = asks(&wire, ADA, "/getmodern.intake.v1.IntakeService/OpenCase").await;
        assert_eq!(wrong.map_err(|status| status.code()), Err(Code::PermissionDenied));
    }
    assert!(asks(&wire, ADA, LIST).await.is_ok());
    product.stop().await;
}

#[tokio::test]
async fn a_person_has_so_many_calls_under_way_and_one_more_is_refused() {
    let product = Product::with(|settings| settings.limits.calls_per_person = 5).await;
    let wire = Wire::to(&product);
    let mut raw = greeted(product.address(), LONG).await.expect("let in");
    for number in 0..4 {
        begin(&mut raw, 1 + 2 * number, ADA.person).await;
    }
    noticed(&mut raw).await;
    assert!(asks(&wire, ADA, LIST).await.is_ok(), "the fifth");
    begin(&mut raw, 9, ADA.person).await;
    noticed(&mut raw).await;
    let refused = asks(&wire, ADA, LIST).await;
    assert_eq!(delay(refused.as_ref().expect_err("one too many")), Duration::from_millis(100));
    assert_eq!(refusal(refused), (Code::ResourceExhausted, "CALLER_TOO_BUSY".to_owned()));
    assert!(asks(&wire, GRACE, LIST).await.is_ok(), "others have theirs");
    take_back(&mut raw, 1).await;
    // Where one ended, one may begin.
    answered_at_last(async || asks(&wire, ADA, LIST).await).await;
    drop(raw);
    product.stop().await;
}

#[tokio::test]
async fn a_caller_has_so_many_watches_and_they_are_no_calls() {
    let product = Product::with(|settings| {
        settings.limits.watches_per_person = 2;
        settings.limits.watches_per_system = 20;
    })
    .await;
    let wire = Wire::to(&product);
    let path = format!("/{TASKS}/WatchEvents");
    let body = WatchEventsRequest::default().encode_to_vec();
    // It is a watch from its first message on, whatever becomes of it then.
    let mut held = vec![watch(product.address(), TASKS, after(0), None).await.expect("a watch")];
    held.push(watch(product.address(), INTAKE, after(0), None).await.expect("another"));
    let refused = wire.send_as(WATCHER, &path, body.clone()).await;
    assert_eq!(refusal(refused), (Code::ResourceExhausted, "CALLER_TOO_BUSY".to_owned()));
    assert!(asks(&wire, WATCHER, EVENTS).await.is_ok(), "calls are counted apart");
    assert!(wire.send_as(GRACE, &path, body.clone()).await.is_ok(), "others have theirs");
    held.pop();
    // Where one ended, one may begin.
    answered_at_last(async || wire.send_as(WATCHER, &path, body.clone()).await).await;
    drop(held);
    product.stop().await;
}

/// A mutation of somebody's, under way.
async fn open_a_case(raw: &mut Raw, stream: u32, person: &'static str) {
    let number = stream.to_string();
    let case = OpenCaseRequest {
        request_id: number.clone(),
        customer: "Contoso".to_owned(),
        tenant: format!("contoso-{number}.example"),
        ..OpenCaseRequest::default()
    };
    let who = [("x-getmodern-person", person), ("x-getmodern-role", "REENGAGEMENT_MANAGER")];
    ask(raw, stream, OPEN_CASE, &who, &case.encode_to_vec()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_person_has_begun_is_theirs_until_it_is_done_though_they_take_the_call_back() {
    let disk = State::in_files();
    let any = "127.0.0.1:0".parse().expect("an address");
    let process = Process::start(&disk, any, &[("GETMODERN_CALLS_PER_PERSON", "3")]).expect("it serves");
    let endpoint = Endpoint::from_shared(format!("http://{}", process.address)).expect("an address");
    let wire = Wire::on(endpoint.connect_lazy());
    let file = SqliteConnectOptions::new().filename(disk.folder().join("intake.db"));
    let mut other = SqliteConnection::connect_with(&file).await.expect("it opens");
    raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.expect("nobody else writes any more");
    let mut raw = greeted(process.address, LONG).await.expect("let in");
    let busy = (Code::ResourceExhausted, "CALLER_TOO_BUSY".to_owned());
    let mut begun = Vec::new();
    // Asking counts too, and may leave no room for one of them.
    for stream in (1..200).step_by(2) {
        if refusal(asks(&wire, ADA, LIST).await) == busy {
            break;
        }
        open_a_case(&mut raw, stream, ADA.person).await;
        begun.push(stream);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for stream in begun {
        take_back(&mut raw, stream).await;
    }
    noticed(&mut raw).await;
    // A call that is forgotten too soon would let her in here.
    tokio::time::sleep(WHILE).await;
    assert_eq!(refusal(asks(&wire, ADA, LIST).await), busy, "the work is not done");
    assert!(asks(&wire, GRACE, LIST).await.is_ok(), "it is not somebody else's");
    raw_sql("ROLLBACK").execute(&mut other).await.expect("others write again");
    eventually("it is done", async || asks(&wire, ADA, LIST).await.ok()).await;
}
