//! What the command line says.

use std::{path::PathBuf, time::Duration};

use clap::Parser;

use crate::plays::Play;

/// How fast the product is beside the databases that it stands on.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "a command line has flags")]
#[command(name = "speed")]
pub(crate) struct Args {
    /// Ends within two minutes: short turns, few rounds.
    #[arg(long, conflicts_with = "full")]
    pub(crate) quick: bool,
    /// Also what takes an hour and more: pages, transitions and memory once there is much.
    #[arg(long)]
    pub(crate) full: bool,
    /// So many rounds; 3 with --quick, otherwise 9.
    #[arg(long, value_name = "COUNT")]
    rounds: Option<usize>,
    /// Writes the figures there; without it, beside what was built.
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Compares two files of figures instead of measuring.
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"])]
    pub(crate) compare: Vec<PathBuf>,
    /// Keeps the databases in a folder of this one, which has to be on a disk; the system's folder for temporary files without it.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
    /// What --full calls many engagements.
    #[arg(long, default_value_t = 1_000_000, value_name = "COUNT")]
    pub(crate) rows: usize,
    /// What --full calls a long journal.
    #[arg(long, default_value_t = 10_000_000, value_name = "COUNT")]
    pub(crate) entries: usize,
    /// The number of watchers, as their row says; fewer only to try the benchmark itself.
    #[arg(long, hide = true, default_value_t = 1000)]
    pub(crate) watchers: usize,
    /// Serves as the reference for reads, and says where.
    #[arg(long, hide = true)]
    pub(crate) serve_echo: bool,
    /// What cargo says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
    /// Only these plays, such as `transitions`; all when none is named, but no watchers with --quick.
    pub(crate) plays: Vec<Play>,
}

impl Args {
    pub(crate) fn rounds(&self) -> usize {
        self.rounds.unwrap_or(if self.quick { 3 } else { 9 }).max(1)
    }

    /// How long a turn is. `pgbench` takes whole seconds.
    pub(crate) fn turn(&self) -> Duration {
        Duration::from_secs(if self.quick { 1 } else { 3 })
    }

    /// The time after which no more is measured, but for the first round.
    pub(crate) fn budget(&self) -> Duration {
        if self.quick { Duration::from_secs(80) } else { Duration::MAX }
    }
}
