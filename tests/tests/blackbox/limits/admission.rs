//! What the process takes on in all: past it everybody is told at once to come again, but for those who ask how it is.

use std::time::Duration;

use tests::{Process, Product, State, free_address};
use tonic::{Code, transport::Endpoint};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use super::{LONG, WHILE, answered_at_last, begin, delay, greeted, noticed, take_back};
use crate::{
    faults::watching::{after, watch},
    hostile::{EVALUATE, LIST, OPERATOR, serves},
    telemetry::admin::get,
    wire::{Wire, refusal},
    world::TASKS,
};

#[tokio::test]
async fn past_all_calls_everybody_is_shed_before_anybody_asks_who_they_are_but_health_is_answered() {
    let product = Product::with(|settings| settings.limits.calls = 6).await;
    let wire = Wire::to(&product);
    let mut raw = greeted(product.address(), LONG).await.expect("let in");
    for (number, person) in
        ["people/a", "people/b", "people/c", "people/d", "people/e"].into_iter().enumerate()
    {
        begin(&mut raw, 1 + 2 * u32::try_from(number).expect("small"), person).await;
    }
    noticed(&mut raw).await;
    assert!(wire.send_as(OPERATOR, LIST, Vec::new()).await.is_ok(), "the sixth");
    begin(&mut raw, 11, "people/f").await;
    noticed(&mut raw).await;
    for headers in [&crate::wire::as_headers(OPERATOR)[..], &[]] {
        let refused = wire.send(LIST, headers, Vec::new()).await;
        assert_eq!(delay(refused.as_ref().expect_err("one too many")), Duration::from_millis(100));
        assert_eq!(refusal(refused), (Code::Unavailable, "BUSY".to_owned()), "{headers:?}");
    }
    let mut health = HealthClient::new(wire.channel());
    let answer = health.check(HealthCheckRequest { service: TASKS.to_owned() }).await.expect("an answer");
    assert_eq!(answer.into_inner().status(), ServingStatus::Serving);
    assert!(watch(product.address(), TASKS, after(0), None).await.is_ok(), "watches are counted apart");
    take_back(&mut raw, 1).await;
    answered_at_last(async || wire.send_as(OPERATOR, LIST, Vec::new()).await).await;
    serves(&product).await;
    drop(raw);
    product.stop().await;
}

#[tokio::test]
async fn past_all_watches_the_next_is_shed_and_calls_are_answered() {
    let product = Product::with(|settings| {
        // The services watch each other: four ways.
        settings.limits.watches = 6;
    })
    .await;
    let (mut held, mut refused) = (Vec::new(), None);
    for _ in 0..10 {
        match watch(product.address(), TASKS, after(0), None).await {
            Ok(stream) => held.push(stream),
            Err(status) => refused = Some(status),
        }
    }
    assert!((1..=6).contains(&held.len()), "{}", held.len());
    assert_eq!(refusal::<()>(Err(refused.expect("one too many"))), (Code::Unavailable, "BUSY".to_owned()));
    serves(&product).await;
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_shed_throttled_and_cut_is_counted() {
    let (state, admin) = (State::new(), free_address());
    let own = admin.to_string();
    let variables = [
        ("GETMODERN_ADMIN", own.as_str()),
        ("GETMODERN_CALLS", "3"),
        ("GETMODERN_RATE_PER_PERSON", "1"),
        ("GETMODERN_CONNECTIONS_PER_PEER", "6"),
    ];
    let process = Process::start(&state, ([127, 0, 0, 1], 0).into(), &variables).expect("it serves");
    let endpoint = Endpoint::from_shared(format!("http://{}", process.address)).expect("an address");
    let wire = Wire::on(endpoint.connect_lazy());
    for _ in 0..6 {
        let _ = wire.send_as(OPERATOR, EVALUATE, Vec::new()).await;
    }
    let mut raw = greeted(process.address, LONG).await.expect("let in");
    for (stream, person) in [(1, "people/a"), (3, "people/b"), (5, "people/c")] {
        begin(&mut raw, stream, person).await;
    }
    noticed(&mut raw).await;
    let _ = wire.send_as(OPERATOR, LIST, Vec::new()).await;
    let mut held = Vec::new();
    for _ in 0..10 {
        held.push(greeted(process.address, WHILE).await);
    }
    let text = get(admin, "/metrics").await;
    let has = |name: &str, label: &str| {
        let mut lines = text.lines().filter(|line| line.starts_with(name) && line.contains(label));
        lines.any(|line| {
            line.rsplit(' ').next().is_some_and(|number| number.parse::<f64>().is_ok_and(|n| n > 0.0))
        })
    };
    for (name, label) in [
        ("getmodern_sheds_total", "getmodern_service=\"tasks\""),
        ("getmodern_throttles_total", "getmodern_reason=\"CALLER_TOO_FAST\""),
        ("getmodern_connections_cut_total", "getmodern_reason=\"PEER_TOO_MANY\""),
        ("getmodern_connections", "{"),
    ] {
        assert!(has(name, label), "{name} {label}\n{text}");
    }
}
