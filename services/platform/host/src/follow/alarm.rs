//! Tells that following stands still, once it has for some seconds: in health, in a number, in a duty and in the log. All of it is
//! taken back once it goes on.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use ledger::{Commit, Statement, close_standing_duty, has_reset_duty, has_standing_duty, open_standing_duty};
use tokio::time::{Instant, sleep};

use super::{
    Follow,
    journal::is_reset,
    progress::{Cause, Progress, Step},
};
use crate::{Desk, Fail, clock, health::Health, telemetry};

/// How often it is looked whether it gets on.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A follower's account of itself, which its alarm looks at.
#[derive(Debug, Clone, Default)]
pub(super) struct Pace(Arc<Mutex<Progress>>);

impl Pace {
    /// Reads or writes the account.
    pub(super) fn of<T>(&self, look: impl FnOnce(&mut Progress) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Who looks after one follower.
pub(super) struct Alarm {
    pub(super) desk: Desk,
    pub(super) follow: Follow,
    pub(super) health: Health,
    pub(super) pace: Pace,
}

/// What was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    /// Nothing yet: an earlier process may have left a duty.
    Nothing,
    /// That it goes on.
    Well,
    /// That it stands still.
    Standing,
}

impl Alarm {
    /// Looks until the process ends.
    pub(super) async fn run(self) {
        let (mut told, mut open) = (Told::Nothing, false);
        loop {
            sleep(LOOK_EVERY).await;
            let (stands, clear) = self.pace.of(|pace| (pace.stands(Instant::now()), pace.is_clear()));
            match stands {
                Some((step, cause)) => {
                    if told != Told::Standing {
                        self.tell(step, &cause);
                        told = Told::Standing;
                    }
                    // Should it fail, the next look tells.
                    open = self.keep_duty(step, &cause, open).await.unwrap_or(open);
                }
                None if clear && told != Told::Well && self.take_back(told).await.is_ok() => {
                    (told, open) = (Told::Well, false);
                }
                None => {}
            }
        }
    }

    fn tell(&self, step: Step, cause: &Cause) {
        let (source, at, cause) = (self.follow.source, self.place(step), &*cause.logged);
        tracing::warn!(source, at, cause, "following stands still until this is over");
        telemetry::standing(self.desk.inner.service, source, true);
        self.health.set_follower(source, false);
    }

    /// Has the operator's duty there, unless the journal was set back, which has a duty of its own; whether it is there.
    async fn keep_duty(&self, step: Step, cause: &Cause, is_open: bool) -> Result<bool, Fail> {
        let source = self.follow.source;
        let is_reset = cause.is_reset || has_reset_duty(self.desk.ledger(), source).await?;
        match (is_reset, is_open) {
            (true, true) => self.write(close_standing_duty(source)).await?,
            (false, false) => {
                let cause = format!(
                    "{} does not get on with it: {}; it is tried again every few seconds, and what comes after it waits",
                    self.desk.inner.service, cause.told
                );
                let duty = open_standing_duty(source, &self.place(step), &cause, clock::now());
                self.write(duty).await?;
            }
            _ => {}
        }
        Ok(!is_reset)
    }

    async fn take_back(&self, told: Told) -> Result<(), Fail> {
        let source = self.follow.source;
        // An earlier process may have left it.
        if has_standing_duty(self.desk.ledger(), source).await? {
            self.write(close_standing_duty(source)).await?;
        }
        telemetry::standing(self.desk.inner.service, source, false);
        if told == Told::Standing {
            tracing::info!(source, "following goes on");
        }
        Ok(())
    }

    /// Where it stands, as duties and logs name it.
    fn place(&self, step: Step) -> String {
        let source = self.follow.source;
        match step {
            Step::Take(revision) => format!("{source}/{revision}"),
            Step::Reach | Step::Release => source.to_owned(),
        }
    }

    async fn write(&self, statement: Statement) -> Result<(), Fail> {
        Ok(self.desk.ledger().commit(Commit { statements: vec![statement] }).await?)
    }
}

/// Why following failed.
pub(super) fn cause(fail: &Fail) -> Cause {
    let logged = fail.to_string();
    let told = match fail {
        Fail::Storage(trouble) => format!("{trouble}, and its log says why"),
        Fail::Peer(source, status) => format!("{source} cannot be followed now ({:?})", status.code()),
        _ => logged.clone(),
    };
    let is_reset = matches!(fail, Fail::Peer(_, status) if is_reset(status));
    Cause { told, logged, is_reset }
}
