//! A process that commits is killed, again and again. What it was told is there afterwards.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use ledger::Ledger;
use tokio::task::JoinSet;

use crate::{
    acting::{act, current, id, open},
    counter::{MIGRATIONS, Wish},
    dice::Dice,
    house::{House, open_at},
    oracle::{faults, journal},
};

const ADDRESS: &str = "LEDGER_UNDER_TEST";
const WRITERS: u128 = 4;

pub(crate) async fn acknowledged_commits_survive_a_kill_at_any_moment(house: House) {
    let mut dice = Dice::new();
    let mut fates = Fates::default();
    while fates.told_something < 20 {
        let mut child = start(&house, 0);
        let output = BufReader::new(child.stdout.take().expect("its output"));
        // A slow machine is given longer lives until enough of them told something.
        assert!(fates.lives < 200, "hardly any of the processes told anything");
        let after = Duration::from_micros(dice.below(60_000 + 1_000 * fates.lives));
        let killer = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20) + after);
            child.kill().expect("killed");
            child.wait().expect("gone")
        });
        let told = acknowledged(output);
        assert!(!killer.join().expect("joined").success(), "it ended by itself");
        fates.note(&house, &told).await;
    }
    println!("{} told in {} lives, {} revisions", fates.told, fates.lives, fates.revisions);
}

pub(crate) async fn acknowledged_commits_survive_a_kill_around_each_commit(house: House) {
    if !cfg!(debug_assertions) {
        return; // Only debug builds have the points.
    }
    let mut fates = Fates::default();
    for point in 1..=12 {
        let mut child = start(&house, point);
        let told = acknowledged(BufReader::new(child.stdout.take().expect("its output")));
        assert!(!child.wait().expect("gone").success(), "it ended by itself");
        fates.note(&house, &told).await;
    }
    assert!(fates.told_something >= 6, "only {} processes told anything", fates.told_something);
}

/// The process that is killed: writes and tells the version of each counter that it was told.
pub(crate) async fn victim() {
    let Ok(address) = std::env::var(ADDRESS) else { return };
    let ledger = open_at(&address, &MIGRATIONS).await.expect("the database opens");
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write_for_ever(ledger.clone(), writer));
    }
    writers.join_all().await;
}

async fn write_for_ever(ledger: Ledger, writer: u128) {
    loop {
        let version = current(&ledger, id(writer)).await.map_or(0, |row| row.version);
        let wish = if version == 0 { open(writer, "shelves/a") } else { Wish::Add(vec![1]) };
        let told = act(&ledger, id(writer), &wish, &format!("{writer} {version}")).await;
        println!("told {writer} {}", told.version);
    }
}

fn start(house: &House, kill_at: u32) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", &format!("{}::victim", house.engine), "--ignored", "--nocapture"])
        .env(ADDRESS, house.address())
        .env("GETMODERN_KILL_AT", kill_at.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started")
}

/// Each whole line `told {writer} {version}`, until the process is gone.
fn acknowledged(mut output: impl BufRead) -> Vec<(u128, i64)> {
    let mut told = Vec::new();
    let mut line = String::new();
    while output.read_line(&mut line).expect("readable") > 0 {
        if let Some((_, rest)) = line.strip_suffix('\n').and_then(|line| line.split_once("told ")) {
            let (writer, version) = rest.split_once(' ').expect("two numbers");
            told.push((writer.parse().expect("a number"), version.parse().expect("a number")));
        }
        line.clear();
    }
    told
}

/// What became of the killed processes.
#[derive(Default)]
struct Fates {
    lives: u64,
    told: usize,
    told_something: usize,
    revisions: usize,
}

impl Fates {
    async fn note(&mut self, house: &House, told: &[(u128, i64)]) {
        house.left_alone().await;
        let ledger = house.open().await;
        for (writer, version) in told {
            let kept = current(&ledger, id(*writer)).await.map_or(0, |row| row.version);
            assert!(kept >= *version, "version {version} of {writer} was acknowledged; {kept} is there");
        }
        let journal = journal(&ledger).await;
        assert_eq!(faults(&journal), Vec::<String>::new());
        assert!(journal.len() >= self.revisions, "entries are lost");
        for writer in 0..WRITERS {
            crate::changes::assert_folds(&ledger, writer).await;
        }
        ledger.close().await;
        self.lives += 1;
        self.told += told.len();
        self.told_something += usize::from(!told.is_empty());
        self.revisions = journal.len();
    }
}
