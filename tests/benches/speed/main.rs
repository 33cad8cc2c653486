//! How fast the product is beside the databases that it stands on: products and references in one run, in turns, and a table of
//! ratios. README.md beside this says what each row means.
//!
//! `cargo bench --package tests --bench speed -- [--quick] [--full] [--json FILE] [--compare OLD NEW] [PLAY…]`

mod args;
mod bare;
mod compare;
mod echo;
mod ground;
mod lines;
mod load;
mod people;
mod pgbench;
mod plays;
mod product;
mod row;
mod seed;
mod sheet;
#[allow(dead_code, reason = "test programs ask more of it")]
#[path = "../../tests/blackbox/story.rs"]
mod story;
mod subject;
#[allow(dead_code, reason = "another benchmark asks more of it")]
#[path = "../identity/tokens.rs"]
mod tokens;
mod world;
mod writes;

use std::{
    env, fs,
    path::PathBuf,
    process::ExitCode,
    time::{Instant, SystemTime},
};

use args::Args;
use clap::Parser;
use ground::Ground;
use plays::{Play, grown};
use row::Figures;
use sheet::Sheet;

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    if args.serve_echo {
        echo::serve().await;
    } else if let [old, new] = &args.compare[..] {
        return compare::compare(&Sheet::read(old), &Sheet::read(new));
    } else {
        measure(&args).await;
    }
    ExitCode::SUCCESS
}

async fn measure(args: &Args) {
    let (plays, time, busy) = (Play::chosen(args), now(), busy());
    // The binaries are built before time runs.
    let _ = tests::binary();
    let mut ground = Ground::prepare(args).await;
    let mut figures = Figures::default();
    rounds(args, &plays, &mut ground, &mut figures).await;
    if args.full {
        grown::measure(args, &ground, &mut figures).await;
    }
    let sheet = Sheet::of(&figures, args, time, busy);
    sheet.print();
    sheet.write(&args.json.clone().unwrap_or_else(beside_the_build));
}

/// The rounds: as many as there are to be, or as there is time for, and one at least.
async fn rounds(args: &Args, plays: &[Play], ground: &mut Ground, figures: &mut Figures) {
    let begun = Instant::now();
    for round in 1..=args.rounds() {
        for play in plays {
            if round > 1 && begun.elapsed() > args.budget() {
                return;
            }
            play.play(ground, figures).await;
        }
        eprintln!("round {round} of {} ended after {:.0} s", args.rounds(), begun.elapsed().as_secs_f64());
    }
}

/// The place of figures that nobody named one for.
fn beside_the_build() -> PathBuf {
    let program = env::current_exe().expect("a path");
    let target = program.ancestors().nth(3).expect("the target folder").join("speed");
    fs::create_dir_all(&target).expect("a folder");
    target.join(format!("{}.json", now().replace(':', "")))
}

#[expect(clippy::disallowed_methods, reason = "figures tell the time of the day")]
fn now() -> String {
    let now = kernel::Time::try_from(SystemTime::now()).expect("a time").to_string();
    // To the second.
    format!("{}Z", now.split('.').next().unwrap_or(&now).trim_end_matches('Z'))
}

fn busy() -> String {
    let told = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').take(3).collect::<Vec<_>>().join(" ")
}
