//! PostgreSQL's writers: commits that came together go there as one document, in one round trip and one flush.
//!
//! `ledger_commits` carries each of them out apart and tells which were stopped, and by what. Of all replicas one writes at a time; so
//! nobody waits within a commit but for somebody else's lock, an operator's perhaps. Whoever would is stopped and tried again
//! later, so that nobody waits behind it.

use std::{sync::Arc, time::Duration};

use sqlx::{Error, Row as _, postgres::PgRow, types::Json};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{
    Commit, Demand, Failure, Stop, Trouble,
    connections::{Connections, DEMAND, LIMIT, UNIQUE, is_in_the_way},
    head::Teller,
    kill,
    queue::{Handed, Write},
    script::script,
};

/// How long a commit waits for somebody else's lock, while everybody waits with it.
const PATIENCE: &str = "10ms";
/// How long until one that met such a lock is tried again at first, and at most.
const AGAIN: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(320));
/// How many are tried again at once: the connections are there for everybody.
const LONERS: usize = 4;

/// One of the writers of a database.
pub(crate) struct Writer {
    server: Server,
    /// The commits that are tried again.
    again: JoinSet<()>,
}

/// Where commits go.
#[derive(Clone)]
pub(crate) struct Server {
    connections: Connections,
    head: Teller,
    loners: Arc<Semaphore>,
}

/// The cause that stopped a commit.
struct Verdict {
    /// Which of those that went together.
    place: i64,
    /// The state that the server reports, and the word to it: of a demand its own, of a constraint its name.
    state: String,
    word: String,
}

/// The meaning of a verdict.
enum Met {
    /// Somebody else's lock: to be tried again.
    Others(Failure),
    /// That it cannot be written.
    End(Failure),
}

impl Writer {
    pub(crate) fn new(server: Server) -> Self {
        Self { server, again: JoinSet::new() }
    }

    /// Tells what became of a commit that was stopped, or tries it again.
    fn answer(&mut self, handed: Handed, verdict: Verdict) {
        match verdict.met(&handed.commit) {
            Met::End(failure) => handed.answer(Err(failure)),
            Met::Others(failure) => {
                self.again.spawn(self.server.clone().try_again(handed, failure));
            }
        }
    }
}

impl Write for Writer {
    async fn write(&mut self, group: Vec<Handed>) {
        while self.again.try_join_next().is_some() {}
        let commits: Vec<_> = group.iter().map(|handed| &handed.commit).collect();
        let verdicts = match self.server.carry_out(&commits).await {
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
        self.again.join_all().await;
    }
}

impl Server {
    pub(crate) fn new(connections: Connections, head: Teller) -> Self {
        Self { connections, head, loners: Arc::new(Semaphore::new(LONERS)) }
    }

    /// Writes these together; what stopped some of them, in their order.
    async fn carry_out(&self, commits: &[&Commit]) -> Result<Vec<Verdict>, Error> {
        let document = Json(commits.iter().map(|commit| script(commit)).collect::<Vec<_>>());
        let write = sqlx::query("SELECT place, state, word, head FROM ledger_commits($1, $2)");
        kill::point();
        let told = self.connections.ask(write.bind(document).bind(PATIENCE)).await;
        kill::point();
        let told = told?;
        let (last, verdicts) = told.split_last().ok_or(Error::RowNotFound)?;
        self.head.wrote(last.try_get(3)?);
        verdicts.iter().map(Verdict::read).collect()
    }

    /// Writes one that met somebody else's lock, once that is gone.
    async fn try_again(self, handed: Handed, mut failure: Failure) {
        let (until, mut pause) = (Instant::now() + LIMIT, AGAIN.0);
        while Instant::now() < until {
            sleep(pause).await;
            pause = (2 * pause).min(AGAIN.1);
            match self.attempt(&handed.commit).await {
                Err(Met::Others(met)) => failure = met,
                Err(Met::End(failure)) => return handed.answer(Err(failure)),
                Ok(()) => return handed.answer(Ok(())),
            }
        }
        handed.answer(Err(failure));
    }

    async fn attempt(&self, commit: &Commit) -> Result<(), Met> {
        let _turn = self.loners.acquire().await;
        let verdicts = self.carry_out(&[commit]).await.map_err(|error| Met::End(error.into()))?;
        verdicts.into_iter().next().map_or(Ok(()), |verdict| Err(verdict.met(commit)))
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
