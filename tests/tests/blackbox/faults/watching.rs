//! A watch of a journal: ordered, complete, resumable anywhere, alive when nothing happens, and honest when it ends.

use std::{net::SocketAddr, time::Duration};

use futures::future::join_all;
use getmodern::client::reasons;
use host::{PERSON_HEADER, ROLE_HEADER};
use proto::common::v1::{Event, WatchEventsRequest, WatchEventsResponse, watch_events_request::Start};
use tests::Product;
use tokio::time::timeout;
use tonic::{Code, Request, Status, Streaming, client::Grpc, transport::Endpoint};
use tonic_prost::ProstCodec;

use super::{
    gateway::{LIVENESS, exit, prepare, tasks},
    journal,
};

/// A case that nothing happens to.
const NOBODYS: &str = "cases/0192f0c1-0000-7000-8000-00000000002a";

/// Starts a watch of `service`.
pub(crate) async fn watch(
    address: SocketAddr,
    service: &str,
    message: WatchEventsRequest,
    deadline: Option<Duration>,
) -> Result<Streaming<WatchEventsResponse>, Status> {
    // A narrow window, so that what is not read waits in the service.
    let endpoint = Endpoint::from_shared(format!("http://{address}")).expect("an address");
    let channel = endpoint.initial_stream_window_size(2048).connect_lazy();
    let mut request = Request::new(message);
    request.metadata_mut().insert(PERSON_HEADER, "people/operator".parse().expect("ASCII"));
    request.metadata_mut().insert(ROLE_HEADER, "OPERATOR".parse().expect("ASCII"));
    if let Some(deadline) = deadline {
        request.set_timeout(deadline);
    }
    let mut grpc = Grpc::new(channel);
    grpc.ready().await.expect("a connection");
    let path = format!("/{service}/WatchEvents").parse().expect("a path");
    let codec = ProstCodec::<WatchEventsRequest, WatchEventsResponse>::default();
    Ok(grpc.server_streaming(request, path, codec).await?.into_inner())
}

pub(crate) fn after(revision: i64) -> WatchEventsRequest {
    WatchEventsRequest { start: Some(Start::AfterRevision(revision)), resource: String::new() }
}

fn of(resource: &str) -> WatchEventsRequest {
    WatchEventsRequest { start: None, resource: resource.to_owned() }
}

/// The next message, which comes sooner or later.
async fn next(stream: &mut Streaming<WatchEventsResponse>) -> Result<WatchEventsResponse, Status> {
    let message = timeout(LIVENESS, stream.message()).await.expect("a message or an end")?;
    Ok(message.expect("a watch does not end well"))
}

/// The events up to revision `last`; every message says how far it is, and may bring later ones, which are left out.
pub(crate) async fn until(stream: &mut Streaming<WatchEventsResponse>, last: i64) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    loop {
        let message = next(stream).await.expect("the watch goes on");
        if let Some(newest) = message.events.last() {
            assert_eq!(message.revision, newest.revision, "where to resume");
        }
        events.extend(message.events);
        if message.revision >= last {
            events.retain(|event| event.revision <= last);
            return events;
        }
    }
}

