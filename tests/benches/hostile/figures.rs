//! What the turns came to.

use tests::{
    attacks::{Attack, Struck},
    median,
};

use crate::friends::Times;

/// One turn in peace, and the one under attack that followed.
pub(crate) struct Pair {
    pub(crate) ground: &'static str,
    pub(crate) attack: Attack,
    pub(crate) peace: Times,
    pub(crate) war: Times,
    pub(crate) struck: Struck,
    /// The most bytes that the process held meanwhile.
    pub(crate) most: usize,
}

#[derive(Default)]
pub(crate) struct Figures(Vec<Pair>);

impl Figures {
    pub(crate) fn note(&mut self, pair: Pair) {
        self.0.push(pair);
    }

    /// A line an attack.
    pub(crate) fn print(&self, rounds: usize) {
        println!("\nfriends' times, median of {rounds} rounds; the ratios' least and greatest in brackets");
        println!(
            "{:<27} {:>10} {:>8} {:>6} {:>9} {:>9} {:>22} {:>22} {:>8}",
            "", "strikes", "cut", "calls", "p99 ms", "under", "p50 ratio", "p99 ratio", "MiB"
        );
        let mut lines: Vec<(&str, Attack)> = Vec::new();
        for pair in &self.0 {
            if !lines.contains(&(pair.ground, pair.attack)) {
                lines.push((pair.ground, pair.attack));
            }
        }
        for (ground, attack) in lines {
            let of = || self.0.iter().filter(|pair| (pair.ground, pair.attack) == (ground, attack));
            let figure = |figure: &dyn Fn(&Pair) -> f64| median(of().map(figure));
            let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
            let ratio = |percent| {
                spread(of().map(|pair| pair.war.percentile(percent) / pair.peace.percentile(percent)))
            };
            println!(
                "{:<27} {:>10.0} {:>8.0} {:>6.0} {:>9.2} {:>9.2} {:>22} {:>22} {:>8.0}",
                format!("{ground}: {attack:?}"),
                figure(&|pair| count(pair.struck.times)),
                figure(&|pair| count(pair.struck.cut)),
                figure(&|pair| count(pair.war.count())),
                figure(&|pair| pair.peace.percentile(99)),
                figure(&|pair| pair.war.percentile(99)),
                ratio(50),
                ratio(99),
                figure(&|pair| count(pair.most / 1024 / 1024)),
            );
        }
    }
}

fn spread(figures: impl Iterator<Item = f64>) -> String {
    let figures: Vec<_> = figures.collect();
    let (least, greatest) = figures.iter().fold((f64::MAX, f64::MIN), |(l, g), one| (one.min(l), one.max(g)));
    format!("{:.2} [{least:.2}, {greatest:.2}]", median(figures))
}
