//! The same calls to several processes, turn by turn: in each round every process has its turn, and a figure is the median over
//! the rounds of a process's figure divided by the first one's, so what disturbs the machine for longer than a round disturbs all.

mod figures;
mod load;
mod subject;

use std::env;

pub(crate) use figures::Figures;
pub(crate) use load::Kind;
pub(crate) use subject::Subject;

/// Rounds unless it is said how many.
const ROUNDS: usize = 30;

/// Plays as many rounds as the command line says, and prints what they came to.
pub(crate) async fn play(kind: Kind, subjects: &[Subject]) -> Figures {
    let rounds = env::args().find_map(|word| word.parse().ok()).unwrap_or(ROUNDS);
    let mut figures = Figures::of_processes(subjects.len());
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
    figures.print(kind, subjects);
    figures
}