/// Hands over `count` customers at once; their engagements.
async fn work(product: &Product, name: &str, count: usize) -> Vec<String> {
    let client = product.client();
    let tenants: Vec<_> = (0..count).map(|number| format!("{name}-{number}.example")).collect();
    let cases = join_all(tenants.iter().map(|tenant| prepare(&client, tenant))).await;
    let engagements = join_all(cases.iter().map(|case| exit(&client, case))).await;
    join_all(engagements.iter().map(|engagement| tasks(&client, engagement, 2))).await;
    engagements
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_is_ordered_and_complete_while_others_write_and_resumes_anywhere() {
    let product = Product::start().await;
    let address = product.address();
    let services = journal::services_with("WatchEvents");
    let mut live = Vec::new();
    for service in &services {
        live.push(watch(address, service, after(0), None).await.expect("a watch"));
    }
    let before = product.client();
    let before = join_all(services.iter().map(|service| journal::read(&before, service))).await;
    work(&product, "live", 6).await;
    for ((service, stream), before) in services.iter().zip(&mut live).zip(before) {
        let all = journal::read(&product.client(), service).await;
        assert!(all.len() > before.len(), "{service}: it happened while it was watched");
        let head = all.last().map_or(0, |event| event.revision);
        assert_eq!(until(stream, head).await, all, "{service}: ordered, complete, each once");
        for revision in 0..head {
            let mut stream = watch(address, service, after(revision), None).await.expect("a watch");
            let rest = until(&mut stream, head).await;
            assert!(
                rest.iter().eq(all.iter().filter(|event| event.revision > revision)),
                "{service} {revision}"
            );
        }
    }
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_from_the_latest_shows_only_what_comes() {
    let product = Product::start().await;
    let service = "getmodern.tasks.v1.TaskService";
    work(&product, "before", 1).await;
    let head = journal::read(&product.client(), service).await.last().map_or(0, |event| event.revision);
    let latest = WatchEventsRequest { start: Some(Start::Latest(true)), resource: String::new() };
    let mut stream = watch(product.address(), service, latest, None).await.expect("a watch");
    assert_eq!(next(&mut stream).await.expect("a first word").revision, head, "it says where it starts");
    work(&product, "after", 1).await;
    let all = journal::read(&product.client(), service).await;
    let seen = until(&mut stream, all.last().map_or(0, |event| event.revision)).await;
    assert!(head > 0 && !seen.is_empty());
    assert!(seen.iter().eq(all.iter().filter(|event| event.revision > head)));
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_of_an_engagement_shows_its_tasks_and_nobody_elses() {
    let product = Product::start().await;
    let service = "getmodern.tasks.v1.TaskService";
    let engagements = work(&product, "customer", 2).await;
    let all = journal::read(&product.client(), service).await;
    let head = all.last().map_or(0, |event| event.revision);
    for engagement in &engagements {
        let mut stream = watch(product.address(), service, of(engagement), None).await.expect("a watch");
        // Its own last event may be well before the end: the revision of a sign of life tells that there is no more.
        let its = |event: &&Event| event.parent == *engagement || event.resource == *engagement;
        let wanted: Vec<_> = all.iter().filter(its).cloned().collect();
        let last = wanted.last().map_or(0, |event| event.revision);
        assert_eq!(until(&mut stream, last).await, wanted);
        assert!(wanted.iter().any(|event| event.resource.starts_with("tasks/")), "children: {wanted:?}");
        assert!(wanted.len() < all.len() && last <= head, "not everything");
    }
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_watch_shows_signs_of_life_with_the_newest_revision() {
    let product = Product::start().await;
    work(&product, "customer", 1).await;
    // A resource that nothing happens to: what others do still moves its revision on.
    let service = "getmodern.intake.v1.IntakeService";
    let head = journal::read(&product.client(), service).await.last().map_or(0, |event| event.revision);
    let mut stream = watch(product.address(), service, of(NOBODYS), None).await.expect("a watch");
    let first = next(&mut stream).await.expect("a first word");
    assert_eq!((first.events.len(), first.revision), (0, 0));
    let second = next(&mut stream).await.expect("a sign of life");
    assert_eq!((second.events.len(), second.revision), (0, head));
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_of_a_quiet_resource_shows_signs_of_life_while_others_are_busy() {
    let product = Product::start().await;
    let service = "getmodern.intake.v1.IntakeService";
    let mut stream = watch(product.address(), service, of(NOBODYS), None).await.expect("a watch");
    assert_eq!(next(&mut stream).await.expect("a first word").events, []);
    let client = product.client();
    let others = tokio::spawn(async move {
        for number in 0.. {
            prepare(&client, &format!("busy-{number}.example")).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    });
    let signs = async { [next(&mut stream).await, next(&mut stream).await] };
    // A sign of life is due every five seconds.
    let signs = timeout(tests::PATIENCE, signs).await.expect("two signs of life");
    let [first, second] = signs.map(|sign| sign.expect("it goes on"));
    assert_eq!((first.events.len(), second.events.len()), (0, 0));
    assert!(0 < first.revision && first.revision < second.revision, "others went on: {first:?} {second:?}");
    others.abort();
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_that_would_start_after_the_end_is_refused() {
    let product = Product::start().await;
    for service in journal::services_with("WatchEvents") {
        let head = journal::read(&product.client(), &service).await.last().map_or(0, |event| event.revision);
        for revision in [head + 1, i64::MAX] {
            let refused = watch(product.address(), &service, after(revision), None).await;
            let status = refused.expect_err("out of range");
            assert_eq!(status.code(), Code::OutOfRange, "{service} {revision}: {status:?}");
            assert!(reasons(&status).contains(&"LOG_RESET".to_owned()), "{status:?}");
        }
        assert!(watch(product.address(), &service, after(head), None).await.is_ok(), "{service}: at the end");
    }
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadline_ends_a_watch_and_says_so() {
    let product = Product::start().await;
    for service in journal::services_with("WatchEvents") {
        let deadline = Some(Duration::from_millis(400));
        let mut stream = watch(product.address(), &service, after(0), deadline).await.expect("a watch");
        next(&mut stream).await.expect("it is alive before");
        let end = async {
            loop {
                if let Err(status) = next(&mut stream).await {
                    return status;
                }
            }
        };
        let ended = timeout(LIVENESS, end).await.expect("it ends");
        assert_eq!(ended.code(), Code::DeadlineExceeded, "{service}: {ended:?}");
    }
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_stopped_reading_is_still_told_how_its_watch_ended() {
    let product = Product::start().await;
    let service = "getmodern.intake.v1.IntakeService";
    let deadline = Duration::from_secs(4);
    let mut stream = watch(product.address(), service, after(0), Some(deadline)).await.expect("a watch");
    // Nobody reads while all this happens: it fills the room that a watch has.
    for number in 0..4 {
        let case = prepare(&product.client(), &format!("customer-{number}.example")).await;
        exit(&product.client(), &case).await;
    }
    tokio::time::sleep(deadline).await;
    let mut events = Vec::new();
    let ended = loop {
        match next(&mut stream).await {
            Ok(message) => events.extend(message.events),
            Err(status) => break status,
        }
    };
    assert_eq!(ended.code(), Code::DeadlineExceeded, "{ended:?}");
    let all = journal::read(&product.client(), service).await;
    assert!(!events.is_empty() && events.len() < all.len(), "it was too slow: {} events", events.len());
    assert_eq!(events, all[..events.len()], "what it got has no gap");
    product.stop().await;
}
