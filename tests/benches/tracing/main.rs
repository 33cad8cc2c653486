//! What tracing costs: the same calls against three processes, of which one traces every call, one a hundredth, and one none.
//!
//! `cargo bench --package tests --bench tracing [ROUNDS]`.

mod receiver;
#[path = "../turns/turns.rs"]
mod turns;

use receiver::Receiver;
use turns::{Kind, Subject};

#[tokio::main]
async fn main() {
    let receiver = Receiver::start().await;
    let (off, ratio) = ("no tracing", [("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")]);
    let every = receiver.variables();
    let hundredth = [&receiver.variables()[..], &ratio, &[("OTEL_TRACES_SAMPLER_ARG", "0.01")]].concat();
    let subjects = [
        Subject::start(off, &[]).await,
        Subject::start("1 call in 100", &hundredth).await,
        Subject::start("every call", &every).await,
    ];
    for kind in [Kind::Reading, Kind::Writing] {
        turns::play(kind, &subjects).await;
    }
    receiver.check(subjects.map(Subject::stop));
}
