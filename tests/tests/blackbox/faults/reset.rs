//! A journal that was set back: whoever would go on after its end is told, and says so in its health.

use getmodern::client::reasons;
use proto::{
    common::v1::{ListEventsRequest, ListEventsResponse},
    engagement::v1::{Engagement, cancellation::Disposition},
};
use tests::Product;
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus::{NotServing, Serving};

use super::{
    gateway::{OPERATOR, PROGRAM, assign, begun, done, eventually, exit, prepare, tasks},
    journal,
    parking::health,
    sent::cancel,
};

const ENGAGEMENTS: &str = "getmodern.engagement.v1.EngagementService";
const FOLLOWER: &str = "getmodern.tasks.v1.TaskService/engagement";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_a_journal_that_was_set_back_says_so_in_its_health() {
    let product = Product::start().await;
    let client = product.client();
    for tenant in ["fabrikam.example", "northwind.example", "tailspin.example"] {
        let name = assign(&client, tenant).await.name;
        let _: Engagement = done(&client, PROGRAM, cancel(&name, Disposition::Closed)).await;
    }
    let engagement = exit(&client, &prepare(&client, "contoso.example").await).await;
    tasks(&client, &engagement, 2).await;
    let good = async || (health(&client, FOLLOWER).await == Serving).then_some(());
    eventually("all is well", good).await;
    let before = journal::read(&client, ENGAGEMENTS).await.len();

    let mut state = product.leave().await;
    state.forget("engagement");
    let product = Product::on(state, getmodern::services()).await;
    let client = product.client();
    // The engagement service itself has lost its cursor with the rest, and begins what intake handed over again.
    begun(&client, &engagement).await;
    let after = journal::read(&client, ENGAGEMENTS).await.len();
    assert!((1..before).contains(&after), "it was set back: {after} of {before}");
    eventually("the follower says so", async || {
        (health(&client, FOLLOWER).await == NotServing).then_some(())
    })
    .await;
    // Longer than it waits before it tries again, and than it takes to look after what is parked.
    for _ in 0..25 {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        assert_eq!(health(&client, FOLLOWER).await, NotServing, "it goes on saying so");
    }
    for service in journal::services_with("ListEvents") {
        assert_eq!(health(&client, &service).await, Serving, "{service}");
    }
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_events_begins_within_the_journal() {
    let product = Product::start().await;
    let client = product.client();
    let engagement = exit(&client, &prepare(&client, "contoso.example").await).await;
    tasks(&client, &engagement, 2).await;
    for service in journal::services_with("ListEvents") {
        let path = format!("/{service}/ListEvents");
        let list = async |after_revision| {
            let request = ListEventsRequest { after_revision, ..ListEventsRequest::default() };
            client.call_at::<_, ListEventsResponse>(OPERATOR, &path, request).await
        };
        let head = list(0).await.expect("all").head_revision;
        assert!(head > 0, "{service}");
        assert_eq!(list(head).await.expect("at the end").events, [], "{service}");
        assert_eq!(list(head - 1).await.expect("before the end").events.len(), 1, "{service}");
        let refusals = [
            (head + 1, Code::OutOfRange, "LOG_RESET"),
            (i64::MAX, Code::OutOfRange, "LOG_RESET"),
            (-1, Code::InvalidArgument, "FIELD_MALFORMED"),
            (i64::MIN, Code::InvalidArgument, "FIELD_MALFORMED"),
        ];
        for (revision, code, reason) in refusals {
            let refused = list(revision).await.expect_err("not in the journal");
            assert_eq!(refused.code(), code, "{service} {revision}: {refused:?}");
            assert!(reasons(&refused).contains(&reason.to_owned()), "{service} {revision}: {refused:?}");
        }
    }
    product.stop().await;
}
