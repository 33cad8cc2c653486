//! What holds behind a pooler that lends its connections one transaction at a time.

use std::{collections::HashSet, time::Duration};

use ledger::{Ledger, Statement};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use crate::{
    acting::{act, id, open},
    counter::{MIGRATIONS, Wish},
    house::{House, mark, place, sql, write},
    visibility::go_away,
};

/// What one value of the server's is in a statement of ours.
async fn told(ledger: &Ledger, question: &'static str) -> String {
    let rows = ledger.read(sql(question, vec![])).await.expect("readable");
    rows[0].get(0).expect("a text")
}

pub(crate) async fn more_clients_than_connections_share_them(house: House) {
    let ledger = house.open().await;
    let mut clients = JoinSet::new();
    for number in 0..32 {
        let ledger = ledger.clone();
        clients.spawn(async move {
            let pause = Statement::new("SELECT pg_sleep(0.02)", vec![]);
            write(&ledger, [mark(number), pause]).await.expect("written");
            told(&ledger, "SELECT pg_backend_pid()::text").await
        });
    }
    let servers: HashSet<_> = clients.join_all().await.into_iter().collect();
    assert!((2..=4).contains(&servers.len()), "{servers:?}");
}

pub(crate) async fn callers_that_go_away_lose_nothing_and_block_nobody(house: House) {
    // Half of them are gone on a fast machine too, and the others leave a slow one time to catch up.
    let patience = |random: u64| {
        let most = if random.is_multiple_of(2) { 4_000 } else { 100_000 };
        sleep(Duration::from_micros((random >> 8) % most))
    };
    go_away(&house.open().await, patience).await;
}

pub(crate) async fn a_statement_has_its_limit_on_the_server_and_leaves_nothing_there(house: House) {
    let ledger = house.open().await;
    for _ in 0..8 {
        assert_eq!(told(&ledger, "SELECT current_setting('statement_timeout')").await, "8s");
        assert_eq!(
            told(&ledger, "SELECT count(*)::text FROM pg_prepared_statements WHERE name <> ''").await,
            "0"
        );
    }
    let stopped = write(&ledger, [mark(1), mark(1)]).await;
    assert!(stopped.is_err(), "{stopped:?}");
    // Others are in the midst of one for a moment, too.
    sleep(Duration::from_millis(600)).await;
    let open = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() \
                AND state LIKE 'idle in transaction%' AND state_change < now() - interval '0.5 s'";
    assert_eq!(told(&ledger, open).await, "0");
}

/// Nobody is told over a connection that is lent: each looks for itself, once a second.
pub(crate) async fn another_replica_finds_out_by_looking(house: House) {
    let (here, there) = (house.open().await, house.open().await);
    let mut revisions = there.revisions();
    for turn in 1..=3 {
        let wish = if turn == 1 { open(1, "shelves/a") } else { Wish::Add(vec![1]) };
        act(&here, id(1), &wish, &turn.to_string()).await;
        let told = Instant::now();
        let found = timeout(Duration::from_secs(10), revisions.wait_for(|newest| *newest == turn)).await;
        found.expect("in time").expect("open");
        println!("found after {:?}", told.elapsed());
    }
}

pub(crate) async fn migrations_ask_for_the_server_itself(house: House) {
    let refused = place(house.address()).migrate(&MIGRATIONS).await.expect_err("not by way of the pooler");
    assert!(refused.cause().contains("the server itself"), "{}", refused.cause());
    house.open().await;
    let schema = place(house.address()).schema(&MIGRATIONS).await.expect("readable");
    assert_eq!(schema.obstacles().len(), 0);
}
