//! What is decided although another service cannot be asked: whoever may not ask is told so at once.

use getmodern::client::reasons;
use proto::{
    common::v1::Intent,
    engagement::v1::{Engagement, HoldInternalSyncRequest},
};
use tests::{Product, actor};
use tonic::{Code, Status};

use super::gateway::{GMFTA, assign};
use crate::story::{about, research, roster};

const STRANGER: getmodern::client::Actor = actor("people/stranger", "GMFTA");

fn is(refused: &Status, code: Code, reason: &str) {
    assert_eq!(refused.code(), code, "{refused:?}");
    assert!(reasons(refused).contains(&reason.to_owned()), "{refused:?}");
}

/// I-18: intake is not even asked for whoever may not act on the engagement.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_hold_the_sync_is_told_so_while_intake_is_away() {
    let product = Product::start().await;
    let name = assign(&product.client(), "contoso.example").await.name;
    let others = getmodern::services().into_iter().skip(1).collect();
    let product = Product::on(product.leave().await, others).await;
    let client = product.client();
    let sync = about!(HoldInternalSyncRequest, name,
        request_id: "sync".to_owned(),
        roster: Some(roster()),
        in_flight: "nothing".to_owned(),
        aim: "off Windows 7".to_owned(),
        corrections: research(Intent::Yes),
    );
    let refused = client.call::<_, Engagement>(GMFTA, sync.clone()).await.expect_err("intake is away");
    is(&refused, Code::Unavailable, "PEER_UNAVAILABLE");
    let refused = client.call::<_, Engagement>(STRANGER, sync.clone()).await.expect_err("not theirs");
    is(&refused, Code::NotFound, "NOT_FOUND");
    product.stop().await;
}
