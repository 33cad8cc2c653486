//! A call that lacks only what is on its way in a followed journal waits for it, and is decided again. Where it does not come soon,
//! the call is told to come again, and never that its caller has left something out.

use std::time::Duration;

use kernel::{Kind, Refusal};
use tokio::time::{Instant, sleep};

use crate::{Desk, Fail, Follow, Resource};

/// How long a call waits for what is on its way.
const PATIENCE: Duration = Duration::from_secs(1);
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Refusals that may be due to a journal that is followed here.
#[derive(Clone, Copy)]
pub struct Awaited {
    /// The journal.
    pub from: &'static Follow,
    /// The reasons of the faults that go away with what the journal tells.
    pub reasons: &'static [&'static str],
}

impl Awaited {
    /// The refusal may pass with what the journal tells: nothing else stands in the way.
    fn explains(&self, refusal: &Refusal) -> bool {
        let may_pass = matches!(refusal.kind, Kind::NotReady | Kind::NotFound);
        may_pass && refusal.faults.iter().all(|fault| self.reasons.contains(&fault.reason))
    }
}

/// How far the journals were looked at that the refusals of one table may be due to.
struct Seen(Vec<i64>);

impl Desk {
    /// Asks once more where the answer was refused for what was on its way.
    pub(crate) async fn once_caught_up<T: Resource, A, F: Future<Output = Result<A, Fail>>>(
        &self,
        ask: impl Fn() -> F,
    ) -> Result<A, Fail> {
        let seen = self.seen_by::<T>();
        match ask().await {
            Err(Fail::Refused(refusal)) if self.catches_up::<T>(&refusal, &seen).await? => ask().await,
            outcome => outcome,
        }
    }

    /// How far they were; to be asked before anything is loaded.
    fn seen_by<T: Resource>(&self) -> Seen {
        Seen(T::AWAITED.iter().map(|awaited| self.seen(awaited.from.source)).collect())
    }

    /// Waits until what a refusal may be due to is taken over; false where that was so when `seen` was asked, so that the refusal
    /// stands.
    async fn catches_up<T: Resource>(&self, refusal: &Refusal, seen: &Seen) -> Result<bool, Fail> {
        let mut all = T::AWAITED.iter().zip(&seen.0);
        let Some((awaited, seen)) = all.find(|(awaited, _)| awaited.explains(refusal)) else {
            return Ok(false);
        };
        let Follow { source, grpc_name, .. } = *awaited.from;
        let head = match self.peer(source)?.head(grpc_name).await {
            Ok(head) => head,
            // That nothing of this name is here is true as far as anybody can say.
            Err(_) if refusal.kind == Kind::NotFound => return Ok(false),
            Err(status) => return Err(Fail::Peer(source, status)),
        };
        if *seen >= head {
            return Ok(false);
        }
        self.reach(source, head).await.map(|()| true)
    }

    async fn reach(&self, source: &'static str, head: i64) -> Result<(), Fail> {
        let until = Instant::now() + PATIENCE;
        while self.seen(source) < head {
            if Instant::now() >= until {
                return Err(Fail::Behind(source));
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }
}
