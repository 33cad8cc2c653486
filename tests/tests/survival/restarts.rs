//! PostgreSQL restarted and killed under load: what was acknowledged stays, nothing happens twice, and the services go
//! on by themselves.

use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};

use crate::{
    caller::Caller, campaign, evidence::Evidence, fleet::Fleet, load::Load, server::Server, tally::Fate, turn,
};

const CLIENTS: usize = 32;
const PATIENCE: Duration = tests::PATIENCE;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_restarted_and_killed_under_load_loses_nothing_and_doubles_nothing() {
    let _turn = turn().await;
    let Some(server) = Server::start().await else { return };
    let mut fleet = Fleet::start(server.urls(), 2).await;
    let caller = Caller::new(fleet.all());
    let load = Load::start(CLIENTS, "restarted", |_| caller.clone());
    for strike in ["fast", "immediate", "kill"].iter().cycle().take(if campaign() { 30 } else { 3 }) {
        caller.tally.flow(20, PATIENCE).await;
        let (before, from, away) = (started(&server).await, Instant::now(), caller.tally.count(Fate::Away));
        if *strike == "kill" {
            server.kill();
            server.start_again();
        } else {
            server.restart(strike);
        }
        assert_ne!(before, started(&server).await, "{strike}: it is the same server still");
        caller.tally.flow(20, PATIENCE).await;
        let away = caller.tally.count(Fate::Away) - away;
        println!("{strike}: {away} attempts unavailable, nothing done for {:?}", caller.tally.gaps(from));
        assert!(away > 0, "{strike}: nobody noticed");
    }
    let done = load.stop().await;
    println!("{} acknowledged; {}", done.len(), caller.tally.line());
    caller.tally.assert_only(&[Fate::Away]);
    fleet.assert_running();
    Evidence::gather(&server.urls()).await.assert_sound(&done);
}

/// When the server was started.
async fn started(server: &Server) -> i64 {
    let mut own = PgConnection::connect(&server.url("postgres")).await.expect("connected");
    let started = "SELECT (extract(epoch FROM pg_postmaster_start_time()) * 1000000)::bigint";
    sqlx::query_scalar(started).fetch_one(&mut own).await.expect("told")
}
