//! A stop waits for calls under way, and for nobody who only looks on.

use std::{collections::BTreeMap, time::Duration};

use tests::Product;
use tokio::time::timeout;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::gateway::LIVENESS;
use crate::{catalogue::POOL, wire::Wire};

/// Below the ten seconds after which a stop waits for nobody any more.
const PROMPTLY: Duration = Duration::from_secs(9);
/// What followers say of themselves.
const FOLLOWERS: [&str; 4] = [
    "getmodern.intake.v1.IntakeService/engagement",
    "getmodern.engagement.v1.EngagementService/intake",
    "getmodern.engagement.v1.EngagementService/tasks",
    "getmodern.tasks.v1.TaskService/engagement",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_watches_the_health_does_not_delay_the_stop() {
    let product = Product::start().await;
    let services = POOL.services().map(|service| service.full_name().to_owned());
    let mut streams = BTreeMap::new();
    for service in services.chain(FOLLOWERS.map(str::to_owned)).chain([String::new()]) {
        // A connection each: strangers have few calls on one.
        let mut client = HealthClient::new(Wire::to(&product).channel());
        let begun = std::time::Instant::now();
        let stream = loop {
            // A follower says nothing before it has begun.
            let request = HealthCheckRequest { service: service.clone() };
            match client.watch(request).await {
                Ok(answer) => break answer.into_inner(),
                Err(status) => assert!(begun.elapsed() < LIVENESS, "{service}: {status:?}"),
            }
        };
        streams.insert(service, stream);
    }
    for (service, stream) in &mut streams {
        let first = timeout(LIVENESS, stream.message()).await.expect("a word").expect("it is well");
        assert!(first.is_some(), "{service} is watched");
    }
    timeout(PROMPTLY, product.stop()).await.expect("it stops promptly");
    for service in POOL.services() {
        let stream = streams.get_mut(service.full_name()).expect("it is watched");
        let mut last = ServingStatus::Serving;
        while let Ok(Some(word)) = timeout(LIVENESS, stream.message()).await.expect("it ends") {
            last = word.status();
        }
        assert_eq!(last, ServingStatus::NotServing, "{} says that it stops", service.full_name());
    }
}
