//! What it costs to know who calls and whether they may: the same reads by callers who are believed and by callers with tokens.
//!
//! `cargo bench --package tests --bench identity [ROUNDS]`. Of each kind of caller some see all customers, and some are on the
//! roster of the one they read. Beside the whole calls the door alone is measured, in this process, because the calls vary more
//! from turn to turn than all of it costs.

mod door;
mod tokens;
#[path = "../turns/turns.rs"]
mod turns;

use tests::actor;
use tokens::Issuer;
use turns::{Kind, Subject};

#[tokio::main]
async fn main() {
    let issuer = Issuer::new();
    let (across, rostered) = (actor("people/lead", "LEADERSHIP"), actor("people/gmfta", "GMFTA"));
    let trust = issuer.variables();
    let trust: Vec<_> = trust.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let same = || issuer.same();
    let subjects = [
        Subject::with("their word, see all", &[], across, |client| client).await,
        Subject::with("their word, rostered", &[], rostered, |client| client).await,
        Subject::with("a token, see all", &trust, across, |client| client.bearing(same())).await,
        Subject::with("a token, rostered", &trust, rostered, |client| client.bearing(same())).await,
        Subject::with("a new token for each", &trust, across, |client| client.bearing(issuer.another()))
            .await,
    ];
    let figures = turns::play(Kind::Reading, &subjects).await;
    door::measure(&issuer, figures.work(2)).await;
    println!("\n{:?} calls", subjects.map(Subject::stop));
}
