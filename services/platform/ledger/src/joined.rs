//! PostgreSQL's writers: commits that came together go there as one document, in one round trip and one flush.
//!
//! `ledger_commits` carries each of them out apart and tells which were stopped, and by what. One that would wait for somebody else's
//! lock is stopped, too, and carried out again alone, so that nobody waits behind it.

use std::sync::Arc;

use kernel::Id;
use sqlx::{Error, Row as _, postgres::PgRow, types::Json};
use tokio::{
    sync::{OnceCell, Semaphore},
    task::JoinSet,
};

use crate::{
    Commit, Demand, Failure, Stop, Trouble, Value,
    connections::{Connections, DEMAND, UNIQUE, is_in_the_way, is_victim},
    kill,
    queue::{Handed, Write},
    script::script,
    sequencer::Sequencer,
};

/// How long a commit among others waits for a lock.
const SOON: &str = "200ms";
/// How long one alone does: as long as the server lets a statement last.
const ALONE: &str = "0";
/// How often one alone that fell victim to others is carried out in all.
const ATTEMPTS: usize = 8;
/// How many wait alone at once: the connections are there for everybody.
const LONERS: usize = 4;

/// One of the writers of a database.
pub(crate) struct Writer {
    server: Server,
    /// The commits that are carried out alone.
    alone: JoinSet<()>,
}

/// Where commits go.
#[derive(Clone)]
pub(crate) struct Server {
    connections: Connections,
    sequencer: Arc<OnceCell<Sequencer>>,
    loners: Arc<Semaphore>,
}

/// What stopped a commit.
struct Verdict {
    /// Which of those that went together.
    place: i64,
    /// The state that the server reports, and the word to it: of a demand its own, of a constraint its name.
    state: String,
    word: String,
}

/// What that means.
enum Met {
    /// Somebody else's lock, or that both waited for each other: to be tried again.
    Others(Failure),
    /// That it cannot be written.
    End(Failure),
}

impl Writer {
    pub(crate) fn new(server: Server) -> Self {
        Self { server, alone: JoinSet::new() }
    }

    /// Tells what stopped a commit, unless that is for the commit to try again.
    fn answer(&mut self, handed: Handed, verdict: Verdict) {
        match verdict.met(&handed.commit) {
            Met::Others(_) => drop(self.alone.spawn(self.server.clone().carry_out_alone(handed))),
            Met::End(failure) => handed.answer(Err(failure)),
        }
    }
}

impl Write for Writer {
    async fn write(&mut self, mut group: Vec<Handed>) {
        while self.alone.try_join_next().is_some() {}
        // Those who touch the same rows do so in the same order, wherever they are.
        group.sort_by_key(|handed| first(&handed.commit));
        let commits: Vec<_> = group.iter().map(|handed| &handed.commit).collect();
        let verdicts = match self.server.carry_out(&commits, SOON).await {
            Ok(verdicts) => verdicts,
            Err(error) => {
                let trouble = Trouble::from(error);
                for handed in group {
                    handed.answer(Err(trouble.clone().into()));
                }
                return;
            }
        };
        let mut verdicts = verdicts.into_iter().peekable();
        for (place, handed) in (0..).zip(group) {
            match verdicts.next_if(|verdict| verdict.place == place) {
                None => handed.answer(Ok(())),
                Some(verdict) => self.answer(handed, verdict),
            }
        }
    }

    async fn close(self) {
        self.alone.join_all().await;
    }
}

impl Server {
    pub(crate) fn new(connections: Connections, sequencer: Arc<OnceCell<Sequencer>>) -> Self {
        Self { connections, sequencer, loners: Arc::new(Semaphore::new(LONERS)) }
    }

    /// Writes these together; what stopped some of them, in their order.
    async fn carry_out(&self, commits: &[&Commit], patience: &'static str) -> Result<Vec<Verdict>, Error> {
        let document = Json(commits.iter().map(|commit| script(commit)).collect::<Vec<_>>());
        let write = sqlx::query("SELECT place, state, word FROM ledger_commits($1, $2)");
        kill::point();
        let told = self.connections.ask(write.bind(document).bind(patience)).await;
        kill::point();
        if let Some(sequencer) = self.sequencer.get() {
            sequencer.poke();
        }
        told?.iter().map(Verdict::read).collect()
    }

    /// Writes one that met somebody else's lock, however long that takes.
    async fn carry_out_alone(self, handed: Handed) {
        let _turn = self.loners.acquire().await;
        let mut outcome = self.attempt(&handed.commit).await;
        for _ in 1..ATTEMPTS {
            let Err(Met::Others(_)) = outcome else { break };
            outcome = self.attempt(&handed.commit).await;
        }
        handed.answer(outcome.map_err(|(Met::Others(failure) | Met::End(failure))| failure));
    }

    async fn attempt(&self, commit: &Commit) -> Result<(), Met> {
        match self.carry_out(&[commit], ALONE).await {
            Err(error) if is_victim(&error) => Err(Met::Others(error.into())),
            Err(error) => Err(Met::End(error.into())),
            Ok(verdicts) => verdicts.into_iter().next().map_or(Ok(()), |verdict| Err(verdict.met(commit))),
        }
    }
}

impl Verdict {
    fn read(row: &PgRow) -> Result<Self, Error> {
        Ok(Self { place: row.try_get(0)?, state: row.try_get(1)?, word: row.try_get(2)? })
    }

    fn met(self, commit: &Commit) -> Met {
        let trouble = || Trouble::new(format_args!("{}: {}", self.state, self.word)).into();
        match self.state.as_str() {
            state if is_in_the_way(state) => Met::Others(trouble()),
            UNIQUE => Met::End(Failure::Stopped(Stop::Unique(self.word))),
            DEMAND => {
                let stop = demanded(commit, &self.word).map(|word| Failure::Stopped(Stop::Demand(word)));
                Met::End(stop.unwrap_or_else(trouble))
            }
            _ => Met::End(trouble()),
        }
    }
}

/// The word as the commit itself has it.
fn demanded(commit: &Commit, word: &str) -> Option<&'static str> {
    commit.statements.iter().find_map(|statement| match statement.demand {
        Demand::One(own) if own == word => Some(own),
        _ => None,
    })
}

/// The first identity that a commit names, which is that of the resource it changes.
fn first(commit: &Commit) -> Option<Id> {
    let values = commit.statements.iter().flat_map(|statement| &statement.values);
    values.into_iter().find_map(|value| if let Value::Id(id) = value { *id } else { None })
}
