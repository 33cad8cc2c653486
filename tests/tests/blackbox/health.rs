//! Health by gRPC's own protocol: the process serves once each of its services does, and each does once it could answer.

use host::{DatabaseSetting, Service};
use tests::Product;
use tokio::time::timeout;
use tonic::{Code, Streaming};
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse,
    health_check_response::ServingStatus::{self, NotServing, ServiceUnknown, Serving},
    health_client::HealthClient,
};

use crate::{
    faults::{gateway::eventually, parking::health},
    identity::{issuer::Issuer, signer::Signer},
    wire::{Wire, reason},
    world::{ENGAGEMENT, INTAKE, TASKS},
};

/// Nobody listens there.
const AWAY: &str = "tasks=postgres://nobody@127.0.0.1:9/nothing";

async fn check(wire: &Wire, service: &str) -> Result<ServingStatus, (Code, String)> {
    let request = HealthCheckRequest { service: service.to_owned() };
    let answer = HealthClient::new(wire.channel()).check(request).await;
    answer.map(|answer| answer.into_inner().status()).map_err(|status| (status.code(), reason(&status)))
}

async fn watch(wire: &Wire, service: &str) -> Streaming<HealthCheckResponse> {
    let request = HealthCheckRequest { service: service.to_owned() };
    HealthClient::new(wire.channel()).watch(request).await.expect("a watch").into_inner()
}

async fn next(watch: &mut Streaming<HealthCheckResponse>) -> Option<ServingStatus> {
    let word = timeout(tests::PATIENCE, watch.message()).await.expect("a word").expect("it is well");
    word.map(|word| word.status())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_one_of_whose_databases_is_away_does_not_serve_as_a_whole() {
    let product = Product::unready(|settings| {
        settings.storage.database_urls.retain(|url| !format!("{url:?}").contains("tasks="));
        let away: DatabaseSetting = AWAY.parse().expect("an item");
        settings.storage.database_urls.push(away);
    })
    .await;
    let wire = Wire::to(&product);
    for service in [INTAKE, ENGAGEMENT] {
        let serves = async || (check(&wire, service).await == Ok(Serving)).then_some(());
        eventually("the others serve", serves).await;
    }
    assert_eq!(check(&wire, TASKS).await, Ok(NotServing));
    assert_eq!(check(&wire, "").await, Ok(NotServing), "as probes ask, and clients");
    assert_eq!(next(&mut watch(&wire, "").await).await, Some(NotServing));
    let unknown = check(&wire, "getmodern.Nothing").await;
    assert_eq!(unknown, Err((Code::NotFound, "SERVICE_UNKNOWN".to_owned())));
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_serves_before_the_issuers_keys_were_seen_and_whoever_watches_sees_it_begin() {
    let issuer = Issuer::with(&Signer::curve("first")).await;
    issuer.be_away(true);
    let product = Product::unready(|settings| settings.identity = issuer.setting()).await;
    let wire = Wire::to(&product);
    eventually("it asks", async || (issuer.approaches() > 1).then_some(())).await;
    for service in ["", INTAKE, ENGAGEMENT, TASKS] {
        assert_eq!(check(&wire, service).await, Ok(NotServing), "{service}");
    }
    let mut whole = watch(&wire, "").await;
    assert_eq!(next(&mut whole).await, Some(NotServing));
    issuer.be_away(false);
    assert_eq!(next(&mut whole).await, Some(Serving));
    for service in getmodern::services().iter().map(Service::name) {
        assert!(check(&wire, &name(service)).await == Ok(Serving), "{service}");
    }
    issuer.be_away(true);
    assert_eq!(check(&wire, "").await, Ok(Serving), "the keys at hand stay good");
    product.stop().await;
    assert_eq!(next(&mut whole).await, Some(NotServing), "it stops");
    assert_eq!(next(&mut whole).await, None);
}

fn name(service: &str) -> String {
    let all = [INTAKE, ENGAGEMENT, TASKS];
    let found = all.iter().find(|name| name.starts_with(&format!("getmodern.{service}.")));
    (*found.expect("a service")).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_of_what_nobody_knows_says_so_and_waits_for_it() {
    let product = Product::start().await;
    let wire = Wire::to(&product);
    let mut nothing = watch(&wire, "getmodern.Nothing").await;
    assert_eq!(next(&mut nothing).await, Some(ServiceUnknown));
    let mut whole = watch(&wire, "").await;
    assert_eq!(next(&mut whole).await, Some(Serving));
    product.stop().await;
    // It was open until now: what ends it is the stop.
    assert_eq!(next(&mut nothing).await, None);
}

/// That events are parked, or that a journal was set back, tells what goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn how_a_service_follows_is_told_to_those_who_show_who_they_are_and_to_nobody_else() {
    let product = Product::start().await;
    let follower = format!("{ENGAGEMENT}/intake");
    let known = async || (health(&product.client(), &follower).await == Serving).then_some(());
    eventually("it is told to who is known", known).await;
    let wire = Wire::to(&product);
    let unknown = Err((Code::NotFound, "SERVICE_UNKNOWN".to_owned()));
    assert_eq!(check(&wire, &follower).await, unknown, "as if there were none");
    assert_eq!(next(&mut watch(&wire, &follower).await).await, Some(ServiceUnknown));
    assert_eq!(check(&wire, ENGAGEMENT).await, Ok(Serving));
    product.stop().await;
}
