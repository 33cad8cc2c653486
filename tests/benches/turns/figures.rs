//! What the turns came to.

use tests::{median, quartiles};

use super::{
    load::{Kind, Turn},
    subject::Subject,
};

/// The turns of each process, round by round.
pub(crate) struct Figures(Vec<Vec<Turn>>);

impl Figures {
    /// None yet, of so many processes.
    pub(super) fn of_processes(count: usize) -> Self {
        Self(vec![Vec::new(); count])
    }

    pub(super) fn note(&mut self, which: usize, turn: Turn) {
        self.0[which].push(turn);
    }

    /// The processor's time for a call to this process, in microseconds.
    #[allow(dead_code, reason = "not every benchmark asks")]
    pub(crate) fn work(&self, which: usize) -> f64 {
        median(self.of(which, |turn| turn.work))
    }

    /// A line a process: its figures, and what they are beside those of the first in the same round.
    pub(super) fn print(&self, kind: Kind, subjects: &[Subject]) {
        println!("\n{kind:?}, median [quartiles] of {} rounds", self.0[0].len());
        println!("{:<24} {:>9} {:>28} {:>11} {:>28}", "", "calls/s", "throughput", "CPU us/call", "CPU");
        for (which, subject) in subjects.iter().enumerate() {
            let (rate, work) = (self.of(which, |turn| turn.rate), self.of(which, |turn| turn.work));
            let rates = spread(self.beside(which, |turn| turn.rate));
            let works = spread(self.beside(which, |turn| turn.work));
            let (rate, work) = (median(rate), median(work));
            println!("{:<24} {rate:>9.0} {rates:>28} {work:>11.0} {works:>28}", subject.name);
        }
    }

    fn of(&self, which: usize, figure: impl Fn(&Turn) -> f64) -> Vec<f64> {
        self.0[which].iter().map(figure).collect()
    }

    /// How much more it is than the first's in the same round, in percent.
    fn beside(&self, which: usize, figure: impl Fn(&Turn) -> f64) -> Vec<f64> {
        let pairs = self.0[which].iter().zip(&self.0[0]);
        pairs.map(|(turn, first)| (figure(turn) / figure(first) - 1.0) * 100.0).collect()
    }
}

fn spread(figures: Vec<f64>) -> String {
    let [first, median, third] = quartiles(figures);
    format!("{median:+.1} % [{first:+.1}, {third:+.1}]")
}
