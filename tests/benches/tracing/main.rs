//! What tracing costs: the same calls against three processes, of which one traces every call, one a hundredth, and one none.
//!
//! `cargo bench --package tests --bench tracing [ROUNDS]`. In each round every process has its turn; a figure is the median
//! over the rounds of a process's figure divided by that of the one that does not trace, so what disturbs the machine for
//! longer than a round disturbs all three alike.

mod figures;
mod load;
mod receiver;
mod subject;

use std::env;

use figures::Figures;
use load::Kind;
use receiver::Receiver;
use subject::Subject;

/// Rounds unless it is said how many.
const ROUNDS: usize = 30;

#[tokio::main]
async fn main() {
    let rounds = env::args().find_map(|word| word.parse().ok()).unwrap_or(ROUNDS);
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
        let mut figures = Figures::default();
        for round in 0..=rounds {
            for place in 0..subjects.len() {
                let which = (round + place) % subjects.len();
                let turn = load::turn(&subjects[which], kind).await;
                // The first round warms up.
                if round > 0 {
                    figures.note(which, turn);
                }
            }
        }
        figures.print(kind, &subjects);
    }
    receiver.check(subjects.map(Subject::stop));
}
