//! Effects across services happen exactly once, with many at a time and with two products on one state.

use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use futures::future::join_all;
use getmodern::client::Client;
use proto::{
    engagement::v1::{ListEngagementsRequest, ListEngagementsResponse},
    tasks::v1::{ListTasksRequest, ListTasksResponse},
};
use tests::{Process, Product, State};

use super::{
    gateway::{GMFTA, begun, done, exit, prepare, tasks},
    journal,
};

/// Hands over `count` customers at once, each through the client that `through` gives it.
async fn hand_over_at_once(count: usize, through: impl Fn(usize) -> Client) -> Vec<String> {
    let each = (0..count).map(|number| {
        let client = through(number);
        async move {
            let case = prepare(&client, &format!("customer-{number}.example")).await;
            exit(&client, &case).await
        }
    });
    join_all(each).await
}

/// Each of `engagements` is there with two tasks, and there is nothing else.
async fn one_engagement_and_two_tasks_each(client: &Client, engagements: &[String]) {
    for engagement in engagements {
        begun(client, engagement).await;
        let templates: BTreeSet<_> =
            tasks(client, engagement, 2).await.into_iter().map(|task| task.template).collect();
        assert_eq!(
            templates,
            BTreeSet::from(["customer-get-modern-summary", "get-modern-pilot"].map(String::from))
        );
    }
    // Whatever would come twice has had the time to.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let list = ListEngagementsRequest { page_size: 1000, ..ListEngagementsRequest::default() };
    let found: ListEngagementsResponse = done(client, GMFTA, list).await;
    let found: BTreeSet<_> = found.engagements.into_iter().map(|engagement| engagement.name).collect();
    assert_eq!(found, engagements.iter().cloned().collect());
    let list = ListTasksRequest { page_size: 1000, ..ListTasksRequest::default() };
    let found: ListTasksResponse = done(client, GMFTA, list).await;
    assert_eq!(found.tasks.len(), engagements.len() * 2);
    let all = journal::read_all(client).await;
    journal::check(&all);
    let count = |kind: &str| all.values().flatten().filter(|event| event.kind == kind).count();
    assert_eq!(count("GatewayExited"), engagements.len());
    assert_eq!(count("TasksWanted"), engagements.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_customers_at_once_get_one_engagement_and_two_tasks_each() {
    let product = Product::start().await;
    let client = product.client();
    let engagements = hand_over_at_once(20, |_| client.clone()).await;
    one_engagement_and_two_tasks_each(&client, &engagements).await;
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_products_on_one_state_do_everything_once() {
    let state = State::new();
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let start = || Process::start(&state, anywhere, &[]).expect("it serves");
    let mut both = [start(), start()];
    let patience = tests::PATIENCE;
    let clients = [0, 1].map(|one| Client::at(both[one].address, patience).expect("an address"));
    let engagements = hand_over_at_once(16, |number| clients[number % 2].clone()).await;
    one_engagement_and_two_tasks_each(&clients[0], &engagements).await;
    one_engagement_and_two_tasks_each(&clients[1], &engagements).await;
    assert!(both.iter_mut().all(Process::runs), "both were there all the time");
    // One of them is enough from here on.
    both[0].kill();
    let case = prepare(&clients[1], "the-last.example").await;
    let mut engagements = engagements;
    engagements.push(exit(&clients[1], &case).await);
    one_engagement_and_two_tasks_each(&clients[1], &engagements).await;
}
