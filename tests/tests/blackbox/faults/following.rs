//! A service that follows another applies what happened promptly when idle, and after having been away.

use std::time::{Duration, Instant};

use futures::future::join_all;
use tests::Product;

use super::{
    gateway::{begun, exit, prepare, tasks},
    journal,
    standing::hold,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_product_begins_the_engagement_promptly() {
    let product = Product::start().await;
    let client = product.client();
    let tenants: Vec<_> = (0..50).map(|number| format!("customer-{number}.example")).collect();
    let cases = join_all(tenants.iter().map(|tenant| prepare(&client, tenant))).await;
    let mut times = Vec::new();
    for case in &cases {
        let engagement = exit(&client, case).await;
        let since = Instant::now();
        begun(&client, &engagement).await;
        times.push(since.elapsed());
        tasks(&client, &engagement, 2).await;
    }
    times.sort();
    println!("from the exit's answer to the engagement: median {:?}, slowest {:?}", times[25], times[49]);
    assert!(times[49] < Duration::from_secs(5), "{:?}", times[49]);
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_follower_that_was_away_goes_on_where_it_stood() {
    let product = Product::start().await;
    let client = product.client();
    let mut engagements = Vec::new();
    for number in 0..3 {
        let case = prepare(&client, &format!("before-{number}.example")).await;
        engagements.push(exit(&client, &case).await);
    }
    for engagement in &engagements {
        tasks(&client, engagement, 2).await;
    }

    // Engagement says that nothing is in the way, and then has nobody who acts on what intake does.
    hold(product.state(), true);
    for number in 0..3 {
        let case = prepare(&client, &format!("meanwhile-{number}.example")).await;
        engagements.push(exit(&client, &case).await);
    }

    let state = product.leave().await;
    hold(&state, false);
    let product = Product::on(state, getmodern::services()).await;
    let client = product.client();
    for engagement in &engagements {
        begun(&client, engagement).await;
        tasks(&client, engagement, 2).await;
    }
    let all = journal::read_all(&client).await;
    journal::check(&all);
    let begun = all.values().flatten().filter(|event| event.kind == "ReactiveEngagementBegun").count();
    assert_eq!((begun, journal::resources(&all, "engagements")), (6, 6), "each once");
    product.stop().await;
}
