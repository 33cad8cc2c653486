//! `kill -9` before and after every commit, and at any other moment: nothing is lost and nothing happens twice (I-20).

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, Hasher, RandomState},
    sync::Arc,
    time::Duration,
};

use getmodern::{
    client::Client,
    demo::{self, Stage},
};
use proto::common::v1::Event;
use tests::{Life, PATIENCE, Product, State, Supervisor, Tally};
use tokio::sync::OnceCell;

use super::{
    gateway::eventually,
    journal::{self, Shape},
};

/// Replays the random moments of a failed run.
const SEED: &str = "GETMODERN_CRASH_SEED";

/// What the playbook's first story leaves behind when nothing fails, and the number of its commits.
async fn calm() -> &'static (Shape, usize) {
    static CALM: OnceCell<(Shape, usize)> = OnceCell::const_new();
    CALM.get_or_init(|| async {
        let product = Product::start().await;
        let mut stage = Stage::at(product.address(), false).expect("an address");
        demo::contoso(&mut stage).await.expect("all goes as the playbook says");
        let all = settled(&product.client()).await;
        product.stop().await;
        (journal::shape(&all), journal::commits(&all))
    })
    .await
}

/// The journals once nothing more happens.
async fn settled(client: &Client) -> BTreeMap<String, Vec<Event>> {
    let mut before = journal::read_all(client).await;
    loop {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let now = journal::read_all(client).await;
        if now == before {
            return now;
        }
        before = now;
    }
}

/// Plays the story while the product is killed over and over, and compares with the calm run.
async fn survives(lives: impl FnMut() -> Life + Send + 'static) -> Tally {
    let (shape, _) = calm().await;
    let _ = tests::binary();
    let kept = Arc::new(State::new());
    let supervisor = Supervisor::start(&kept, lives);
    let mut stage = Stage::at(supervisor.address, false).expect("an address").patient(PATIENCE);
    let played = demo::contoso(&mut stage).await;
    let tally = supervisor.stop();
    played.unwrap_or_else(|surprise| panic!("{surprise} after {tally:?}"));
    compare(Arc::into_inner(kept).expect("nobody else uses it"), shape).await;
    tally
}

async fn compare(state: State, shape: &Shape) {
    let product = Product::on(state, getmodern::services()).await;
    let client = product.client();
    // The last followers may have died before they were done: they catch up now.
    eventually("the followers catch up", async || {
        (journal::shape(&journal::read_all(&client).await) == *shape).then_some(())
    })
    .await;
    let all = settled(&client).await;
    assert_eq!(journal::shape(&all), *shape, "nothing lost, nothing twice");
    journal::check(&all);
    for (collection, count) in [("cases", 1), ("engagements", 1), ("tasks", 3), ("notes", 2)] {
        assert_eq!(journal::resources(&all, collection), count, "{collection}");
    }
    product.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_before_and_after_every_commit_loses_nothing_and_doubles_nothing() {
    // One dies before it commits anything, the next one right after its first commit.
    let mut points = [1, 2].into_iter().cycle();
    let tally = survives(move || Life::UntilPoint(points.next().unwrap_or(2))).await;
    let (_, commits) = calm().await;
    println!("{commits} commits in the calm run; {tally:?}");
    assert!(tally.kills >= *commits, "{tally:?} for {commits} commits");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_between_any_two_commits_loses_nothing_and_doubles_nothing() {
    let mut seed = seed();
    let tally = survives(move || Life::UntilPoint(1 + random(&mut seed) % 4)).await;
    println!("{tally:?}");
    assert!(tally.kills >= 20, "{tally:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_at_any_moment_loses_nothing_and_doubles_nothing() {
    let (mut seed, mut lives) = (seed(), 0);
    let tally = survives(move || {
        // Ever longer, so that the slowest machine gets somewhere before the caller loses patience.
        lives += 1;
        Life::ForTime(Duration::from_millis(10 + random(&mut seed) % (100 + 10 * lives + lives * lives)))
    })
    .await;
    println!("{tally:?}");
    assert!(tally.kills >= 4, "{tally:?}");
}

/// Where the random numbers start: as given, or somewhere else each time.
pub(crate) fn seed() -> u64 {
    let given = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| RandomState::new().build_hasher().finish() | 1);
    println!("{SEED}={seed}");
    seed
}

pub(crate) fn random(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}
