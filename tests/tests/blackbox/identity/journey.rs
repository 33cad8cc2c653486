//! The playbook by tokens: everybody shows theirs, and the services of the process know each other.

use std::time::Duration;

use getmodern::{
    client::Client,
    demo::{self, Stage},
};
use proto::common::v1::{WatchEventsRequest, WatchEventsResponse};
use tests::Product;
use tokio::time::{Instant, timeout};
use tonic::{Code, Request, Streaming, client::Grpc};
use tonic_prost::ProstCodec;

use super::{
    signer::Signer,
    tokens::{ADA, Trusting},
};
use crate::wire::{Wire, reason};

/// How long a machine may take for what is due at once.
const LIVENESS: Duration = tests::PATIENCE;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_customers_go_through_the_playbook_with_tokens() {
    let Trusting { product, issuer, signer, .. } = Trusting::start(Signer::curve("first")).await;
    let client = Client::at(product.address(), LIVENESS).expect("an address");
    let client = client.bearing(move |who| signer.token(&issuer.claims(who, 600)));
    demo::play(&mut Stage::of(client, false)).await.expect("all goes as the playbook says");
    product.stop().await;
}

/// Starts a watch of the tasks.
async fn watch(product: &Product, token: &str) -> Streaming<WatchEventsResponse> {
    let mut request = Request::new(WatchEventsRequest::default());
    let bearer = format!("Bearer {token}").parse().expect("ASCII");
    request.metadata_mut().insert("authorization", bearer);
    let mut grpc = Grpc::new(Wire::to(product).channel());
    grpc.ready().await.expect("a connection");
    let path = "/getmodern.tasks.v1.TaskService/WatchEvents".parse().expect("a path");
    let codec = ProstCodec::<WatchEventsRequest, WatchEventsResponse>::default();
    grpc.server_streaming(request, path, codec).await.expect("it begins").into_inner()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_ends_with_the_token_that_opened_it_and_not_before() {
    let trusting = Trusting::start(Signer::curve("first")).await;
    let begun = Instant::now();
    // Over already, but for the minute by which clocks may differ.
    let token = trusting.signer.token(&trusting.issuer.claims(ADA, -45));
    let mut short = watch(&trusting.product, &token).await;
    let mut long = watch(&trusting.product, &trusting.good()).await;
    let ended = timeout(LIVENESS, async {
        loop {
            if let Err(status) = short.message().await {
                break status;
            }
        }
    });
    let ended = ended.await.expect("in time");
    assert_eq!((ended.code(), reason(&ended).as_str()), (Code::Unauthenticated, "TOKEN_EXPIRED"));
    assert!(begun.elapsed() > Duration::from_secs(10), "{:?}", begun.elapsed());
    for _ in 0..2 {
        let alive = timeout(LIVENESS, long.message()).await.expect("a sign of life");
        assert!(matches!(alive, Ok(Some(_))), "{alive:?}");
    }
    trusting.product.stop().await;
}
