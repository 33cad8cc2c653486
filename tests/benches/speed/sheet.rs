//! The figures as they are kept and shown.

use std::{fs, path::Path, process::Command};

use serde::{Deserialize, Serialize};
use tests::quartiles;

use crate::{
    args::Args,
    row::{Better, Figures, Pair, Reach, Row},
};

/// All figures of one run.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Sheet {
    /// The time of the measurement.
    pub(crate) time: String,
    /// The machine.
    machine: Machine,
    /// How the product was built: `release`, or `debug`.
    pub(crate) profile: String,
    /// Rounds that were asked for; rows say in how many they were measured.
    rounds: usize,
    /// Seconds.
    turn: f64,
    pub(crate) lines: Vec<Line>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Machine {
    processors: usize,
    model: String,
    system: String,
    /// How many others wanted a processor when it began, as the system tells the averages of 1, 5 and 15 minutes.
    busy: String,
}

/// One row of the table. Three figures are first quartile, median and third quartile.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) key: String,
    pub(crate) what: String,
    beside: String,
    unit: String,
    pub(crate) better: Better,
    pub(crate) reach: Reach,
    rounds: usize,
    pub(crate) product: [f64; 3],
    reference: Option<[f64; 3]>,
    pub(crate) ratio: Option<[f64; 3]>,
    /// The median of how busy callers were: 1 is all that the processors can do.
    callers: f64,
}

impl Sheet {
    pub(crate) fn of(figures: &Figures, args: &Args, time: String, busy: String) -> Self {
        let lines = figures.0.iter().map(|(row, pairs)| Line::of(row, pairs)).collect();
        let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
        let (rounds, turn) = (args.rounds(), args.turn().as_secs_f64());
        Self { time, machine: Machine::this(busy), profile: profile.to_owned(), rounds, turn, lines }
    }

    /// # Panics
    /// When there is no such file.
    pub(crate) fn read(file: &Path) -> Self {
        let text = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    }

    pub(crate) fn write(&self, file: &Path) {
        let text = serde_json::to_string_pretty(self).expect("figures are written") + "\n";
        fs::write(file, text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        println!("the figures are in {}", file.display());
    }

    pub(crate) fn print(&self) {
        let Machine { processors, model, system, busy } = &self.machine;
        println!(
            "\n{}, {} build, {processors} processors ({model}), {system}, load before {busy}",
            self.time, self.profile
        );
        println!(
            "median [quartiles] of the rounds; `callers`: their share of the processors, * where they may be the limit"
        );
        println!(
            "{:<50} {:>10} {:>10}  {:<22} {:<11} {:>8} {:>3}",
            "", "reference", "product", "ratio", "to reach", "callers", "of"
        );
        for line in &self.lines {
            line.print();
        }
    }
}

impl Line {
    fn of(row: &Row, pairs: &[Pair]) -> Self {
        let ratio = |pair: &Pair| {
            pair.reference.filter(|figure| *figure > 0.0).map(|reference| pair.product / reference)
        };
        let spread = |figures: Vec<f64>| (!figures.is_empty()).then(|| quartiles(figures));
        Self {
            key: row.key.to_owned(),
            what: row.what.to_owned(),
            beside: row.reference.to_owned(),
            unit: row.unit.to_owned(),
            better: row.better,
            reach: row.reach,
            rounds: pairs.len(),
            product: quartiles(pairs.iter().map(|pair| pair.product)),
            reference: spread(pairs.iter().filter_map(|pair| pair.reference).collect()),
            ratio: spread(pairs.iter().filter_map(ratio).collect()),
            callers: quartiles(pairs.iter().map(|pair| pair.callers))[1],
        }
    }

    fn print(&self) {
        let reference = self.reference.map_or_else(|| "–".to_owned(), |spread| figure(spread[1]));
        let ratio = self.ratio.map_or_else(|| "–".to_owned(), |spread| shown(&spread));
        let mark = if self.callers > LIMIT { "*" } else { "" };
        let what = format!("{}, {}", self.what, self.unit);
        let product = figure(self.product[1]);
        println!(
            "{what:<50} {reference:>10} {product:>10}  {ratio:<22} {:<11} {:>7.2}{mark:<1} {:>3}",
            self.goal(),
            self.callers,
            self.rounds
        );
    }

    /// What is to be reached, and whether it is.
    fn goal(&self) -> String {
        let (goal, reached, times) = match self.reach {
            Reach::Ratio(goal) => (goal, self.ratio.map_or(f64::NAN, |ratio| ratio[1]), " x"),
            Reach::Figure(goal) => (goal, self.product[1], ""),
            Reach::Nothing => return "–".to_owned(),
        };
        let (sign, is_reached) = match self.better {
            Better::More => (">=", reached >= goal),
            Better::Less => ("<=", reached <= goal),
        };
        format!("{sign} {goal}{times} {}", if is_reached { "yes" } else { "no" })
    }
}

/// Callers who take more than this of the machine may be what is measured.
const LIMIT: f64 = 0.66;

/// Three figures as they stand in the table.
pub(crate) fn shown([first, median, third]: &[f64; 3]) -> String {
    format!("{} [{}, {}]", figure(*median), figure(*first), figure(*third))
}

fn figure(figure: f64) -> String {
    if figure < 100.0 { format!("{figure:.2}") } else { format!("{figure:.0}") }
}

impl Machine {
    fn this(busy: String) -> Self {
        let told = |file: &str| fs::read_to_string(file).unwrap_or_default();
        let cpu = told("/proc/cpuinfo");
        let model = cpu.lines().find(|line| line.starts_with("model name"));
        let model = model.and_then(|line| line.split(": ").nth(1)).unwrap_or("of an unknown kind");
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self { processors, model: model.to_owned(), system: system(), busy }
    }
}

fn system() -> String {
    let told = Command::new("uname").arg("-sr").output();
    told.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}
