//! The proof that callers who go away would do harm: the same callers, and a store that writes in their own time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use sqlx::{Connection, Error, PgConnection, PgPool, postgres::PgPoolOptions};
use tokio::{task::JoinSet, time::timeout};

use crate::{
    leaving::{WAY, left_open, moment},
    server::Server,
    turn,
    way::{Targets, Way},
};

const INSERT: &str = "INSERT INTO naive (number) VALUES ($1)";

/// A transaction that goes away with its caller.
async fn write_two(pool: &PgPool, number: i64) -> Result<(), Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query(INSERT).bind(number).execute(&mut *transaction).await?;
    sqlx::query(INSERT).bind(-number).execute(&mut *transaction).await?;
    transaction.commit().await
}

/// One statement, acknowledged as soon as it is carried out.
async fn write_one(pool: PgPool, first: i64, enough: Arc<AtomicBool>) -> Vec<i64> {
    let mut told = Vec::new();
    for number in first.. {
        if enough.load(SeqCst) {
            break;
        }
        if sqlx::query(INSERT).bind(number).execute(&pool).await.is_ok() {
            told.push(number);
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_who_go_away_from_a_naive_store_lose_what_others_were_told_was_done() {
    let _turn = turn().await;
    let Some(server) = Server::start().await else { return };
    let mut own = PgConnection::connect(&server.url("tasks")).await.expect("connected");
    let table = "CREATE TABLE naive (number bigint PRIMARY KEY)";
    sqlx::raw_sql(table).execute(&mut own).await.expect("created");
    let way = Way::to(Targets::Listening(vec![([127, 0, 0, 1], server.port()).into()]), WAY).await;
    let far = format!("postgres://postgres@{}/tasks", way.address);
    let pool = PgPoolOptions::new().max_connections(16).connect(&far).await.expect("connected");
    let (enough, mut steady) = (Arc::<AtomicBool>::default(), JoinSet::new());
    for writer in 1..=8 {
        steady.spawn(write_one(pool.clone(), writer * 1_000_000, Arc::clone(&enough)));
    }
    let mut left = 0;
    for number in 1..=400 {
        left += usize::from(timeout(moment(), write_two(&pool, number)).await.is_err());
    }
    enough.store(true, SeqCst);
    let told = steady.join_all().await.concat();
    let open = left_open(&server.url("postgres")).await;
    let there: Vec<i64> = sqlx::query_scalar("SELECT number FROM naive ORDER BY number")
        .fetch_all(&mut own)
        .await
        .expect("read");
    let lost = told.iter().filter(|number| there.binary_search(number).is_err()).count();
    println!(
        "{left} of 400 went away; {lost} of {} acknowledged are not there, {open} transactions open",
        told.len()
    );
    assert!(lost > 0, "nothing is lost");
    // Whether some are open in the end is chance; one that surely is, is noticed.
    let _begun = own.begin().await.expect("begun");
    assert!(left_open(&server.url("postgres")).await > 0, "nothing is left open");
    let _ = timeout(Duration::from_secs(1), pool.close()).await;
}
